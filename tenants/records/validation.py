"""Checking one resource against our structures, with the exact path of everything that is wrong.

Two passes: the declared elements (structures.py) by functions compiled once, and every string, number and null of the
whole resource, declared or not, because the database and the screens meet those too.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenants.records.dates import WrongDate, is_date, is_date_time, is_instant, parse_moment
from tenants.records.structures import COMPLEX_TYPES, EVERY_RESOURCE, RESOURCES

MAXIMUM_PROBLEMS = 10
MAXIMUM_STRING = 1024 * 1024
MAXIMUM_EXPONENT = 30
MAXIMUM_DIGITS = 60

RESOURCE_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
CODE = re.compile(r"\S+( \S+)*")
_NOT_OF_A_PATH = re.compile(r"[^A-Za-z0-9_.\[\]?-]+")
_PATH_LENGTH = 300
_MODIFIERS = frozenset({"modifierExtension", "implicitRules"})
ELEMENT = re.compile(r"_?[A-Za-z][A-Za-z0-9]*")
TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?")


class Fault(StrEnum):
    """What is wrong with an element. The words are stored; sentences are made when they are shown."""

    UNKNOWN_TYPE = "unknown_type"
    NOT_AN_OBJECT = "not_an_object"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    WRONG_FORMAT = "wrong_format"
    WRONG_CODE = "wrong_code"
    TWO_CHOICES = "two_choices"
    NULL = "null"
    NUL_BYTE = "nul_byte"
    TOO_LONG = "too_long"
    EMPTY = "empty"
    NO_IDENTITY = "no_identity"
    DUPLICATE = "duplicate"
    NO_PATIENT = "no_patient"
    OTHER_PATIENT = "other_patient"
    IDENTIFIER_TAKEN = "identifier_taken"
    NOT_SUPPORTED = "not_supported"
    MODIFIER = "modifier"
    MERGE_OTHER_PERSON = "merge_other_person"
    MERGE_TWO_ACCOUNTS = "merge_two_accounts"
    MERGE_CHANGED_PERSON = "merge_changed_person"
    MERGE_CIRCLE = "merge_circle"

    @property
    def sentence(self) -> Promise:
        """What people read about it."""
        return _SENTENCES[self]


_SENTENCES: dict[Fault, Promise] = {
    Fault.UNKNOWN_TYPE: _("This type of resource is not stored here."),
    Fault.NOT_AN_OBJECT: _("There is no resource where one is expected."),
    Fault.MISSING: _("A required element is missing."),
    Fault.WRONG_TYPE: _("The element has the wrong type."),
    Fault.WRONG_FORMAT: _("The value is not written in the format that its type demands, or it does not exist."),
    Fault.WRONG_CODE: _("The code is not one of those allowed here."),
    Fault.TWO_CHOICES: _("Only one of the possible types may be given."),
    Fault.NULL: _("An empty value (null) is not allowed here."),
    Fault.NUL_BYTE: _("The text contains a character that cannot be stored."),
    Fault.TOO_LONG: _("The value is too long."),
    Fault.EMPTY: _("A list or an object may not be empty."),
    Fault.NO_IDENTITY: _("The entry has neither an id nor a usable fullUrl."),
    Fault.DUPLICATE: _("Another entry of this file has the same identity."),
    Fault.NO_PATIENT: _("The patient of this resource is not known."),
    Fault.OTHER_PATIENT: _("This resource is already stored for another patient."),
    Fault.IDENTIFIER_TAKEN: _("Another patient already has this identifier."),
    Fault.MODIFIER: _("This element changes the meaning of the resource, and Portico does not know how."),
    Fault.MERGE_OTHER_PERSON: _(
        "The two patients do not share a name and a date of birth. They were not put together: a person has to look."
    ),
    Fault.MERGE_TWO_ACCOUNTS: _(
        "Each of the two patients has an account of their own. They were not put together: a person has to look."
    ),
    Fault.MERGE_CHANGED_PERSON: _(
        "The patient comes with another date of birth or name and as replaced at once. The patient stays as stored."
    ),
    Fault.MERGE_CIRCLE: _("The patients would replace each other. They were not put together."),
    Fault.NOT_SUPPORTED: _("Only creating and updating is supported in an import."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: ``path`` in the manner of FHIRPath (``Observation.category[0].coding[1].code``)."""

    path: str
    fault: Fault


Check = Callable[[Any, str, list[Problem]], None]


def problems_of(resource: Any) -> list[Problem]:
    """Everything wrong with a resource, at most ten problems, in document order. Empty: it may be stored."""
    if not isinstance(resource, dict):
        return [Problem("", Fault.NOT_AN_OBJECT)]
    kind = resource.get("resourceType")
    if not isinstance(kind, str):
        return [Problem("resourceType", Fault.MISSING)]
    if kind not in RESOURCES:
        return [Problem(kind if RESOURCE_ID.fullmatch(kind) else "resourceType", Fault.UNKNOWN_TYPE)]
    problems: list[Problem] = []
    _check_tree(resource, kind, problems)
    if not problems:
        _object_check(kind)(resource, kind, problems)
    return [Problem(_printable(problem.path), problem.fault) for problem in problems[:MAXIMUM_PROBLEMS]]


def _check_tree(node: Any, path: str, problems: list[Problem]) -> None:
    """What holds everywhere in FHIR JSON: no nulls but in lists of primitives, nothing empty, storable text.

    And nothing that turns the meaning of the rest: who does not understand a modifier extension or implicit rules must
    not process the resource (FHIR R4, Extensibility, "Modifier extensions"; Resource.implicitRules).
    Depth is bounded by the reader of the bundle.
    """
    for key, value in node.items():
        kind = type(value)
        if key in _MODIFIERS:
            problems.append(Problem(f"{path}.{key}", Fault.MODIFIER))
        if kind is str:
            if "\x00" in value:
                problems.append(Problem(f"{path}.{_shown(key)}", Fault.NUL_BYTE))
            elif not value:
                problems.append(Problem(f"{path}.{_shown(key)}", Fault.EMPTY))
            elif len(value) > MAXIMUM_STRING and key != "data":
                problems.append(Problem(f"{path}.{_shown(key)}", Fault.TOO_LONG))
        elif kind is dict:
            if not value:
                problems.append(Problem(f"{path}.{_shown(key)}", Fault.EMPTY))
            _check_tree(value, f"{path}.{key}", problems)
        elif kind is list:
            if not value:
                problems.append(Problem(f"{path}.{_shown(key)}", Fault.EMPTY))
            for position, item in enumerate(value):
                if type(item) is dict:
                    _check_tree(item, f"{path}.{key}[{position}]", problems)
                elif type(item) is list:
                    problems.append(Problem(f"{path}.{_shown(key)}[{position}]", Fault.WRONG_TYPE))
                elif type(item) is str and "\x00" in item:
                    problems.append(Problem(f"{path}.{_shown(key)}[{position}]", Fault.NUL_BYTE))
        elif value is None:
            problems.append(Problem(f"{path}.{_shown(key)}", Fault.NULL))
        elif kind is not bool and _too_many_digits(value):
            problems.append(Problem(f"{path}.{_shown(key)}", Fault.TOO_LONG))
        if not key.isalnum() and not ELEMENT.fullmatch(key):
            problems.append(Problem(f"{path}.{_shown(key)}", Fault.WRONG_FORMAT))
        if len(problems) >= MAXIMUM_PROBLEMS:
            return


def _printable(path: str) -> str:
    """A path as it can be stored and printed: the names of what lies around an element come from the file, too."""
    return _NOT_OF_A_PATH.sub("?", path)[:_PATH_LENGTH]


def _shown(key: str) -> str:
    """An element's name fit for a list of refusals: names come from the file and could carry anything."""
    return key if len(key) <= 64 and ELEMENT.fullmatch(key) else "?"


def _too_many_digits(number: Any) -> bool:
    if isinstance(number, Decimal):
        return abs(number.adjusted()) > MAXIMUM_EXPONENT or len(number.as_tuple().digits) > MAXIMUM_DIGITS
    return not -(10**MAXIMUM_EXPONENT) < number < 10**MAXIMUM_EXPONENT


def _text(value: Any, path: str, problems: list[Problem]) -> None:
    if type(value) is not str:
        problems.append(Problem(path, Fault.WRONG_TYPE))


def _boolean(value: Any, path: str, problems: list[Problem]) -> None:
    if type(value) is not bool:
        problems.append(Problem(path, Fault.WRONG_TYPE))


def _decimal(value: Any, path: str, problems: list[Problem]) -> None:
    if type(value) not in (int, float, Decimal):
        problems.append(Problem(path, Fault.WRONG_TYPE))


def _integer(value: Any, path: str, problems: list[Problem]) -> None:
    if type(value) is not int:
        problems.append(Problem(path, Fault.WRONG_TYPE))
    elif not -(2**31) <= value < 2**31:
        problems.append(Problem(path, Fault.TOO_LONG))


def _positive(value: Any, path: str, problems: list[Problem]) -> None:
    _integer(value, path, problems)
    if type(value) is int and value < 1:
        problems.append(Problem(path, Fault.WRONG_FORMAT))


def _matching(accepts: Callable[[str], object]) -> Check:
    def check(value: Any, path: str, problems: list[Problem]) -> None:
        if type(value) is not str:
            problems.append(Problem(path, Fault.WRONG_TYPE))
        elif not accepts(value):
            problems.append(Problem(path, Fault.WRONG_FORMAT))

    return check


def _one_of(codes: frozenset[str]) -> Check:
    def check(value: Any, path: str, problems: list[Problem]) -> None:
        if type(value) is not str:
            problems.append(Problem(path, Fault.WRONG_TYPE))
        elif value not in codes:
            problems.append(Problem(path, Fault.WRONG_CODE))

    return check


# Reading the same few formats thousands of times a bundle is most of the work: remember what was judged.
PRIMITIVES: dict[str, Check] = {
    "string": _text,
    "boolean": _boolean,
    "decimal": _decimal,
    "integer": _integer,
    "positiveInt": _positive,
    "code": _matching(CODE.fullmatch),
    "uri": _matching(lambda text: not any(character.isspace() for character in text)),
    "date": _matching(lru_cache(4096)(is_date)),
    "dateTime": _matching(lru_cache(4096)(is_date_time)),
    "instant": _matching(lru_cache(4096)(is_instant)),
    "time": _matching(TIME_OF_DAY.fullmatch),
}

_compiled: dict[str, Check] = {}


def _object_check(kind: str) -> Check:
    if kind not in _compiled:
        _compiled[kind] = _compile_object(kind)
    return _compiled[kind]


def _compile_object(kind: str) -> Check:
    declaration = COMPLEX_TYPES.get(kind) or RESOURCES[kind] + EVERY_RESOURCE
    elements: dict[str, Check] = {}
    required: list[tuple[str, tuple[str, ...]]] = []
    choices: list[tuple[str, tuple[str, ...]]] = []
    for line in declaration.strip().splitlines():
        name, _colon, rest = line.strip().partition(": ")
        types, _equals, codes = rest.partition(" = ")
        if name.endswith(("[x]", "[x]!")):
            stem = name.split("[")[0]
            keys = tuple(stem + choice[0].upper() + choice[1:] for choice in types.split())
            elements.update({key: _check_of(choice) for key, choice in zip(keys, types.split(), strict=True)})
            choices.append((stem, keys))
            if name.endswith("!"):
                required.append((stem + "[x]", keys))
            continue
        flags = types[len(types.rstrip("*!")) :]
        check = _one_of(frozenset(codes.split())) if codes else _check_of(types.rstrip("*!"))
        is_primitive = bool(codes) or types.rstrip("*!") in PRIMITIVES
        elements[name] = _list_of(check, allows_null=is_primitive) if "*" in flags else check
        if "!" in flags:
            required.append((name, (name,)))
    elements["extension"] = _list_of(_check_of("Extension"), allows_null=False)
    if kind in RESOURCES:
        elements["contained"] = _list_of(_contained, allows_null=False)
    return _object_of(elements, tuple(required), tuple(choices), more=_EXTRA_CHECKS.get(kind))


def _contained(value: Any, path: str, problems: list[Problem]) -> None:
    """A resource inside another. We read medicines there; others are kept as they came."""
    if type(value) is not dict:
        problems.append(Problem(path, Fault.WRONG_TYPE))
    elif value.get("resourceType") == "Medication":
        _object_check("Medication")(value, path, problems)


def _check_of(kind: str) -> Check:
    if kind in PRIMITIVES:
        return PRIMITIVES[kind]
    # Types refer to each other in circles (Reference, Identifier): look the other one up when it is needed.
    return lambda value, path, problems: _object_check(kind)(value, path, problems)


def _list_of(check: Check, *, allows_null: bool) -> Check:
    """A list. A null in a list of primitives keeps the place of an extension (FHIR R4, JSON, "Primitive types")."""

    def check_list(value: Any, path: str, problems: list[Problem]) -> None:
        if type(value) is not list:
            problems.append(Problem(path, Fault.WRONG_TYPE))
            return
        for position, item in enumerate(value):
            if item is not None or not allows_null:
                check(item, f"{path}[{position}]", problems)

    return check_list


def _object_of(
    elements: dict[str, Check],
    required: tuple[tuple[str, tuple[str, ...]], ...],
    choices: tuple[tuple[str, tuple[str, ...]], ...],
    more: Check | None,
) -> Check:
    find = elements.get

    def check(value: Any, path: str, problems: list[Problem]) -> None:
        if type(value) is not dict:
            problems.append(Problem(path, Fault.WRONG_TYPE))
            return
        for name, keys in required:
            if not any(key in value for key in keys):
                problems.append(Problem(f"{path}.{name}", Fault.MISSING))
        for stem, keys in choices:
            if sum(key in value for key in keys) > 1:
                problems.append(Problem(f"{path}.{stem}[x]", Fault.TWO_CHOICES))
        for key, item in value.items():
            element = find(key)
            if element is not None:
                element(item, f"{path}.{key}", problems)
        if more is not None:
            more(value, path, problems)

    return check


def _patient_has_a_name_or_identifier(value: Any, path: str, problems: list[Problem]) -> None:
    """A record that nobody could ever find again is not a patient."""
    if not value.get("name") and not value.get("identifier"):
        problems.append(Problem(f"{path}.name", Fault.MISSING))


def _attachment_is_base64(value: Any, path: str, problems: list[Problem]) -> None:
    content = value.get("data")
    if type(content) is str:
        try:
            base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            problems.append(Problem(f"{path}.data", Fault.WRONG_FORMAT))


def _period_runs_forward(value: Any, path: str, problems: list[Problem]) -> None:
    start, end = value.get("start"), value.get("end")
    if type(start) is str and type(end) is str and start > end:
        # Text compares as time compares only within one zone: a look at the instants decides.
        try:
            backwards = parse_moment(start).start > parse_moment(end).end
        except WrongDate:
            return
        if backwards:
            problems.append(Problem(f"{path}.end", Fault.WRONG_FORMAT))


_EXTRA_CHECKS: dict[str, Check] = {
    "Patient": _patient_has_a_name_or_identifier,
    "Attachment": _attachment_is_base64,
    "Period": _period_runs_forward,
}
