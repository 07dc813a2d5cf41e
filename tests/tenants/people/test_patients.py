"""Keeping and finding patients."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.permissions import Access, NotFound, NotPermitted, Role, system_access
from tenants.people.models import ContactPoint, Patient, PatientIdentifier, PatientName
from tenants.people.selectors import find_patients, patient, patients
from tenants.people.services import (
    ContactFact,
    IdentifierFact,
    IdentifierTaken,
    NameFact,
    PatientFacts,
    record_patient,
)
from tests.factories.access import own, with_roles

pytestmark = pytest.mark.usefixtures("in_northfield")

ANA = PatientFacts(
    fhir_id="ana",
    given_names="Ana María",
    family_names="Núñez",
    preferred_name="Anita",
    gender="female",
    sex="female",
    born_on=date(1980, 2, 29),
    identifiers=(IdentifierFact("urn:mrn", "MR-1", "MR"),),
    other_names=(NameFact(PatientName.Use.MAIDEN, "Ana María Hollis"),),
    contact_points=(ContactFact("phone", "+34 600 123 456"), ContactFact("email", "Ana@Example.com")),
)
LAYLA = PatientFacts(
    fhir_id="layla",
    given_names="ليلى",
    family_names="الحربي",
    other_names=(NameFact(PatientName.Use.TRANSLITERATED, "Layla Al-Harbi"),),
)


@pytest.fixture
def keep() -> Callable[[PatientFacts], Patient]:
    """Record facts as an import does."""
    access = system_access("A test keeps patients", app="command")
    return lambda facts: record_patient(access=access, facts=facts, source="test")


@pytest.fixture
def desk() -> Access:
    """Somebody at the front desk."""
    return with_roles(Role.FRONT_DESK)


def test_a_patient_is_kept_with_every_name_number_and_contact(keep: Callable[[PatientFacts], Patient]) -> None:
    ana = keep(ANA)

    assert (ana.full_name, ana.called) == ("Ana María Núñez", "Anita")
    assert set(ana.names.values_list("use", "text")) == {
        ("official", "Ana María Núñez"),
        ("maiden", "Ana María Hollis"),
        ("preferred", "Anita Núñez"),
    }
    assert list(ana.identifiers.values_list("system", "value", "kind")) == [("urn:mrn", "MR-1", "MR")]
    assert set(ana.contact_points.values_list("system", "search_key")) == {
        ("phone", "600123456"),
        ("email", "ana@example.com"),
    }


def test_keeping_again_keeps_rows_that_stay_and_drops_those_that_went(keep: Callable[[PatientFacts], Patient]) -> None:
    ana = keep(ANA)
    kept = ContactPoint.objects.get(system="email").pk

    again = keep(replace(ANA, contact_points=ANA.contact_points[1:], other_names=()))

    assert again.pk == ana.pk
    assert list(ContactPoint.objects.values_list("pk", flat=True)) == [kept]
    assert set(PatientName.objects.values_list("use", flat=True)) == {"official", "preferred"}


def test_a_number_belongs_to_one_patient(keep: Callable[[PatientFacts], Patient]) -> None:
    keep(ANA)

    with pytest.raises(IdentifierTaken):
        keep(replace(ANA, fhir_id="ben"))

    assert Patient.objects.count() == 1
    other = keep(LAYLA)
    with pytest.raises(IntegrityError), transaction.atomic():
        PatientIdentifier.objects.create(patient=other, system="urn:mrn", value="MR-1")


def test_two_patients_may_share_a_telephone(keep: Callable[[PatientFacts], Patient]) -> None:
    keep(ANA)
    keep(replace(ANA, fhir_id="child", identifiers=(), given_names="Leo"))

    assert ContactPoint.objects.filter(search_key="600123456").values("patient").distinct().count() == 2


def test_the_database_refuses_a_patient_without_any_name() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.create(fhir_id="x", source="test", received_at=clock.now())


def test_the_database_refuses_the_death_of_somebody_alive(keep: Callable[[PatientFacts], Patient]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        keep(replace(ANA, deceased_at=datetime(2020, 1, 1, tzinfo=UTC)))


def test_the_text_of_a_patient_has_no_name_in_it(keep: Callable[[PatientFacts], Patient]) -> None:
    assert "Ana" not in str(keep(ANA))


@pytest.mark.requirement("M75")
@pytest.mark.parametrize(
    "text",
    [
        "nunez",
        "NÚÑEZ ana",
        "ana nun",
        "hollis",
        "anita",
        "Nuñes",
        "nun\x00ez",
        "MR-1",
        "mr-1",
        "600 123 456",
        "+34600123456",
        "ANA@example.com",
    ],
)
def test_a_patient_is_found_by_any_name_spelling_number_or_contact(
    keep: Callable[[PatientFacts], Patient], desk: Access, text: str
) -> None:
    ana = keep(ANA)
    keep(LAYLA)

    assert find_patients(desk, text) == [ana]


@pytest.mark.requirement("M75")
@pytest.mark.parametrize("text", ["ليلي", "ليلى الحربى", "layla", "al harbi", "Leila"])
def test_a_patient_is_found_in_both_scripts(keep: Callable[[PatientFacts], Patient], desk: Access, text: str) -> None:
    keep(ANA)
    layla = keep(LAYLA)

    found = find_patients(desk, text)

    assert found == ([] if text == "Leila" else [layla])


@pytest.mark.parametrize("text", ["", "a", "%", "__", "xyzzy", "'; --", "\x00", "nunez xyzzy", "12"])
def test_what_fits_nobody_finds_nobody(keep: Callable[[PatientFacts], Patient], desk: Access, text: str) -> None:
    keep(ANA)

    assert find_patients(desk, text) == []


def test_a_date_of_birth_narrows_and_is_enough(keep: Callable[[PatientFacts], Patient], desk: Access) -> None:
    ana = keep(ANA)

    assert find_patients(desk, "", born_on=date(1980, 2, 29)) == [ana]
    assert find_patients(desk, "nunez", born_on=date(1980, 2, 28)) == []


def test_a_number_comes_before_names_that_look_like_it(keep: Callable[[PatientFacts], Patient], desk: Access) -> None:
    keep(replace(ANA, fhir_id="named", family_names="Mr", identifiers=(IdentifierFact("urn:mrn", "7"),)))
    exact = keep(ANA)

    assert find_patients(desk, "mr-1")[0] == exact


@pytest.mark.parametrize("text", ["nunez", "hollis", "MR-1", "+34 600 123 456", "ana@example.com"])
def test_a_merged_record_is_found_as_whoever_replaced_it(
    keep: Callable[[PatientFacts], Patient], desk: Access, text: str
) -> None:
    keep(replace(LAYLA, fhir_id="third"))
    keep(replace(LAYLA, replaced_by_fhir_id="third"))
    keep(replace(ANA, replaced_by_fhir_id="layla"))

    assert [one.fhir_id for one in find_patients(desk, text)] == ["third"]
    assert [one.fhir_id for one in patients(desk)] == ["third"]
    assert find_patients(desk, text, born_on=date(1980, 2, 29)) == []


def test_an_old_number_comes_before_names_that_look_like_it(
    keep: Callable[[PatientFacts], Patient], desk: Access
) -> None:
    layla = keep(LAYLA)
    keep(replace(ANA, replaced_by_fhir_id="layla"))
    keep(replace(ANA, fhir_id="named", family_names="Mr", identifiers=(IdentifierFact("urn:mrn", "7"),)))

    assert find_patients(desk, "mr-1")[0] == layla


@pytest.mark.requirement("S02")
def test_the_old_number_of_a_merged_record_finds_nobody_whom_the_access_does_not_cover(
    keep: Callable[[PatientFacts], Patient],
) -> None:
    keep(LAYLA)
    keep(replace(ANA, replaced_by_fhir_id="layla"))

    assert find_patients(with_roles(Role.CLINICIAN), "MR-1") == []


@pytest.mark.requirement("S26")
def test_others_are_not_found_and_patients_may_not_search(keep: Callable[[PatientFacts], Patient]) -> None:
    ana, layla = keep(ANA), keep(LAYLA)
    access = own(ana)

    assert patient(access, ana.pk) == ana
    with pytest.raises(NotFound):
        patient(access, layla.pk)
    with pytest.raises(NotPermitted):
        find_patients(access, "nunez")


def test_a_search_is_a_fixed_number_of_statements(keep: Callable[[PatientFacts], Patient], desk: Access) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            find_patients(desk, "ana nunez", limit=50)
        return len(seen)

    keep(ANA)
    few = cost()
    for number in range(40):
        keep(replace(ANA, fhir_id=f"p{number}", identifiers=()))

    assert cost() == few == 2
    keep(LAYLA)
    keep(replace(ANA, replaced_by_fhir_id="layla"))
    some = cost()
    for number in range(40):
        keep(replace(ANA, fhir_id=f"m{number}", identifiers=(), replaced_by_fhir_id="layla"))
    assert cost() == some == 3
