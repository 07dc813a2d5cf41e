"""What a permission is: a name, a sentence for people, the roles that have it at first, and how far it reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from django.utils.functional import Promise

from kernel.registries import Registry


class Role(StrEnum):
    """The ten kinds of people. A hospital's own roles are each based on one of them."""

    ANONYMOUS = "anonymous"
    PATIENT = "patient"
    HELPER = "helper"
    CLINICIAN = "clinician"
    FRONT_DESK = "front_desk"
    BILLING = "billing"
    HOSPITAL_ADMIN = "hospital_admin"
    PRIVACY_OFFICER = "privacy_officer"
    NETWORK_ADMIN = "network_admin"
    OPERATOR = "operator"


class Scope(StrEnum):
    """The slices of a record that a patient can open to a helper one by one."""

    VISITS = "visits"
    MESSAGES = "messages"
    RESULTS = "results"
    RECORD = "record"
    BILLS = "bills"
    DOCUMENTS = "documents"


class Reach(StrEnum):
    """Which patients a permission covers, from few to all. ``provider`` covers the shared schema and no patient."""

    OWN = "own"
    LINKED = "linked"
    CARE = "care"
    HOSPITAL = "hospital"
    PROVIDER = "provider"

    @property
    def rank(self) -> int:
        """A number that grows with the reach."""
        return list(Reach).index(self)


STAFF_ROLES = frozenset({Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.HOSPITAL_ADMIN, Role.PRIVACY_OFFICER})
PROVIDER_ROLES = frozenset({Role.NETWORK_ADMIN, Role.OPERATOR})
# Who must have a second factor (S19).
TRUSTED_ROLES = STAFF_ROLES | PROVIDER_ROLES

_USUAL_REACH: Mapping[Role, Reach] = MappingProxyType(
    {
        Role.ANONYMOUS: Reach.OWN,
        Role.PATIENT: Reach.OWN,
        Role.HELPER: Reach.LINKED,
        Role.CLINICIAN: Reach.CARE,
        Role.FRONT_DESK: Reach.HOSPITAL,
        Role.BILLING: Reach.HOSPITAL,
        Role.HOSPITAL_ADMIN: Reach.HOSPITAL,
        Role.PRIVACY_OFFICER: Reach.HOSPITAL,
        Role.NETWORK_ADMIN: Reach.PROVIDER,
        Role.OPERATOR: Reach.PROVIDER,
    }
)


@dataclass(frozen=True)
class Permission:
    """A named right, registered by being declared.

    ``name`` is ``feature.verb_thing``; ``sentence`` says it as an order ("See results") where roles are edited.
    ``roles`` have it by default: a set gives each role its usual reach, a mapping says another one. With a
    ``helper_scope`` helpers have it too, for the patients who opened that slice to them. Not ``about_patients``: it
    concerns nobody's record, so how far it reaches is no matter and is not said where roles are edited. Not
    ``is_offered``: no page and no program of a hospital asks for it yet, so where roles are edited it does not stand.
    """

    name: str
    sentence: str | Promise
    roles: Mapping[Role, Reach] | frozenset[Role] | set[Role]
    helper_scope: Scope | None = None
    about_patients: bool = True
    is_offered: bool = True
    order: int = 100
    reaches: Mapping[Role, Reach] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        feature, dot, verb = self.name.partition(".")
        if not (feature and dot and verb and self.name == self.name.lower()):
            raise ValueError(f"{self.name!r} is not the name of a permission: write feature.verb_thing")
        reaches = dict(self.roles) if isinstance(self.roles, Mapping) else {r: _USUAL_REACH[r] for r in self.roles}
        if self.helper_scope is not None:
            reaches[Role.HELPER] = Reach.LINKED
        object.__setattr__(self, "reaches", MappingProxyType(reaches))
        permissions.register(self)

    def __hash__(self) -> int:
        return hash(self.name)

    def __str__(self) -> str:
        return self.name


permissions: Registry[Permission] = Registry("permissions")


def default_grants(role: Role) -> dict[str, Reach]:
    """What ``role`` may do before a hospital has changed anything: permission name → reach."""
    return {permission.name: permission.reaches[role] for permission in permissions if role in permission.reaches}
