"""The pages under /manage/: who may open them, what they say, what they refuse."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from kernel import audit, clock
from kernel.accounts.doors import Door
from kernel.accounts.models import Account, Session
from kernel.audit.browsing import AUDIT_LIST
from kernel.audit.models import AuditEntry
from kernel.exports import csv_text
from kernel.ids import uuid7
from kernel.lists import ListState
from kernel.permissions import Access, Reach, Role, anonymous_access, permissions
from kernel.permissions.models import RoleDefinition, RoleMembership
from kernel.permissions.selectors import access_for
from kernel.permissions.services import assign_role, edit_role, end_role
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tenants.people.models import Patient, PatientName
from tenants.people.names import search_key
from tenants.setup.roles import assignable
from tenants.setup.services import add_role, export_audit
from tests.clients import HostClient, client_for
from tests.factories.staff import sign_in, staff_account

LOOKS = ["/manage/", "/manage/staff/", "/manage/roles/", "/manage/audit/", "/manage/audit/?since=2026-01-01&until=x"]
CHANGES = ["/manage/staff/invite/", "/manage/roles/add/", "/manage/roles/front_desk/"]


@pytest.fixture
def ana(in_northfield: object) -> Patient:
    """A patient who can be found by name."""
    patient = Patient.objects.create(
        fhir_id=str(uuid7()), given_names="Ana", family_names="Quispe", received_at=clock.now()
    )
    PatientName.objects.create(patient=patient, search_key=search_key("Ana Quispe"))
    return patient


@pytest.mark.requirement("S27")
@pytest.mark.parametrize("address", LOOKS)
def test_administrators_and_privacy_officers_may_look(
    manage: HostClient, officers_browser: HostClient, address: str
) -> None:
    assert manage.get(address).status_code == 200
    assert officers_browser.get(address).status_code == 200


@pytest.mark.requirement("S27")
@pytest.mark.parametrize("address", CHANGES)
def test_only_administrators_open_the_forms_that_change(
    manage: HostClient, officers_browser: HostClient, address: str
) -> None:
    assert manage.get(address).status_code == 200
    assert officers_browser.get(address).status_code == 403


@pytest.mark.requirement("S27")
@pytest.mark.parametrize("role", ["clinician", "front_desk", "billing"])
@pytest.mark.parametrize("address", [*LOOKS, *CHANGES])
def test_other_staff_see_none_of_it(in_northfield: object, door: Door, role: str, address: str) -> None:
    browser = sign_in(client_for("northfield"), staff_account(role), door)

    assert browser.get(address).status_code == 403


@pytest.mark.requirement("S26")
@pytest.mark.parametrize("address", [*LOOKS, *CHANGES])
def test_visitors_are_sent_to_sign_in(in_northfield: object, address: str) -> None:
    answer = client_for("northfield").get(address)

    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/")


@pytest.mark.requirement("S01")
def test_an_administrators_session_is_worth_nothing_at_another_hospital(manage: HostClient, door: Door) -> None:
    other = client_for("santalucia")
    other.cookies = manage.cookies

    assert other.get("/manage/").status_code == 302


def test_unknown_people_and_roles_are_not_found(manage: HostClient) -> None:
    patient = Account.objects.create(login="pia", display_name="Pia", password="!")

    for address in (
        f"/manage/staff/{uuid7()}/roles/", f"/manage/staff/{uuid7()}/end/", f"/manage/staff/{patient.pk}/end/",
        "/manage/roles/nobody/", "/manage/roles/patient/",
    ):  # fmt: skip
        assert manage.get(address).status_code == 404


def test_the_first_page_of_an_empty_hospital_says_what_to_do_first(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    context = new_hospital()

    def page(*, records: bool = False, staff: bool = False, role: str = "hospital_admin") -> str:
        with hospital(context):
            Account.objects.all().delete()
            Patient.objects.all().delete()
            if records:
                Patient.objects.create(fhir_id="x", given_names="Ana", received_at=clock.now())
            if staff:
                staff_account("clinician", name="Nia Nurse")
            door = Door("hospital", context.host, context.name, "__Host-portico")
            reader = staff_account(role)
        browser = sign_in(client_for(context.slug), reader, door)
        return browser.get("/manage/").content.decode()

    def steps(found: str) -> tuple[bool, ...]:
        said = ("Invite the people who work here", "Look at what each role may do", "Have the records of patients",
                "Then connect clinicians", "Nothing waits for you now.")  # fmt: skip
        return tuple(words in found for words in said)

    assert steps(page()) == (True, True, True, True, False)
    assert steps(page(staff=True)) == (False, False, True, True, False)
    assert steps(page(records=True)) == (True, True, False, False, False)
    assert steps(page(records=True, staff=True)) == (False, False, False, False, True)
    assert steps(page(role="privacy_officer")) == (False, False, False, False, True)


def test_inviting_from_the_page(manage: HostClient) -> None:
    form = {"name": "Nia Nurse", "email": "nia@example.org", "roles": ["clinician"]}

    assert manage.post("/manage/staff/invite/", form)["Location"] == "/manage/staff/"
    assert manage.post("/manage/staff/invite/", form)["Location"] == "/manage/staff/"

    page = manage.get("/manage/staff/?q=nia").content.decode()
    assert "Nia Nurse" in page
    assert "Invited" in page
    assert Account.objects.filter(login="nia@example.org").count() == 1


def test_an_invitation_is_sent_again_from_the_list(manage: HostClient) -> None:
    nia = staff_account("clinician", name="Nia Nurse")
    answered = staff_account("clinician", name="Ann Answered")
    Account.objects.filter(pk=answered.pk).update(last_login=clock.now())
    button = "Send the invitation again"

    page = manage.get("/manage/staff/").content.decode()
    assert (page.count(button), f"/manage/staff/{nia.pk}/invite/" in page) == (1, True)
    sent = manage.post(f"/manage/staff/{nia.pk}/invite/", follow=True).content.decode()
    refused = manage.post(f"/manage/staff/{answered.pk}/invite/", follow=True).content.decode()

    assert f"The invitation is on its way to {nia.email}." in sent
    assert "This person has signed in already, so nothing was sent." in refused
    assert [entry.target_id for entry in AuditEntry.objects.filter(action="accounts.invited_again")] == [str(nia.pk)]


def test_a_refused_invitation_keeps_what_was_typed(manage: HostClient) -> None:
    answer = manage.post("/manage/staff/invite/", {"name": "Nia Nurse", "email": "nia", "roles": []})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Nia Nurse"' in page
    assert "Choose at least one role." in page


def test_ending_somebodys_access_signs_them_out(manage: HostClient, door: Door) -> None:
    nurse = staff_account("clinician", name="Nia Nurse")
    theirs = sign_in(client_for("northfield"), nurse, door)
    assert Session.objects.filter(account=nurse).exists()

    manage.post(f"/manage/staff/{nurse.pk}/end/", {"reason": "Left on Friday"})

    assert not Session.objects.filter(account=nurse).exists()
    assert theirs.get("/manage/").status_code == 302
    assert RoleMembership.objects.get(account=nurse).ends is not None


def boxes(names: Iterable[str], but: str = "") -> list[str]:
    """Those of ``names`` that have a box on a role's page, without one."""
    return [one.name for one in assignable() if one.name in set(names) and one.name != but]


def test_a_right_that_no_page_asks_for_has_no_box_and_stays_when_the_role_is_saved(manage: HostClient) -> None:
    before = RoleDefinition.objects.get(name="hospital_admin").grants
    assert "people.keep" in before
    for address in ("/manage/roles/", "/manage/roles/hospital_admin/"):
        page = manage.get(address).content.decode()
        assert ("Search the audit log of the hospital" in page, "Import clinical records" in page) == (True, False)

    form = {"granted": boxes(before, but="setup.export_audit"), "shown": " ".join(before)}
    assert manage.post("/manage/roles/hospital_admin/", form).status_code == 302

    assert set(before) - set(RoleDefinition.objects.get(name="hospital_admin").grants) == {"setup.export_audit"}


def test_a_role_is_previewed_before_it_is_saved(manage: HostClient) -> None:
    before = RoleDefinition.objects.get(name="front_desk").grants
    kept = boxes(before, but="people.search")

    shown = manage.post(
        "/manage/roles/front_desk/", {"granted": kept, "shown": " ".join(before), "preview": "yes"}
    ).content.decode()
    assert "May no longer" in shown
    assert RoleDefinition.objects.get(name="front_desk").grants == before

    assert manage.post("/manage/roles/front_desk/", {"granted": kept, "shown": " ".join(before)}).status_code == 302
    assert "people.search" not in RoleDefinition.objects.get(name="front_desk").grants


@pytest.mark.parametrize(
    ("role", "added", "taken", "sentence"),
    [
        ("front_desk", "records.view_results", "", "Beyond that is: See test results."),
        ("hospital_admin", "", "permissions.edit_roles", "Nobody could manage staff and roles any more"),
    ],
)
def test_a_preview_says_what_saving_would_refuse_and_keeps_nothing(
    manage: HostClient, role: str, added: str, taken: str, sentence: str
) -> None:
    before = RoleDefinition.objects.get(name=role).grants
    granted = boxes([*before, *filter(None, [added])], but=taken)
    form = {"granted": granted, "shown": " ".join(before)}

    shown = manage.post(f"/manage/roles/{role}/", {**form, "preview": "yes"}).content.decode()

    assert ("This could not be saved" in shown, sentence in shown) == (True, True)
    assert ("May from now on" in shown, "May no longer" in shown) == (False, False)
    saved = manage.post(f"/manage/roles/{role}/", form)
    assert (saved.status_code, sentence in saved.content.decode()) == (422, True)
    assert RoleDefinition.objects.get(name=role).grants == before


def test_a_preview_signs_nobody_out_and_leaves_no_line(manage: HostClient, door: Door) -> None:
    nurse = staff_account("front_desk", name="Nia Nurse")
    sign_in(client_for("northfield"), nurse, door)
    before = RoleDefinition.objects.get(name="front_desk").grants
    kept = boxes(before, but="people.search")

    shown = manage.post("/manage/roles/front_desk/", {"granted": kept, "shown": " ".join(before), "preview": "yes"})

    assert "This could not be saved" not in shown.content.decode()
    assert Session.objects.filter(account=nurse).count() == 1
    assert AuditEntry.objects.filter(action="permissions.role_edited").count() == 0


def test_adding_to_a_role_that_one_holds_is_refused_and_the_boxes_stay(manage: HostClient) -> None:
    before = RoleDefinition.objects.get(name="hospital_admin").grants

    form = {"granted": boxes([*before, "people.search"]), "shown": " ".join(before)}
    answer = manage.post("/manage/roles/hospital_admin/", form)

    assert answer.status_code == 422
    assert "This was not saved" in answer.content.decode()
    assert 'value="people.search" checked' in answer.content.decode()
    assert RoleDefinition.objects.get(name="hospital_admin").grants == before


def test_a_box_that_saving_would_refuse_is_closed_and_says_why(manage: HostClient, access: Access) -> None:
    def box(role: str, permission: str) -> str:
        page = manage.get(f"/manage/roles/{role}/").content.decode()
        line = page.partition(f'value="{permission}"')[2].partition("</li>")[0]
        return " ".join(re.sub("<[^>]*>", " ", line.replace(">", " ", 1)).split())

    beyond, own = "so you cannot give it.", "so somebody else has to add to it."
    assert box("front_desk", "records.view_results").startswith("disabled")
    assert box("front_desk", "records.view_results").endswith(beyond)
    assert box("hospital_admin", "people.search").endswith(beyond)
    held = RoleDefinition.objects.get(name="hospital_admin")
    edit_role(access=access, role=held, grants={"setup.export_audit": None})
    assert box("hospital_admin", "setup.export_audit").startswith("disabled")
    assert box("hospital_admin", "setup.export_audit").endswith(own)
    for role, permission in (("front_desk", "setup.view_overview"), ("hospital_admin", "permissions.edit_roles")):
        assert "disabled" not in box(role, permission)


def test_taking_the_last_right_to_change_roles_is_refused_and_the_boxes_stay(manage: HostClient) -> None:
    before = RoleDefinition.objects.get(name="hospital_admin").grants
    form = {"granted": boxes(before, but="permissions.edit_roles"), "shown": " ".join(before)}

    answer = manage.post("/manage/roles/hospital_admin/", form)

    assert (answer.status_code, "Nobody could manage staff and roles any more" in answer.content.decode()) == (
        422,
        True,
    )
    assert 'value="permissions.edit_roles" checked' not in answer.content.decode()
    assert 'value="permissions.edit_roles"' in answer.content.decode()
    assert manage.get("/manage/roles/hospital_admin/").status_code == 200


def test_who_saves_a_role_that_somebody_else_changed_meanwhile_is_told_what_changed(
    manage: HostClient, access: Access
) -> None:
    seen = re.search(r'name="shown" value="([^"]*)"', manage.get("/manage/roles/front_desk/").content.decode())
    assert seen is not None
    before = seen[1].split()
    role = RoleDefinition.objects.get(name="front_desk")
    assert sorted(before) == sorted(role.grants)
    edit_role(access=access, role=role, grants={"people.search": None, "setup.view_overview": Reach.HOSPITAL})
    theirs = RoleDefinition.objects.get(name="front_desk").grants
    kept = boxes(before, but="people.view")

    for button in ({}, {"preview": "yes"}):
        answer = manage.post("/manage/roles/front_desk/", {"granted": kept, "shown": seen[1], **button})
        page = answer.content.decode()

        assert answer.status_code == 422
        assert "Somebody else changed this role meanwhile." in page
        assert f"The role may now: {permissions.get('setup.view_overview').sentence}" in page
        assert f"The role may no longer: {permissions.get('people.search').sentence}" in page
        assert ('value="people.search" checked' in page, 'value="people.view" checked' in page) == (True, False)
        assert RoleDefinition.objects.get(name="front_desk").grants == theirs

    again = {"granted": kept, "shown": " ".join(theirs)}
    assert manage.post("/manage/roles/front_desk/", again).status_code == 302
    assert boxes(RoleDefinition.objects.get(name="front_desk").grants) == kept


def test_a_privacy_officer_finds_who_saw_a_patient(
    officers_browser: HostClient, officer: Account, ana: Patient
) -> None:
    audit.record(access_for(officer), action="records.viewed", subject=ana.pk)

    found = officers_browser.get("/manage/audit/patient/?words=Quispe").content.decode()
    assert f"/manage/audit/?patient={ana.pk}" in found
    page = officers_browser.get(f"/manage/audit/?patient={ana.pk}").content.decode()
    assert "Quispe" in page
    assert "records.viewed" in page
    assert "Quispe" not in page.partition("<title>")[2].partition("</title>")[0]


@pytest.mark.requirement("S27")
def test_an_administrator_reads_the_trail_without_patients_names(
    manage: HostClient, admin: Account, ana: Patient
) -> None:
    audit.record(access_for(admin), action="records.viewed", subject=ana.pk)

    assert "Quispe" not in manage.get("/manage/audit/").content.decode()
    assert manage.get("/manage/audit/patient/?words=Quispe").status_code == 403


@pytest.mark.requirement("S45")
def test_the_trail_is_exported_by_a_form_only(manage: HostClient) -> None:
    assert manage.get("/manage/audit/export.csv").status_code == 405
    answer = manage.post("/manage/audit/export.csv")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode("utf-8-sig").startswith("When (Chicago),Who,What,On what,Result,time,actor,actor kind")


@pytest.mark.parametrize("address", ["/manage/staff/", "/manage/", "/manage/audit/"])
def test_the_number_of_statements_does_not_grow_with_the_rows(
    admin: Account, address: str, statements: Callable[[str], int]
) -> None:
    few = statements(address)
    for number in range(15):
        staff_account("clinician", "billing", name=f"Nurse {number}")
        audit.record(access_for(admin), action="records.viewed", subject=uuid7())

    assert statements(address) == few <= 16


@pytest.mark.requirement("S37")
def test_no_page_carries_style_or_script_of_its_own(manage: HostClient) -> None:
    for address in [*LOOKS, *CHANGES]:
        page = manage.get(address).content.decode()
        assert "style=" not in page
        assert "<script>" not in page


def test_an_entry_about_a_patient_is_opened_and_the_look_is_recorded(
    officers_browser: HostClient, officer: Account, ana: Patient
) -> None:
    audit.record(access_for(officer), action="records.chart_viewed", subject=ana.pk)
    entry = AuditEntry.objects.get(action="records.chart_viewed")

    page = officers_browser.get(f"/manage/audit/{entry.pk}/").content.decode()

    assert "Opened the chart summary" in page
    assert "Ana Quispe" in page
    assert AuditEntry.objects.filter(action="setup.audit_searched", subject=ana.pk).count() == 1


def test_an_administrator_reads_why_patients_cannot_be_looked_up(manage: HostClient) -> None:
    answer = manage.get("/manage/audit/patient/")

    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Your role does not cover patients" in page
    assert re.search(r'href="/manage/staff/\?role=privacy_officer"[^>]*>\s*<span>Show the privacy officers', page)
    assert manage.get("/manage/staff/?role=privacy_officer").status_code == 200
    assert "Who saw this patient" not in manage.get("/manage/audit/").content.decode()


def test_reach_is_said_only_where_patients_are_concerned(manage: HostClient) -> None:
    sections = manage.get("/manage/roles/").context["sections"]

    unsorted = [line.permission.name for section in sections if section.label == "More" for line in section.lines]
    # Other test modules declare permissions of their own, all called testing.*
    assert [name for name in unsorted if not name.startswith("testing.")] == []
    lines = {line.permission.name: line for section in sections for line in section.lines}
    assert not lines["api.manage_own_keys"].permission.about_patients
    assert lines["records.view"].permission.about_patients
    page = manage.get("/manage/roles/clinician/").content.decode()
    keys = page.partition('value="api.manage_own_keys"')[2].partition("</label>")[0]
    assert "only patients in their care" not in keys


@pytest.mark.requirement("S33")
def test_the_trail_says_what_was_refused(manage: HostClient, officers_browser: HostClient) -> None:
    officers_browser.get("/manage/staff/invite/")
    (entry,) = AuditEntry.objects.filter(action="access.refused")

    assert entry.details["permissions"] == ["accounts.manage_staff"]
    for address in ("/manage/audit/", f"/manage/audit/{entry.pk}/"):
        assert (
            "Invite staff, connect them with the records, and end their access" in manage.get(address).content.decode()
        )


def told(page: str, entry: AuditEntry) -> str:
    """What the list says of an entry, without its tags."""
    line = next(row for row in page.split("<tr")[1:] if f"/manage/audit/{entry.pk}/" in row)
    return " ".join(re.sub("<[^>]*>", " ", line.partition("</tr>")[0].partition(">")[2]).split())


def test_the_trail_names_staff_and_roles_and_says_what_changed(manage: HostClient, access: Access) -> None:
    nurse = staff_account("clinician", name="Nia Nurse")
    ward = add_role(access=access, label="Ward clerk", based_on="front_desk")
    assign_role(access=access, account=nurse, role=ward)
    edit_role(access=access, role=ward, grants={"people.search": None, "setup.view_overview": Reach.HOSPITAL})
    given = AuditEntry.objects.get(action="permissions.role_given")
    edited = AuditEntry.objects.get(action="permissions.role_edited")

    page = manage.get("/manage/audit/").content.decode()

    assert "Nia Nurse Ward clerk" in told(page, given)
    gained, lost = permissions.get("setup.view_overview").sentence, permissions.get("people.search").sentence
    assert f"Ward clerk Added: {gained} Removed: {lost}" in told(page, edited)
    opened = manage.get(f"/manage/audit/{edited.pk}/").content.decode()
    assert (f"Added: {gained}" in opened, "Ward clerk" in opened, "people.search" in opened) == (True, True, False)
    heading, *lines = export_audit(access=access, state=ListState.read({}, AUDIT_LIST))
    rows = csv_text(heading, lines)
    assert f'"Ward clerk, Added: {gained}, Removed: {lost}"' in rows


def test_times_say_where_they_are_read(manage: HostClient, access: Access) -> None:
    Account.objects.filter(login=staff_account("billing").login).update(last_login=clock.now())
    entry = audit.record(access, action="setup.audit_viewed")
    clock_time = r"\d{1,2}:\d\d\s[ap]m (<bdi>)?Chicago</bdi>"

    for address in ("/manage/", "/manage/staff/", "/manage/audit/", f"/manage/audit/{entry.pk}/"):
        assert re.search(clock_time, manage.get(address).content.decode()), address


def test_the_trail_names_no_patient_by_the_account(manage: HostClient, access: Access) -> None:
    patient = Account.objects.create(login="pia@example.org", display_name="Pia Patient", password="!")
    own = audit.record(access_for(patient), action="accounts.signed_in", target=patient)
    tried = audit.record(anonymous_access(), action="accounts.sign_in_refused", target=patient, result="refused")

    page = manage.get("/manage/audit/").content.decode()

    assert told(page, own).endswith("Signed in Own account –")
    assert told(page, tried).endswith("Refused An account –")
    assert "Pia" not in told(page, tried)


def test_names_of_objects_take_no_statement_a_row(access: Access, statements: Callable[[str], int]) -> None:
    def listed(people: int) -> int:
        for number in range(people):
            assign_role(access=access, account=staff_account("clinician", name=f"N {number}"), role=Role.BILLING)
        return statements("/manage/audit/")

    assert listed(1) == listed(12) <= 18


def listed(page: str) -> list[str]:
    """The keys of the entries in the list, newest first."""
    return re.findall(r'<a href="/manage/audit/([0-9a-f-]{36})/"', page)


@pytest.mark.requirement("S27")
def test_the_trail_is_searched_by_a_persons_name(
    manage: HostClient, officers_browser: HostClient, access: Access, ana: Patient
) -> None:
    nurse = staff_account("clinician", name="Nia Nurse")
    by_her = audit.record(access_for(nurse), action="records.chart_viewed", subject=ana.pk)
    to_her = audit.record(access, action="permissions.role_given", target=nurse, detail={"role": "billing"})
    patients_account = Account.objects.create(login="ana@example.org", display_name="Ana Quispe", password="!")
    own = audit.record(replace(access_for(patients_account), subject=ana.pk), action="records.home_viewed")

    staff = [str(to_her.pk), str(by_her.pk)]
    assert listed(manage.get("/manage/audit/?person=nia").content.decode()) == staff
    assert listed(manage.get(f"/manage/audit/?person={nurse.login}").content.decode()) == staff
    assert listed(officers_browser.get("/manage/audit/?person=Quispe").content.decode()) == [
        str(own.pk), str(by_her.pk),
    ]  # fmt: skip
    assert listed(manage.get("/manage/audit/?person=Quispe").content.decode()) == []


@pytest.mark.requirement("S27")
def test_words_find_what_the_list_names_as_done_to_and_no_patient_for_who_may_not_see_one(
    manage: HostClient, officers_browser: HostClient, access: Access, ana: Patient
) -> None:
    nurse = staff_account("clinician", name="Nia Nurse")
    ward = add_role(access=access, label="Ward clerk", based_on="front_desk")
    assign_role(access=access, account=nurse, role=ward)
    edit_role(access=access, role=ward, grants={"setup.view_overview": Reach.HOSPITAL})
    made, given, edited = (
        str(AuditEntry.objects.get(action=f"permissions.role_{act}").pk) for act in ("created", "given", "edited")
    )
    invited = audit.record(access, action="accounts.invited", target=nurse, detail={"roles": ["billing"]})
    patients_account = Account.objects.create(login="ana@example.org", display_name="Ana Quispe", password="!")
    tried = audit.record(anonymous_access(), action="accounts.sign_in_refused", target=patients_account)
    seen = audit.record(access, action="records.chart_viewed", subject=ana.pk)

    def found(words: str, browser: HostClient = manage) -> list[str]:
        return listed(browser.get("/manage/audit/", {"q": words}).content.decode())

    assert found("nia nurse") == [str(invited.pk), given]
    assert found("ward CLERK") == [edited, given, made]
    assert found("billing") == [str(invited.pk)]
    assert found(str(permissions.get("setup.view_overview").sentence)) == [edited]
    assert found(str(tried.target_id)) == [str(tried.pk)]
    assert found("Quispe") == []
    assert found("Quispe", officers_browser) == [str(seen.pk)]


def test_the_person_looked_for_stays_in_the_field_the_pages_and_the_file(
    officers_browser: HostClient, officer: Account, ana: Patient
) -> None:
    for _number in range(30):
        audit.record(access_for(officer), action="records.chart_viewed", subject=ana.pk)
    audit.record(access_for(officer), action="records.home_viewed")

    page = officers_browser.get("/manage/audit/?person=Quispe").content.decode()

    assert re.search(r'<input type="search"\s+id="list-person"\s+name="person"\s+value="Quispe"', page)
    assert "?person=Quispe&amp;page=2" in page
    assert 'action="/manage/audit/export.csv?person=Quispe"' in page
    file = officers_browser.post("/manage/audit/export.csv?person=Quispe").content.decode()
    assert len(file.splitlines()) == 31
    exported = AuditEntry.objects.get(action="setup.audit_exported")
    assert exported.details == {"rows": 30, "filters": {"person": "…"}}


@pytest.mark.requirement("S27")
def test_who_may_not_find_patients_reads_no_name_of_one_in_the_list_the_entry_or_the_file(
    manage: HostClient, officers_browser: HostClient, ana: Patient
) -> None:
    account = Account.objects.create(login="ana@example.org", display_name="Ana Quispe", password="!")
    known = access_for(account)
    herself = replace(known, actor=replace(known.actor, roles=frozenset({Role.PATIENT})), subject=ana.pk)
    own = audit.record(herself, action="records.home_viewed")

    assert listed(officers_browser.get("/manage/audit/?q=Quispe").content.decode()) == [str(own.pk)]
    assert listed(manage.get("/manage/audit/?q=Quispe").content.decode()) == []
    by_key = f"/manage/audit/?actor={account.pk}"
    assert "Ana Quispe" in officers_browser.get(by_key).content.decode()
    page, entry = (manage.get(address).content.decode() for address in (by_key, f"/manage/audit/{own.pk}/"))
    assert "Quispe" not in page + entry
    assert told(page, own).endswith(" Chicago Patient Saw the first page of the record A patient –")
    assert f"{account.pk}</bdi>" not in page
    assert f"<code><bdi>{account.pk}</bdi></code>" in entry

    file = manage.post(f"/manage/audit/export.csv?actor={account.pk}").content.decode()
    assert "Quispe" not in file
    assert re.search(rf",Patient,Saw the first page[^,]*,.*,{account.pk},patient,", file.splitlines()[1])
    assert len(manage.post("/manage/audit/export.csv?q=Quispe").content.decode().splitlines()) == 1
    exported = AuditEntry.objects.filter(action="setup.audit_exported").latest("at", "pk")
    assert exported.details == {"rows": 0, "filters": {"q": "…"}}
    assert "Ana Quispe (Patient)" in officers_browser.post("/manage/audit/export.csv?q=Quispe").content.decode()


@pytest.mark.requirement("S27")
@pytest.mark.parametrize("names", [("Alma Quispe", "Zoe Quispe"), ("Zoe Quispe", "Alma Quispe")], ids=["a-z", "z-a"])
def test_who_may_not_find_patients_cannot_tell_their_names_from_their_places_in_the_list(
    manage: HostClient, officers_browser: HostClient, officer: Account, ana: Patient, names: tuple[str, str]
) -> None:
    entries = []
    for login, name in zip(("one", "two"), names, strict=True):
        account = Account.objects.create(login=f"{login}@example.org", display_name=name, password="!")
        known = access_for(account)
        herself = replace(known, actor=replace(known.actor, roles=frozenset({Role.PATIENT})), subject=ana.pk)
        entries.append(str(audit.record(herself, action="records.home_viewed").pk))
    by_staff = str(audit.record(access_for(officer), action="records.home_viewed").pk)
    by_who = "/manage/audit/?action=records.home_viewed&sort=actor"
    turned = by_who.replace("sort=", "sort=-")

    assert listed(manage.get(by_who).content.decode()) == [*entries, by_staff]
    assert listed(manage.get(turned).content.decode()) == [by_staff, *reversed(entries)]
    by_name = [entry for _name, entry in sorted(zip(names, entries, strict=True))]
    assert listed(officers_browser.get(by_who).content.decode()) == [by_name[0], by_staff, by_name[1]]


def test_an_own_role_is_renamed_and_removed_from_its_page(manage: HostClient, access: Access) -> None:
    nurse = staff_account("clinician", name="Nia Nurse")
    ward = add_role(access=access, label="Ward clerk", based_on="front_desk")
    membership = assign_role(access=access, account=nurse, role=ward)
    address = f"/manage/roles/{ward.name}/"
    assert f'href="{address}rename/"' in manage.get(address).content.decode()

    taken = manage.post(f"{address}rename/", {"label": "front DESK", "shown": "Ward clerk"})
    assert taken.status_code == 422
    assert "A standard role is called this." in taken.content.decode()
    assert manage.post(f"{address}rename/", {"label": "Ward desk", "shown": "Ward clerk"})["Location"] == address

    asked = manage.get(f"{address}remove/").content.decode()
    assert ("Nia Nurse" in asked, "Remove this role" in asked) == (True, False)
    assert manage.post(f"{address}remove/").status_code == 422
    end_role(access=access, membership=membership)
    assert "Remove this role" in manage.get(f"{address}remove/").content.decode()
    assert manage.post(f"{address}remove/")["Location"] == "/manage/roles/"
    assert manage.post(f"{address}remove/")["Location"] == "/manage/roles/"
    assert manage.get(address).status_code == 404
    assert "Ward desk" not in manage.get("/manage/roles/").content.decode()


@pytest.mark.parametrize("name", ["own-nobody", "%00"])
def test_a_role_that_never_was_has_no_page_to_remove_it(manage: HostClient, name: str) -> None:
    answers = [getattr(manage, way)(f"/manage/roles/{name}/remove/").status_code for way in ("get", "post")]

    assert answers == [404, 404]


def test_a_standard_roles_page_offers_neither_another_name_nor_its_end(manage: HostClient) -> None:
    page = manage.get("/manage/roles/front_desk/").content.decode()

    assert ("/rename/" in page, "/remove/" in page) == (False, False)
    for act in ("rename", "remove"):
        answers = {getattr(manage, way)(f"/manage/roles/front_desk/{act}/").status_code for way in ("get", "post")}
        assert answers == {404}
