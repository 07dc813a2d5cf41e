"""What the demonstration promises before anything is seeded. The seeding itself is run by the test of `portico up`."""

import json
from pathlib import Path
from typing import Any

import pytest

from config.demonstration import seeding
from config.demonstration.hospitals import SLUGS, asked
from config.demonstration.people import NETWORK_ADMINS, OPERATORS, PEOPLE, canary
from config.runtime.home import Home
from kernel.permissions import Role
from kernel.tenancy.provisioning import require_usable_slug
from tenants.records.demonstration.people import HOSPITALS


@pytest.mark.parametrize("slug", SLUGS)
def test_every_hospital_has_all_kinds_of_people_who_sign_in(slug: str) -> None:
    roles = [person.role for person in PEOPLE[slug]]
    assert sum(role in {Role.PATIENT, Role.HELPER} for role in roles) >= 2
    assert {Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.HOSPITAL_ADMIN, Role.PRIVACY_OFFICER} <= set(roles)


@pytest.mark.parametrize("slug", SLUGS)
def test_whoever_stands_for_a_patient_or_a_clinician_stands_for_one_who_exists(slug: str) -> None:
    patients = {person.key for person in HOSPITALS[slug].people}
    clinicians = {person.key for person in HOSPITALS[slug].clinicians}
    for person in PEOPLE[slug]:
        assert {person.patient} - {""} <= patients
        assert {helped.patient for helped in person.helps} <= patients
        assert {person.practitioner} - {""} <= clinicians


@pytest.mark.parametrize("slug", SLUGS)
def test_who_has_an_urgent_result_signs_in_and_is_not_the_first_patient(slug: str) -> None:
    patients = [person.patient for person in PEOPLE[slug] if person.patient]
    assert [person.key for person in HOSPITALS[slug].people if person.urgent] == [patients[1]]


def test_there_are_two_operators() -> None:
    assert [person.role for person in OPERATORS] == [Role.OPERATOR, Role.OPERATOR]


def test_a_network_of_the_demonstration_has_its_administrator() -> None:
    networks = {asked(slug).network_slug for slug in SLUGS}
    assert [(person.role, person.network in networks) for person in NETWORK_ADMINS] == [(Role.NETWORK_ADMIN, True)]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_hospital_is_asked_for_with_its_own_brand_and_a_usable_address(slug: str) -> None:
    request = asked(slug)
    require_usable_slug(request.slug)
    assert request.is_demo
    assert request.brand["logo"] == f"mark:{slug}"
    assert request.brand["emergency_phone"] == {"santalucia": "112", "northfield": "911", "alwaha": "997"}[slug]


def test_no_two_people_share_a_canary() -> None:
    texts = [canary(slug, key) for slug in SLUGS for key in ("", *(person.key for person in HOSPITALS[slug].people))]
    assert len(texts) == len(set(texts)) == 39


def test_production_refuses_to_seed_and_to_list_and_writes_nothing(settings: Any, tmp_path: Path) -> None:
    settings.DEMO_ALLOWED = False
    home = Home(tmp_path)
    with pytest.raises(seeding.DemonstrationRefused):
        seeding.seed(home)
    with pytest.raises(seeding.DemonstrationRefused):
        seeding.demo_accounts(home)
    assert list(tmp_path.iterdir()) == []


def test_secrets_are_written_for_their_owner_only(tmp_path: Path) -> None:
    book = seeding._Book(Home(tmp_path), [])
    book.add("northfield", PEOPLE["northfield"][0], "a-password", "")
    written = tmp_path / seeding.ACCOUNTS_FILE
    assert written.stat().st_mode & 0o777 == 0o600
    assert json.loads(written.read_text())["accounts"][0]["password"] == "a-password"


def test_accounts_follow_the_port_of_the_installation(settings: Any, tmp_path: Path) -> None:
    home = Home(tmp_path)
    settings.PUBLIC_PORT = "8000"
    seeding._Book(home, []).add("northfield", PEOPLE["northfield"][0], "a-password", "")
    settings.PUBLIC_PORT = "8100"

    seeding._Book(home, home.read(seeding.ACCOUNTS_FILE)["accounts"]).follow_addresses()

    (row,) = home.read(seeding.ACCOUNTS_FILE)["accounts"]
    assert row["address"] == f"http://northfield.{settings.BASE_DOMAIN}:8100"
    assert row["password"] == "a-password"
