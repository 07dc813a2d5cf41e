"""What happens to roles, in words for those who read the trail."""

from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.audit.browsing import KINDS, ROLE
from kernel.audit.sentences import Area, areas, declare
from kernel.audit.targets import declare_target, uuids
from kernel.permissions.models import RoleDefinition

areas.register(Area("access", _("Roles and refusals")))
areas.register(Area("permissions", _("Roles and refusals")))
declare(
    {
        "access.refused": _("Was refused"),
        "permissions.role_created": _("Made a role"),
        "permissions.role_edited": _("Changed what a role may do"),
        "permissions.role_renamed": _("Renamed a role"),
        "permissions.role_removed": _("Removed a role"),
        "permissions.role_given": _("Gave somebody a role"),
        "permissions.role_ended": _("Took a role away"),
    },
    side="both",
)


def _roles(keys: Collection[str]) -> dict[str, str]:
    """Labels of roles, asked for by row or by name."""
    found = {}
    for role in RoleDefinition.objects.filter(Q(pk__in=uuids(keys)) | Q(name__in=keys)):
        found.update({str(role.pk): _label(role), role.name: _label(role)})
    return found


def _label(role: RoleDefinition) -> str:
    return role.label or str(KINDS.get(role.name, role.name))


def _keys_of_roles(words: str) -> list[str]:
    """Keys and names of roles by label. All are read: they are few, and a built-in one's label stands in no table."""
    fitting = [role for role in RoleDefinition.objects.all() if words.casefold() in _label(role).casefold()]
    return [key for role in fitting for key in (str(role.pk), role.name)]


declare_target(ROLE, _("A role"), _roles, _keys_of_roles)
