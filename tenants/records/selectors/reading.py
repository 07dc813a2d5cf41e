"""What the selectors share: pages of rows, and names of those who acted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import F, Q, QuerySet

from kernel.permissions import Access, NotFound, Permission
from tenants.records.facts.elements import Directory, content_of, directory_name, references_of
from tenants.records.indexing import LABORATORY_SECTIONS, SECTION_SYSTEMS
from tenants.records.known_tests import LOINC
from tenants.records.models import Resource
from tenants.records.search_parameters import DO_NOT_PERFORM

Item = TypeVar("Item")
MAXIMUM_PAGE = 200

NEWEST_FIRST = (F("starts").desc(nulls_last=True), "-id")
HIDDEN = ("entered-in-error",)
"""Statuses that are never facts."""
# Registered: ordered, nothing measured yet. Cancelled: never measured.
NOT_RESULTS = ("registered", "cancelled")
_NOT_TRUE = Q(tokens__overlap=["verification-status=refuted", "verification-status=entered-in-error"])
# Only an order was decided upon (R4, medicationRequest.intent); what must not be given is nobody's medicine.
_NOT_ORDERED = Q(tokens__overlap=["intent=proposal", "intent=plan", "intent=option", f"{DO_NOT_PERFORM}=true"])
# What a resource of a type says that did not happen, or is not so.
_NOT_FACTS = {
    "Condition": _NOT_TRUE,
    "AllergyIntolerance": _NOT_TRUE,
    "MedicationRequest": Q(status="draft") | _NOT_ORDERED,
    "MedicationStatement": Q(status="not-taken"),
    "Procedure": Q(status__in=["preparation", "not-done"]),
}
# What clinicians only consider, one of several: they tell a patient themselves.
_FOR_CLINICIANS = {"Condition": Q(tokens__contains=["verification-status=differential"])}
# What clinicians write down of a visit, by LOINC: US Core, "Clinical Notes", and the plan that Synthea names beside it.
_NOTE_CODES = ["11488-4", "11504-8", "11506-3", "18842-5", "28570-0", "34111-5", "34117-2", "34746-8", "51847-2"]
_NOTE_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category|clinical-note"
# Radiology, cardiology and pathology in LOINC (US Core, "Report and Note exchange"), and what HL7 v2 calls sections.
_DIAGNOSTIC_PARTS = ["LP29684-5", "LP29708-2", "LP7839-6"]
_DIAGNOSTIC_SECTIONS = LABORATORY_SECTIONS | set("AU CT CTH CUS EC EN NMR NMS OUS PF RAD RUS RX VUS XRC".split())  # noqa: SIM905
NOTES = Q(
    Q(
        tokens__overlap=[
            *(f"{name}={LOINC}|{code}" for name in ("category", "code") for code in _NOTE_CODES),
            f"category={_NOTE_CATEGORY}",
        ]
    )
    & ~Q(
        tokens__overlap=[
            *(f"category={LOINC}|{code}" for code in _DIAGNOSTIC_PARTS),
            *(
                f"category={system}|{code}"
                for system in sorted(SECTION_SYSTEMS)
                for code in sorted(_DIAGNOSTIC_SECTIONS)
            ),
        ]
    ),
    type="DiagnosticReport",
)
"""Reports that are clinical notes: they stand among documents, and never among results."""
ANY = Q()


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some of many. ``number`` counts from 1."""

    items: tuple[Item, ...]
    number: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        """Whether there is a page before this one."""
        return self.number > 1

    @property
    def previous_number(self) -> int:
        """The page of what is newer."""
        return self.number - 1

    @property
    def next_number(self) -> int:
        """The page of what is older."""
        return self.number + 1


def resources(access: Access, permission: Permission, patient: UUID, *types: str) -> QuerySet[Resource]:
    """The rows of one patient of these types that the access covers, without what is not a fact."""
    return covered(access, permission, *types).filter(patient=patient)


def covered(access: Access, permission: Permission, *types: str) -> QuerySet[Resource]:
    """The rows of these types, of all patients that the access covers, without what is not a fact.

    That is: entries made in error, what was refuted, what was not ordered or not done; where nobody reads as staff,
    such as in one's own record, also what clinicians only consider.
    """
    hidden = Q(status__in=HIDDEN)
    for kind in types:
        if kind in _NOT_FACTS:
            hidden |= Q(type=kind) & _NOT_FACTS[kind]
        if kind in _FOR_CLINICIANS:
            hidden |= Q(type=kind) & _FOR_CLINICIANS[kind] & access.opened_by_links_only(permission)
    return access.limit(Resource.objects.filter(type__in=types).exclude(hidden), to=permission, patient="patient")


def one(access: Access, permission: Permission, key: UUID, *types: str, where: Q = ANY) -> Resource:
    """One row by its key. Raises NotFound, also when it is not as ``where`` says."""
    row = covered(access, permission, *types).filter(where, pk=key).first()
    if row is None:
        raise NotFound
    return row


def page_of(rows: QuerySet[Resource], number: int, size: int, *, first: str = "") -> Page[Resource]:
    """A page of rows, newest first. One row more is read instead of counting all.

    ``first`` names what counts before that, such as an annotation.
    """
    number, size = max(number, 1), min(max(size, 1), MAXIMUM_PAGE)
    start = (number - 1) * size
    found = list(rows.order_by(*filter(None, [first]), *NEWEST_FIRST)[start : start + size + 1])
    return Page(tuple(found[:size]), number, has_next=len(found) > size)


def facts_of(page: Page[Resource], make: Callable[[Resource, Directory], Item]) -> Page[Item]:
    """The page with each row turned into what screens show; one query for all names."""
    directory = directory_for(page.items)
    return Page(tuple(make(row, directory) for row in page.items), page.number, page.has_next)


def directory_for(rows: Iterable[Resource]) -> Directory:
    """Names of the practitioners, places and organisations that these rows mention without a name."""
    return names_for({reference for row in rows for reference in references_of(content_of(row))})


def names_for(references: Iterable[str]) -> Directory:
    """Names by ``Type/id``. These belong to nobody (they have no patient), so no access limits them."""
    wanted = {tuple(reference.split("/", 1)) for reference in references if "/" in reference}
    kinds: Sequence[str] = sorted({kind for kind, _fhir_id in wanted})
    rows = Resource.objects.filter(
        fhir_id__in=sorted({fhir_id for _kind, fhir_id in wanted}), type__in=kinds, patient=None
    )
    return {f"{row.type}/{row.fhir_id}": directory_name(content_of(row)) for row in rows}
