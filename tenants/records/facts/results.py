"""Test results: values, ranges, what they mean in a word, and the reports that hold them together."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel.i18n import formats
from tenants.records.amounts import unit_words, with_unit
from tenants.records.dates import Moment, Precision
from tenants.records.facts.elements import (
    Directory,
    Note,
    Origin,
    choice_of,
    content_of,
    moment_of,
    moment_words,
    names_of,
    notes_of,
    origin_of,
    words_of,
)
from tenants.records.facts.people import Person
from tenants.records.facts.ranges import Range, only_one, range_of
from tenants.records.indexing import CRITICAL, LABORATORY, VITAL_SIGNS, as_decimal, code_of, stored_category
from tenants.records.models import Resource


class Reading(StrEnum):
    """What a result says in one word; screens never show a bare number."""

    IN_RANGE = "in_range"
    LOW = "low"
    HIGH = "high"
    VERY_LOW = "very_low"
    VERY_HIGH = "very_high"
    ABNORMAL = "abnormal"
    VERY_ABNORMAL = "very_abnormal"
    NEGATIVE = "negative"
    POSITIVE = "positive"
    NOT_REACTIVE = "not_reactive"
    WEAKLY_REACTIVE = "weakly_reactive"
    REACTIVE = "reactive"
    UNCLEAR = "unclear"
    SUSCEPTIBLE = "susceptible"
    INTERMEDIATE = "intermediate"
    RESISTANT = "resistant"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Promise:
        """The word for people."""
        return _READINGS[self]

    @property
    def weight(self) -> int:
        """How much it asks to be looked at, from 0 for what is as it should be."""
        return _WEIGHTS.get(self, 0)


_READINGS: dict[Reading, Promise] = {
    Reading.IN_RANGE: _("In the usual range"),
    Reading.LOW: _("Low"),
    Reading.HIGH: _("High"),
    Reading.VERY_LOW: _("Very low"),
    Reading.VERY_HIGH: _("Very high"),
    Reading.ABNORMAL: _("Outside the usual range"),
    Reading.VERY_ABNORMAL: _("Far outside the usual range"),
    Reading.NEGATIVE: _("Negative"),
    Reading.POSITIVE: _("Positive"),
    Reading.NOT_REACTIVE: _("Not reactive"),
    Reading.WEAKLY_REACTIVE: _("Weakly reactive"),
    Reading.REACTIVE: _("Reactive"),
    Reading.UNCLEAR: _("Not clear"),
    Reading.SUSCEPTIBLE: _("Susceptible"),
    Reading.INTERMEDIATE: _("Intermediate"),
    Reading.RESISTANT: _("Resistant"),
    Reading.UNKNOWN: _("No usual range was given"),
}
_WEIGHTS: dict[Reading, int] = {
    **dict.fromkeys((Reading.VERY_LOW, Reading.VERY_HIGH, Reading.VERY_ABNORMAL), 4),
    **dict.fromkeys((Reading.LOW, Reading.HIGH, Reading.ABNORMAL), 3),
    **dict.fromkeys((Reading.POSITIVE, Reading.REACTIVE, Reading.WEAKLY_REACTIVE, Reading.RESISTANT), 2),
    **dict.fromkeys((Reading.UNCLEAR, Reading.INTERMEDIATE), 1),
}

# HL7 v3 ObservationInterpretation, and the table of HL7 v2 from which it was made; a code of another list with the same
# letters may mean anything.
_INTERPRETATION_SYSTEMS = frozenset(
    {
        None,
        "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
        "http://terminology.hl7.org/CodeSystem/v2-0078",
        "http://hl7.org/fhir/v3/ObservationInterpretation",
        "http://hl7.org/fhir/v2/0078",
        "urn:oid:2.16.840.1.113883.5.83",
    }
)
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
    "AA": Reading.VERY_ABNORMAL,
    "NEG": Reading.NEGATIVE,
    "ND": Reading.NEGATIVE,
    "POS": Reading.POSITIVE,
    "DET": Reading.POSITIVE,
    "LX": Reading.LOW,
    "HX": Reading.HIGH,
    "EX": Reading.ABNORMAL,
    "L<": Reading.VERY_LOW,
    "H>": Reading.VERY_HIGH,
    "E": Reading.UNCLEAR,
    "IND": Reading.UNCLEAR,
    "NR": Reading.NOT_REACTIVE,
    "WR": Reading.WEAKLY_REACTIVE,
    "RR": Reading.REACTIVE,
    "S": Reading.SUSCEPTIBLE,
    "I": Reading.INTERMEDIATE,
    "R": Reading.RESISTANT,
}

# Peak breathing flow: a laboratory measures it on the person.
_WITHOUT_SAMPLE = frozenset({"http://loinc.org|19935-6", "http://loinc.org|33452-4"})

CORRECTED = frozenset({"amended", "corrected", "appended"})


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured value: a number with unit, or words. ``comparator`` is ``<``, ``<=``, ``>=`` or ``>``.

    ``remark`` is what the laboratory says of the value in words that ``reading`` does not have.
    ``is_critical`` is whether the laboratory says that somebody must act at once.
    """

    name: str
    code: str
    number: Decimal | None
    comparator: str
    unit: str
    unit_code: str
    words: str
    reading: Reading
    remark: str
    ranges: tuple[Range, ...]
    is_critical: bool = False

    @property
    def usual_range(self) -> Range | None:
        """The range for healthy people; None when there are several, or when it is for some of them."""
        return only_one(one for one in self.ranges if one.kind == "normal")

    @property
    def goal(self) -> Range | None:
        """The range that treatment aims at.

        Only ``therapeutic`` is "the desired level": ``treatment`` is where treatment would be considered, and
        ``recommended`` is about everybody.
        """
        goal = only_one(one for one in self.ranges if one.kind == "therapeutic")
        return goal if goal is not None and goal.has_bounds else None

    @property
    def told_ranges(self) -> tuple[Range, ...]:
        """The ranges to tell in words when there is no usual range to compare with."""
        if self.usual_range is not None:
            return ()
        return tuple(one for one in dict.fromkeys(self.ranges) if one != self.goal and (one.has_bounds or one.text))


class Stated:
    """What the status of a result or report says of how far it is to be relied on."""

    __slots__ = ()
    origin: Origin

    @property
    def is_corrected(self) -> bool:
        """Whether an earlier version was wrong: always said on screen."""
        return self.origin.status in CORRECTED

    @property
    def is_preliminary(self) -> bool:
        """Whether the laboratory may still change it."""
        return self.origin.status in {"preliminary", "registered", "partial"}


@dataclass(frozen=True, slots=True)
class Result(Stated):
    """One test result. ``parts`` has the components of a composed one (blood pressure).

    ``is_heading`` is whether it says nothing itself and only holds other results together; ``is_of_sample`` whether
    something was taken from the person and looked at in a laboratory; ``is_vital`` whether it is a vital sign.
    """

    origin: Origin
    measure: Measure
    parts: tuple[Measure, ...]
    taken: Moment | None
    reported: Moment | None
    performers: tuple[str, ...]
    notes: tuple[Note, ...]
    is_heading: bool
    is_of_sample: bool
    is_vital: bool

    @property
    def is_critical(self) -> bool:
        """Whether the laboratory says of it or of a part that somebody must act at once."""
        return bool(self.critical)

    @property
    def critical(self) -> tuple[Measure, ...]:
        """The measures of which the laboratory says so; a whole without a value of its own stands for its parts."""
        stands_for_parts = self.measure.is_critical and self.measure.number is None and bool(self.parts)
        parts = tuple(part for part in self.parts if part.is_critical or stands_for_parts)
        return parts if stands_for_parts or not self.measure.is_critical else (self.measure, *parts)


@dataclass(frozen=True, slots=True)
class Report(Stated):
    """A report: of a laboratory the results that belong together, in its order; of imaging or pathology its words.

    ``has_file`` tells whether the report as it was written is stored here.
    """

    origin: Origin
    name: str
    code: str
    taken: Moment | None
    reported: Moment | None
    performers: tuple[str, ...]
    conclusion: str
    results: tuple[str, ...]
    has_file: bool


def result_of(row: Resource, directory: Directory) -> Result:
    """An Observation as a result. The row's patient must have been read with it."""
    content = content_of(row)
    taken = moment_of(choice_of(content, "effective", "DateTime", "Instant", "Period"))
    person = Person.of(row.patient, taken)
    return Result(
        origin=origin_of(row),
        measure=_measure(content, row.code, person),
        parts=tuple(_measure(part, _code_of_part(part), person) for part in content.get("component", [])),
        taken=taken,
        reported=moment_of(content.get("issued")),
        performers=names_of(content.get("performer"), directory),
        notes=notes_of(content, directory),
        is_heading=_is_heading(content),
        is_of_sample=_is_of_sample(content, row.code),
        is_vital=row.category == VITAL_SIGNS,
    )


def numbered_parts(row: Resource) -> frozenset[str]:
    """The codes of those components of an Observation that have a number."""
    parts = content_of(row).get("component", [])
    return frozenset(
        code for part in parts if "value" in part.get("valueQuantity", {}) if (code := _code_of_part(part))
    )


def _code_of_part(part: dict[str, Any]) -> str:
    return code_of([part["code"]])


def _is_of_sample(content: dict[str, Any], code: str) -> bool:
    if content.get("specimen"):
        return True
    return stored_category(content) == LABORATORY and code not in _WITHOUT_SAMPLE


def _is_heading(content: dict[str, Any]) -> bool:
    """Whether an Observation only lists its members (R4, Observation, "Grouping with hasMember")."""
    own = ("component", "interpretation", "note")
    says = any(name.startswith("value") for name in content) or any(content.get(name) for name in own)
    return bool(content.get("hasMember")) and not says


def report_of(row: Resource, directory: Directory) -> Report:
    """A DiagnosticReport."""
    content = content_of(row)
    return Report(
        origin=origin_of(row),
        name=words_of(content["code"]),
        code=code_of([content["code"]]),
        taken=moment_of(choice_of(content, "effective", "DateTime", "Period")),
        reported=moment_of(content.get("issued")),
        performers=names_of(content.get("performer"), directory),
        conclusion=content.get("conclusion")
        or " · ".join(words for one in content.get("conclusionCode", []) if (words := words_of(one))),
        results=tuple(
            holder["reference"] for holder in content.get("result", []) if holder and holder.get("reference")
        ),
        has_file=any("data" in one for one in content.get("presentedForm", []) if one),
    )


def _measure(content: dict[str, Any], code: str, person: Person) -> Measure:
    quantity = content.get("valueQuantity", {})
    number = as_decimal(quantity["value"]) if "value" in quantity else None
    ranges = tuple(range_of(one, quantity, person) for one in content.get("referenceRange", []) if one)
    reading, remark = _interpreted(content)
    measure = Measure(
        name=words_of(content["code"]),
        code=code,
        number=number,
        comparator=quantity.get("comparator", ""),
        unit=quantity.get("unit") or quantity.get("code", ""),
        unit_code=quantity.get("code") or quantity.get("unit", ""),
        words="" if number is not None else _value_words(content),
        reading=reading or Reading.UNKNOWN,
        remark=remark,
        ranges=ranges,
        is_critical=_is_critical(content),
    )
    return measure if reading else replace(measure, reading=place_of(measure))


def _value_words(content: dict[str, Any]) -> str:
    if "valueCodeableConcept" in content:
        return words_of(content["valueCodeableConcept"])
    if "valueBoolean" in content:
        return str(_("Yes") if content["valueBoolean"] else _("No"))
    if "valueRatio" in content:
        ratio = content["valueRatio"]
        return ":".join(words for side in ("numerator", "denominator") if (words := _amount_words(ratio.get(side, {}))))
    if "valueRange" in content:
        low, high = (_amount_words(content["valueRange"].get(side, {})) for side in ("low", "high"))
        return _span_words(low, high)
    if "valuePeriod" in content:
        return _span_words(*(_moment_of_value(content["valuePeriod"].get(side)) for side in ("start", "end")))
    if "valueDateTime" in content:
        return _moment_of_value(content["valueDateTime"])
    value = choice_of(content, "value", "String", "Integer", "Time")
    return words_of(content.get("dataAbsentReason")) if value is None else str(value)


def _span_words(low: str, high: str) -> str:
    if low and high:
        return str(_("%(low)s to %(high)s") % {"low": low, "high": high})
    if low:
        return str(_("From %(low)s") % {"low": low})
    return str(_("Up to %(high)s") % {"high": high}) if high else ""


def _moment_of_value(text: Any) -> str:
    moment = moment_of(text)
    if moment is None:
        return ""
    day = moment_words(moment)
    return f"{day} · {formats.time(moment.start)}" if moment.precision is Precision.TIME else day


def _amount_words(quantity: dict[str, Any]) -> str:
    if "value" not in quantity:
        return ""
    words = with_unit(as_decimal(quantity["value"]), unit_words(quantity.get("unit") or quantity.get("code", "")))
    return f"{quantity.get('comparator', '')}{words}"


def _interpreted(content: dict[str, Any]) -> tuple[Reading | None, str]:
    """The laboratory's own word: the weightiest that we know, and all its words when there is one that we do not.

    None when it said nothing. A word that we do not know is never outdone by one that comforts.
    """
    known: list[Reading] = []
    unknown: list[str] = []
    for concept in content.get("interpretation", []):
        codings = [coding for coding in (concept or {}).get("coding", []) if coding]
        codes = [coding.get("code") for coding in codings if coding.get("system") in _INTERPRETATION_SYSTEMS]
        readings = [_INTERPRETATIONS[code] for code in codes if code in _INTERPRETATIONS]
        if readings:
            known.append(max(readings, key=lambda one: one.weight))
        elif words := words_of(concept):
            unknown.append(words)
    reading = max(known, key=lambda one: one.weight, default=None)
    if not unknown:
        return reading, ""
    remark = " · ".join([*(str(one.label) for one in known), *unknown])
    return reading if reading is not None and reading.weight else Reading.UNKNOWN, remark


def _is_critical(content: dict[str, Any]) -> bool:
    concepts = [concept or {} for concept in content.get("interpretation", [])]
    codings = [coding for concept in concepts for coding in concept.get("coding", []) if coding]
    return any(coding.get("system") in _INTERPRETATION_SYSTEMS and coding.get("code") in CRITICAL for coding in codings)


def place_of(measure: Measure) -> Reading:
    """Where the number lies in the laboratory's usual range. Never a range of ours."""
    usual = measure.usual_range
    if measure.number is None or usual is None or not usual.has_bounds:
        return Reading.UNKNOWN
    return _place(measure.number, measure.comparator, usual.low, usual.high)


def _place(number: Decimal, comparator: str, low: Decimal | None, high: Decimal | None) -> Reading:
    """Where a value lies between bounds that belong to the range; UNKNOWN when ``<5`` or ``>100`` leaves it open."""
    least = number if comparator in ("", ">", ">=") else None
    most = number if comparator in ("", "<", "<=") else None
    if low is not None and most is not None and (most < low or (most == low and comparator == "<")):
        return Reading.LOW
    if high is not None and least is not None and (least > high or (least == high and comparator == ">")):
        return Reading.HIGH
    if (low is None or (least is not None and least >= low)) and (high is None or (most is not None and most <= high)):
        return Reading.IN_RANGE
    return Reading.UNKNOWN
