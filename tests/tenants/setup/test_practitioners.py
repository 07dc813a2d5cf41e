"""Saying which practitioner of the records a member of staff is, and taking it away."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from kernel import clock
from kernel.accounts.doors import Door
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.permissions import Access, NotFound, NotPermitted, system_access
from kernel.permissions.selectors import access_for
from kernel.tenancy.context import HospitalContext
from tenants.people.links import OwnPractitioner, PractitionerChanged, PractitionerTaken, name_practitioner
from tenants.people.models import StaffProfile
from tenants.people.selectors import patients
from tenants.records.selectors.practitioners import find_practitioners
from tenants.records.services.importing import import_bundle
from tenants.setup.services import NoPatients, PractitionerUnknown, connect_staff, end_staff, give_staff_roles
from tests.clients import HostClient, client_for
from tests.factories.staff import sign_in, staff_account
from tests.tenants.records.samples import Resource, bundle, encounter, fhir_id, patient, practitioner, urn

SYSTEM = system_access("arranging a test", app="command")
NPI = "http://hl7.org/fhir/sid/us-npi"
ACTS = ("people.practitioner_named", "people.practitioner_unnamed")


def called(key: str, given: str, family: str, number: str, specialty: str = "") -> Resource:
    """A practitioner of the records."""
    made = practitioner(key)
    made["name"] = [{"prefix": ["Dr."], "given": [given], "family": family}]
    made["identifier"] = [{"system": NPI, "value": number}]
    if specialty:
        made["qualification"] = [{"code": {"text": specialty}}]
    return made


@pytest.fixture
def records(in_northfield: HospitalContext) -> None:
    """Two practitioners of one name, of whom one has met a patient, and a third."""
    import_bundle(
        access=SYSTEM,
        content=bundle(
            patient("ana"),
            called("wei", "Li", "Wei", "1234567893", "Cardiology"),
            called("other", "Li", "Wei", "1999999998"),
            called("osei", "Amara", "Osei", "1888888887"),
            encounter("visit", participant=[{"individual": {"reference": urn("wei")}}]),
        ),
        source="test",
        name="t.json",
    )


@pytest.fixture
def doctor(in_northfield: HospitalContext) -> Account:
    """A clinician who was invited."""
    return staff_account("clinician", name="Dr. Li Wei")


def trail() -> list[tuple[str, str, dict[str, Any]]]:
    """What was named and taken away: action, account, details."""
    found = AuditEntry.objects.filter(action__in=ACTS).order_by("at", "pk")
    return [(entry.action, entry.target_id, entry.details) for entry in found]


def who() -> dict[Any, str]:
    """Who is whom, by account."""
    return dict(StaffProfile.objects.values_list("account", "practitioner"))


@pytest.mark.usefixtures("records")
def test_a_clinician_who_is_connected_reaches_the_patients_of_the_visits(access: Access, doctor: Account) -> None:
    assert list(patients(access_for(doctor))) == []

    with time_machine.travel(clock.now(), tick=False):
        name = connect_staff(access=access, account_id=doctor.pk, practitioner=fhir_id("wei"), shown="")
        again = connect_staff(access=access, account_id=doctor.pk, practitioner=fhir_id("wei"), shown="")

    assert (name, again) == ("Dr. Li Wei", "Dr. Li Wei")
    assert who() == {doctor.pk: fhir_id("wei")}
    assert [one.fhir_id for one in patients(access_for(doctor))] == [fhir_id("ana")]
    detail = {"practitioner": fhir_id("wei"), "former": "", "name": "Dr. Li Wei"}
    assert trail() == [("people.practitioner_named", str(doctor.pk), detail)]


@pytest.mark.usefixtures("records")
def test_who_is_taken_away_reaches_nobody_at_once(access: Access, doctor: Account) -> None:
    connect_staff(access=access, account_id=doctor.pk, practitioner=fhir_id("wei"), shown="")

    connect_staff(access=access, account_id=doctor.pk, practitioner="", shown=fhir_id("wei"))
    connect_staff(access=access, account_id=doctor.pk, practitioner="", shown=fhir_id("wei"))

    assert (who(), list(patients(access_for(doctor)))) == ({}, [])
    detail = {"practitioner": fhir_id("wei"), "former": fhir_id("wei"), "name": "Dr. Li Wei"}
    assert trail()[1:] == [("people.practitioner_unnamed", str(doctor.pk), detail)]


@pytest.mark.usefixtures("records")
def test_a_practitioner_is_one_account_and_what_is_refused_leaves_nothing(access: Access, doctor: Account) -> None:
    other = staff_account("clinician", name="Amara Osei")
    clerk = staff_account("front_desk", name="Fay Desk")
    connect_staff(access=access, account_id=doctor.pk, practitioner=fhir_id("wei"), shown="")

    for error, account, wanted, shown in (
        (PractitionerTaken, other, "wei", ""),
        (PractitionerUnknown, other, "nobody", ""),
        (PractitionerChanged, doctor, "other", ""),
        (NoPatients, clerk, "osei", ""),
    ):
        with pytest.raises(error):
            connect_staff(
                access=access, account_id=account.pk, practitioner=fhir_id(wanted), shown=shown and fhir_id(shown)
            )
    with pytest.raises(PractitionerChanged):
        connect_staff(access=access, account_id=doctor.pk, practitioner="", shown=fhir_id("other"))

    assert who() == {doctor.pk: fhir_id("wei")}
    assert len(trail()) == 1


@pytest.mark.requirement("S27")
@pytest.mark.usefixtures("records")
def test_nobody_connects_themselves_and_only_who_manages_staff_connects(
    access: Access, admin: Account, officer: Account, doctor: Account
) -> None:
    both = staff_account("clinician", "hospital_admin", name="Both")
    with pytest.raises(OwnPractitioner):
        connect_staff(access=access_for(both), account_id=both.pk, practitioner=fhir_id("wei"), shown="")
    for role in ("clinician", "front_desk"):
        with pytest.raises(NotPermitted):
            name_practitioner(access=access_for(staff_account(role)), account_id=doctor.pk, practitioner=fhir_id("wei"))
    with pytest.raises(NotPermitted):
        connect_staff(access=access_for(officer), account_id=doctor.pk, practitioner=fhir_id("wei"), shown="")
    patients_account = Account.objects.create(login="pia", display_name="Pia", password="!")
    with pytest.raises(NotFound):
        connect_staff(access=access, account_id=patients_account.pk, practitioner=fhir_id("wei"), shown="")

    assert (who(), trail()) == ({}, [])


@pytest.mark.usefixtures("records")
def test_who_does_not_work_here_any_more_keeps_no_practitioner(access: Access, doctor: Account) -> None:
    connect_staff(access=access, account_id=doctor.pk, practitioner=fhir_id("wei"), shown="")
    end_staff(access=access, account_id=doctor.pk, reason="Left")
    assert who() == {}
    back = staff_account("clinician", name="Li Wei")

    connect_staff(access=access, account_id=back.pk, practitioner=fhir_id("wei"), shown="")

    assert who() == {back.pk: fhir_id("wei")}
    assert [(action, account) for action, account, _detail in trail()[1:]] == [
        ("people.practitioner_unnamed", str(doctor.pk)), ("people.practitioner_named", str(back.pk)),
    ]  # fmt: skip


@pytest.mark.usefixtures("records")
def test_who_sees_no_patients_in_care_any_more_can_still_be_taken_away(access: Access, doctor: Account) -> None:
    connect_staff(access=access, account_id=doctor.pk, practitioner=fhir_id("wei"), shown="")
    give_staff_roles(access=access, account_id=doctor.pk, roles=["billing"])

    connect_staff(access=access, account_id=doctor.pk, practitioner="", shown=fhir_id("wei"))

    assert who() == {}


@pytest.mark.usefixtures("records")
def test_two_of_one_name_are_told_apart_by_number_speciality_and_visits(access: Access) -> None:
    found = {one.fhir_id: one for one in find_practitioners(access, "Dr. Li Wei")}

    wei, other = found[fhir_id("wei")], found[fhir_id("other")]
    assert set(found) == {fhir_id("wei"), fhir_id("other")}
    assert (wei.name, other.name) == ("Dr. Li Wei", "Dr. Li Wei")
    assert (wei.numbers, other.numbers) == ((("NPI", "1234567893"),), (("NPI", "1999999998"),))
    assert (wei.specialty, other.specialty) == ("Cardiology", "")
    assert (wei.patients, other.patients) == (1, 0)
    assert wei.last_visit is not None
    assert wei.last_visit <= clock.now()
    assert other.last_visit is None


def test_of_a_practitioners_numbers_only_those_of_their_work_are_told(
    access: Access, in_northfield: HospitalContext
) -> None:
    made = called("wei", "Li", "Wei", "1234567893")
    table = "http://terminology.hl7.org/CodeSystem/v2-0203"
    made["identifier"] += [
        {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-12-3456"},
        {"system": "urn:oid:2.16.840.1.113883.4.1", "value": "999-12-3456"},
        {"type": {"coding": [{"system": table, "code": "PPN"}], "text": "Passport"}, "value": "P1"},
        {"type": {"coding": [{"system": table, "code": "EI"}], "text": "Employee number"}, "value": "E7"},
        {"system": "urn:hospital", "value": "H3"},
    ]
    import_bundle(access=SYSTEM, content=bundle(patient("ana"), made), source="test", name="t.json")

    (found,) = find_practitioners(access, "Wei")

    assert found.numbers == (("NPI", "1234567893"), ("Employee number", "E7"), ("", "H3"))


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("osei", ["osei"]), ("ÓSEI amara", ["osei"]), ("1888888887", ["osei"]), ("188888888", []), ("sei", []),
        ("Li Osei", ["osei", "other", "wei"]), ("", []), ("\x00", []), ("%", []), ("x" * 500, []),
    ],
)  # fmt: skip
def test_practitioners_are_found_by_the_beginning_of_a_name_or_the_whole_number(
    access: Access, words: str, keys: list[str]
) -> None:
    assert sorted(one.fhir_id for one in find_practitioners(access, words)) == sorted(map(fhir_id, keys))


@pytest.mark.usefixtures("records")
def test_whom_more_words_fit_comes_first(access: Access) -> None:
    import_bundle(access=SYSTEM, content=bundle(called("last", "Li", "Osei", "1777777776")), source="test", name="u")

    assert find_practitioners(access, "Dr. Li Osei")[0].fhir_id == fhir_id("last")


@pytest.mark.usefixtures("records")
def test_the_number_of_statements_of_a_search_does_not_grow(
    access: Access, django_assert_num_queries: Callable[..., Any]
) -> None:
    for words in ("osei", "li wei"):
        with django_assert_num_queries(2):
            find_practitioners(access, words)


# --- The page ---------------------------------------------------------------------------------------------------------


def words_of(page: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub("<[^>]*>", " ", page).split())


@pytest.mark.usefixtures("records")
def test_connecting_from_the_page_is_confirmed_and_shown_in_the_list(manage: HostClient, doctor: Account) -> None:
    address = f"/manage/staff/{doctor.pk}/practitioner/"
    assert "Not yet connected : Dr. Li Wei with the records" in words_of(manage.get("/manage/staff/").content.decode())

    page = manage.get(address).content.decode()
    assert "Not yet connected: the day is empty" in page
    assert "NPI 1234567893 1 patient · last visit" in words_of(page)
    assert "NPI 1999999998 0 patients" in words_of(page)
    assert "Osei" not in page
    answer = manage.post(address, {"practitioner": fhir_id("wei"), "shown": ""}, follow=True).content.decode()

    assert "Dr. Li Wei is now connected with Dr. Li Wei in the records." in answer
    assert "In the records: Dr. Li Wei" in words_of(answer)
    assert who() == {doctor.pk: fhir_id("wei")}
    page = manage.get(address).content.decode()
    assert ("Take the connection away" in page, "Chosen" in page) == (True, True)
    answer = manage.post(address, {"practitioner": "", "shown": fhir_id("wei")}, follow=True).content.decode()
    assert "Dr. Li Wei is no longer connected with anybody in the records." in answer
    assert who() == {}


@pytest.mark.usefixtures("records")
def test_a_page_that_is_out_of_date_changes_nothing_and_says_so(
    manage: HostClient, access: Access, doctor: Account
) -> None:
    connect_staff(access=access, account_id=doctor.pk, practitioner=fhir_id("osei"), shown="")

    answer = manage.post(f"/manage/staff/{doctor.pk}/practitioner/", {"practitioner": fhir_id("wei"), "shown": ""})

    assert (answer.status_code, who()) == (422, {doctor.pk: fhir_id("osei")})
    assert "Somebody else changed this meanwhile." in answer.content.decode()
    assert "Dr. Amara Osei" in answer.content.decode()


@pytest.mark.parametrize("written", ["\x00", "x" * 65])
def test_who_cannot_be_anybody_is_refused_in_words(manage: HostClient, doctor: Account, written: str) -> None:
    answer = manage.post(f"/manage/staff/{doctor.pk}/practitioner/", {"practitioner": written, "shown": ""})

    assert (answer.status_code, who()) == (422, {})
    assert str(PractitionerUnknown.message) in answer.content.decode()


@pytest.mark.usefixtures("records")
def test_who_is_connected_already_is_named_and_cannot_be_chosen(
    manage: HostClient, access: Access, doctor: Account
) -> None:
    other = staff_account("clinician", name="Amara Osei")
    connect_staff(access=access, account_id=other.pk, practitioner=fhir_id("wei"), shown="")

    page = manage.get(f"/manage/staff/{doctor.pk}/practitioner/").content.decode()

    assert "Connected with Amara Osei" in page
    assert (f'value="{fhir_id("wei")}"' in page, f'value="{fhir_id("other")}"' in page) == (False, True)


@pytest.mark.usefixtures("records")
def test_ones_own_page_and_that_of_somebody_without_patients_in_care_offer_nobody(
    manage: HostClient, admin: Account
) -> None:
    clerk = staff_account("front_desk", name="Li Clerk")

    own = manage.get(f"/manage/staff/{admin.pk}/practitioner/?words=li").content.decode()
    clerks = manage.get(f"/manage/staff/{clerk.pk}/practitioner/?words=li").content.decode()

    assert "This is your own account." in own
    assert "The roles of this person see no patients in their care." in clerks
    for page in (own, clerks):
        assert 'name="practitioner"' not in page
    listed = manage.get("/manage/staff/").content.decode()
    assert f"/manage/staff/{clerk.pk}/practitioner/" not in listed


@pytest.mark.requirement("S20")
@pytest.mark.requirement("S27")
@pytest.mark.usefixtures("records")
def test_the_page_is_for_who_manages_staff_and_asks_to_confirm(
    manage: HostClient, officers_browser: HostClient, door: Door, doctor: Account
) -> None:
    address = f"/manage/staff/{doctor.pk}/practitioner/"
    assert officers_browser.get(address).status_code == 403
    assert sign_in(client_for("northfield"), staff_account("clinician"), door).get(address).status_code == 403
    assert f"{address}" not in officers_browser.get("/manage/staff/").content.decode()

    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        answer = manage.post(address, {"practitioner": fhir_id("wei"), "shown": ""})

    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/account/confirm/")
    assert who() == {}
    # Once confirmed, the button that was pressed stands out.
    for stands_out in ([True, False], [False, False]):
        rows = manage.get(address).content.decode().split("</li>")
        chosen = [next(row for row in rows if f'value="{fhir_id(key)}"' in row) for key in ("wei", "other")]
        assert ["button-main" in row for row in chosen] == stands_out


@pytest.mark.usefixtures("records")
def test_the_list_of_staff_takes_no_statement_a_row(access: Access, statements: Callable[[str], int]) -> None:
    def listed(*keys: str) -> int:
        for key in keys:
            connect_staff(access=access, account_id=staff_account("clinician").pk, practitioner=fhir_id(key), shown="")
        return statements("/manage/staff/")

    assert listed("wei") == listed("other", "osei") <= 17
