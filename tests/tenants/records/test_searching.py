"""FHIR search over the stored resources, on the real database."""

from collections.abc import Callable
from uuid import UUID

import pytest

from kernel.permissions import Access
from tenants.records.selectors import searching
from tenants.records.selectors.searching import UnsupportedSearch, WrongSearch, search_resources
from tests.factories.access import own
from tests.tenants.records.samples import (
    encounter,
    fhir_id,
    observation,
    quantity,
    without,
)

pytestmark = pytest.mark.usefixtures("in_northfield")

SEARCHES: list[tuple[str, str, list[str]]] = [
    ("code", "4548-4", ["a", "b"]),
    ("code", "http://loinc.org|4548-4", ["a", "b"]),
    ("code", "http://loinc.org|9999-9,4548-4", ["a", "b"]),
    ("code", "http://snomed.info/sct|4548-4", []),
    ("code:not", "4548-4", ["c"]),
    ("status", "final", ["a", "b"]),
    ("status", "http://hl7.org/fhir/observation-status|final", ["a", "b"]),
    ("category", "laboratory", ["a", "b", "c"]),
    ("date", "2026-11-18", ["a"]),
    ("date", "ge2026-11-18", ["a", "c"]),
    ("date", "gt2026-11-18", ["c"]),
    ("date", "lt2026-11-18", ["b"]),
    ("date", "le2026-11-18", ["a", "b"]),
    ("date", "2026", ["a", "b", "c"]),
    ("date", "ne2026-11-18", ["b", "c"]),
    ("date", "sa2026-11-17", ["a", "c"]),
    ("date", "eb2026-11-18", ["b"]),
    ("value-quantity", "6.9", ["a"]),
    ("value-quantity", "7", ["a", "b"]),
    ("value-quantity", "gt6.9", ["b"]),
    ("value-quantity", "le6.9|http://unitsofmeasure.org|%", ["a"]),
    ("value-quantity", "6.9||mg/dL", []),
    ("value-quantity:missing", "true", ["c"]),
    ("encounter", "Encounter/visit-1", ["a"]),
    ("encounter", "visit-1", ["a"]),
    ("encounter:Encounter", "visit-1", ["a"]),
    ("encounter", "Patient/visit-1", []),
    ("_id", fhir_id("a"), ["a"]),
    ("_lastUpdated", "gt2020-01-01", ["a", "b", "c"]),
]


@pytest.fixture
def three(store: Callable[..., UUID]) -> UUID:
    """Three observations to search among."""
    other = observation(
        "c",
        status="preliminary",
        code={"text": "Other"},
        effectivePeriod={"start": "2026-12-01", "end": "2026-12-03"},
    )
    return store(
        encounter() | {"id": "visit-1"},
        observation("a", encounter={"reference": "Encounter/visit-1"}),
        observation("b", effectiveDateTime="2026-03-01", valueQuantity=quantity(7.4)),
        without(without(other, "effectiveDateTime"), "valueQuantity"),
    )


@pytest.mark.parametrize(("name", "value", "roles"), SEARCHES, ids=lambda one: str(one)[:40])
def test_a_search_finds_what_fhir_says(three: UUID, name: str, value: str, roles: list[str]) -> None:
    found = search_resources(own(three), "Observation", [(name, value)])

    assert sorted(row.fhir_id for row in found) == sorted(fhir_id(role) for role in roles)


def test_patients_are_searched_by_any_spelling_and_by_number(three: UUID) -> None:
    access = own(three)

    for criteria in (
        [("family", "nun")],
        [("given", "MARIA")],
        [("name", "Núñ")],
        [("name:contains", "uñe")],
        [("birthdate", "1980-02-29"), ("gender", "female")],
        [("identifier", "https://hospital.test/mrn|MRN-ana")],
        [("phone", "+34 600 123 456")],
    ):
        assert [row.fhir_id for row in search_resources(access, "Patient", criteria)] == [fhir_id("ana")], criteria
    assert list(search_resources(access, "Patient", [("family", "unez")])) == []


@pytest.mark.requirement("S39")
@pytest.mark.parametrize(
    ("kind", "name", "value", "refusal"),
    [
        ("Spaceship", "_id", "1", UnsupportedSearch),
        ("Observation", "spin", "1", UnsupportedSearch),
        ("Observation", "code:above", "1", UnsupportedSearch),
        ("Observation", "date:exact", "2026", UnsupportedSearch),
        ("Observation", "date", "2026-13-01", WrongSearch),
        ("Observation", "date", "'; drop table records_resource; --", WrongSearch),
        ("Observation", "value-quantity", "many", WrongSearch),
        ("Observation", "value-quantity", "NaN", WrongSearch),
        ("Observation", "value-quantity", "1e999", WrongSearch),
        ("Observation", "code", "", WrongSearch),
        ("Observation", "code", ",,", WrongSearch),
        ("Observation", "code", "a\x00b", WrongSearch),
        ("Observation", "code", ",".join(map(str, range(60))), WrongSearch),
        ("Patient", "name", "---", WrongSearch),
        ("Patient", "birthdate:missing", "perhaps", WrongSearch),
    ],
)
def test_what_is_not_supported_is_refused_and_never_ignored(
    importer: Access, kind: str, name: str, value: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        list(search_resources(importer, kind, [(name, value)]))


def test_long_values_find_what_was_stored_under_their_hash(store: Callable[..., UUID]) -> None:
    ana = store(observation(identifier=[{"system": "https://hospital.test/order", "value": "x" * 5000}]))

    found = search_resources(own(ana), "Observation", [("identifier", "https://hospital.test/order|" + "x" * 5000)])

    assert found.count() == 1
    assert searching.MAXIMUM_VALUES == 50
