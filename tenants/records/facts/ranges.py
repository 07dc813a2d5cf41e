"""Reference ranges: their bounds, in which unit, and for whom they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tenants.records.facts.elements import words_of
from tenants.records.facts.people import AGE_UNITS, Person
from tenants.records.indexing import as_decimal
from tenants.records.units import convert

_MEANINGS = frozenset(
    {
        None,
        "http://terminology.hl7.org/CodeSystem/referencerange-meaning",
        "http://hl7.org/fhir/referencerange-meaning",
    }
)


@dataclass(frozen=True, slots=True)
class Range:
    """A reference range; ``kind`` is a code of HL7 referencerange-meaning, ``normal`` unless the source says another.

    ``name`` is the source's word for another kind. ``groups`` and ``ages`` say for whom it is when it is not for
    everybody, and ``is_for`` whether it is for the person of the value, None when that cannot be told.
    ``is_comparable`` is whether its bounds are in the unit of the value.
    """

    low: Decimal | None
    high: Decimal | None
    text: str = ""
    kind: str = "normal"
    name: str = ""
    unit: str = ""
    groups: tuple[str, ...] = ()
    ages: "Range | None" = None
    is_comparable: bool = True
    is_for: bool | None = True

    @property
    def has_bounds(self) -> bool:
        """Whether there is a number to compare with."""
        return self.low is not None or self.high is not None

    @property
    def may_judge(self) -> bool:
        """Whether values may be compared with it: never with what may be for others."""
        return self.is_comparable and self.is_for is True


def only_one(ranges: Iterable[Range]) -> Range | None:
    """The one range that may judge; None when another may be for this person too."""
    found = {one for one in ranges if one.is_for is not False}
    only = found.pop() if len(found) == 1 else None
    return only if only is not None and only.may_judge else None


def range_of(element: dict[str, Any], quantity: dict[str, Any], person: Person) -> Range:
    """A reference range of a value of ``person`` that is ``quantity`` (empty when the value is none)."""
    low, high = _bounds(element)
    bounds = [element[side] for side in ("low", "high") if "value" in element.get(side, {})]
    unit = next((bound.get("unit") or bound.get("code", "") for bound in bounds), "")
    meaning = element.get("type") or {}
    codings = [coding for coding in meaning.get("coding", []) if coding]
    codes = [coding["code"] for coding in codings if coding.get("system") in _MEANINGS and coding.get("code")]
    return Range(
        low=low,
        high=high,
        text=element.get("text", ""),
        kind=codes[0] if codes else "other" if words_of(meaning) else "normal",
        name=words_of(meaning),
        unit=unit or quantity.get("unit") or quantity.get("code", ""),
        groups=tuple(words for group in element.get("appliesTo", []) if (words := words_of(group))),
        ages=_ages(element.get("age") or {}),
        is_for=_is_for(element, person),
        is_comparable=(low is None or high is None or low <= high)
        and all(_is_in_unit(bound, quantity) for bound in bounds),
    )


def _bounds(element: dict[str, Any]) -> tuple[Decimal | None, Decimal | None]:
    low, high = (
        as_decimal(element[side]["value"]) if "value" in element.get(side, {}) else None for side in ("low", "high")
    )
    return low, high


def _ages(element: dict[str, Any]) -> Range | None:
    low, high = _bounds(element)
    if low is None and high is None:
        return None
    end = element["high" if high is not None else "low"]
    return Range(low, high, unit=end.get("code") or end.get("unit", ""))


def _is_for(element: dict[str, Any], person: Person) -> bool | None:
    """Whether a range is for ``person``: all of its groups and its ages must be (R4, appliesTo and age)."""
    said = [person.belongs_to(group) for group in element.get("appliesTo", []) if group]
    age = element.get("age") or {}
    bounds = [
        (age[side], age[side].get("code") or age[side].get("unit", "")) for side in ("low", "high") if age.get(side)
    ]
    if bounds:
        low, high = _bounds(age)
        units = {AGE_UNITS.get(unit) for _bound, unit in bounds}
        unit = units.pop() if len(units) == 1 else None
        is_exact = not any(bound.get("comparator") for bound, _unit in bounds)
        said.append(person.is_aged(low, high, unit) if unit and is_exact and (low, high) != (None, None) else None)
    if False in said:
        return False
    return None if None in said else True


def _is_in_unit(bound: dict[str, Any], quantity: dict[str, Any]) -> bool:
    """Whether a bound counts in the unit of the value. One without a unit does: there is no other to think of."""
    ours = [quantity[name] for name in ("code", "unit") if quantity.get(name)]
    theirs = [bound[name] for name in ("code", "unit") if bound.get(name)]
    if not theirs or set(ours) & set(theirs):
        return True
    return any(convert(Decimal(1), one, other) == 1 for one in theirs for other in ours)
