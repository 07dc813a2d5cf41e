"""The lasting facts of a record: what is one, how sure it is, and what it is called."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from kernel.permissions import Access, system_access
from tenants.records import permissions
from tenants.records.facts.health import MedicineState
from tenants.records.models import Resource
from tenants.records.selectors import chart, health, reading
from tenants.records.services.importing import import_bundle
from tenants.records.validation import Fault, Problem, problems_of
from tests.factories.access import own
from tests.tenants.records.samples import NOON, bundle, condition, fhir_id, observation, patient, urn, without
from tests.tenants.records.samples import Resource as Fhir

pytestmark = pytest.mark.usefixtures("in_northfield")


def order(role: str = "warfarin", **changes: Any) -> Fhir:
    """An order of a medicine for Ana."""
    return {
        "resourceType": "MedicationRequest",
        "id": fhir_id(role),
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Warfarin"},
        "subject": {"reference": urn("ana")},
        "authoredOn": "2026-11-01",
        **changes,
    }


def statement(**changes: Any) -> Fhir:
    """What Ana says that she takes."""
    return {**without(without(order(), "intent"), "authoredOn"), "resourceType": "MedicationStatement", **changes}


def allergy(role: str = "nuts", **changes: Any) -> Fhir:
    """An allergy of Ana."""
    return {
        "resourceType": "AllergyIntolerance",
        "id": fhir_id(role),
        "code": {"text": "Peanuts"},
        "patient": {"reference": urn("ana")},
        "recordedDate": "2001-01-01",
        **changes,
    }


def sure(word: str) -> dict[str, Any]:
    """How sure somebody is."""
    return {"verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/x", "code": word}]}}


def staff() -> Access:
    """Somebody whose reach is the hospital."""
    return system_access("A test reads", app="command")


@pytest.mark.parametrize(
    ("made", "state"),
    [
        (order(), MedicineState.CURRENT),
        (order(status="on-hold"), MedicineState.PAUSED),
        (order(status="stopped"), MedicineState.PAST),
        (order(status="unknown"), MedicineState.UNKNOWN),
        (order(intent="instance-order"), MedicineState.CURRENT),
        (order(doNotPerform=False), MedicineState.CURRENT),
        (statement(), MedicineState.CURRENT),
        (statement(status="intended"), MedicineState.PLANNED),
    ],
)
def test_a_medicine_says_whether_it_is_taken(store: Callable[..., UUID], made: Fhir, state: MedicineState) -> None:
    ana = store(made)

    assert [one.state for one in health.medicines(own(ana), ana).items] == [state]
    shown = chart.chart(own(ana), ana, at=NOON).medicines
    assert [one.state for one in shown] == ([] if state is MedicineState.PAST else [state])


@pytest.mark.parametrize(
    "made",
    [
        order(doNotPerform=True),
        order(intent="proposal"),
        order(intent="plan"),
        order(intent="option"),
        order(status="draft"),
        order(status="entered-in-error"),
        statement(status="not-taken"),
    ],
)
def test_what_was_not_ordered_or_must_not_be_given_is_no_medicine(store: Callable[..., UUID], made: Fhir) -> None:
    ana = store(made)

    assert health.medicines(own(ana), ana).items == ()
    assert chart.chart(own(ana), ana, at=NOON).medicines == ()
    assert health.section_counts(own(ana), ana)["medicines"] == 0


MEDICATION = {"resourceType": "Medication", "id": "m1", "code": {"text": "Warfarin 5 mg"}}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"medicationReference": {"reference": "#m1"}, "contained": [MEDICATION]}, "Warfarin 5 mg"),
        ({"medicationReference": {"reference": "#m2"}, "contained": [MEDICATION]}, ""),
        ({"medicationReference": {"reference": "Medication/x", "display": "Marevan"}}, "Marevan"),
        ({"medicationReference": {"reference": "Medication/m1"}}, "Warfarin 5 mg"),
        (
            {
                "medicationReference": {"reference": "Medication/x"},
                "text": {"status": "generated", "div": "<div><b>Warfarin</b>\n &amp; water</div>"},
            },
            "Warfarin & water",
        ),
    ],
)
def test_a_medicine_is_called_what_it_refers_to(store: Callable[..., UUID], said: dict[str, Any], name: str) -> None:
    ana = store(MEDICATION, {**without(order(), "medicationCodeableConcept"), **said})

    assert [one.name for one in health.medicines(own(ana), ana).items] == [name]
    assert Resource.objects.get(type="Medication").patient is None


def test_a_contained_medicine_is_checked_like_any_other() -> None:
    wrong = order(contained=[{"resourceType": "Medication", "id": "m1", "code": "Warfarin"}])

    assert problems_of(wrong) == [Problem("MedicationRequest.contained[0].code", Fault.WRONG_TYPE)]


@pytest.mark.parametrize(
    ("made", "path"),
    [
        (observation(modifierExtension=[{"url": "https://x.test/not"}]), "Observation.modifierExtension"),
        (observation(implicitRules="https://x.test/rules"), "Observation.implicitRules"),
        (
            order(dosageInstruction=[{"modifierExtension": [{"url": "u"}]}]),
            "MedicationRequest.dosageInstruction[0].modifierExtension",
        ),
    ],
)
def test_what_changes_the_meaning_in_a_way_we_do_not_know_is_refused(importer: Access, made: Fhir, path: str) -> None:
    result = import_bundle(access=importer, content=bundle(patient(), made), source="test")

    assert [refusal.problems for refusal in result.refusals] == [(Problem(path, Fault.MODIFIER),)]
    assert not Resource.objects.exclude(type="Patient").exists()
    assert str(Fault.MODIFIER.sentence)


@pytest.mark.parametrize(
    ("word", "is_unconfirmed"),
    [("confirmed", False), ("unconfirmed", True), ("provisional", True), ("differential", True)],
)
def test_what_is_only_suspected_says_so(store: Callable[..., UUID], word: str, is_unconfirmed: bool) -> None:
    ana = store(condition(**sure(word)), allergy(**sure(word)))
    seen = chart.chart(staff().about(ana), ana, at=NOON)

    assert [one.is_unconfirmed for one in seen.conditions] == [is_unconfirmed]
    assert [one.is_unconfirmed for one in seen.allergies] == [is_unconfirmed]


def test_what_clinicians_only_consider_is_not_told_to_patients(store: Callable[..., UUID]) -> None:
    ana = store(condition(**sure("differential")), condition("sure"))

    shown = health.conditions(own(ana), ana).items

    assert [one.origin.fhir_id for one in shown] == [fhir_id("sure")]
    assert len(health.conditions(staff().about(ana), ana).items) == 2
    assert health.section_counts(own(ana), ana)["conditions"] == 1


@pytest.mark.parametrize("word", ["refuted", "entered-in-error"])
def test_what_was_refuted_or_a_mistake_is_served_to_nobody(store: Callable[..., UUID], word: str) -> None:
    ana = store(condition(**sure(word)), allergy(**sure(word)), condition("sure"))

    for access in (own(ana), staff()):
        rows = reading.covered(access, permissions.VIEW, "Condition", "AllergyIntolerance")
        assert [row.fhir_id for row in rows] == [fhir_id("sure")]
    counts = health.section_counts(own(ana), ana)
    assert (counts["conditions"], counts["allergies"]) == (1, 0)


@pytest.mark.parametrize(
    "ended",
    [
        {"abatementDateTime": "2020"},
        {"abatementString": "as a child"},
        {"abatementAge": {"value": 9}},
        {"abatementPeriod": {"end": "2020"}},
        {"abatementRange": {"low": {"value": 8}}},
    ],
)
def test_a_problem_that_ended_in_any_words_is_past(store: Callable[..., UUID], ended: dict[str, Any]) -> None:
    ana = store(condition(**ended))

    assert [one.is_active for one in health.conditions(own(ana), ana).items] == [False]
    assert chart.chart(own(ana), ana, at=NOON).conditions == ()


def test_an_allergy_without_a_code_is_called_by_its_substance(store: Callable[..., UUID]) -> None:
    reaction = {"substance": {"text": "Cashew"}, "manifestation": [{"text": "Hives"}]}
    ana = store(without(allergy(reaction=[reaction]), "code"))

    assert [one.name for one in health.allergies(own(ana), ana).items] == ["Cashew"]


def test_many_orders_do_not_push_allergies_out_of_the_chart(
    store: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart, "LIMIT", 3)
    ana = store(*[allergy(str(number)) for number in range(4)], *[order(f"o{number}") for number in range(3)])
    whole = chart.chart(own(ana), ana, at=NOON)
    store(order("one more"))
    cut = chart.chart(own(ana), ana, at=NOON)

    assert (len(whole.allergies), len(whole.medicines), whole.is_cut) == (4, 3, False)
    assert (len(cut.allergies), len(cut.medicines), cut.is_cut) == (4, 3, True)


def test_medicines_in_use_come_first_then_what_is_paused_planned_not_known_and_past(store: Callable[..., UUID]) -> None:
    ana = store(
        order(id="m1", status="stopped"),
        order(id="m2", status="unknown"),
        statement(id="m3", status="intended"),
        order(id="m4", status="on-hold"),
        order(id="m5"),
    )

    assert [one.state for one in health.medicines(own(ana), ana).items] == [
        MedicineState.CURRENT,
        MedicineState.PAUSED,
        MedicineState.PLANNED,
        MedicineState.UNKNOWN,
        MedicineState.PAST,
    ]


@pytest.mark.parametrize(
    "made", [order(statusReason={"text": "bleeding"}), statement(statusReason=[{"text": "bleeding"}])]
)
def test_why_a_medicine_is_paused_is_kept(store: Callable[..., UUID], made: Fhir) -> None:
    ana = store({**made, "status": "on-hold"})

    assert [one.state_reason for one in health.medicines(own(ana), ana).items] == ["bleeding"]


@pytest.mark.parametrize(
    ("when", "in_words", "age"),
    [
        ({"performedString": "As a child"}, "As a child", ""),
        ({"performedAge": {"value": 45, "code": "a"}}, "", "Age in years: 45"),
        ({"performedAge": {"value": 6, "unit": "months", "comparator": "<"}}, "", "Age in months: <6"),
        ({"performedRange": {"low": {"value": 40, "code": "a"}, "high": {"value": 45, "code": "a"}}}, "",
         "Age in years: 40 to 45"),
        ({"performedRange": {"low": {"value": 40, "code": "a"}}}, "", "Age in years: from 40"),
        ({"performedRange": {"high": {"value": 3, "code": "wk"}}}, "", "Age in weeks: up to 3"),
        ({"performedRange": {"low": {"value": 6, "code": "mo"}, "high": {"value": 4, "code": "a"}}}, "", ""),
        ({"performedAge": {"value": 4, "code": "kg"}}, "", ""),
    ],
)  # fmt: skip
def test_a_procedure_without_a_date_says_when_in_words(
    store: Callable[..., UUID], when: dict[str, Any], in_words: str, age: str
) -> None:
    base = {"resourceType": "Procedure", "id": fhir_id("repair"), "status": "completed", "code": {"text": "Repair"}}
    ana = store({**base, "subject": {"reference": urn("ana")}, **when})

    shown = health.procedures(own(ana), ana).items[0]

    assert (shown.done, shown.done_in_words, shown.age) == (None, in_words, age)


@pytest.mark.parametrize(
    ("status", "said", "is_subpotent"),
    [("completed", True, True), ("completed", False, False), ("completed", None, False), ("not-done", True, False)],
)
def test_a_dose_that_was_too_weak_says_so(
    store: Callable[..., UUID], status: str, said: bool | None, is_subpotent: bool
) -> None:
    dose = {"resourceType": "Immunization", "id": fhir_id("flu"), "vaccineCode": {"text": "Flu"}, "status": status}
    weak = {} if said is None else {"isSubpotent": said}
    ana = store({**dose, "patient": {"reference": urn("ana")}, "occurrenceDateTime": "2026-10-01", **weak})

    assert health.vaccinations(own(ana), ana).items[0].is_subpotent is is_subpotent
