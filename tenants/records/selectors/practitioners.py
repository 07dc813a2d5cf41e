"""Practitioners of the imported records, so that somebody who manages staff can tell which of them an account is."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, Max, OuterRef, Q, QuerySet, Value, When

from kernel import clock
from kernel.accounts.permissions import MANAGE_STAFF
from kernel.permissions import Access
from tenants.people.names import search_key
from tenants.records.care import NOT_CARE, meeting
from tenants.records.facts.elements import content_of, directory_name, first_words, words_of
from tenants.records.indexing import token
from tenants.records.models import Resource, SearchValue

MOST_FOUND = 20
MOST_WORDS = 6
SHORTEST_WORD = 2
NPI = "http://hl7.org/fhir/sid/us-npi"
# Numbers by which people at work know each other (HL7 table 0203): of providers, licences and employees. What else a
# source says of a person, such as a social security number, is nobody's business here.
_OF_WORK = frozenset({"NPI", "PRN", "MD", "LN", "DN", "EI"})
# Systems of national numbers, often without a type (FHIR R4, identifier systems).
_OF_STATES = ("http://hl7.org/fhir/sid/", "urn:oid:2.16.840.1.113883.4.")


@dataclass(frozen=True, slots=True)
class Practitioner:
    """One practitioner, with what tells two of one name apart. ``numbers`` are those of their work: kind, value.

    The kind may be empty. ``patients`` counts those whom they have met or will meet; ``last_visit`` is the last that
    has begun.
    """

    fhir_id: str
    name: str
    specialty: str
    numbers: tuple[tuple[str, str], ...]
    patients: int
    last_visit: datetime | None


def find_practitioners(access: Access, text: str, *, limit: int = MOST_FOUND) -> list[Practitioner]:
    """Practitioners of whose names a word begins with one of ``text``, or whose number it is; best fit first.

    A title that the records do not have ("Dr.") hides nobody: one fitting word is enough, more of them count more.
    """
    access.require(MANAGE_STAFF)
    text = text.replace("\x00", "").strip()
    fits: Any = Case(When(tokens__contains=[token("identifier", text)], then=Value(MOST_WORDS)), default=Value(0))
    for word in [word for word in search_key(text).split() if len(word) >= SHORTEST_WORD][:MOST_WORDS]:
        named = SearchValue.objects.filter(
            Q(text__startswith=word) | Q(text__contains=f" {word}"),
            resource=OuterRef("pk"),
            parameter="Practitioner.name",
        )
        fits = fits + Case(When(Exists(named), then=Value(1)), default=Value(0), output_field=IntegerField())
    found = _practitioners().annotate(fits=fits).filter(fits__gt=0).order_by("-fits", "fhir_id")[:limit]
    return _told(found)


def practitioners_called(access: Access, fhir_ids: Collection[str]) -> dict[str, Practitioner]:
    """Practitioners by their FHIR ids; those whom the records do not have are left out."""
    access.require(MANAGE_STAFF)
    found = _told(_practitioners().filter(fhir_id__in=fhir_ids)) if fhir_ids else []
    return {practitioner.fhir_id: practitioner for practitioner in found}


def _practitioners() -> "QuerySet[Resource]":
    return Resource.objects.filter(type="Practitioner", patient=None)


def _told(rows: Iterable[Resource]) -> list[Practitioner]:
    """The rows in words. Their visits are counted in one statement, however many they are."""
    listed = list(rows)
    met = _met([row.fhir_id for row in listed])
    return [_practitioner(row, *met[row.fhir_id]) for row in listed]


def _met(fhir_ids: list[str]) -> Mapping[str, tuple[int, datetime | None]]:
    """Of each, how many patients and when the last visit began."""
    if not fhir_ids:
        return {}
    taking_part = Q()
    asked: dict[str, Any] = {}
    for place, fhir_id in enumerate(fhir_ids):
        taking_part |= meeting(fhir_id)
        asked[f"patients{place}"] = Count("patient", filter=meeting(fhir_id), distinct=True)
        asked[f"last{place}"] = Max("starts", filter=meeting(fhir_id) & Q(starts__lte=clock.now()))
    visits = Resource.objects.filter(taking_part, type__in=["Encounter", "Appointment"], patient__isnull=False)
    counted = visits.exclude(status__in=NOT_CARE).aggregate(**asked)
    return {fhir_id: (counted[f"patients{place}"], counted[f"last{place}"]) for place, fhir_id in enumerate(fhir_ids)}


def _is_of_work(identifier: dict[str, Any]) -> bool:
    if identifier.get("system") == NPI:
        return True
    codes = {coding.get("code") for coding in (identifier.get("type") or {}).get("coding", []) if coding}
    if codes:
        return bool(codes & _OF_WORK)
    return not str(identifier.get("system", "")).startswith(_OF_STATES)


def _practitioner(row: Resource, patients: int, last_visit: datetime | None) -> Practitioner:
    content = content_of(row)
    qualifications = [one.get("code") for one in content.get("qualification", []) if one]
    return Practitioner(
        fhir_id=row.fhir_id,
        name=directory_name(content) or row.fhir_id,
        specialty=first_words(qualifications),
        numbers=tuple(
            ("NPI" if one.get("system") == NPI else words_of(one.get("type")), str(one["value"]))
            for one in content.get("identifier", [])
            if one and one.get("value") and _is_of_work(one)
        ),
        patients=patients,
        last_visit=last_visit,
    )
