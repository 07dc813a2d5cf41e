"""The health record: problems, allergies, medicines, vaccines, procedures, documents."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Max, When

from kernel.permissions import Access, NotFound
from tenants.records import permissions
from tenants.records.facts.elements import content_of
from tenants.records.facts.health import (
    Allergy,
    Condition,
    Document,
    Medicine,
    Procedure,
    Vaccination,
    allergy_of,
    condition_of,
    document_of,
    medicine_of,
    procedure_of,
    vaccination_of,
)
from tenants.records.selectors.reading import Page, directory_for, facts_of, one, page_of, resources

PAGE = 50
# Statuses of medicines by what matters now. One that is not known may be in use, so it stands before the past.
_IN_ORDER = (("active",), ("on-hold",), ("intended",), (), ("completed", "stopped", "cancelled"))
_NOT_KNOWN = 3
_SECTIONS = {
    "Condition": "conditions",
    "AllergyIntolerance": "allergies",
    "MedicationRequest": "medicines",
    "MedicationStatement": "medicines",
    "Immunization": "vaccinations",
    "Procedure": "procedures",
}


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """The bytes of a stored document. They came from outside: offer them for download, never inline."""

    name: str
    content_type: str
    content: bytes


def conditions(access: Access, patient: UUID, *, number: int = 1, size: int = PAGE) -> Page[Condition]:
    """Health problems, newest first."""
    return facts_of(page_of(resources(access, permissions.VIEW, patient, "Condition"), number, size), condition_of)


def allergies(access: Access, patient: UUID, *, number: int = 1, size: int = PAGE) -> Page[Allergy]:
    """Allergies and intolerances, newest first."""
    rows = resources(access, permissions.VIEW, patient, "AllergyIntolerance")
    return facts_of(page_of(rows, number, size), allergy_of)


def medicines(access: Access, patient: UUID, *, number: int = 1, size: int = PAGE) -> Page[Medicine]:
    """Medicines prescribed or taken: in use, paused, planned, not known, past; of each the newest first."""
    rows = resources(access, permissions.VIEW, patient, "MedicationRequest", "MedicationStatement")
    ranked = rows.annotate(
        rank=Case(
            *(When(status__in=statuses, then=place) for place, statuses in enumerate(_IN_ORDER)), default=_NOT_KNOWN
        )
    )
    return facts_of(page_of(ranked, number, size, first="rank"), medicine_of)


def vaccinations(access: Access, patient: UUID, *, number: int = 1, size: int = 2 * PAGE) -> Page[Vaccination]:
    """Vaccines, newest first."""
    return facts_of(page_of(resources(access, permissions.VIEW, patient, "Immunization"), number, size), vaccination_of)


def procedures(access: Access, patient: UUID, *, number: int = 1, size: int = PAGE) -> Page[Procedure]:
    """Procedures that were done or begun, newest first."""
    return facts_of(page_of(resources(access, permissions.VIEW, patient, "Procedure"), number, size), procedure_of)


def documents(access: Access, patient: UUID, *, number: int = 1, size: int = PAGE) -> Page[Document]:
    """Documents, newest first; of several versions the current one."""
    rows = resources(access, permissions.VIEW_DOCUMENTS, patient, "DocumentReference").exclude(status="superseded")
    return facts_of(page_of(rows, number, size), document_of)


def document(access: Access, key: UUID) -> Document:
    """One document. Raises NotFound."""
    row = one(access, permissions.VIEW_DOCUMENTS, key, "DocumentReference")
    return document_of(row, directory_for([row]))


def document_file(access: Access, key: UUID) -> DocumentFile:
    """The stored bytes of a document. Raises NotFound, also when only its description is stored here."""
    row = one(access, permissions.VIEW_DOCUMENTS, key, "DocumentReference")
    return file_of(element["attachment"] for element in content_of(row)["content"] if element)


def file_of(attachments: Iterable[Mapping[str, Any]]) -> DocumentFile:
    """The first of some attachments whose bytes are stored. Raises NotFound when none is."""
    for attachment in attachments:
        if "data" in attachment:
            return DocumentFile(
                name=attachment.get("title", ""),
                content_type=attachment.get("contentType", "application/octet-stream"),
                content=base64.b64decode(attachment["data"]),
            )
    raise NotFound


def section_counts(access: Access, patient: UUID) -> dict[str, int]:
    """How many entries each section of the record has, in one query. Sections without entries have 0."""
    rows = resources(access, permissions.VIEW, patient, *_SECTIONS).order_by().values_list("type")
    counts = dict.fromkeys(_SECTIONS.values(), 0)
    for kind, count in rows.annotate(count=Count("pk")):
        counts[_SECTIONS[kind]] += count
    return counts


def sources(access: Access, patient: UUID) -> dict[str, object]:
    """Where the record comes from and when each source was last heard: ``{source: newest received time}``."""
    rows = resources(access, permissions.VIEW, patient, *_SECTIONS).order_by().values_list("source")
    return dict(rows.annotate(newest=Max("received_at")))
