"""Patients as the trail's pages name them, for those who may see who a patient is."""

from collections.abc import Iterable
from uuid import UUID

from kernel.audit.browsing import TrailRow, trail_rows
from kernel.audit.models import AuditEntry
from kernel.lists import ListState
from kernel.permissions import Access
from tenants.people import permissions as people
from tenants.people.models import Patient
from tenants.people.selectors import MAXIMUM_FOUND, find_patients


def names_of(access: Access, keys: Iterable[UUID]) -> dict[UUID, str]:
    """Full names by key, for the patients that the access covers. One statement."""
    wanted = {key for key in keys if key is not None}
    if not wanted or not access.can(people.VIEW):
        return {}
    found = access.limit(Patient.objects.filter(pk__in=wanted), to=people.VIEW, patient="pk")
    return {patient.pk: str(patient.full_name) for patient in found}


def with_names(access: Access, entries: Iterable[AuditEntry]) -> list[TrailRow]:
    """Entries as lines with patients' names, for those who may know them."""
    rows = list(entries)
    names = names_of(access, [entry.subject for entry in rows if entry.subject])
    return trail_rows(rows, names, names_patients=may_find(access))


def patients_asked(access: Access, state: ListState) -> dict[str, list[UUID]] | None:
    """The patients whom each of the texts fits that a search of the trail asks for; None without the right to look."""
    if not may_find(access):
        return None
    asked = {words for words in (state.search, state.filters.get("person", "")) if words}
    return {words: [one.pk for one in find_patients(access, words, limit=MAXIMUM_FOUND)] for words in asked}


def may_find(access: Access) -> bool:
    """Whether patients can be looked for by name."""
    return access.can(people.SEARCH)


def patients_found(access: Access, words: str) -> list[Patient]:
    """Patients by name, number or contact. Raises NotPermitted."""
    return find_patients(access, words)
