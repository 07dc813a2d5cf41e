"""What a result says: only what the laboratory said, and never more comfort than that."""

from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation

from kernel import clock
from tenants.people.models import Patient
from tenants.records.bundles import write_json
from tenants.records.facts.results import Reading, Result, result_of
from tenants.records.indexing import index_resource
from tenants.records.models import Resource
from tenants.records.pictures import range_bar
from tenants.records.templatetags.records import (
    clinical_second,
    clinical_test,
    figure,
    further_name,
    judged,
    most_critical,
    nothing_said,
    outside,
    plain_test,
    second_name,
    value,
    without_word,
)
from tenants.records.wording import amount, goal_of, judgement_note
from tests.tenants.records.samples import observation, quantity

pytestmark = pytest.mark.usefixtures("in_northfield")

# Northfield writes Latin digits in every language.
NINETY = "90"


def result(**changes: Any) -> Result:
    """A laboratory result as screens get it."""
    return stored(observation(**changes))


def stored(resource: dict[str, Any], patient: Patient | None = None) -> Result:
    """An Observation as screens get it."""
    indexed = index_resource(resource)
    return result_of(
        Resource(
            type="Observation",
            fhir_id="1",
            patient=patient,
            status=indexed.status,
            code=indexed.code,
            content=write_json(resource),
            source="test",
            received_at=clock.now(),
        ),
        {},
    )


def said(shown: Result) -> tuple[str, str] | None:
    """The status in words and its tone."""
    judgement = judged(shown)
    return (judgement.words, judgement.tone) if judgement else None


def meant(kind: str, **bounds: Any) -> dict[str, Any]:
    """A reference range with a meaning of HL7's list."""
    system = "http://terminology.hl7.org/CodeSystem/referencerange-meaning"
    return {"type": {"coding": [{"system": system, "code": kind}]}, **bounds}


def interpreted(code: str) -> list[dict[str, Any]]:
    """The laboratory's word by a code of HL7's list."""
    system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
    return [{"coding": [{"system": system, "code": code}]}]


@pytest.mark.parametrize("kind", ["treatment", "recommended"])
def test_a_range_at_which_treatment_is_considered_is_nobodys_goal(kind: str) -> None:
    shown = result(
        valueQuantity=quantity(195, "mg/dL"),
        referenceRange=[meant(kind, low=quantity(190, "mg/dL"))],
        interpretation=interpreted("H"),
    )

    assert shown.measure.goal is None
    assert said(shown) == ("High", "warn")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("N", ("In your goal range", "ok")),
        ("H", ("In your goal range", "ok")),
        ("HH", ("Very high", "crit")),
        ("LL", ("Very low", "crit")),
        ("AA", ("Far outside the usual range", "crit")),
        ("A", ("Outside the usual range", "warn")),
    ],
)
def test_a_goal_speaks_for_a_value_that_is_high_and_never_for_a_critical_one(code: str, words: tuple[str, str]) -> None:
    shown = result(referenceRange=[meant("therapeutic", high=quantity(7.0))], interpretation=interpreted(code))

    assert said(shown) == words


@pytest.mark.parametrize(
    ("comparator", "value", "low", "high", "reading"),
    [
        ("<", 3, 3, 10, Reading.LOW),
        ("<=", 3, 3, 10, Reading.UNKNOWN),
        ("<=", 2, 3, 10, Reading.LOW),
        ("<", 5, 3, 10, Reading.UNKNOWN),
        ("<", 10, None, 10, Reading.IN_RANGE),
        ("<=", 10, None, 10, Reading.IN_RANGE),
        ("<", 11, None, 10, Reading.UNKNOWN),
        ("<", 5, 3, None, Reading.UNKNOWN),
        (">", 200, None, 200, Reading.HIGH),
        (">=", 200, None, 200, Reading.UNKNOWN),
        (">=", 201, None, 200, Reading.HIGH),
        (">", 100, 3, 120, Reading.UNKNOWN),
        (">", 60, 60, None, Reading.IN_RANGE),
        (">=", 60, 60, None, Reading.IN_RANGE),
        (">", 59, 60, None, Reading.UNKNOWN),
        (None, 3, 3, 10, Reading.IN_RANGE),
        (None, 10, 3, 10, Reading.IN_RANGE),
        (None, 2, 3, 10, Reading.LOW),
        (None, 11, 3, 10, Reading.HIGH),
    ],
)
def test_what_is_only_under_or_over_a_number_lies_where_it_must_lie(
    comparator: str | None, value: int, low: int | None, high: int | None, reading: Reading
) -> None:
    bounds = {side: quantity(bound) for side, bound in (("low", low), ("high", high)) if bound is not None}
    sign = {"comparator": comparator} if comparator else {}

    shown = result(valueQuantity={**quantity(value), **sign}, referenceRange=[bounds])

    assert shown.measure.reading is reading


@pytest.mark.parametrize(
    ("interpretation", "words"),
    [
        ([{"text": "High, call patient"}], ("<bdi>High, call patient</bdi>", "info")),
        ([{"coding": [{"system": "https://laboratory.test", "code": "N", "display": "Not done"}]}],
         ("<bdi>Not done</bdi>", "info")),
        ([{"text": "Repeat it"}, *interpreted("N")], ("<bdi>In the usual range · Repeat it</bdi>", "info")),
        ([{"text": "Repeat it"}, *interpreted("H")], ("<bdi>High · Repeat it</bdi>", "warn")),
        ([*interpreted("N"), *interpreted("HH")], ("Very high", "crit")),
        ([{"coding": [one["coding"][0] for code in ("H", "HH") for one in interpreted(code)]}], ("Very high", "crit")),
        (interpreted("HX"), ("High", "warn")),
        (interpreted("LX"), ("Low", "warn")),
        (interpreted("EX"), ("Outside the usual range", "warn")),
        (interpreted("IND"), ("Not clear", "info")),
        (interpreted("R"), ("Resistant", "info")),
        (interpreted("I"), ("Intermediate", "info")),
        (interpreted("S"), ("Susceptible", "info")),
        (interpreted("RR"), ("Reactive", "info")),
        (interpreted("WR"), ("Weakly reactive", "info")),
        (interpreted("NR"), ("Not reactive", "info")),
        ([None], ("In the usual range", "ok")),
    ],
)  # fmt: skip
def test_the_laboratorys_word_is_never_replaced_by_a_comparison(
    interpretation: list[Any], words: tuple[str, str]
) -> None:
    shown = result(interpretation=interpretation, referenceRange=[{"high": quantity(7.0)}])

    assert said(shown) == words


def test_a_word_that_is_not_known_is_not_replaced_by_a_goal() -> None:
    shown = result(
        interpretation=[{"text": "High, call patient"}], referenceRange=[meant("therapeutic", high=quantity(7.0))]
    )

    assert shown.measure.reading is Reading.UNKNOWN
    assert said(shown) == ("<bdi>High, call patient</bdi>", "info")


def part(name: str, *, code: str = "", **changes: Any) -> dict[str, Any]:
    """A component of a composed result."""
    coding = {"coding": [{"system": "http://loinc.org", "code": code}]} if code else {}
    return {"code": {**coding, "text": name}, **changes}


def composed(*parts: dict[str, Any], **changes: Any) -> Result:
    """A result that has no value of its own."""
    resource = observation(component=list(parts), **changes)
    del resource["valueQuantity"]
    return stored(resource)


@pytest.mark.parametrize(
    ("whole", "parts", "words"),
    [
        ("", ("NEG", "POS"), ("Positive", "info")),
        ("", ("N", "POS"), ("Positive", "info")),
        ("", ("POS", "H"), ("High", "warn")),
        ("", ("H", "LL"), ("Very low", "crit")),
        ("", ("NEG", "IND"), ("Not clear", "info")),
        ("", ("N", "NEG"), None),
        ("", ("N", ""), None),
        ("", ("", ""), None),
        ("", ("N", "N"), ("In the usual range", "ok")),
        ("", ("NEG", "NEG"), ("Negative", "info")),
        ("N", ("", ""), ("In the usual range", "ok")),
        ("N", ("", "HH"), ("Very high", "crit")),
        ("NEG", ("NEG", "POS"), ("Positive", "info")),
        ("A", ("N", "N"), ("Outside the usual range", "warn")),
    ],
)
def test_one_part_never_comforts_for_another(whole: str, parts: tuple[str, ...], words: tuple[str, str] | None) -> None:
    members = [
        part(str(place)) | ({"interpretation": interpreted(code)} if code else {}) for place, code in enumerate(parts)
    ]

    assert said(composed(*members, **({"interpretation": interpreted(whole)} if whole else {}))) == words


SYSTOLIC, DIASTOLIC = (
    part("Systolic", code="8480-6", valueQuantity=quantity(120, "mm[Hg]")),
    part("Diastolic", code="8462-4", valueQuantity=quantity(80, "mm[Hg]")),
)


@pytest.mark.parametrize("parts", [(SYSTOLIC, DIASTOLIC), (DIASTOLIC, SYSTOLIC)])
def test_blood_pressure_is_told_upper_value_first(parts: tuple[dict[str, Any], ...]) -> None:
    with translation.override("ar"):
        arabic = value(composed(*parts))

    assert value(composed(*parts)) == "<bdi>120/80\u00a0mmHg</bdi>"
    assert arabic == '<bdi dir="rtl">120/80\u00a0\u2066mmHg\u2069</bdi>'


def test_other_parts_are_told_by_name_and_each_in_its_unit() -> None:
    acidity = part("pH", valueQuantity={"value": 6})
    protein = part("Protein", valueQuantity=quantity(30, "mg/dL"))

    assert value(composed(acidity, protein)) == (
        "<bdi>pH</bdi>: <bdi>6</bdi> · <bdi>Protein</bdi>: <bdi>30\u00a0mg/dL</bdi>"
    )
    assert value(composed({**DIASTOLIC, "valueQuantity": quantity(10, "kPa")}, SYSTOLIC)) == (
        "Lower value: <bdi>10\u00a0kPa</bdi> · Upper value: <bdi>120\u00a0mmHg</bdi>"
    )
    assert value(composed(SYSTOLIC, part("Diastolic", code="8462-4"))) == (
        "Upper value: <bdi>120\u00a0mmHg</bdi> · Lower value: <bdi>No value was sent</bdi>"
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 160}}}, "1:160"),
        ({"valueRatio": {"numerator": {"value": 1, "comparator": "<"}, "denominator": {"value": 10}}}, "<1:10"),
        (
            {"valueRatio": {"numerator": quantity(30, "mg"), "denominator": quantity(1, "g")}},
            "30\u00a0mg:1\u00a0g",
        ),
        ({"valueRange": {"low": quantity(2, "/HPF"), "high": quantity(5, "/HPF")}}, "2\u00a0/HPF to 5\u00a0/HPF"),
        (
            {"valueRange": {"low": quantity(2, "10*3/uL"), "high": quantity(5, "10*3/uL")}},
            "2\u00a010³/µL to 5\u00a010³/µL",
        ),
        ({"valueRange": {"high": quantity(30, "%")}}, "Up to 30%"),
        ({"valueRatio": {"numerator": quantity(3, "mm[Hg]"), "denominator": quantity(1, "1")}}, "3\u00a0mmHg:1"),
        ({"valueRange": {"low": quantity(2, "/HPF")}}, "From 2\u00a0/HPF"),
        ({"valueRange": {"high": quantity(5, "/HPF")}}, "Up to 5\u00a0/HPF"),
        ({"valueRange": {}}, "No value was sent"),
        ({"valueDateTime": "2026-03"}, "March 2026"),
        ({"valueDateTime": "2026-03-07"}, "Mar 7, 2026"),
        ({"valueDateTime": "2026-03-07T09:30:00-06:00"}, "Mar 7, 2026 · 9:30\u00a0am"),
        ({"valuePeriod": {"start": "2026-03-01", "end": "2026-03-07"}}, "Mar 1, 2026 to Mar 7, 2026"),
        ({"dataAbsentReason": {"text": "The sample was lost"}}, "The sample was lost"),
    ],
)  # fmt: skip
def test_values_of_other_kinds_are_told(given: dict[str, Any], words: str) -> None:
    resource = observation(**given)
    del resource["valueQuantity"]

    assert amount(stored(resource).measure) == words


@pytest.mark.parametrize(("code", "middle"), [("H", "Your goal"), ("HH", "Usual")])
def test_a_critical_value_is_not_drawn_in_a_goal(code: str, middle: str) -> None:
    shown = result(
        referenceRange=[meant("therapeutic", high=quantity(7.0)), {"high": quantity(5.6)}],
        interpretation=interpreted(code),
    )

    bar = range_bar(shown.measure)

    assert bar is not None
    assert bar.zones[0].label == middle


def test_a_value_called_high_and_critical_at_once_is_critical_beside_a_goal() -> None:
    both = [{"coding": [one["coding"][0] for code in ("H", "HH") for one in interpreted(code)]}]
    shown = result(referenceRange=[meant("therapeutic", high=quantity(6.0))], interpretation=both)

    found = judged(shown)

    assert found is not None
    assert (found.short, found.tone, goal_of(shown.measure)) == ("Very high", "crit", None)
    assert goal_of(replace(shown.measure, reading=Reading.HIGH)) is None


def egfr(**changes: Any) -> Result:
    """How well kidneys filter, in the unit with a number in it."""
    return result(valueQuantity={**quantity(90, "mL/min/{1.73_m2}"), **changes})


def test_an_arabic_page_keeps_a_unit_in_its_order_and_its_digits() -> None:
    with translation.override("ar"):
        bare, under = value(egfr()), value(egfr(comparator=">="))

    assert bare == f'<bdi dir="rtl">{NINETY}\u00a0\u2066mL/min/1.73 m²\u2069</bdi>'
    assert under == f'<bdi dir="rtl">{NINETY}\u00a0\u2066mL/min/1.73 m²\u2069 على الأقل</bdi>'


def test_the_large_value_keeps_number_and_unit_in_one_piece() -> None:
    unit = '<bdi class="figure-number-unit" dir="ltr">mL/min/1.73 m²</bdi></span>'

    with translation.override("ar"):
        arabic = figure(egfr(comparator=">=").measure)

    assert arabic == f'<span class="figure-piece">{NINETY} {unit} على الأقل'
    assert figure(egfr(comparator="<").measure) == f'Under <span class="figure-piece">90 {unit}'
    assert (
        figure(result().measure)
        == '<span class="figure-piece">6.9<bdi class="figure-number-unit" dir="ltr">%</bdi></span>'
    )


@pytest.mark.parametrize(("code", "is_critical"), [("AA", True), ("H", False), ("HU", False), (">", False)])
def test_only_what_a_laboratory_calls_critical_asks_to_act_at_once(code: str, is_critical: bool) -> None:
    shown = result(interpretation=interpreted(code))

    judgement = judged(shown)
    assert judgement is not None
    assert (shown.is_critical, judgement.tone) == (is_critical, "crit" if is_critical else "warn")
    assert outside([shown]) == 1
    assert composed(part("One"), part("Two", interpretation=interpreted("AA"))).is_critical


@pytest.mark.parametrize(
    ("number", "code", "note"),
    [
        ("4.5", "H", "The laboratory marked this as: High. Your care team can tell you why."),
        ("4.5", "AA", "The laboratory marked this as: Far outside the usual range. Your care team can tell you why."),
        ("6.0", "L", "The laboratory marked this as: Low. Your care team can tell you why."),
        ("6.0", "N", "The laboratory marked this as: In the usual range. Your care team can tell you why."),
        ("6.0", "HH", ""),
        ("6.0", "A", ""),
        ("4.5", "N", ""),
        ("4.5", "POS", ""),
        ("4.5", "", ""),
    ],
)
def test_a_status_that_the_picture_does_not_show_says_whose_word_it_is(number: str, code: str, note: str) -> None:
    said_by_laboratory = {"interpretation": interpreted(code)} if code else {}
    shown = result(
        valueQuantity=quantity(float(number)),
        referenceRange=[{"low": quantity(4.0), "high": quantity(5.6)}],
        **said_by_laboratory,
    )

    assert judgement_note(shown.measure) == note


def test_a_value_that_the_range_leaves_open_says_why_it_has_no_status() -> None:
    usual = [{"high": quantity(0.03, "ng/mL")}]
    under = result(valueQuantity={**quantity(0.04, "ng/mL"), "comparator": "<"}, referenceRange=usual)
    without = result(valueQuantity={**quantity(0.04, "ng/mL"), "comparator": "<"})

    assert said(under) is None
    assert judgement_note(under.measure).startswith("The number alone does not say whether it is in the usual range.")
    assert judgement_note(without.measure) == ""


@pytest.mark.parametrize(
    ("language", "name", "second", "further"),
    [
        ("en", "HbA1c", '<bdi lang="en">Hemoglobin A1c (HbA1c)</bdi>', "<bdi>HbA1c</bdi>"),
        ("en", "Hemoglobin A1c (HbA1c)", '<bdi lang="en">Hemoglobin A1c (HbA1c)</bdi>', ""),
        ("es", "Hemoglobin A1c", '<bdi lang="en">Hemoglobin A1c</bdi>', ""),
        ("ar", "Hemoglobin A1c", '<bdi lang="en">Hemoglobin A1c</bdi>', ""),
        ("es", "", "", ""),
    ],
)
def test_the_medical_name_of_a_test_stands_once_below_the_plain_one_in_its_own_language(
    language: str, name: str, second: str, further: str
) -> None:
    measure = result().measure

    with translation.override(language):
        measure = replace(measure, name=name or plain_test(measure))
        shown = (second_name(measure), further_name(measure))

    assert shown == (second, further)


@pytest.mark.parametrize(
    ("language", "code", "name", "first", "second"),
    [
        ("en", "1751-7", "Albumin [Mass/volume]", '<bdi lang="en">Albumin</bdi>', "Albumin, a blood protein"),
        ("en", "14957-5", "Microalbumin", '<bdi lang="en">Albumin</bdi>', "Albumin in urine"),
        ("en", "2823-3", "Potassium [Moles/volume]", "Potassium", ""),
        ("es", "1751-7", "Albumin", "Albúmina, una proteína de la sangre", '<bdi lang="en">Albumin</bdi>'),
        ("es", "14957-5", "Microalbumin", "Albúmina en la orina", '<bdi lang="en">Microalbumin</bdi>'),
        ("es", "0-0", "Something new", '<bdi lang="en">Something new</bdi>', ""),
        ("ar", "2823-3", "Potassium", "البوتاسيوم", '<bdi lang="en">Potassium</bdi>'),
    ],
)
def test_clinicians_read_first_the_name_of_a_test_in_the_language_of_the_page(
    language: str, code: str, name: str, first: str, second: str
) -> None:
    measure = replace(result().measure, code=f"http://loinc.org|{code}", name=name)

    with translation.override(language):
        shown = (clinical_test(measure), clinical_second(measure))

    assert shown == (first, second)


@pytest.mark.parametrize(
    ("category", "code", "specimen", "is_of_sample"),
    [
        ("laboratory", "4548-4", False, True),
        ("laboratory", "19935-6", False, False),
        ("laboratory", "19935-6", True, True),
        ("vital-signs", "8867-4", False, False),
        ("exam", "4548-4", True, True),
    ],
)
def test_what_is_measured_on_the_person_is_no_sample(
    category: str, code: str, specimen: bool, is_of_sample: bool
) -> None:
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    changes = {"specimen": {"display": "Blood"}} if specimen else {}

    shown = result(
        category=[{"coding": [{"system": system, "code": category}]}],
        code={"coding": [{"system": "http://loinc.org", "code": code}]},
        **changes,
    )

    assert shown.is_of_sample is is_of_sample


NO_RANGE = "No usual range was given"
LABORATORYS = "The laboratory gave no usual range for this test. Your care team can tell you what is usual for you."
NOTHING = "Nothing was given to compare this with. Your care team can tell you what it means for you."


@pytest.mark.parametrize(
    ("changes", "short", "sentence"),
    [
        ({}, NO_RANGE, LABORATORYS),
        ({"interpretation": interpreted("H")}, "", LABORATORYS),
        ({"referenceRange": [{"high": quantity(7)}]}, "", ""),
        ({"referenceRange": [{"text": "under 8 before meals"}]}, "Not compared", ""),
        ({"valueQuantity": None, "valueString": "Yellow"}, "", NOTHING),
        ({"valueQuantity": None, "valueString": "Seen", "interpretation": interpreted("POS")}, "", ""),
        ({"valueQuantity": None, "valueString": "Seen", "referenceRange": [{"text": "Not seen"}]}, "", ""),
        ({"valueQuantity": None}, "", ""),
        ({"valueQuantity": None, "component": [SYSTOLIC, DIASTOLIC]}, NO_RANGE, LABORATORYS),
        ({"valueQuantity": None, "component": [SYSTOLIC | {"interpretation": interpreted("N")}]}, "", LABORATORYS),
        (
            {"valueQuantity": None, "component": [SYSTOLIC | {"referenceRange": [{"high": quantity(130, "mm[Hg]")}]}]},
            "",
            "",
        ),
    ],
)
def test_what_nothing_was_said_of_says_so(changes: dict[str, Any], short: str, sentence: str) -> None:
    resource = {name: value for name, value in observation(**changes).items() if value is not None}

    shown = stored(resource)

    assert (without_word(shown), nothing_said(shown)) == (short, sentence)


def test_a_measurement_without_a_range_says_so_on_its_page_and_not_in_every_line_of_a_list() -> None:
    shown = replace(result(), is_vital=True)

    assert without_word(shown) == ""
    assert nothing_said(shown) == "No usual range was given. Your care team can tell you what is usual for you."


def test_of_several_results_the_weightiest_critical_one_is_told() -> None:
    very_high, far_outside, high = (result(interpretation=interpreted(code)) for code in ("HH", "AA", "H"))
    both = composed(part("One", interpretation=interpreted("LL")), part("Two"))

    assert most_critical([high, result()]) is None
    told = [most_critical(some) for some in ([high, very_high], [far_outside], [both])]
    assert [one and (one.short, one.tone) for one in told] == [
        ("Very high", "crit"),
        ("Far outside the usual range", "crit"),
        ("Very low", "crit"),
    ]
