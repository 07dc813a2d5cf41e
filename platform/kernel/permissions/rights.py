"""Who may hand out roles."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions.declarations import Permission, Role

EDIT_ROLES = Permission(
    "permissions.edit_roles",
    _("Change what a role may do"),
    roles={Role.HOSPITAL_ADMIN, Role.OPERATOR},
    about_patients=False,
)
ASSIGN_ROLES = Permission(
    "permissions.assign_roles",
    _("Give roles to people and end them"),
    roles={Role.HOSPITAL_ADMIN, Role.NETWORK_ADMIN, Role.OPERATOR},
    about_patients=False,
)
