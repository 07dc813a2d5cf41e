"""The chart summary that clinicians see first, in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kernel.permissions import Access
from tenants.records import permissions
from tenants.records.facts.health import (
    Allergy,
    Condition,
    Document,
    Medicine,
    MedicineState,
    allergy_of,
    condition_of,
    medicine_of,
)
from tenants.records.facts.results import Report, Result
from tenants.records.facts.visits import Visit
from tenants.records.models import Resource
from tenants.records.selectors.health import documents
from tenants.records.selectors.reading import NEWEST_FIRST, directory_for, resources
from tenants.records.selectors.results import (
    LABORATORY,
    VITAL_SIGNS,
    latest_of_each_test,
    newest_reports,
    urgent_results,
)
from tenants.records.selectors.visits import coming_visits, past_visits

# Beyond this many problems and medicines, or tests, a summary is no summary, and says that it is cut. Allergies are
# never cut: the one that is missing kills.
LIMIT = 200
REPORTS = 5
DOCUMENTS = 5
# What is not known to be in the past may be in use.
_NOT_PAST = frozenset(MedicineState) - {MedicineState.PAST}


@dataclass(frozen=True, slots=True)
class Chart:
    """The present state of a patient: only what is or may be active, newest first."""

    conditions: tuple[Condition, ...]
    allergies: tuple[Allergy, ...]
    medicines: tuple[Medicine, ...]
    urgent: tuple[Result, ...]
    results: tuple[Result, ...]
    vital_signs: tuple[Result, ...]
    reports: tuple[Report, ...]
    documents: tuple[Document, ...]
    coming_visits: tuple[Visit, ...]
    past_visits: tuple[Visit, ...]
    is_cut: bool
    are_results_cut: bool


def chart(access: Access, patient: UUID, *, at: datetime | None = None) -> Chart:
    """The chart summary of a patient at a moment (default now)."""
    rows: dict[str, list[Resource]] = defaultdict(list)
    allergies = list(
        resources(access, permissions.VIEW, patient, "AllergyIntolerance")
        .exclude(status__in=["resolved", "inactive"])
        .order_by(*NEWEST_FIRST)
    )
    found = list(
        resources(access, permissions.VIEW, patient, "Condition", "MedicationRequest", "MedicationStatement")
        .exclude(status__in=["resolved", "inactive", "remission", "completed", "stopped", "cancelled"])
        .order_by(*NEWEST_FIRST)[: LIMIT + 1]
    )
    for row in found[:LIMIT]:
        rows[row.type].append(row)
    tests = latest_of_each_test(access, patient, category=LABORATORY, limit=LIMIT + 1)
    directory = directory_for([*allergies, *found[:LIMIT]])
    conditions = [condition_of(row, directory) for row in rows["Condition"]]
    medicines = [medicine_of(row, directory) for row in [*rows["MedicationRequest"], *rows["MedicationStatement"]]]
    return Chart(
        conditions=tuple(condition for condition in conditions if condition.is_active),
        allergies=tuple(allergy_of(row, directory) for row in allergies),
        medicines=tuple(medicine for medicine in medicines if medicine.state in _NOT_PAST),
        urgent=urgent_results(access, patient, at=at),
        results=tests[:LIMIT],
        vital_signs=latest_of_each_test(access, patient, category=VITAL_SIGNS, limit=LIMIT),
        reports=newest_reports(access, patient, limit=REPORTS),
        documents=documents(access, patient, size=DOCUMENTS).items,
        coming_visits=coming_visits(access, patient, at=at)[:3],
        past_visits=past_visits(access, patient, at=at, size=3).items,
        is_cut=len(found) > LIMIT,
        are_results_cut=len(tests) > LIMIT,
    )
