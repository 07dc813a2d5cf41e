"""The two kinds of operators, as roles of the provider's schema.

The reader's role keeps only what looks and never what changes: each permission of operators that is not named here is
taken from it, also those that come with later features, whenever the roles are written.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel.permissions import Role, permissions
from kernel.permissions.models import RoleDefinition

FULL, READER = Role.OPERATOR.value, "operator_reader"
_READS = ("view", "search")


@dataclass(frozen=True)
class Rank:
    """What a kind of operator is called."""

    name: str
    label: str | Promise
    sentence: str | Promise


RANKS = {
    FULL: Rank(FULL, _("Everything"), _("Adds, suspends and renames hospitals, and invites operators.")),
    READER: Rank(READER, _("Looking only"), _("Sees hospitals, health and the audit log, and changes nothing.")),
}


def reads_only(name: str) -> bool:
    """Whether the permission called ``name`` only looks, told by its verb."""
    return name.partition(".")[2].split("_")[0] in _READS


def ensure_ranks() -> None:
    """Write the two roles, the reader's anew. Call it under ``shared()``; twice changes nothing."""
    RoleDefinition.objects.get_or_create(name=FULL, defaults={"based_on": Role.OPERATOR.value, "is_builtin": True})
    taken = {p.name: None for p in permissions if Role.OPERATOR in p.reaches and not reads_only(p.name)}
    RoleDefinition.objects.update_or_create(
        name=READER,
        defaults={
            "based_on": Role.OPERATOR.value,
            "is_builtin": False,
            "label": "Read-only operator",
            "changes": taken,
        },
    )
