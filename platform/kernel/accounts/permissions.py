"""What may be done with other people's accounts. Everybody looks after their own without a permission."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role

VIEW_STAFF = Permission(
    "accounts.view_staff",
    _("See who works here and with which roles"),
    roles={Role.HOSPITAL_ADMIN, Role.PRIVACY_OFFICER, Role.NETWORK_ADMIN, Role.OPERATOR},
    about_patients=False,
)
MANAGE_STAFF = Permission(
    "accounts.manage_staff",
    _("Invite staff, connect them with the records, and end their access"),
    roles={Role.HOSPITAL_ADMIN, Role.NETWORK_ADMIN, Role.OPERATOR},
    about_patients=False,
)
