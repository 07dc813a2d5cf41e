"""The access: who acts, for whom, how far, why, and from where. Every selector and service takes one.

Helpers, parents, staff with a care relationship, break-the-glass and support grants differ only in what the access
holds. What it does not cover is not found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kernel.errors import DomainError
from kernel.permissions.declarations import Permission, Reach, Role
from kernel.permissions.directory import patient_directory

AnyModel = TypeVar("AnyModel", bound=Model)

# The scope of one's own record: it opens every slice.
SELF = "self"
_PATIENT_SIDE = frozenset({Reach.OWN, Reach.LINKED})
_NO_GRANTS: Mapping[str, frozenset[Reach]] = MappingProxyType({})
_NO_PATIENTS: Mapping[UUID, frozenset[str]] = MappingProxyType({})


class NotPermitted(DomainError):
    """The actor's roles do not hold the permission, whatever the object."""

    message = _("You do not have permission to do this.")
    code = "not-permitted"


class NotFound(DomainError):
    """There is no such thing, or the access does not cover it: the two answer alike (S02)."""

    message = _("We could not find this.")
    code = "not-found"


@dataclass(frozen=True, slots=True)
class Channel:
    """How the act reached us: ``app`` is ``web``, ``api``, ``task``, ``command``; ``address`` the client's IP."""

    app: str = "web"
    address: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``grants``: permission name → the reaches that the actor's roles give together.

    ``key_id`` names the API key or app through which the account acts; ``is_system`` is Portico itself.
    """

    account_id: UUID | None = None
    display_name: str = ""
    roles: frozenset[Role] = frozenset()
    grants: Mapping[str, frozenset[Reach]] = field(default_factory=lambda: _NO_GRANTS)
    is_service: bool = False
    key_id: UUID | None = None
    is_system: bool = False
    # What was asked about this actor already. One access serves one request, and a page asks for each of its blocks.
    _asked: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _cared_for: dict[UUID, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def patients_in_care(self) -> "QuerySet[Any, Any] | None":
        """The directory's subquery of the patients in the actor's care, made once; None where nobody can be."""
        directory = patient_directory()
        if directory is None or self.account_id is None:
            return None
        if "care" not in self._asked:
            self._asked["care"] = directory.patients_in_care_of(self.account_id)
        found: QuerySet[Any, Any] = self._asked["care"]
        return found

    def cares_for(self, patient: UUID) -> bool:
        """Whether ``patient`` is in the actor's care: asked of the database once."""
        in_care = self.patients_in_care()
        if in_care is None:
            return False
        if patient not in self._cared_for:
            self._cared_for[patient] = in_care.filter(patient=patient).exists()
        return self._cared_for[patient]

    def is_known_to_care_for(self, patient: UUID) -> bool:
        """Whether ``cares_for`` was asked about ``patient`` and is true; asks nothing itself."""
        return self._cared_for.get(patient, False)


_NO_CHANNEL = Channel()


def _id_of(patient: Model | UUID) -> UUID:
    return patient if isinstance(patient, UUID) else patient.pk


@dataclass(frozen=True, slots=True)
class Access:
    """An actor with what the act is about.

    ``subject`` is the patient whose record is open: ``limit`` then shows that patient only. ``patients`` are those the
    actor is linked to, with the scopes of each link (``SELF`` for one's own record).
    """

    actor: Actor
    subject: UUID | None = None
    patients: Mapping[UUID, frozenset[str]] = field(default_factory=lambda: _NO_PATIENTS)
    reason: str = ""
    channel: Channel = Channel()

    @property
    def is_signed_in(self) -> bool:
        """Whether an account acts (not a visitor, and not the system)."""
        return self.actor.account_id is not None

    def about(self, patient: Model | UUID | None, reason: str | None = None) -> "Access":
        """The same access with another subject, and another ``reason`` if given."""
        subject = None if patient is None else _id_of(patient)
        return replace(self, subject=subject, reason=self.reason if reason is None else reason)

    def on_patient_side(self) -> "Access":
        """The same person without staff reach: what a clinician who is also a patient has on the patient's pages."""
        grants = {
            name: reaches & _PATIENT_SIDE for name, reaches in self.actor.grants.items() if reaches & _PATIENT_SIDE
        }
        return replace(self, actor=replace(self.actor, grants=MappingProxyType(grants)))

    def reaches(self, permission: Permission) -> frozenset[Reach]:
        """How far the actor's roles carry ``permission``; empty when they do not hold it."""
        if self.actor.is_system:
            return frozenset({Reach.HOSPITAL, Reach.PROVIDER})
        return self.actor.grants.get(permission.name, frozenset())

    def opened_by_links_only(self, permission: Permission, *, patient: str = "patient") -> Q:
        """Of the rows that ``limit`` leaves, those that no work of the actor opens, by care or all over the hospital.

        ``patient`` as in ``limit``. Care is looked up for the actor's own links alone: whoever else is left is in care.
        """
        reaches = self.reaches(permission)
        if Reach.HOSPITAL in reaches:
            return Q(pk__in=())
        in_care = self.actor.patients_in_care() if Reach.CARE in reaches else None
        if in_care is None:
            return Q(pk__isnull=False)
        linked = list(self.patients)
        return Q(**{f"{patient}__in": linked}) & ~Q(**{f"{patient}__in": in_care.filter(patient__in=linked)})

    def _linked(self, permission: Permission, reaches: frozenset[Reach]) -> set[UUID]:
        """Patients covered through the actor's own links."""
        return {
            patient
            for patient, scopes in self.patients.items()
            if (Reach.OWN in reaches and SELF in scopes)
            or (Reach.LINKED in reaches and permission.helper_scope is not None and permission.helper_scope in scopes)
        }

    def can(self, permission: Permission, patient: Model | UUID | None = None) -> bool:
        """Whether the act is covered: at all, or for ``patient``. Asks the database only about care relationships."""
        reaches = self.reaches(permission)
        if patient is None:
            if reaches == {Reach.LINKED} and permission.helper_scope is not None:
                return bool(self._linked(permission, reaches))
            return bool(reaches)
        wanted = _id_of(patient)
        if Reach.HOSPITAL in reaches or wanted in self._linked(permission, reaches):
            return True
        return Reach.CARE in reaches and self.actor.cares_for(wanted)

    def require(self, permission: Permission, patient: Model | UUID | None = None) -> None:
        """Raise NotPermitted when the roles lack the permission, NotFound when it does not cover ``patient``."""
        if not self.reaches(permission):
            raise NotPermitted
        if not self.can(permission, patient):
            raise NotPermitted if patient is None else NotFound

    def limit(
        self, queryset: "QuerySet[AnyModel]", *, to: Permission, patient: str = "patient"
    ) -> "QuerySet[AnyModel]":
        """The rows of ``queryset`` that this access covers.

        ``patient`` is the lookup that leads to the patient's id (``pk`` on patients themselves). With a subject,
        only the subject's rows: also for those who may see everybody's.
        """
        reaches = self.reaches(to)
        if self.subject is not None:
            queryset = queryset.filter(**{patient: self.subject})
            if Reach.CARE in reaches and self.actor.is_known_to_care_for(self.subject):
                return queryset
        if Reach.HOSPITAL in reaches:
            return queryset
        covered = Q()
        linked = self._linked(to, reaches)
        if linked:
            covered |= Q(**{f"{patient}__in": linked})
        in_care = self.actor.patients_in_care() if Reach.CARE in reaches else None
        if in_care is not None:
            covered |= Q(**{f"{patient}__in": in_care})
        return queryset.filter(covered) if covered else queryset.none()


def system_access(reason: str, *, app: str = "task", subject: UUID | None = None) -> Access:
    """Portico acting by itself: imports, tasks, provisioning. ``reason`` is read by people in the audit trail."""
    return Access(
        actor=Actor(display_name="Portico", is_service=True, is_system=True),
        subject=subject,
        reason=reason,
        channel=Channel(app=app),
    )


def anonymous_access(channel: Channel = _NO_CHANNEL, grants: Mapping[str, frozenset[Reach]] = _NO_GRANTS) -> Access:
    """A visitor who has not signed in."""
    return Access(actor=Actor(roles=frozenset({Role.ANONYMOUS}), grants=grants), channel=channel)


def merged_grants(of_roles: "list[dict[str, Any]]") -> Mapping[str, frozenset[Reach]]:
    """Grants of several roles together: permission name → all reaches."""
    together: dict[str, set[Reach]] = {}
    for grants in of_roles:
        for name, reach in grants.items():
            together.setdefault(name, set()).add(Reach(reach))
    return MappingProxyType({name: frozenset(reaches) for name, reaches in together.items()})
