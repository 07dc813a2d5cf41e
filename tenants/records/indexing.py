"""Deriving from a resource what the database needs to find it again: columns, tokens, and values that have an order.

Everything comes from the declarations in search_parameters.py; nothing here knows a resource type.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from tenants.people.names import search_key
from tenants.records.dates import FARTHEST, NEAREST, WrongDate, parse_moment
from tenants.records.known_tests import LABORATORY_TESTS, LOINC
from tenants.records.known_tests import VITAL_SIGNS as KNOWN_VITAL_SIGNS
from tenants.records.search_parameters import DECLARATIONS, DO_NOT_PERFORM, Kind, ResourceDeclaration, SearchParameter

# PostgreSQL refuses index entries beyond about 2,700 bytes; longer texts are kept in full in the content only.
TOKEN_LENGTH = 200
TEXT_LENGTH = 120
STATUS_LENGTH = 32
CATEGORY_LENGTH = 64
UNIT_LENGTH = 64
# How long a visit is taken to last whose source says neither its end nor its length.
USUAL_VISIT = timedelta(minutes=30)
DECLINED = "declined"
FOR_A_TIME = "for-a-time"
TIME_IN_TEAM = "time-in-team"

# Interpretations critical low, high and abnormal: values that a laboratory reports by telephone. What is only off its
# scale is none.
CRITICAL = frozenset({"LL", "HH", "AA"})
LABORATORY = "laboratory"
VITAL_SIGNS = "vital-signs"
# HL7's categories of observations. A source may put its own before them, or a section of HL7 v2 in their place.
OBSERVATION_CATEGORIES = frozenset(
    {LABORATORY, VITAL_SIGNS, "imaging", "procedure", "survey", "exam", "therapy", "activity", "social-history"}
)
_CATEGORY_SYSTEMS = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/observation-category",
        "http://hl7.org/fhir/observation-category",
    }
)
SECTION_SYSTEMS = frozenset({"http://terminology.hl7.org/CodeSystem/v2-0074", "http://hl7.org/fhir/v2/0074"})
LABORATORY_SECTIONS = frozenset("LAB BG BLB CG CH CP GE HM IMM MB MCB MYC PAT SP SR TX VR".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Value:
    """One string, date or quantity of a declared parameter; the other columns are None."""

    parameter: str
    text: str | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    number: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Indexed:
    """The columns of a stored resource that come from its content."""

    status: str
    category: str
    code: str
    starts: datetime | None
    ends: datetime | None
    tokens: list[str]
    values: list[Value]


def index_resource(resource: dict[str, Any], zone: tzinfo = UTC) -> Indexed:
    """Everything searchable in a valid resource whose references have been rewritten.

    ``zone`` is the hospital's and decides what a day without a time means.
    """
    declaration = DECLARATIONS[resource["resourceType"]]
    tokens: dict[str, None] = {}
    values: list[Value] = []
    for parameter in declaration.indexed:
        found = parameter.find(resource)
        if not found:
            continue
        if parameter.kind is Kind.TOKEN:
            for element in found:
                for text in tokens_of(element):
                    tokens[token(parameter.name, text)] = None
        elif parameter.kind is Kind.REFERENCE:
            for element in found:
                target = element.get("reference")
                if target and target.partition("/")[0] in parameter.targets:
                    tokens[token(parameter.name, target)] = None
        else:
            values.extend(_values_of(parameter, found, zone))
    starts, ends = _clinical_time(declaration.clinical_time(resource) if declaration.clinical_time else [], zone)
    if declaration.clinical_end and starts is not None:
        ends = _end_of(declaration, resource, starts)
    for said in declaration.must_not(resource) if declaration.must_not else []:
        tokens.update(dict.fromkeys(token(DO_NOT_PERFORM, text) for text in tokens_of(said)))
    for entry, times in _limits_of(declaration, resource, zone):
        tokens[entry] = None
        values.extend(times)
    return Indexed(
        status=_first_code(declaration.status(resource))[:STATUS_LENGTH] if declaration.status else "",
        category=stored_category(resource),
        code=code_of(declaration.code(resource)) if declaration.code else "",
        starts=starts,
        ends=ends,
        tokens=list(tokens),
        values=values,
    )


def token(parameter: str, text: str) -> str:
    """The entry of the indexed array for one value; a hash stands in for a value too long for an index."""
    entry = f"{parameter}={text}"
    if len(entry) <= TOKEN_LENGTH:
        return entry
    return f"{parameter}=#{blake2b(text.encode(), digest_size=16).hexdigest()}"


def tokens_of(element: Any) -> list[str]:
    """The forms under which FHIR lets a coded value be searched: ``code``, ``system|code``, ``|code``."""
    if isinstance(element, bool):
        return ["true" if element else "false"]
    if isinstance(element, str):
        return [element]
    if not isinstance(element, dict):
        return []
    if "coding" in element:
        return [text for coding in element["coding"] if coding for text in tokens_of(coding)]
    code, system = element.get("code", element.get("value")), element.get("system", "")
    if not isinstance(code, str):
        return []
    return [code, f"{system}|{code}"]


def code_of(concepts: list[Any]) -> str:
    """``system|code`` of the first coding of the first concept, or its text: what "the same test" means in a trend."""
    for concept in concepts:
        for coding in concept.get("coding") or ([concept] if "code" in concept else []):
            if coding and coding.get("code"):
                return token("", f"{coding.get('system', '')}|{coding['code']}")[1:]
        if concept.get("text"):
            return token("", concept["text"])[1:]
    return ""


def _first_code(elements: list[Any]) -> str:
    for element in elements:
        texts = tokens_of(element)
        if texts:
            return texts[0]
    return ""


def category_of(elements: list[Any]) -> str:
    """HL7's own category of an observation wherever it stands, "laboratory" before others; else the first code."""
    codings = [
        coding
        for element in elements
        if isinstance(element, dict)
        for coding in element.get("coding") or []
        if isinstance(coding, dict) and isinstance(coding.get("code"), str)
    ]
    found = [one["code"] for one in codings if one.get("system") in _CATEGORY_SYSTEMS]
    is_section = any(one.get("system") in SECTION_SYSTEMS and one["code"] in LABORATORY_SECTIONS for one in codings)
    if LABORATORY in found or (is_section and not found):
        return LABORATORY
    return found[0] if found else _first_code(elements)


def stored_category(resource: dict[str, Any]) -> str:
    """The category of a valid resource as its column has it: said, else by a test that we know, else as it came."""
    declaration = DECLARATIONS[resource["resourceType"]]
    if not declaration.category:
        return ""
    said = category_of(declaration.category(resource))
    if said not in OBSERVATION_CATEGORIES and declaration.code:
        codings = [coding or {} for concept in declaration.code(resource) for coding in concept.get("coding") or []]
        numbers = {coding.get("code") for coding in codings if coding.get("system") == LOINC}
        if numbers & KNOWN_VITAL_SIGNS:
            return VITAL_SIGNS
        if numbers & LABORATORY_TESTS:
            return LABORATORY
    return said[:CATEGORY_LENGTH]


def _clinical_time(elements: list[Any], zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    for element in elements:
        found = _range(element, zone)
        if found is not None:
            return found
    return None, None


def _end_of(declaration: ResourceDeclaration, resource: dict[str, Any], starts: datetime) -> datetime:
    """When something ends that R4 searches by its start: as it says, else by its length, else after a usual visit."""
    ends, _later = _clinical_time(declaration.clinical_end(resource) if declaration.clinical_end else [], UTC)
    if ends is not None and ends > starts:
        return ends
    said = next(iter(declaration.minutes(resource) if declaration.minutes else []), 0)
    try:
        return starts + (timedelta(minutes=said) if said > 0 else USUAL_VISIT)
    except OverflowError:
        return FARTHEST


def _limits_of(
    declaration: ResourceDeclaration, resource: dict[str, Any], zone: tzinfo
) -> Iterator[tuple[str, list[Value]]]:
    """Who only seems to take part: practitioners who declined, and those who are members for a time, with that time.

    Whoever also takes part without such a limit is not among them. Search finds all of them by R4's own parameters;
    a care relationship needs more (care.py).
    """
    limits: dict[str, list[Value]] = {}
    declined: dict[str, None] = {}
    unlimited = set()
    for one in declaration.participants(resource) if declaration.participants else []:
        reference = (one.get("actor") or one.get("member") or {}).get("reference", "")
        kind, _slash, fhir_id = reference.partition("/")
        times = _range(one.get("period"), zone)
        if kind != "Practitioner":
            continue
        if one.get("status") == DECLINED:
            declined[reference] = None
        elif times is None:
            unlimited.add(reference)
        else:
            starts, ends = times
            limits.setdefault(reference, []).append(
                Value(TIME_IN_TEAM, starts=starts or NEAREST, ends=ends or FARTHEST, unit=fhir_id[:UNIT_LENGTH])
            )
    yield from ((token(FOR_A_TIME, who), times) for who, times in limits.items() if who not in unlimited)
    yield from ((token(DECLINED, who), []) for who in declined if who not in unlimited and who not in limits)


def _range(element: Any, zone: tzinfo) -> tuple[datetime | None, datetime | None] | None:
    """The instants a date or period covers; an open end of a period stays open (None)."""
    try:
        if isinstance(element, str):
            moment = parse_moment(element, zone)
            return moment.start, moment.end
        if isinstance(element, dict):
            start, end = element.get("start"), element.get("end")
            if start or end:
                return (
                    parse_moment(start, zone).start if start else None,
                    parse_moment(end, zone).end if end else None,
                )
    except WrongDate:
        return None
    return None


def _values_of(parameter: SearchParameter, found: list[Any], zone: tzinfo) -> list[Value]:
    if parameter.kind is Kind.STRING:
        texts = dict.fromkeys(key for element in found for key in _keys(element))
        return [Value(parameter.key, text=text) for text in texts]
    if parameter.kind is Kind.DATE:
        ranges = [instants for element in found if (instants := _range(element, zone))]
        return [Value(parameter.key, starts=starts, ends=ends or FARTHEST) for starts, ends in ranges if starts]
    return [
        Value(
            parameter.key,
            number=as_decimal(element["value"]),
            unit=(element.get("code") or element.get("unit") or "")[:UNIT_LENGTH],
        )
        for element in found
        if isinstance(element, dict) and "value" in element
    ]


def _keys(element: Any) -> list[str]:
    """The searchable forms of a string or of each part of a HumanName."""
    if isinstance(element, str):
        texts = [element]
    else:
        texts = [element.get("text", ""), element.get("family", ""), *(part or "" for part in element.get("given", []))]
    return [key for text in texts if (key := search_key(text)[:TEXT_LENGTH])]


def as_decimal(number: Any) -> Decimal:
    """The exact decimal that was written: floats are taken as they were spelled."""
    return number if isinstance(number, Decimal) else Decimal(repr(number))
