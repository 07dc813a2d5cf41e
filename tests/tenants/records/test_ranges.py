"""Reference ranges: for whom they are, in which unit, and which of them judges."""

from datetime import date
from typing import Any

import pytest

from tenants.people.models import Patient
from tenants.records.facts.results import Reading
from tenants.records.templatetags.records import told_ranges
from tests.tenants.records.samples import observation, quantity
from tests.tenants.records.test_results import meant, result, stored

pytestmark = pytest.mark.usefixtures("in_northfield")

FEMALE, MALE = ([{"coding": [{"code": code}], "text": words}] for code, words in (("F", "Female"), ("M", "Male")))


@pytest.mark.parametrize(
    ("ranges", "told"),
    [
        (
            [{"high": quantity(5), "appliesTo": MALE}, {"high": quantity(6), "appliesTo": FEMALE}],
            ["<bdi>Male</bdi>: <bdi>Up to 5%</bdi>", "<bdi>Female</bdi>: <bdi>Up to 6%</bdi>"],
        ),
        ([{"high": quantity(5), "appliesTo": MALE}], ["<bdi>Male</bdi>: <bdi>Up to 5%</bdi>"]),
        (
            [{"low": quantity(4), "high": quantity(9), "age": {"low": quantity(2, "a"), "high": quantity(12, "a")}}],
            ["<bdi>2 to 12\u00a0years</bdi>: <bdi>4 to 9%</bdi>"],
        ),
        ([{"low": quantity(20, "mmol/mol")}], ["<bdi>From 20\u00a0mmol/mol</bdi>"]),
        (
            [{"high": quantity(5)}, {"text": "under 8 before meals"}],
            ["<bdi>Up to 5%</bdi>", "<bdi>under 8 before meals</bdi>"],
        ),
        ([meant("treatment", low=quantity(8))], ["<bdi>Treatment is considered</bdi>: <bdi>From 8%</bdi>"]),
        (
            [{"type": {"text": "Before the pill"}, "high": quantity(5)}],
            ["<bdi>Before the pill</bdi>: <bdi>Up to 5%</bdi>"],
        ),
        ([{"low": quantity(9), "high": quantity(5)}], ["<bdi>9 to 5%</bdi>"]),
    ],
)  # fmt: skip
def test_a_range_that_may_be_another_persons_is_told_and_not_compared_with(
    ranges: list[dict[str, Any]], told: list[str]
) -> None:
    shown = result(referenceRange=ranges)

    assert shown.measure.reading is Reading.UNKNOWN
    assert shown.measure.usual_range is None
    assert told_ranges(shown.measure) == told


@pytest.mark.parametrize(
    ("value", "bound"),
    [
        (quantity(6, "10*3/uL"), quantity(5, "10*9/L")),
        ({"value": 6, "unit": "mg/dl", "code": "mg/dL"}, {"value": 5, "unit": "mg/dl"}),
        (quantity(6), {"value": 5}),
        ({"value": 6}, {"value": 5}),
    ],
)
def test_a_range_in_the_unit_of_the_value_is_compared_with(value: dict[str, Any], bound: dict[str, Any]) -> None:
    shown = result(valueQuantity=value, referenceRange=[{"high": bound}, {"high": bound}])

    assert shown.measure.reading is Reading.HIGH
    assert told_ranges(shown.measure) == []


def test_of_several_goals_none_is_this_persons() -> None:
    goals = [meant("therapeutic", high=quantity(bound), appliesTo=group) for bound, group in ((7, MALE), (8, FEMALE))]

    assert result(referenceRange=goals).measure.goal is None


SNOMED, GENDERS = "http://snomed.info/sct", "http://hl7.org/fhir/administrative-gender"


def group(system: str, code: str) -> list[dict[str, Any]]:
    """Those for whom a range is."""
    return [{"coding": [{"system": system, "code": code}]}]


WOMEN, MEN = group(SNOMED, "248152002"), group(GENDERS, "male")
ANA = {"gender": "female", "born_on": date(1980, 2, 29)}
MALE_TOO, YEAR, MONTH = {"sex": "male"}, {"birth_precision": "year"}, {"birth_precision": "month"}


def aged(low: int | None, high: int | None, unit: str = "a") -> dict[str, Any]:
    """Ages from one to another."""
    bounds = {"low": low, "high": high}
    return {"age": {side: {"value": bound, "code": unit} for side, bound in bounds.items() if bound is not None}}


@pytest.mark.parametrize(
    ("who", "taken", "says", "is_for"),
    [
        ({}, "2026-11-18", {"appliesTo": WOMEN}, True),
        ({}, "2026-11-18", {"appliesTo": MEN}, False),
        ({}, "2026-11-18", {"appliesTo": [*WOMEN, *MEN]}, False),
        ({"sex": "female"}, "2026-11-18", {"appliesTo": WOMEN}, True),
        (MALE_TOO, "2026-11-18", {"appliesTo": WOMEN}, None),
        ({"gender": "other"}, "2026-11-18", {"appliesTo": WOMEN}, None),
        ({"gender": "unknown"}, "2026-11-18", {"appliesTo": WOMEN}, None),
        ({}, "2026-11-18", {"appliesTo": FEMALE}, None),
        ({}, "2026-11-18", {"appliesTo": group(SNOMED, "77386006")}, None),
        ({}, "2026-11-18", {"appliesTo": [*WOMEN, *group(SNOMED, "77386006")]}, None),
        ({}, "2026-11-18", {"appliesTo": [{"coding": [*WOMEN[0]["coding"], *MEN[0]["coding"]]}]}, None),
        ({}, "2026-11-18", aged(18, 46), True),
        ({}, "2026-02-28", aged(46, None), False),
        ({}, "2026-03-01", aged(46, None), True),
        ({}, "2026-11-18", aged(None, 45), False),
        ({}, "2026-11-18", {**aged(18, None), "appliesTo": MEN}, False),
        ({}, "2026-11-18", {**aged(18, None), "appliesTo": FEMALE}, None),
        ({}, "2026-11", aged(18, 50), None),
        ({}, "1980-03-01", aged(1, 1, "d"), True),
        ({}, "1980-03-13", aged(2, 3, "wk"), False),
        ({}, "1980-03-28", aged(1, None, "mo"), False),
        ({}, "1980-03-29", aged(1, None, "mo"), True),
        ({}, "1979-03-29", aged(None, 18), None),
        ({}, "2026-11-18", aged(18, 50, "h"), None),
        ({}, "2026-11-18", {"age": {"low": {"value": 18, "comparator": ">", "code": "a"}}}, None),
        ({}, "2026-11-18", {"age": {"low": {"value": 6, "code": "mo"}, "high": {"value": 50, "code": "a"}}}, None),
        (YEAR, "2026-11-18", aged(46, None), None),
        (YEAR, "2026-11-18", aged(45, None), True),
        (MONTH, "2026-02-18", aged(46, None), None),
        (MONTH, "2026-03-01", aged(46, None), True),
        ({"born_on": None}, "2026-11-18", aged(18, None), None),
    ],
)  # fmt: skip
def test_a_range_judges_only_for_whom_it_is(
    who: dict[str, Any], taken: str, says: dict[str, Any], is_for: bool | None
) -> None:
    shown = stored(
        observation(effectiveDateTime=taken, referenceRange=[{"high": quantity(5), **says}]), Patient(**{**ANA, **who})
    ).measure

    assert shown.ranges[0].is_for is is_for
    assert shown.reading is (Reading.HIGH if is_for else Reading.UNKNOWN)
    assert len(told_ranges(shown)) == (0 if is_for else 1)


def test_of_ranges_for_men_and_women_the_persons_own_judges() -> None:
    ranges = [{"high": quantity(5), "appliesTo": MEN}, {"high": quantity(7), "appliesTo": WOMEN}]

    shown = stored(observation(referenceRange=ranges), Patient(**ANA)).measure
    either = stored(observation(referenceRange=[*ranges, {"high": quantity(8)}]), Patient(**ANA)).measure

    assert (shown.reading, told_ranges(shown)) == (Reading.IN_RANGE, [])
    assert (either.reading, len(told_ranges(either))) == (Reading.UNKNOWN, 3)
