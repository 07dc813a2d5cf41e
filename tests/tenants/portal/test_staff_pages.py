"""What clinicians and the front desk see, and what they do not."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel import clock
from kernel.i18n import formats
from kernel.permissions import Role
from kernel.permissions.models import RoleDefinition
from tenants.people.models import Patient
from tenants.records.models import Resource
from tests.tenants.portal.conftest import Place
from tests.tenants.portal.test_patient_pages import HBA1C, bring


def text(answer: Any) -> str:
    page: str = answer.content.decode()
    return page


def first_visit_day(place: Place) -> str:
    """The day of James's next booked visit."""
    patient = place.patient("james")

    def find() -> str:
        row = Resource.objects.filter(patient=patient, type="Appointment", status="booked").order_by("starts")[0]
        assert row.starts is not None
        return formats.local(row.starts).date().isoformat()

    day: str = place.inside(find)
    return day


def test_a_clinician_sees_the_visits_in_which_they_take_part(northfield: Place) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")

    page = text(osei.get(f"/staff/?day={first_visit_day(northfield)}"))

    assert "James Whitlock" in page
    assert "Diabetes follow-up" in page
    assert ("records.day_viewed", northfield.patient("james").pk) in northfield.audited()


def test_a_clinician_without_a_relationship_sees_and_finds_nobody(northfield: Place) -> None:
    stranger = northfield.somebody("stranger", role=Role.CLINICIAN)
    james = northfield.patient("james")

    answer = stranger.get(f"/staff/patients/{james.pk}/")

    assert answer.status_code == 404
    assert "not in your care" in text(answer)
    assert "James" not in text(answer)
    assert "Whitlock</bdi>" not in text(stranger.get("/staff/patients/?q=Whitlock"))
    assert stranger.get(f"/staff/patients/{UUID(int=7)}/").status_code == 404
    assert northfield.audited() == [
        ("access.refused", james.pk),
        ("people.nobody_found", None),
        ("access.refused", None),
    ]


def test_a_clinician_whom_nobody_connected_with_the_records_reads_who_mends_it(northfield: Place) -> None:
    missing, mended = "Your account is not yet connected with your visits", "Ask somebody who manages staff"
    unconnected = northfield.somebody("stranger", role=Role.CLINICIAN)
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    desk = northfield.somebody("desk", role=Role.FRONT_DESK)

    for address in ("/staff/", "/staff/patients/", "/staff/patients/?q=james"):
        page = text(unconnected.get(address))
        assert (missing in page, mended in page) == (True, True)
        assert [missing in text(other.get(address)) for other in (osei, desk)] == [False, False]
    assert "No visits are planned after it" not in text(unconnected.get("/staff/"))


@pytest.mark.requirement("S33")
def test_a_chart_is_opened_in_a_care_relationship_and_written_down(northfield: Place) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    james = northfield.patient("james")

    page = text(osei.get(f"/staff/patients/{james.pk}/"))

    assert "Type 2 diabetes" in page
    assert "Newest of each test" in page
    assert northfield.audited() == [("records.chart_viewed", james.pk)]
    assert "James Whitlock" in text(osei.get("/staff/patients/"))  # opened last


@pytest.mark.parametrize(("status", "words"), [("corrected", "Corrected"), ("preliminary", "Not final yet")])
@pytest.mark.parametrize("code", ["http://loinc.org|4548-4", "http://loinc.org|85354-9"])
def test_a_chart_says_what_was_corrected_and_what_is_not_final(
    northfield: Place, code: str, status: str, words: str
) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    address = f"/staff/patients/{northfield.patient('james').pk}/"
    before = text(osei.get(address))

    northfield.change(northfield.newest("james", "Observation", code=code), status=status)

    assert (words in before, words in text(osei.get(address))) == (False, True)


def test_a_chart_shows_the_newest_of_every_test_and_the_goal_it_is_weighed_against(northfield: Place) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    james = northfield.patient("james")
    laboratory = Resource.objects.filter(patient=james, type="Observation", category__endswith="laboratory")

    page = osei.get(f"/staff/patients/{james.pk}/").content.decode()

    tests = northfield.inside(lambda: laboratory.exclude(code="").values("code").distinct().count())
    table = page.partition("Newest of each test")[2].partition("</table>")[0]
    assert tests == 21
    assert table.count("<tr") - 1 == tests
    assert "Potassium" in table
    assert "Goal: up to 7.0%" in table
    assert table.index("Triglycerides</bdi>") < table.index("Fats in the blood")


def test_a_chart_tells_medicines_that_may_be_in_use(northfield: Place) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    address = f"/staff/patients/{northfield.patient('james').pk}/"
    before = text(osei.get(address))

    northfield.change(northfield.newest("james", "MedicationRequest", status="active"), status="unknown")

    assert ("Not known" in before, "Not known" in text(osei.get(address))) == (False, True)


@pytest.mark.requirement("S33")
def test_a_chart_without_the_right_to_its_summary_is_written_down_too(northfield: Place) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    james = northfield.patient("james")

    def take() -> None:
        definition = RoleDefinition.objects.get(name="clinician")
        definition.changes = {**definition.changes, "records.view": None}
        definition.save(update_fields=["changes"])

    northfield.inside(take)
    page = text(osei.get(f"/staff/patients/{james.pk}/"))

    assert "James Whitlock" in page
    assert "Newest of each test" not in page
    assert northfield.audited() == [("people.opened", james.pk)]


@pytest.mark.parametrize(("status", "words"), [("noshow", "Missed"), ("cancelled", "Cancelled"), ("booked", "passed")])
def test_a_past_visit_to_which_nobody_came_does_not_look_attended_on_the_chart(
    northfield: Place, status: str, words: str
) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    james = northfield.patient("james")
    address, yesterday = f"/staff/patients/{james.pk}/", clock.now() - timedelta(days=1)
    assert words not in text(osei.get(address))

    visit = northfield.newest("james", "Appointment", status="booked")
    northfield.inside(lambda: Resource.objects.filter(pk=visit).update(status=status, starts=yesterday, ends=yesterday))

    assert words in text(osei.get(address))


@pytest.mark.parametrize("typed", ["whitlock", "WHITLOCK james", "Whitlok", "Whítlock"])
def test_the_front_desk_finds_patients_in_any_spelling(northfield: Place, typed: str) -> None:
    desk = northfield.somebody("desk", role=Role.FRONT_DESK)

    page = text(desk.get("/staff/patients/", {"q": typed}))

    assert "James Whitlock" in page


@pytest.mark.parametrize("typed", ["w", "ك", "-"])
def test_too_few_letters_are_not_answered_with_nobody_found(northfield: Place, typed: str) -> None:
    desk = northfield.somebody("desk", role=Role.FRONT_DESK)
    privacy = northfield.somebody("privacy", role=Role.PRIVACY_OFFICER)

    for page in (
        text(desk.get("/staff/patients/", {"q": typed})),
        text(privacy.get("/manage/audit/patient/", {"words": typed})),
    ):
        assert "Type at least two letters of the name, or the whole number." in page
        assert ("Nobody found" in page, "No patient fits" in page, "fewer letters" in page) == (False, False, False)
    assert northfield.audited() == []
    assert "Nobody found" in text(desk.get("/staff/patients/", {"q": "zz"}))


def test_the_dead_are_not_called(northfield: Place) -> None:
    desk = northfield.somebody("desk", role=Role.FRONT_DESK)
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    james = northfield.patient("james")
    before = text(desk.get("/staff/patients/?q=whitlock")).partition("James Whitlock</bdi>")[2].partition("</tr>")[0]
    born = james.born_on
    assert born is not None
    died = datetime(born.year + 58, born.month, born.day, 18, tzinfo=UTC)
    northfield.inside(lambda: Patient.objects.filter(pk=james.pk).update(is_deceased=True, deceased_at=died))

    after = text(desk.get("/staff/patients/?q=whitlock")).partition("James Whitlock</bdi>")[2].partition("</tr>")[0]
    chart = text(osei.get(f"/staff/patients/{james.pk}/"))
    day = text(osei.get(f"/staff/?day={first_visit_day(northfield)}"))

    assert ("Died" in before, 'href="tel:' in before) == (False, True)
    assert ("Died" in after, 'href="tel:' in after) == (True, False)
    for page in (after, chart, day):
        assert str(died.year) in page.partition("Died")[2].partition("58 years")[0]
        assert "58 years" in page


def test_the_front_desk_finds_patients_by_date_of_birth(northfield: Place) -> None:
    james = northfield.patient("james")
    assert james.born_on is not None
    desk = northfield.somebody("desk", role=Role.FRONT_DESK)

    page = text(desk.get("/staff/patients/", {"born": james.born_on.isoformat()}))

    assert "James Whitlock" in page
    assert "Denise" not in page


def test_the_front_desk_does_not_open_charts(northfield: Place) -> None:
    desk = northfield.somebody("desk", role=Role.FRONT_DESK)

    answer = desk.get(f"/staff/patients/{northfield.patient('james').pk}/")

    assert answer.status_code == 403
    assert "Type 2 diabetes" not in text(answer)


@pytest.mark.parametrize("address", ["/staff/", "/staff/patients/"])
def test_patients_do_not_open_staff_pages(northfield: Place, address: str) -> None:
    answer = northfield.somebody("james", own="james").get(address)

    assert answer.status_code == 403


def test_staff_who_are_nobodys_patient_go_to_their_pages(northfield: Place) -> None:
    answer = northfield.somebody("desk", role=Role.FRONT_DESK).get("/")

    assert (answer.status_code, answer["Location"]) == (302, "/staff/start/")


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.CLINICIAN, "/staff/"),
        (Role.FRONT_DESK, "/staff/"),
        (Role.BILLING, "/staff/patients/"),
        (Role.HOSPITAL_ADMIN, "/manage/"),
        (Role.PRIVACY_OFFICER, "/manage/"),
    ],
)
def test_each_role_begins_on_a_page_that_it_may_open(northfield: Place, role: Role, address: str) -> None:
    browser = northfield.somebody("worker", role=role)

    assert browser.get("/staff/start/")["Location"] == address
    page = browser.get(address)
    assert page.status_code == 200
    assert f'class="brand" href="{address}"' in text(page)


def test_nobody_else_is_led_to_staff_pages(northfield: Place) -> None:
    assert northfield.somebody("james", own="james").get("/staff/start/")["Location"] == "/"


def test_the_front_desk_reads_whom_to_call_and_a_colleague_without_that_right_does_not(northfield: Place) -> None:
    desk = northfield.somebody("desk", role=Role.FRONT_DESK)
    shown = text(desk.get("/staff/patients/", {"q": "whitlock"}))
    assert 'href="tel:' in shown
    number = northfield.inside(lambda: northfield.patient("james").identifiers.get(kind="MR").value)
    assert f"Record number <bdi>{number}</bdi>" in shown
    assert number in text(desk.get("/staff/patients/", {"q": number}))

    def take() -> None:
        definition = RoleDefinition.objects.get(name="front_desk")
        definition.changes = {**definition.changes, "people.view": None}
        definition.save(update_fields=["changes"])

    northfield.inside(take)
    left = text(desk.get("/staff/patients/", {"q": "whitlock"}))
    assert 'href="tel:' not in left
    assert number not in left


def test_found_patients_are_sorted_and_a_wrong_day_is_named(northfield: Place) -> None:
    desk = northfield.somebody("desk", role=Role.FRONT_DESK)

    up, down = (desk.get("/staff/patients/", {"q": "whitlock", "sort": sort}) for sort in ("born", "-born"))
    days = [[row.patient.born_on for row in answer.context["patients"]] for answer in (up, down)]
    assert len(days[0]) > 1
    assert days[0] == sorted(days[0])
    assert days[1] == sorted(days[0], reverse=True)
    wrong = desk.get("/staff/patients/", {"born": "27.3.1984"})
    assert wrong.status_code == 200
    assert "like 1984-03-27" in text(wrong)


@pytest.mark.parametrize(
    ("taken", "sentence"),
    [("records.view_visits", "See past and coming visits"), ("people.view", "See who a patient is")],
)
def test_a_role_that_shows_no_visits_is_not_told_that_there_are_none(
    northfield: Place, taken: str, sentence: str
) -> None:
    desk = northfield.somebody("desk", role=Role.FRONT_DESK)
    address = f"/staff/?day={first_visit_day(northfield)}"
    assert "James Whitlock" in text(desk.get(address))
    northfield.inside(
        lambda: RoleDefinition.objects.filter(name="front_desk").update(changes={taken: None}),
    )

    page = text(desk.get(address))

    assert "Your role does not show visits" in page
    assert sentence in page
    assert ("No visits" in page, "James" in page) == (False, False)


@pytest.mark.requirement("S39")
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01", "-1", "\u0669", "2026-13-45"])
def test_a_day_without_neighbours_is_today(northfield: Place, day: str) -> None:
    answer = northfield.somebody("desk", role=Role.FRONT_DESK).get("/staff/", {"day": day})

    assert answer.status_code == 200
    assert answer.context["is_today"]


FILE = {"contentType": "application/pdf", "data": "cGRm", "title": "james.pdf"}


def papers(place: Place) -> dict[str, str]:
    """A report and a document of James with their files: addresses on the chart and what the trail calls the looks."""
    report = {"resourceType": "DiagnosticReport", "id": "xray", "status": "final", "code": {"text": "X-ray"}}
    letter = {"resourceType": "DocumentReference", "id": "letter", "status": "current", "type": {"text": "Letter"}}
    bring(place, "james", {**report, "effectiveDateTime": clock.now().isoformat(), "presentedForm": [FILE]})
    bring(place, "james", {**letter, "date": clock.now().isoformat(), "content": [{"attachment": FILE}]})
    keys = place.inside(
        lambda: dict(Resource.objects.filter(fhir_id__in=("xray", "letter")).values_list("fhir_id", "pk"))
    )
    return {
        f"/staff/reports/{keys['xray']}/file/": "records.report_downloaded",
        f"/staff/documents/{keys['letter']}/file/": "records.document_downloaded",
    }


@pytest.mark.requirement("S33")
def test_files_of_reports_and_documents_are_opened_from_the_chart(northfield: Place) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    james = northfield.patient("james")

    for address, action in papers(northfield).items():
        assert f'href="{address}"' in text(osei.get(f"/staff/patients/{james.pk}/"))
        answer = osei.get(address)
        assert answer.content == b"pdf"
        kind = "report" if "reports" in address else "document"
        name = rf'attachment; filename="{kind}-\d{{4}}-\d\d-\d\d\.pdf"'
        assert re.fullmatch(name, answer["Content-Disposition"])
        assert (answer["Content-Security-Policy"], answer["X-Content-Type-Options"]) == ("sandbox", "nosniff")
        assert "no-store" in answer["Cache-Control"]
        assert northfield.audited()[-1] == (action, james.pk)


@pytest.mark.requirement("S33")
def test_every_report_and_document_is_reached_from_the_chart(northfield: Place) -> None:
    """Also the report of a laboratory, whose results stand in the table, and what is older than the newest five."""
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    james = northfield.patient("james")
    chart = f"/staff/patients/{james.pk}/"
    papers(northfield)
    laboratory = northfield.newest("james", "DiagnosticReport", category__endswith="laboratory")
    northfield.change(laboratory, presentedForm=[FILE])
    page = text(osei.get(chart))
    assert (f'href="{chart}reports/"' in page, f'href="{chart}documents/"' in page) == (True, True)
    assert f"/staff/reports/{laboratory}/file/" not in page

    reports, documents = text(osei.get(f"{chart}reports/")), text(osei.get(f"{chart}documents/"))

    assert f'href="/staff/reports/{laboratory}/file/"' in reports
    assert osei.get(f"/staff/reports/{laboratory}/file/").content == b"pdf"
    assert re.search(r"\b\d+ results\b", reports)
    assert ("X-ray" in reports, "Visit summary" in reports) == (True, False)
    assert ("X-ray" in documents, "Visit summary" in documents) == (False, True)
    told = ["records.chart_viewed", "records.results_viewed", "records.documents_viewed", "records.report_downloaded"]
    assert northfield.audited()[-4:] == [(action, james.pk) for action in told]
    stranger = northfield.somebody("stranger", role=Role.CLINICIAN)
    assert [stranger.get(f"{chart}{part}/").status_code for part in ("reports", "documents")] == [404, 404]
    taken = {"records.view_results": None, "records.view_documents": None}
    northfield.inside(lambda: RoleDefinition.objects.filter(name="clinician").update(changes=taken))
    assert [osei.get(f"{chart}{part}/").status_code for part in ("reports", "documents")] == [403, 403]
    assert "reports/" not in text(osei.get(chart))


@pytest.mark.requirement("S33")
def test_the_earlier_values_of_a_test_and_of_a_measurement_are_reached_from_the_chart(northfield: Place) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    james = northfield.patient("james")
    chart = f"/staff/patients/{james.pk}/"
    page = text(osei.get(chart))
    assert (f'href="{chart}results/"' in page, f'href="{chart}measurements/"' in page) == (True, True)
    count = northfield.inside(
        lambda: Resource.objects.filter(patient_id=james.pk, type="Observation", code=HBA1C).count()
    )
    assert count > 1

    pages = [osei.get(f"{chart}results/?page={number}").content.decode() for number in range(1, 9)]

    name = '<bdi lang="en">Hemoglobin A1c'
    assert sum(page.count(name) for page in pages) == count
    assert "Blood pressure" in text(osei.get(f"{chart}measurements/"))
    assert northfield.audited()[-1] == ("records.measurements_viewed", james.pk)
    assert northfield.audited()[-2] == ("records.results_viewed", james.pk)
    stranger = northfield.somebody("stranger", role=Role.CLINICIAN)
    assert [stranger.get(f"{chart}{part}/").status_code for part in ("results", "measurements")] == [404, 404]
    northfield.inside(
        lambda: RoleDefinition.objects.filter(name="clinician").update(changes={"records.view_results": None})
    )
    assert [osei.get(f"{chart}{part}/").status_code for part in ("results", "measurements")] == [403, 403]


def test_results_stand_under_the_name_and_date_of_their_report_once(northfield: Place) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    chart = f"/staff/patients/{northfield.patient('james').pk}/"

    def sections(part: str) -> list[str]:
        return text(osei.get(chart + part)).partition("<h1")[2].split('<section class="stack')[1:]

    def headings(shown: str) -> list[str]:
        return re.findall(r"<th scope=\"col\"[^>]*>\s*([^<]+?)\s*</th>", shown)

    fats = next(one for one in sections("results/") if "Cholesterol and fats" in one)
    (day,) = re.findall(r'<span class="muted small">([^<]+)</span>', fats)
    assert (fats.count("<h2>"), fats.count("<tr>"), headings(fats)) == (
        1, 5, ["Test", "Result", "Status", "Usual range"],
    )  # fmt: skip
    # Seen once, and heard once as the name of the table: its caption and its region.
    assert fats.partition('<section class="stack')[0].count(day) == 3
    assert f'<caption class="hidden-words">Cholesterol and fats · {day}</caption>' in fats
    measured = [one for one in sections("measurements/") if "<table" in one]
    assert {tuple(headings(one)) for one in measured} == {("Measurement", "Result")}


def test_every_page_of_a_chart_says_whose_it_is(northfield: Place) -> None:
    """Two charts may be open side by side: name, record number and date of birth stand on each page."""
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    james = northfield.patient("james")
    chart = f"/staff/patients/{james.pk}/"
    summary = text(osei.get(chart))
    strip = summary[summary.index("Record number") :].partition("</dl>")[0]

    for part in ("results", "measurements", "reports", "documents"):
        page = text(osei.get(f"{chart}{part}/"))
        assert strip in page
        assert "James Whitlock</bdi>" in page


@pytest.mark.requirement("S02")
def test_files_are_not_found_outside_care_or_without_the_right_and_refused_to_other_roles(northfield: Place) -> None:
    addresses = papers(northfield)
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    others = {
        northfield.somebody("stranger", role=Role.CLINICIAN): 404,
        northfield.somebody("desk", role=Role.FRONT_DESK): 403,
        northfield.somebody("james", own="james"): 403,
    }

    answers = {
        (address, wanted, who.get(address).status_code) for who, wanted in others.items() for address in addresses
    }
    assert {wanted for _address, wanted, _found in answers} == {403, 404}
    assert all(wanted == found for _address, wanted, found in answers)
    taken = {"records.view_results": None, "records.view_documents": None}
    northfield.inside(lambda: RoleDefinition.objects.filter(name="clinician").update(changes=taken))
    assert [osei.get(address).status_code for address in addresses] == [404, 404]
    page = text(osei.get(f"/staff/patients/{northfield.patient('james').pk}/"))
    assert not any(address in page for address in addresses)


def test_a_chart_says_the_number_of_the_record(northfield: Place) -> None:
    osei = northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei")
    james = northfield.patient("james")
    number = northfield.inside(lambda: james.identifiers.get(kind="MR").value)
    address = f"/staff/patients/{james.pk}/"

    assert text(osei.get(address)).partition("Record number")[2].partition("Born")[0].count(f"<bdi>{number}</bdi>") == 1
    northfield.inside(lambda: james.identifiers.all().delete())
    assert "Record number" not in text(osei.get(address))


@pytest.mark.parametrize(
    ("role", "beside"), [(Role.CLINICIAN, "/staff/patients/"), (Role.HOSPITAL_ADMIN, "/manage/staff/")]
)
def test_staff_keep_their_menu_on_the_pages_of_their_account(northfield: Place, role: Role, beside: str) -> None:
    browser = northfield.somebody("osei", role=role)

    for address in ("/account/settings/", "/account/security/", "/account/devices/"):
        assert f'href="{beside}"' in text(browser.get(address)), address


def test_who_works_here_and_has_a_record_keeps_the_patients_menu_there(northfield: Place) -> None:
    browser = northfield.somebody("osei", own="james", role=Role.CLINICIAN)

    page = text(browser.get("/account/settings/"))

    assert ('href="/results/"' in page, 'href="/staff/patients/"' in page) == (True, False)
