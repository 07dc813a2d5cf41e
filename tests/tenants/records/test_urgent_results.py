"""Results about which somebody must call now: which they are, and how they are found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants.records.known_tests import LOINC
from tenants.records.models import Resource
from tenants.records.selectors import results
from tests.factories.access import own
from tests.tenants.records.samples import NOON, fhir_id, observation, quantity, without

pytestmark = pytest.mark.usefixtures("in_northfield")

MARKED: dict[str, Any] = {"interpretation": [{"coding": [{"code": "HH"}]}]}
# Ana's observations again and again, a minute earlier each time.
COPIES = """
    INSERT INTO records_resource (id, type, fhir_id, version, patient_id, category, code, status, starts, tokens,
                                  content, digest, source, received_at)
    SELECT gen_random_uuid(), type, 'copy-' || number, 1, patient_id, category, code, status,
        starts - number * interval '1 minute', tokens, content, digest, source, received_at
    FROM records_resource, generate_series(1, %s) AS number
    WHERE type = 'Observation' AND fhir_id = %s
"""


def told(category: str) -> list[dict[str, Any]]:
    """Among which observations one is."""
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    return [{"coding": [{"system": system, "code": category}]}]


def taken(days: float) -> str:
    """So many days before noon."""
    return (NOON - timedelta(days=days)).isoformat()


def urgent(patient: UUID) -> list[str]:
    """The ids of a patient's urgent results."""
    return [one.origin.fhir_id for one in results.urgent_results(own(patient), patient, at=NOON)]


def came(role: str, days: float) -> None:
    """An observation came here so many days before noon."""
    Resource.objects.filter(fhir_id=fhir_id(role)).update(received_at=NOON - timedelta(days=days))


def statements(patient: UUID) -> list[str]:
    with CaptureQueriesContext(connection) as found:
        urgent(patient)
    return [one["sql"] for one in found.captured_queries]


def test_urgent_results_are_found_by_their_index_and_take_two_statements_among_ten_thousand(
    store: Callable[..., UUID],
) -> None:
    ana = store(observation(effectiveDateTime=taken(1)))
    assert len(statements(ana)) == 1
    store(observation("high", effectiveDateTime=taken(0.5), **MARKED))
    few = statements(ana)
    with connection.cursor() as cursor:
        cursor.execute(COPIES, [10_000, fhir_id("hba1c")])
        many = statements(ana)
        assert urgent(ana) == [fhir_id("high")]
        cursor.execute(f"EXPLAIN {many[0]}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert Resource.objects.filter(type="Observation").count() == 10_002
    assert (len(few), len(many)) == (2, 2)
    assert "records_critical" in plan, plan


@pytest.mark.parametrize(
    ("changes", "days", "is_urgent"),
    [
        ({}, 0.5, False),
        ({}, 2, True),
        ({"code": {"text": "Another test"}}, 0.5, True),
        ({"valueString": "Hemolyzed"}, 0.5, True),
        ({"status": "entered-in-error"}, 0.5, True),
        ({"status": "cancelled"}, 0.5, True),
        ({"status": "unknown"}, 0.5, True),
        ({"category": told("survey")}, 0.5, True),
        ({"category": told("social-history")}, 0.5, True),
        ({"category": told("vital-signs")}, 0.5, False),
    ],
)
def test_only_a_later_number_of_the_same_test_follows_an_urgent_result(
    store: Callable[..., UUID], changes: dict[str, Any], days: float, is_urgent: bool
) -> None:
    other = observation("other", effectiveDateTime=taken(days), **changes)
    ana = store(
        observation("high", effectiveDateTime=taken(1), **MARKED),
        without(other, "valueQuantity") if "valueString" in changes else other,
    )

    assert urgent(ana) == ([fhir_id("high")] if is_urgent else [])


def pressure(name: str, days: float, *parts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A blood pressure of some days before noon."""
    codings: dict[str, Any] = {"code": {"coding": [{"system": LOINC, "code": "85354-9"}]}}
    row = observation(name, effectiveDateTime=taken(days), component=list(parts), **codings, **changes)
    return without(row, "valueQuantity")


def part(code: str, number: float | None, **changes: Any) -> dict[str, Any]:
    """A component of a blood pressure."""
    said: dict[str, Any] = {} if number is None else {"valueQuantity": quantity(number, "mm[Hg]")}
    return {"code": {"coding": [{"system": LOINC, "code": code}]}, **said, **changes}


UPPER, LOWER = part("8480-6", 120), part("8462-4", 80)


@pytest.mark.parametrize(
    ("marked", "later", "is_urgent"),
    [
        (pressure("high", 1, part("8480-6", 230, **MARKED), LOWER), pressure("other", 0.5, UPPER, LOWER), False),
        (pressure("high", 1, part("8480-6", 230, **MARKED), LOWER), pressure("other", 0.5, UPPER), False),
        (pressure("high", 1, part("8480-6", 230, **MARKED), LOWER), pressure("other", 0.5, LOWER), True),
        (
            pressure("high", 1, part("8480-6", 230, **MARKED), LOWER),
            pressure("other", 0.5, part("8480-6", None), LOWER),
            True,
        ),
        (pressure("high", 1, part("8480-6", 230, **MARKED), LOWER), pressure("other", 2, UPPER, LOWER), True),
        (pressure("high", 1, UPPER, LOWER, **MARKED), pressure("other", 0.5, UPPER, LOWER), False),
        (pressure("high", 1, UPPER, LOWER, **MARKED), pressure("other", 0.5, UPPER), True),
    ],
)
def test_an_urgent_part_is_followed_by_a_later_number_of_that_part(
    store: Callable[..., UUID], marked: dict[str, Any], later: dict[str, Any], is_urgent: bool
) -> None:
    ana = store(marked, later)

    assert urgent(ana) == ([fhir_id("high")] if is_urgent else [])
    assert len(statements(ana)) == 2


@pytest.mark.parametrize(
    ("ahead", "here", "is_urgent"), [(0.5, 40, True), (900, 1, True), (900, 29, True), (900, 31, False)]
)
def test_what_is_dated_in_the_future_is_as_old_as_it_is_here(
    store: Callable[..., UUID], ahead: float, here: float, is_urgent: bool
) -> None:
    ana = store(observation("high", effectiveDateTime=taken(-ahead), **MARKED))
    Resource.objects.update(received_at=NOON - timedelta(days=here))

    assert urgent(ana) == ([fhir_id("high")] if is_urgent else [])

    store(observation("other", effectiveDateTime=taken(0)))
    assert urgent(ana) == ([fhir_id("high")] if is_urgent and ahead < 1 else [])


def test_what_is_dated_in_the_future_follows_nothing(store: Callable[..., UUID]) -> None:
    ana = store(
        observation("high", effectiveDateTime=taken(1), **MARKED), observation("other", effectiveDateTime=taken(-900))
    )

    assert urgent(ana) == [fhir_id("high")]


@pytest.mark.parametrize(("here", "is_urgent"), [(1, True), (29, True), (31, False)])
def test_what_has_no_date_is_as_old_as_it_is_here_and_is_followed(
    store: Callable[..., UUID], here: float, is_urgent: bool
) -> None:
    ana = store(without(observation("high", **MARKED), "effectiveDateTime"))
    came("high", here)
    assert urgent(ana) == ([fhir_id("high")] if is_urgent else [])

    store(observation("earlier", effectiveDateTime=taken(here + 0.5)))
    assert urgent(ana) == ([fhir_id("high")] if is_urgent else [])

    store(observation("later", effectiveDateTime=taken(here - 0.5)))
    assert urgent(ana) == []


@pytest.mark.parametrize(("days", "is_urgent"), [(29, True), (31, False)])
def test_what_was_only_reported_is_as_old_as_its_report(
    store: Callable[..., UUID], days: float, is_urgent: bool
) -> None:
    ana = store(without(observation("high", issued=taken(days), **MARKED), "effectiveDateTime"))
    came("high", 0)

    assert urgent(ana) == ([fhir_id("high")] if is_urgent else [])


@pytest.mark.parametrize(
    ("period", "is_urgent"),
    [
        ({"start": taken(300), "end": taken(0)}, True),
        ({"start": taken(300), "end": taken(31)}, False),
        ({"end": taken(1)}, True),
        ({"end": taken(31)}, False),
        ({"start": taken(1)}, True),
        ({"start": taken(31)}, False),
    ],
)
def test_a_period_is_as_old_as_its_end(store: Callable[..., UUID], period: dict[str, str], is_urgent: bool) -> None:
    ana = store(without(observation("high", effectivePeriod=period, **MARKED), "effectiveDateTime"))
    came("high", 0)

    assert urgent(ana) == ([fhir_id("high")] if is_urgent else [])


@pytest.mark.parametrize(("here", "is_urgent"), [(1, True), (31, False)])
def test_what_lies_in_a_year_that_is_not_over_was_measured_before_it_came(
    store: Callable[..., UUID], here: float, is_urgent: bool
) -> None:
    ana = store(observation("high", effectiveDateTime="2026", **MARKED))
    came("high", here)

    assert urgent(ana) == ([fhir_id("high")] if is_urgent else [])


@pytest.mark.parametrize(
    ("marked", "later", "is_urgent"),
    [
        # The day of this hospital ends at five or six o'clock of the next in UTC.
        ("2026-11-20", "2026-11-20T12:00:00Z", True),
        ("2026-11-20", "2026-11-20", True),
        ("2026-11-20", "2026-11-21", False),
        ("2026-11-20", "2026-11-21T12:00:00Z", False),
        ("2026-11", "2026-11-21T12:00:00Z", True),
        ("2026-10", "2026-10-31T12:00:00Z", True),
        ("2026-10", "2026-11-02T12:00:00Z", False),
        ("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", True),
        ("2026-11-20T12:00:00Z", "2026-11-20T12:00:01Z", False),
        ("2026-11-20T12:00:00Z", "2026-11-20", True),
    ],
)
def test_only_what_starts_when_a_date_without_a_time_is_over_follows_it(
    store: Callable[..., UUID], marked: str, later: str, is_urgent: bool
) -> None:
    ana = store(observation("high", effectiveDateTime=marked, **MARKED), observation("other", effectiveDateTime=later))

    assert urgent(ana) == ([fhir_id("high")] if is_urgent else [])


def test_nothing_follows_a_period_before_it_is_over(store: Callable[..., UUID]) -> None:
    ana = store(
        without(
            observation("high", effectivePeriod={"start": taken(3), "end": taken(1)}, **MARKED), "effectiveDateTime"
        ),
        observation("other", effectiveDateTime=taken(2)),
    )
    assert urgent(ana) == [fhir_id("high")]

    store(observation("later", effectiveDateTime=taken(0.5)))
    assert urgent(ana) == []


def test_a_period_without_an_end_does_not_follow_itself(store: Callable[..., UUID]) -> None:
    high = observation("high", effectivePeriod={"start": taken(1)}, **MARKED)
    ana = store(without(high, "effectiveDateTime"))
    assert urgent(ana) == [fhir_id("high")]

    store(observation("later", effectiveDateTime=taken(0.5)))
    assert urgent(ana) == []


def test_what_a_patient_told_is_followed_by_what_they_told_later(store: Callable[..., UUID]) -> None:
    ana = store(
        observation("high", effectiveDateTime=taken(1), category=told("survey"), **MARKED),
        observation("other", effectiveDateTime=taken(0.5), category=told("survey")),
    )

    assert urgent(ana) == []


@pytest.mark.parametrize(("here", "is_urgent"), [(2, True), (0, False)])
def test_a_number_dated_a_little_ahead_follows_what_was_here_before_it(
    store: Callable[..., UUID], here: float, is_urgent: bool
) -> None:
    ana = store(
        observation("high", effectiveDateTime=taken(1.5), **MARKED), observation("other", effectiveDateTime=taken(-0.5))
    )
    came("high", 1)
    came("other", here)

    assert urgent(ana) == ([fhir_id("high")] if is_urgent else [])


EXTENSION = [{"url": "https://laboratory.test/code", "valueCode": "HH"}]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(observation("other", effectiveDateTime="2099-01-01", **MARKED), id="in the future"),
        pytest.param(observation("other", effectiveDateTime=taken(0.1), extension=EXTENSION), id="only written"),
    ],
)
def test_no_number_of_others_hides_an_urgent_result(store: Callable[..., UUID], other: dict[str, Any]) -> None:
    nameless = {"code": {"text": "Another test"}}
    ana = store(
        {**other, **nameless},
        observation("high", effectiveDateTime=taken(2), **MARKED),
        without(observation("undated", **MARKED), "effectiveDateTime"),
    )
    came("other", 60)
    came("undated", 1)
    with connection.cursor() as cursor:
        cursor.execute(COPIES, [450, fhir_id("other")])

    assert urgent(ana) == [fhir_id("high"), fhir_id("undated")]


def test_all_urgent_results_are_told_by_one_statement(store: Callable[..., UUID]) -> None:
    ana = store(observation("high", effectiveDateTime=taken(0.5), **MARKED))
    with connection.cursor() as cursor:
        cursor.execute(COPIES, [450, fhir_id("high")])
    Resource.objects.update(code="")

    assert len(urgent(ana)) == 451
    assert len([one for one in statements(ana) if "records_resource" in one]) == 1


def test_of_tests_without_a_code_none_follows_another(store: Callable[..., UUID]) -> None:
    nameless: dict[str, Any] = {
        "code": {"extension": [{"url": "https://laboratory.test/name", "valueString": "A test"}]}
    }
    ana = store(
        observation("high", effectiveDateTime=taken(1), **MARKED, **nameless),
        observation("other", effectiveDateTime=taken(0.5), **nameless),
    )

    assert set(Resource.objects.filter(type="Observation").values_list("code", flat=True)) == {""}
    assert urgent(ana) == [fhir_id("high")]


def test_a_critical_code_counts_where_a_laboratory_marks_a_value_and_nowhere_else(store: Callable[..., UUID]) -> None:
    ana = store(
        observation("part", effectiveDateTime=taken(1), component=[{"code": {"text": "Part"}, **MARKED}]),
        without(observation("undated", **MARKED), "effectiveDateTime"),
        observation("unit", effectiveDateTime=taken(1), valueQuantity=quantity(5, "AA")),
        observation(
            "foreign",
            effectiveDateTime=taken(1),
            interpretation=[{"coding": [{"system": "https://laboratory.test", "code": "HH"}]}],
        ),
        observation("high", effectiveDateTime=taken(1), interpretation=[{"coding": [{"code": "H"}]}]),
    )

    came("undated", 0.5)

    assert urgent(ana) == [fhir_id("part"), fhir_id("undated")]


def test_what_another_version_of_the_code_stores_is_found_too(store: Callable[..., UUID]) -> None:
    ana = store(observation("high", effectiveDateTime=taken(1), **MARKED))
    # That version derives nothing from an interpretation.
    Resource.objects.update(tokens=[])

    assert urgent(ana) == [fhir_id("high")]
