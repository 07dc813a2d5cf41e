"""How the kernel learns which patients an account stands for, without knowing what a patient is."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet

from kernel.tenancy.scope import current_scope


class PatientDirectory(Protocol):
    """Offered once by ``tenants.records``. All are called inside a hospital's scope."""

    def linked_patients(self, account_id: UUID) -> Mapping[UUID, frozenset[str]]:
        """The patients of the account's links that are live now: ``{"self"}``, or the opened slices."""
        ...

    def patients_in_care_of(self, account_id: UUID) -> "QuerySet[Any, Any]":
        """``values("patient")`` of the live care relationships of the account: a subquery, never a list."""
        ...

    def merged_into(self, patients: Collection[UUID]) -> Collection[UUID]:
        """Everybody whose record stands under one of ``patients`` today because the source merged it. One query."""
        ...

    def is_patient(self, key: UUID) -> bool:
        """Whether ``key`` is a patient of the hospital, also one whose record went into another. Tells nobody else."""
        ...


_directory: list[PatientDirectory] = []


def use_patient_directory(directory: PatientDirectory) -> None:
    """Register the directory, when the apps are ready. The last one registered is asked."""
    _directory[:] = [directory]


def patient_directory() -> PatientDirectory | None:
    """The registered directory; None on an installation without patients."""
    return _directory[0] if _directory else None


def same_people(patients: Collection[UUID]) -> set[UUID]:
    """``patients`` and everybody merged into them: what was written down about these before is about them too.

    One query; none where there are no patients.
    """
    directory = patient_directory()
    if not patients or directory is None or current_scope().is_shared:
        return set(patients)
    return {*patients, *directory.merged_into(patients)}
