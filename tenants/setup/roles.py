"""Roles as the hospital's administrators see them: what each may do, in sentences."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel.audit.browsing import KINDS
from kernel.errors import DomainError
from kernel.permissions import Access, Permission, Reach, Role, permissions
from kernel.permissions.declarations import STAFF_ROLES
from kernel.permissions.models import RoleDefinition
from kernel.permissions.services import BeyondOwnRights, OwnRole, additions_refused
from kernel.registries import navigation

LABELS: dict[str, str | Promise] = {role.value: KINDS[role.value] for role in STAFF_ROLES}

SECTIONS: dict[str, str | Promise] = {
    "people": _("Patients"),
    "records": _("Health records"),
    "accounts": _("Staff"),
    "setup": _("Managing the hospital"),
    "permissions": _("Roles"),
    "api": _("Programs"),
}
# Features whose permissions stand under another one's heading.
UNDER = {"portal": "people", "audit": "setup", "preferences": "setup"}
OTHERS = _("More")

REACHES: dict[Reach, str | Promise] = {
    Reach.CARE: _("only patients in their care"),
    Reach.HOSPITAL: _("all patients of the hospital"),
}


# Why a permission cannot be given to a role, beside its box.
_REFUSED: dict[type[DomainError], str | Promise] = {
    BeyondOwnRights: _("You may not do this yourself, so you cannot give it."),
    OwnRole: _("You have this role yourself, so somebody else has to add to it."),
}


def label_of(role: RoleDefinition) -> str:
    """What the role is called: its own name, or the translated one of a built-in role."""
    return role.label or str(LABELS.get(role.name, role.name))


def assignable() -> list[Permission]:
    """The permissions that a hospital may give to staff, in their order: offered ones that some kind of staff has."""
    return [one for one in permissions if one.is_offered and not STAFF_ROLES.isdisjoint(one.reaches)]


def reach_for(permission: Permission, based_on: Role) -> Reach:
    """How far ``permission`` reaches in a role based on ``based_on``: clinicians never beyond those in their care
    unless the permission itself says so."""
    if based_on in permission.reaches:
        return permission.reaches[based_on]
    return Reach.CARE if based_on == Role.CLINICIAN else Reach.HOSPITAL


@dataclass(frozen=True)
class Line:
    """A row of the matrix: a permission, and for each role how far it reaches (None: not at all).

    ``refusal`` says on a role's own page why the reader cannot give it to the role.
    """

    permission: Permission
    cells: tuple[Reach | None, ...]
    labels: tuple[str, ...] = ()
    refusal: str | Promise = ""

    @property
    def named(self) -> list[tuple[str, Reach | None]]:
        """The cells with the names of their roles."""
        return list(zip(self.labels, self.cells, strict=True))

    @property
    def is_granted(self) -> bool:
        """Whether the one role of a role's own page has it."""
        return self.cells[0] is not None

    @property
    def reach(self) -> str | Promise:
        """How far it reaches there, in words; empty where patients are not concerned or it is not given."""
        if self.cells[0] is None or not self.permission.about_patients:
            return ""
        return REACHES.get(self.cells[0], "")


@dataclass(frozen=True)
class Section:
    """The permissions of one part of Portico."""

    label: str | Promise
    lines: tuple[Line, ...]


def _sections(lines: Iterable[Line]) -> list[Section]:
    """Lines under the headings of their features; features without a heading of their own come last, together."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        feature = line.permission.name.partition(".")[0]
        feature = UNDER.get(feature, feature)
        found.setdefault(feature if feature in SECTIONS else "", []).append(line)
    ordered = [name for name in SECTIONS if name in found] + ([""] if "" in found else [])
    return [Section(SECTIONS.get(name, OTHERS), tuple(found[name])) for name in ordered]


def matrix(roles: Iterable[RoleDefinition]) -> list[Section]:
    """Permissions × roles as they are now."""
    shown = [(label_of(role), role.grants) for role in roles]
    labels = tuple(label for label, _given in shown)
    return _sections(Line(p, tuple(given.get(p.name) for _label, given in shown), labels) for p in assignable())


def lines_of(access: Access, role: RoleDefinition, granted: frozenset[str]) -> list[Section]:
    """All permissions for the page of one role, with what it would have if ``granted`` were saved.

    What saving would refuse to add is said beside the box, which stays open while it is ticked: it can be unticked.
    """
    base, now = Role(role.based_on), role.grants
    offered = [(p, now.get(p.name) or reach_for(p, base)) for p in assignable()]
    missing = {p.name: reach for p, reach in offered if p.name not in granted and p.name not in now}
    refused = additions_refused(access, role, missing)
    return _sections(
        Line(
            p,
            (reach if p.name in granted else None,),
            refusal=_REFUSED[refused[p.name]] if p.name in refused else "",
        )
        for p, reach in offered
    )


def pages_of(granted: frozenset[str]) -> list[str]:
    """The lines of the staff's and the managers' menus that somebody with ``granted`` sees."""
    return [
        str(entry.label)
        for entry in navigation
        if entry.side in ("staff", "manage") and entry.permission is not None and entry.permission.name in granted
    ]


@dataclass(frozen=True)
class Difference:
    """What a role gained and lost while somebody was editing it."""

    gained: tuple[Permission, ...]
    lost: tuple[Permission, ...]


def changed_meanwhile(role: RoleDefinition, shown: frozenset[str]) -> Difference | None:
    """How the role differs from ``shown``, the names of its permissions when its page was made; None: not at all."""
    now = set(role.grants)
    if now == shown:
        return None
    gained, lost = (
        tuple(permission for permission in permissions if permission.name in names)
        for names in (now - shown, shown - now)
    )
    return Difference(gained, lost)


@dataclass(frozen=True)
class Preview:
    """What a change of a role would do."""

    gains: tuple[Permission, ...]
    loses: tuple[Permission, ...]
    keeps: tuple[Permission, ...]
    people: int


def preview(role: RoleDefinition, granted: frozenset[str], people: int) -> Preview:
    """Compare what the role may do now with ``granted``."""
    now = role.grants
    return Preview(
        gains=tuple(p for p in assignable() if p.name in granted and p.name not in now),
        loses=tuple(p for p in assignable() if p.name not in granted and p.name in now),
        keeps=tuple(p for p in assignable() if p.name in granted and p.name in now),
        people=people,
    )
