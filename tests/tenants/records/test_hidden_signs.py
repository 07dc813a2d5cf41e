"""Names with signs that nobody sees: pages leave them out, and what is stored stays as the source wrote it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from kernel.permissions import Access
from tenants.people.models import ContactPoint, Patient, PatientIdentifier, PatientName
from tenants.people.selectors import find_patients
from tenants.records.models import ImportEntry
from tenants.records.selectors import health, results, visits
from tenants.records.services.importing import import_bundle
from tests.factories.access import own
from tests.tenants.records.samples import bundle, condition, encounter, observation, patient, practitioner, without
from tests.tenants.records.stored import everything, stored, told

pytestmark = pytest.mark.usefixtures("in_northfield")

# Shown as it stands, what follows the override reads backwards: "Ana", then "gnp.xeroN".
SIGNS = "\x01\x1b\x7f\x85\u202e\u2066\ufeff"


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: f"{ord(sign):04x}")
def test_a_patient_is_called_found_and_told_apart_without_hidden_signs(importer: Access, sign: str) -> None:
    ana = patient(
        name=[
            {"use": "official", "family": f"{sign}Núñez", "given": [f"Ana{sign} ", f"María{sign}"]},
            {"use": "nickname", "given": [f"Anita{sign}"]},
        ],
        identifier=[{"system": "https://hospital.test/mrn", "value": f"MRN{sign}"}],
        telecom=[{"system": "email", "value": f"ana{sign}@example.com"}],
    )
    import_bundle(access=importer, content=bundle(ana), source="test")
    before = everything()

    kept = Patient.objects.get()
    shown = [kept.full_name, kept.called, *PatientName.objects.values_list("text", "search_key").order_by("pk")[0]]
    assert shown == ["Ana María Núñez", "Anita", "Ana María Núñez", "ana maria nunez"]
    texts = [*PatientIdentifier.objects.values_list("value"), *ContactPoint.objects.values_list("value", "search_key")]
    assert not any(sign in text for row in texts for text in row)
    assert find_patients(importer, "ana maria nunez") == [kept]
    assert stored("Patient", "ana")["name"] == ana["name"]
    assert told(import_bundle(access=importer, content=bundle(ana), source="test")) == (0, 0, 1, 0)
    assert everything() == before


def test_a_name_of_nothing_but_hidden_signs_is_none(importer: Access) -> None:
    nobody = patient(name=[{"family": "\u202e\u2066", "given": ["\x01 "]}, {"family": "Núñez"}])
    import_bundle(access=importer, content=bundle(nobody), source="test")

    assert Patient.objects.get().full_name == "Núñez"


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: f"{ord(sign):04x}")
def test_tests_reports_documents_and_places_are_called_without_hidden_signs(
    store: Callable[..., UUID], sign: str
) -> None:
    def named(words: str) -> str:
        return f"{words[:2]}{sign}{words[2:]}"

    document: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "id": "letter",
        "status": "current",
        "subject": {"reference": f"Patient/{patient()['id']}"},
        "date": "2026-11-18T09:30:00Z",
        "description": named("Letter"),
        "content": [{"attachment": {"contentType": "text/plain", "data": "QQ==", "title": named("Letter")}}],
    }
    place: dict[str, Any] = {"location": [{"location": {"display": named("Ward 7")}}]}
    key = store(
        condition(code={"text": named("Asthma")}),
        observation(code={"text": named("Sodium")}),
        encounter(**place, type=[{"text": named("Check")}]),
        practitioner(),
        document,
    )
    access = own(key)

    [visit] = visits.past_visits(access, key).items
    seen = [
        health.conditions(access, key).items[0].name,
        results.newest_results(access, key, limit=5)[0].measure.name,
        visit.place,
        health.documents(access, key).items[0].name,
    ]
    gap = " " if sign in "\x01\x1b\x7f\x85" else ""
    assert seen == [f"{words[:2]}{gap}{words[2:]}" for words in ("Asthma", "Sodium", "Ward 7", "Letter")]
    assert stored("Condition", "diabetes")["code"] == {"text": named("Asthma")}


@pytest.mark.requirement("S39")
@pytest.mark.parametrize("sign", ["\x00", "\x1b[31m", "\n", "\u202e", "x" * 1000])
def test_a_refusal_can_be_stored_and_printed_whatever_elements_are_called(importer: Access, sign: str) -> None:
    hostile = observation() | {f"a{sign}": {"b": ""}, "note": [{f"a{sign}": [{"b": None}]}]}
    result = import_bundle(access=importer, content=bundle(patient(), hostile), source="test")

    assert told(result) == (1, 0, 0, 1)
    paths = [problem["path"] for problem in ImportEntry.objects.get().refusals[0]["problems"]]
    assert paths
    assert all(path.isprintable() and path.isascii() and len(path) <= 300 for path in paths)


def test_a_narrative_hides_nothing_in_the_ways_of_markup(store: Callable[..., UUID]) -> None:
    told_so = {"status": "generated", "div": "<div>Asth&#x202e;ma &#1;since <b>2019</b></div>"}
    key = store(without(condition(text=told_so), "code"))

    assert health.conditions(own(key), key).items[0].name == "Asthma since 2019"
