"""FHIR R4 search over stored resources, generated from the search-parameter table.

Supported: token (``code``, ``system|code``, ``|code``, ``:not``), reference (``Type/id``, ``id``, ``:Type``), string
(beginning of a word, ``:contains``), date and quantity with prefixes, ``:missing``, several values (or) and repeated
parameters (and). What is not supported is refused by name and never silently ignored (FHIR R4, Search, "handling").
"""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kernel.errors import DomainError
from kernel.permissions import Access, Permission
from kernel.tenancy.scope import current_hospital
from tenants.people.names import search_key
from tenants.records import permissions
from tenants.records.dates import Moment, WrongDate, parse_moment
from tenants.records.indexing import TEXT_LENGTH, token
from tenants.records.models import Resource, SearchValue
from tenants.records.search_parameters import DECLARATIONS, Column, Kind, SearchParameter
from tenants.records.selectors.reading import NEWEST_FIRST

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
MODIFIERS: dict[Kind, tuple[str, ...]] = {
    Kind.TOKEN: ("not",),
    Kind.REFERENCE: (),
    Kind.STRING: ("contains", "missing"),
    Kind.DATE: ("missing",),
    Kind.QUANTITY: ("missing",),
}
MAXIMUM_CRITERIA = 20
MAXIMUM_VALUES = 50

PERMISSIONS: dict[str, Permission] = {
    "Observation": permissions.VIEW_RESULTS,
    "DiagnosticReport": permissions.VIEW_RESULTS,
    "DocumentReference": permissions.VIEW_DOCUMENTS,
    "Appointment": permissions.VIEW_VISITS,
    "Encounter": permissions.VIEW_VISITS,
}
BELONG_TO_NOBODY = ("Practitioner", "Organization", "Location", "Medication")


class UnsupportedSearch(DomainError):
    """A type, parameter, modifier or prefix that this server does not search by."""

    code = "unsupported_search"
    message = _("This search is not supported.")


class WrongSearch(DomainError):
    """A value that is not of its parameter's type."""

    code = "wrong_search"
    message = _("A search value is not written in the form that its parameter needs.")


def search_resources(access: Access, resource_type: str, criteria: Iterable[tuple[str, str]]) -> QuerySet[Resource]:
    """Resources of one type that fit all criteria and are covered by the access, newest first.

    ``criteria`` are pairs as in a query string: ``("code", "http://loinc.org|4548-4")``, ``("date", "ge2026-01-01")``.
    Parameters that shape the answer (``_count``, ``_sort``, ``_include``) are the caller's. Raises UnsupportedSearch,
    WrongSearch.
    """
    if resource_type not in DECLARATIONS:
        raise UnsupportedSearch
    rows = Resource.objects.filter(type=resource_type).order_by(*NEWEST_FIRST)
    if resource_type in BELONG_TO_NOBODY:
        # Who treats, where and with what is known to whoever may see a visit.
        access.require(permissions.VIEW_VISITS)
    else:
        rows = access.limit(rows, to=PERMISSIONS.get(resource_type, permissions.VIEW), patient="patient")
    wanted = list(criteria)
    if len(wanted) > MAXIMUM_CRITERIA:
        raise UnsupportedSearch
    for name, value in wanted:
        rows = rows.filter(_criterion(resource_type, name, value))
    return rows


def _criterion(resource_type: str, name: str, value: str) -> Q:
    name, _colon, modifier = name.partition(":")
    if name == "_id":
        return Q(fhir_id__in=_split(value))
    if name == "_lastUpdated" and not modifier:
        return _any(_received(prefix, moment) for prefix, moment in map(_dated, _split(value)))
    parameter = DECLARATIONS[resource_type].by_name.get(name)
    if parameter is None:
        raise UnsupportedSearch
    if parameter.kind is Kind.REFERENCE and modifier in parameter.targets:
        value, modifier = ",".join(f"{modifier}/{one}" for one in _split(value)), ""
    if modifier and modifier not in MODIFIERS[parameter.kind]:
        raise UnsupportedSearch
    if modifier == "missing":
        return _missing(parameter, value)
    condition = _any(_one(parameter, modifier, one) for one in _split(value))
    return ~condition if modifier == "not" else condition


def _split(value: str) -> list[str]:
    r"""The alternatives of a value: separated by commas, unless escaped (``\,``)."""
    if "\x00" in value:
        raise WrongSearch
    parts = [part.replace("\0", ",") for part in value.replace("\\,", "\0").split(",")]
    parts = [part for part in parts if part]
    if not parts or len(parts) > MAXIMUM_VALUES:
        raise WrongSearch
    return parts


def _any(conditions: Iterable[Q]) -> Q:
    found = Q()
    for condition in conditions:
        found |= condition
    return found


def _one(parameter: SearchParameter, modifier: str, value: str) -> Q:
    if parameter.kind is Kind.TOKEN:
        if parameter.column is Column.STATUS:
            return Q(status=value.rpartition("|")[2])
        return Q(tokens__contains=[token(parameter.name, value)])
    if parameter.kind is Kind.REFERENCE:
        return _reference(parameter, value)
    if parameter.kind is Kind.STRING:
        return _text(parameter, modifier, value)
    if parameter.kind is Kind.DATE:
        return _date(parameter, value)
    return _quantity(parameter, value)


def _reference(parameter: SearchParameter, value: str) -> Q:
    kind, slash, fhir_id = value.rpartition("/")
    kind = kind.rpartition("/")[2]
    if slash and kind not in parameter.targets:
        return Q(pk=None)
    if parameter.column is Column.PATIENT:
        return Q(patient__fhir_id=fhir_id)
    kinds = [kind] if slash else parameter.targets
    return _any(Q(tokens__contains=[token(parameter.name, f"{one}/{fhir_id}")]) for one in kinds)


def _text(parameter: SearchParameter, modifier: str, value: str) -> Q:
    key = search_key(value)[:TEXT_LENGTH]
    if not key:
        raise WrongSearch
    rows = SearchValue.objects.filter(resource=OuterRef("pk"), parameter=parameter.key)
    if modifier == "contains":
        return Q(Exists(rows.filter(text__contains=key)))
    return Q(Exists(rows.filter(text__startswith=key)))


def _dated(value: str) -> tuple[str, Moment]:
    prefix, text = (value[:2], value[2:]) if value[:2] in PREFIXES else ("eq", value)
    try:
        return prefix, parse_moment(text.replace(" ", "+"), ZoneInfo(current_hospital().time_zone))
    except WrongDate as error:
        raise WrongSearch from error


def _received(prefix: str, moment: Moment) -> Q:
    return _between("received_at", "received_at", prefix, moment)


def _date(parameter: SearchParameter, value: str) -> Q:
    prefix, moment = _dated(value)
    if parameter.column is Column.CLINICAL_TIME:
        return _between("starts", "ends", prefix, moment)
    rows = SearchValue.objects.filter(resource=OuterRef("pk"), parameter=parameter.key)
    return Q(Exists(rows.filter(_between("starts", "ends", prefix, moment))))


def _between(start: str, end: str, prefix: str, moment: Moment) -> Q:
    """R4's comparisons of two ranges. A period without a start or an end reaches as far as one likes."""
    known = Q(**{f"{start}__isnull": False}) | Q(**{f"{end}__isnull": False})
    no_start, no_end = Q(**{f"{start}__isnull": True}), Q(**{f"{end}__isnull": True})
    inside = Q(**{f"{start}__gte": moment.start, f"{end}__lte": moment.end})
    if start == end:
        inside = Q(**{f"{start}__gte": moment.start, f"{start}__lt": moment.end})
        no_end = Q()
    ends_later = Q(**{f"{end}__gt": moment.end}) | no_end if start != end else Q(**{f"{end}__gte": moment.end})
    starts_earlier = Q(**{f"{start}__lt": moment.start})
    if start != end:
        starts_earlier |= no_start
    match prefix:
        case "eq":
            return inside
        case "ne":
            return known & ~inside
        case "gt":
            return known & ends_later
        case "lt":
            return known & starts_earlier
        case "ge":
            return inside | (known & ends_later)
        case "le":
            return inside | (known & starts_earlier)
        case "sa":
            return Q(**{f"{start}__gte": moment.end})
        case "eb":
            return Q(**{f"{end}__lte": moment.start})
    # About: R4 leaves the width to the server; a tenth of the distance to now is its example, a day is ours.
    wide = Moment(moment.start - timedelta(days=1), moment.end + timedelta(days=1), moment.precision)
    return Q(**{f"{start}__lt": wide.end}) & (Q(**{f"{end}__gt": wide.start}) | no_end)


def _quantity(parameter: SearchParameter, value: str) -> Q:
    """``[prefix]number``, ``number||unit`` or ``number|system|unit``; equal means: as precise as it was written."""
    number_text, _bar, rest = value.partition("|")
    unit = rest.rpartition("|")[2]
    prefix, number_text = (number_text[:2], number_text[2:]) if number_text[:2] in PREFIXES else ("eq", number_text)
    try:
        number = Decimal(number_text)
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or abs(number.adjusted()) > 30:
            raise WrongSearch
    except InvalidOperation as error:
        raise WrongSearch from error
    rows = SearchValue.objects.filter(resource=OuterRef("pk"), parameter=parameter.key)
    if unit:
        rows = rows.filter(unit=unit)
    half = Decimal(5).scaleb(exponent - 1)
    if prefix == "ap":
        half = max(half, abs(number) / 10)
    near = Q(number__gte=number - half, number__lt=number + half)
    match prefix:
        case "eq" | "ap":
            condition = near
        case "ne":
            condition = ~near
        case "gt" | "sa":
            condition = Q(number__gt=number)
        case "lt" | "eb":
            condition = Q(number__lt=number)
        case "ge":
            condition = Q(number__gte=number)
        case _:
            condition = Q(number__lte=number)
    return Q(Exists(rows.filter(condition)))


def _missing(parameter: SearchParameter, value: str) -> Q:
    if value not in {"true", "false"}:
        raise WrongSearch
    if parameter.column is Column.CLINICAL_TIME:
        absent = Q(starts=None, ends=None)
    else:
        absent = ~Q(Exists(SearchValue.objects.filter(resource=OuterRef("pk"), parameter=parameter.key)))
    return absent if value == "true" else ~absent
