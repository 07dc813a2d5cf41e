"""How the kernel learns which patients an account stands for, without knowing what a patient is."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet


class PatientDirectory(Protocol):
    """Offered once by ``tenants.people``. Both are called inside a hospital's scope."""

    def linked_patients(self, account_id: UUID) -> Mapping[UUID, frozenset[str]]:
        """The patients of the account's links that are live now: ``{"self"}``, or the opened slices."""
        ...

    def patients_in_care_of(self, account_id: UUID) -> "QuerySet[Any, Any]":
        """``values("patient")`` of the live care relationships of the account: a subquery, never a list."""
        ...


_directory: list[PatientDirectory] = []


def use_patient_directory(directory: PatientDirectory) -> None:
    """Register the directory, when the apps are ready. The last one registered is asked."""
    _directory[:] = [directory]


def patient_directory() -> PatientDirectory | None:
    """The registered directory; None on an installation without patients."""
    return _directory[0] if _directory else None
