"""Accesses for tests: people with their default roles, without accounts in the database."""

from uuid import UUID

from django.db.models import Model

from kernel.ids import uuid7
from kernel.permissions import SELF, Access, Actor, Role, Scope, default_grants
from kernel.permissions.access import merged_grants


def with_roles(
    *roles: Role, account_id: UUID | None = None, patients: dict[UUID, frozenset[str]] | None = None
) -> Access:
    """An account with the default permissions of ``roles``."""
    return Access(
        actor=Actor(
            account_id=account_id or uuid7(),
            display_name="Test person",
            roles=frozenset(roles),
            grants=merged_grants([dict(default_grants(role)) for role in roles]),
        ),
        patients=patients or {},
    )


def own(patient: Model | UUID, account_id: UUID | None = None) -> Access:
    """The patient's own account."""
    key = patient if isinstance(patient, UUID) else patient.pk
    return with_roles(Role.PATIENT, account_id=account_id, patients={key: frozenset({SELF})})


def helping(patient: Model | UUID, *scopes: Scope, account_id: UUID | None = None) -> Access:
    """A helper to whom the patient opened ``scopes``."""
    key = patient if isinstance(patient, UUID) else patient.pk
    return with_roles(Role.HELPER, account_id=account_id, patients={key: frozenset(scopes)})
