"""Who may read the trail of a patient's record."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role

VIEW_LOOKS = Permission(
    "audit.view_looks",
    _("See who used a patient's record"),
    {Role.PATIENT},
)
