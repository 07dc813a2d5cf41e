"""The health record: problems, allergies, medicines, vaccines, procedures, documents."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Max, Q, When

from kernel.permissions import Access, NotFound
from tenants.records import permissions
from tenants.records.dates import Moment
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
from tenants.records.models import Resource
from tenants.records.selectors.reading import (
    NOT_RESULTS,
    NOTES,
    Page,
    directory_for,
    facts_of,
    one,
    page_of,
    resources,
)

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


_DOCUMENTS = ("DocumentReference", "DiagnosticReport")
_IS_DOCUMENT = Q(type="DocumentReference") | (NOTES & ~Q(status__in=NOT_RESULTS))
# A note and its copy say the time of the visit or when it was written.
_SAME_VISIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """The bytes of a stored document. They came from outside: offer them for download, never inline.

    ``written`` is when the document or the report is said to be of.
    """

    written: Moment | None
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
    """Documents and clinical notes, newest first; of several versions the current one, and what came twice once."""
    rows = resources(access, permissions.VIEW_DOCUMENTS, patient, *_DOCUMENTS).filter(_IS_DOCUMENT)
    page = page_of(rows.exclude(status="superseded"), number, size)
    return facts_of(replace(page, items=_without_copies(access, patient, page.items)), document_of)


def _without_copies(access: Access, patient: UUID, rows: Sequence[Resource]) -> tuple[Resource, ...]:
    """``rows`` without notes that also came as a document of the same days (US Core, "Report and Note exchange")."""
    notes = {row: _attached(content_of(row).get("presentedForm", [])) for row in rows if row.type == "DiagnosticReport"}
    times = [row.starts for row, attached in notes.items() if attached and row.starts is not None]
    if not times:
        return tuple(rows)
    near = resources(access, permissions.VIEW_DOCUMENTS, patient, "DocumentReference").filter(
        starts__range=(min(times) - _SAME_VISIT, max(times) + _SAME_VISIT)
    )
    copies = [
        (row.starts, _attached(one.get("attachment") for one in content_of(row)["content"] if one)) for row in near
    ]

    def is_copied(note: Resource) -> bool:
        return note.starts is not None and any(
            notes[note] & attached and abs(starts - note.starts) <= _SAME_VISIT
            for starts, attached in copies
            if starts is not None
        )

    return tuple(row for row in rows if row not in notes or not is_copied(row))


def _attached(attachments: Iterable[Mapping[str, Any] | None]) -> frozenset[tuple[str, str]]:
    """What the bytes of some attachments can be told by."""
    told = ((name, (one or {}).get(name)) for one in attachments for name in ("data", "hash", "url"))
    return frozenset((name, value) for name, value in told if value)


def document(access: Access, key: UUID) -> Document:
    """One document or clinical note. Raises NotFound."""
    row = one(access, permissions.VIEW_DOCUMENTS, key, *_DOCUMENTS, where=_IS_DOCUMENT)
    return document_of(row, directory_for([row]))


def document_file(access: Access, key: UUID) -> DocumentFile:
    """The stored bytes of a document. Raises NotFound, also when only its description is stored here."""
    row = one(access, permissions.VIEW_DOCUMENTS, key, *_DOCUMENTS, where=_IS_DOCUMENT)
    content, written = content_of(row), document_of(row, {}).written
    if row.type == "DiagnosticReport":
        return file_of((one for one in content.get("presentedForm", []) if one), written)
    return file_of((element["attachment"] for element in content["content"] if element), written)


def file_of(attachments: Iterable[Mapping[str, Any]], written: Moment | None) -> DocumentFile:
    """The first of some attachments whose bytes are stored. Raises NotFound when none is."""
    for attachment in attachments:
        if "data" in attachment:
            return DocumentFile(
                written=written,
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
