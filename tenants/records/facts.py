"""Stored FHIR resources as the plain facts that pages show. Nothing here queries or decides who may see what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel.tenancy.scope import current_hospital
from tenants.records.bundles import read_json
from tenants.records.dates import Moment, WrongDate, parse_moment
from tenants.records.indexing import as_decimal, code_of
from tenants.records.models import Resource

Directory = Mapping[str, str]
"""Names of practitioners, places and organisations by ``Type/id``."""


class Reading(StrEnum):
    """What a result says in one word; screens never show a bare number."""

    IN_RANGE = "in_range"
    LOW = "low"
    HIGH = "high"
    VERY_LOW = "very_low"
    VERY_HIGH = "very_high"
    ABNORMAL = "abnormal"
    NEGATIVE = "negative"
    POSITIVE = "positive"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Promise:
        """The word for people."""
        return _READINGS[self]

    @property
    def needs_attention(self) -> bool:
        """Whether the screen should draw the eye to it."""
        return self in {Reading.LOW, Reading.HIGH, Reading.VERY_LOW, Reading.VERY_HIGH, Reading.ABNORMAL}


_READINGS: dict[Reading, Promise] = {
    Reading.IN_RANGE: _("In the usual range"),
    Reading.LOW: _("Low"),
    Reading.HIGH: _("High"),
    Reading.VERY_LOW: _("Very low"),
    Reading.VERY_HIGH: _("Very high"),
    Reading.ABNORMAL: _("Outside the usual range"),
    Reading.NEGATIVE: _("Negative"),
    Reading.POSITIVE: _("Positive"),
    Reading.UNKNOWN: _("No usual range was given"),
}

# HL7 v3 ObservationInterpretation.
_INTERPRETATIONS = {
    "N": Reading.IN_RANGE,
    "L": Reading.LOW,
    "H": Reading.HIGH,
    "LU": Reading.VERY_LOW,
    "HU": Reading.VERY_HIGH,
    "LL": Reading.VERY_LOW,
    "HH": Reading.VERY_HIGH,
    "<": Reading.VERY_LOW,
    ">": Reading.VERY_HIGH,
    "A": Reading.ABNORMAL,
    "AA": Reading.ABNORMAL,
    "NEG": Reading.NEGATIVE,
    "ND": Reading.NEGATIVE,
    "POS": Reading.POSITIVE,
    "DET": Reading.POSITIVE,
}
CORRECTED = frozenset({"amended", "corrected", "appended"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a fact comes from: said on screen with every fact."""

    key: UUID
    fhir_id: str
    status: str
    source: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """A remark by somebody."""

    text: str
    author: str
    written: Moment | None


@dataclass(frozen=True, slots=True)
class Range:
    """A reference range; ``kind`` is ``normal`` unless the laboratory says something else (``treatment`` is a goal)."""

    low: Decimal | None
    high: Decimal | None
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured value: a number with unit, or words. ``comparator`` is ``<``, ``<=``, ``>=`` or ``>``."""

    name: str
    code: str
    number: Decimal | None
    comparator: str
    unit: str
    unit_code: str
    words: str
    reading: Reading
    ranges: tuple[Range, ...]

    @property
    def usual_range(self) -> Range | None:
        """The range for healthy people."""
        return next((one for one in self.ranges if one.kind == "normal"), None)

    @property
    def goal(self) -> Range | None:
        """The range that was set as this patient's goal."""
        return next((one for one in self.ranges if one.kind in {"treatment", "recommended"}), None)


@dataclass(frozen=True, slots=True)
class Result:
    """One test result. ``parts`` has the components of a composed one (blood pressure)."""

    origin: Origin
    measure: Measure
    parts: tuple[Measure, ...]
    taken: Moment | None
    reported: Moment | None
    performers: tuple[str, ...]
    notes: tuple[Note, ...]

    @property
    def is_corrected(self) -> bool:
        """Whether an earlier version was wrong: always said on screen."""
        return self.origin.status in CORRECTED

    @property
    def is_preliminary(self) -> bool:
        """Whether the laboratory may still change it."""
        return self.origin.status in {"preliminary", "registered", "partial"}


@dataclass(frozen=True, slots=True)
class Report:
    """A laboratory report: the results that belong together, in the laboratory's order."""

    origin: Origin
    name: str
    code: str
    taken: Moment | None
    reported: Moment | None
    performers: tuple[str, ...]
    conclusion: str
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A health problem."""

    origin: Origin
    name: str
    is_active: bool
    since: Moment | None
    until: Moment | None
    severity: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Allergy:
    """An allergy or intolerance and what it does."""

    origin: Origin
    name: str
    is_active: bool
    is_dangerous: bool
    reactions: tuple[str, ...]
    recorded: Moment | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine that is or was prescribed or taken; ``directions`` is the dose in words."""

    origin: Origin
    name: str
    is_current: bool
    directions: str
    reason: str
    prescribed: Moment | None
    prescriber: str


@dataclass(frozen=True, slots=True)
class Vaccination:
    """A vaccine that was given, or deliberately not."""

    origin: Origin
    name: str
    was_given: bool
    given: Moment | None
    dose: str
    lot_number: str
    place: str


@dataclass(frozen=True, slots=True)
class Procedure:
    """Something that was done."""

    origin: Origin
    name: str
    done: Moment | None
    performers: tuple[str, ...]
    reason: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A letter, report or picture. ``has_file`` tells whether its bytes are stored here."""

    origin: Origin
    name: str
    written: Moment | None
    authors: tuple[str, ...]
    content_type: str
    size: int | None
    has_file: bool


class VisitState(StrEnum):
    """Where a visit stands, from the status of its appointment or encounter."""

    REQUESTED = "requested"
    BOOKED = "booked"
    ARRIVED = "arrived"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"
    MISSED = "missed"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Promise:
        """The word for people."""
        return _VISIT_STATES[self]


_VISIT_STATES: dict[VisitState, Promise] = {
    VisitState.REQUESTED: _("Waiting for the hospital"),
    VisitState.BOOKED: _("Booked"),
    VisitState.ARRIVED: _("Arrived"),
    VisitState.IN_PROGRESS: _("In progress"),
    VisitState.DONE: _("Completed"),
    VisitState.CANCELLED: _("Cancelled"),
    VisitState.MISSED: _("Missed"),
    VisitState.UNKNOWN: _("Not known"),
}
_VISIT_STATUSES = {
    "proposed": VisitState.REQUESTED,
    "pending": VisitState.REQUESTED,
    "waitlist": VisitState.REQUESTED,
    "booked": VisitState.BOOKED,
    "planned": VisitState.BOOKED,
    "arrived": VisitState.ARRIVED,
    "checked-in": VisitState.ARRIVED,
    "triaged": VisitState.ARRIVED,
    "in-progress": VisitState.IN_PROGRESS,
    "onleave": VisitState.IN_PROGRESS,
    "fulfilled": VisitState.DONE,
    "finished": VisitState.DONE,
    "cancelled": VisitState.CANCELLED,
    "noshow": VisitState.MISSED,
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A coming or past visit, from an appointment or an encounter."""

    origin: Origin
    patient_id: UUID | None
    kind: str
    name: str
    state: VisitState
    starts: Moment | None
    ends: Moment | None
    minutes: int | None
    clinicians: tuple[str, ...]
    specialty: str
    place: str
    is_by_video: bool
    reason: str
    instructions: str


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def content_of(row: Resource) -> dict[str, Any]:
    """The resource's JSON with its numbers exact."""
    document: dict[str, Any] = read_json(bytes(row.content))
    return document


def origin_of(row: Resource) -> Origin:
    """Where the fact comes from."""
    return Origin(row.pk, row.fhir_id, row.status, row.source, row.received_at)


def words_of(concept: Any) -> str:
    """A CodeableConcept or Coding in words: its text, else the first display, else the first code."""
    if not isinstance(concept, dict):
        return ""
    if concept.get("text"):
        return str(concept["text"])
    codings = [coding for coding in concept.get("coding", [concept]) if coding]
    for name in ("display", "code"):
        for coding in codings:
            if coding.get(name):
                return str(coding[name])
    return ""


def moment_of(element: Any) -> Moment | None:
    """When something was, from a date, dateTime, instant or Period (its start, else its end)."""
    if isinstance(element, dict):
        element = element.get("start") or element.get("end")
    if not isinstance(element, str):
        return None
    try:
        return parse_moment(element, _zone(current_hospital().time_zone))
    except WrongDate:
        return None


def choice_of(resource: Mapping[str, Any], stem: str, *types: str) -> Any:
    """The value of a choice element (``effective[x]``), whichever of the types it has."""
    return next((resource[stem + kind] for kind in types if stem + kind in resource), None)


def references_of(content: Mapping[str, Any]) -> set[str]:
    """The practitioners, places and organisations whose names a page about this resource shows."""
    holders: list[Any] = [*content.get("performer", []), *content.get("author", [])]
    holders += [content.get("requester"), content.get("location"), content.get("serviceProvider")]
    for participant in content.get("participant", []):
        holders += [participant.get("individual"), participant.get("actor")]
    flat = [item for holder in holders for item in (holder if isinstance(holder, list) else [holder])]
    flat += [item.get("actor") or item.get("location") for item in flat if isinstance(item, dict)]
    return {
        item["reference"]
        for item in flat
        if isinstance(item, dict) and not item.get("display") and isinstance(item.get("reference"), str)
    }


def name_of_person(name: Mapping[str, Any]) -> str:
    """A HumanName in one line."""
    if name.get("text"):
        return str(name["text"])
    parts = [*name.get("prefix", []), *name.get("given", []), name.get("family", "")]
    return " ".join(part for part in parts if part)


def directory_name(content: Mapping[str, Any]) -> str:
    """The name of a practitioner, organisation or place."""
    name = content.get("name", "")
    if isinstance(name, list):
        return name_of_person(name[0]) if name else ""
    return str(name)


def result_of(row: Resource, directory: Directory) -> Result:
    """An Observation as a result."""
    content = content_of(row)
    return Result(
        origin=origin_of(row),
        measure=_measure(content, row.code),
        parts=tuple(_measure(part, code_of([part["code"]])) for part in content.get("component", [])),
        taken=moment_of(choice_of(content, "effective", "DateTime", "Instant", "Period")),
        reported=moment_of(content.get("issued")),
        performers=_names(content.get("performer"), directory),
        notes=_notes(content, directory),
    )


def report_of(row: Resource, directory: Directory) -> Report:
    """A DiagnosticReport."""
    content = content_of(row)
    return Report(
        origin=origin_of(row),
        name=words_of(content["code"]),
        code=code_of([content["code"]]),
        taken=moment_of(choice_of(content, "effective", "DateTime", "Period")),
        reported=moment_of(content.get("issued")),
        performers=_names(content.get("performer"), directory),
        conclusion=content.get("conclusion", ""),
        results=tuple(holder["reference"] for holder in content.get("result", []) if holder.get("reference")),
    )


def condition_of(row: Resource, directory: Directory) -> Condition:
    """A Condition."""
    content = content_of(row)
    return Condition(
        origin=origin_of(row),
        name=words_of(content.get("code")),
        is_active=row.status in {"active", "recurrence", "relapse", ""} and "abatementDateTime" not in content,
        since=moment_of(choice_of(content, "onset", "DateTime", "Period") or content.get("recordedDate")),
        until=moment_of(choice_of(content, "abatement", "DateTime", "Period")),
        severity=words_of(content.get("severity")),
        notes=_notes(content, directory),
    )


def allergy_of(row: Resource, directory: Directory) -> Allergy:
    """An AllergyIntolerance."""
    content = content_of(row)
    reactions = content.get("reaction", [])
    return Allergy(
        origin=origin_of(row),
        name=words_of(content.get("code")),
        is_active=row.status in {"active", ""},
        is_dangerous=content.get("criticality") == "high" or any(one.get("severity") == "severe" for one in reactions),
        reactions=tuple(
            words for one in reactions for sign in one.get("manifestation", []) if (words := words_of(sign))
        ),
        recorded=moment_of(content.get("recordedDate")),
        notes=_notes(content, directory),
    )


def medicine_of(row: Resource, directory: Directory) -> Medicine:
    """A MedicationRequest or MedicationStatement."""
    content = content_of(row)
    dosages = content.get("dosageInstruction") or content.get("dosage") or []
    reference = content.get("medicationReference", {})
    return Medicine(
        origin=origin_of(row),
        name=words_of(content.get("medicationCodeableConcept")) or reference.get("display", ""),
        is_current=row.status in {"active", "on-hold"},
        directions=" ".join(one.get("patientInstruction") or one.get("text", "") for one in dosages).strip(),
        reason=next((words_of(one) for one in content.get("reasonCode", [])), ""),
        prescribed=moment_of(content.get("authoredOn") or choice_of(content, "effective", "DateTime", "Period")),
        prescriber=next(iter(_names(content.get("requester"), directory)), ""),
    )


def vaccination_of(row: Resource, directory: Directory) -> Vaccination:
    """An Immunization."""
    content = content_of(row)
    protocol: dict[str, Any] = next(iter(content.get("protocolApplied", [])), {})
    dose = choice_of(protocol, "doseNumber", "PositiveInt", "String")
    return Vaccination(
        origin=origin_of(row),
        name=words_of(content["vaccineCode"]),
        was_given=row.status == "completed",
        given=moment_of(content.get("occurrenceDateTime")),
        dose="" if dose is None else str(dose),
        lot_number=content.get("lotNumber", ""),
        place=next(iter(_names(content.get("location"), directory)), ""),
    )


def procedure_of(row: Resource, directory: Directory) -> Procedure:
    """A Procedure."""
    content = content_of(row)
    return Procedure(
        origin=origin_of(row),
        name=words_of(content.get("code")),
        done=moment_of(choice_of(content, "performed", "DateTime", "Period")),
        performers=_names([one.get("actor") for one in content.get("performer", [])], directory),
        reason=next((words_of(one) for one in content.get("reasonCode", [])), ""),
        notes=_notes(content, directory),
    )


def document_of(row: Resource, directory: Directory) -> Document:
    """A DocumentReference."""
    content = content_of(row)
    attachment: dict[str, Any] = next((one["attachment"] for one in content["content"] if one), {})
    return Document(
        origin=origin_of(row),
        name=content.get("description") or attachment.get("title") or words_of(content.get("type")),
        written=moment_of(content.get("date") or attachment.get("creation")),
        authors=_names(content.get("author"), directory),
        content_type=attachment.get("contentType", ""),
        size=attachment.get("size"),
        has_file="data" in attachment,
    )


def visit_of(row: Resource, directory: Directory) -> Visit:
    """An Appointment or an Encounter."""
    content = content_of(row)
    return (
        _visit_of_appointment(row, content, directory)
        if row.type == "Appointment"
        else _visit_of_encounter(row, content, directory)
    )


def _visit_of_appointment(row: Resource, content: dict[str, Any], directory: Directory) -> Visit:
    starts, ends = moment_of(content.get("start")), moment_of(content.get("end"))
    actors = [one["actor"] for one in content["participant"] if one and one.get("actor")]
    return Visit(
        origin=origin_of(row),
        patient_id=row.patient_id,
        kind=row.type,
        name=content.get("description")
        or _first_words(content.get("serviceType"))
        or _first_words(content.get("reasonCode")),
        state=_VISIT_STATUSES.get(row.status, VisitState.UNKNOWN),
        starts=starts,
        ends=ends,
        minutes=content.get("minutesDuration") or _minutes(starts, ends),
        clinicians=_names(_leading_to(actors, "Practitioner"), directory),
        specialty=_first_words(content.get("specialty")),
        place=next(iter(_names(_leading_to(actors, "Location"), directory)), ""),
        is_by_video=any(
            coding.get("code") == "VR"
            for concept in [content.get("appointmentType"), *content.get("serviceCategory", [])]
            if concept
            for coding in concept.get("coding", [])
        ),
        reason=_first_words(content.get("reasonCode")),
        instructions=content.get("patientInstruction", ""),
    )


def _visit_of_encounter(row: Resource, content: dict[str, Any], directory: Directory) -> Visit:
    period = content.get("period", {})
    starts, ends = moment_of(period.get("start")), moment_of(period.get("end"))
    people = [one["individual"] for one in content.get("participant", []) if one and one.get("individual")]
    places = [one["location"] for one in content.get("location", []) if one]
    return Visit(
        origin=origin_of(row),
        patient_id=row.patient_id,
        kind=row.type,
        name=_first_words(content.get("type")) or _first_words(content.get("reasonCode")) or words_of(content["class"]),
        state=_VISIT_STATUSES.get(row.status, VisitState.UNKNOWN),
        starts=starts,
        ends=ends,
        minutes=_minutes(starts, ends),
        clinicians=_names(people, directory),
        specialty=words_of(content.get("serviceType")),
        place=next(iter(_names(places, directory) or _names(content.get("serviceProvider"), directory)), ""),
        is_by_video=content["class"].get("code") == "VR",
        reason=_first_words(content.get("reasonCode")),
        instructions="",
    )


def _leading_to(holders: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [holder for holder in holders if holder.get("reference", "").startswith(f"{kind}/")]


def _minutes(starts: Moment | None, ends: Moment | None) -> int | None:
    return int((ends.start - starts.start).total_seconds() // 60) if starts and ends else None


def _first_words(concepts: Any) -> str:
    return next((words for concept in concepts or [] if (words := words_of(concept))), "")


def _measure(content: dict[str, Any], code: str) -> Measure:
    quantity = content.get("valueQuantity", {})
    number = as_decimal(quantity["value"]) if "value" in quantity else None
    ranges = tuple(_range_of(one) for one in content.get("referenceRange", []) if one)
    return Measure(
        name=words_of(content["code"]),
        code=code,
        number=number,
        comparator=quantity.get("comparator", ""),
        unit=quantity.get("unit") or quantity.get("code", ""),
        unit_code=quantity.get("code") or quantity.get("unit", ""),
        words="" if number is not None else _value_words(content),
        reading=_reading(content, number, ranges),
        ranges=ranges,
    )


def _value_words(content: dict[str, Any]) -> str:
    if "valueCodeableConcept" in content:
        return words_of(content["valueCodeableConcept"])
    if "valueBoolean" in content:
        return str(_("Yes") if content["valueBoolean"] else _("No"))
    value = choice_of(content, "value", "String", "Integer", "Time", "DateTime")
    return words_of(content.get("dataAbsentReason")) if value is None else str(value)


def _range_of(element: dict[str, Any]) -> Range:
    low, high = (
        as_decimal(element[side]["value"]) if "value" in element.get(side, {}) else None for side in ("low", "high")
    )
    codings = element.get("type", {}).get("coding") or [{}]
    return Range(low, high, element.get("text", ""), codings[0].get("code") or "normal")


def _reading(content: dict[str, Any], number: Decimal | None, ranges: tuple[Range, ...]) -> Reading:
    """The laboratory's own word, else where the number lies in the laboratory's usual range. Never a range of ours."""
    for concept in content.get("interpretation", []):
        for coding in concept.get("coding", []):
            if coding and coding.get("code") in _INTERPRETATIONS:
                return _INTERPRETATIONS[coding["code"]]
    usual = next((one for one in ranges if one.kind == "normal"), None)
    if number is None or usual is None or (usual.low is None and usual.high is None):
        return Reading.UNKNOWN
    if usual.low is not None and number < usual.low:
        return Reading.LOW
    if usual.high is not None and number > usual.high:
        return Reading.HIGH
    return Reading.IN_RANGE


def _names(holders: Any, directory: Directory) -> tuple[str, ...]:
    if isinstance(holders, dict):
        holders = [holders]
    found = [
        holder.get("display") or directory.get(holder.get("reference", ""), "") for holder in holders or [] if holder
    ]
    return tuple(name for name in dict.fromkeys(found) if name)


def _notes(content: dict[str, Any], directory: Directory) -> tuple[Note, ...]:
    return tuple(
        Note(
            text=note["text"],
            author=note.get("authorString") or next(iter(_names(note.get("authorReference"), directory)), ""),
            written=moment_of(note.get("time")),
        )
        for note in content.get("note", [])
        if note
    )
