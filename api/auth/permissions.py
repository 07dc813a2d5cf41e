"""Who may make keys."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role

MANAGE_KEYS = Permission(
    "api.manage_own_keys",
    _("make and end keys for own programs"),
    roles={
        Role.PATIENT,
        Role.HELPER,
        Role.CLINICIAN,
        Role.FRONT_DESK,
        Role.BILLING,
        Role.HOSPITAL_ADMIN,
        Role.PRIVACY_OFFICER,
    },
    about_patients=False,
    order=900,
)
