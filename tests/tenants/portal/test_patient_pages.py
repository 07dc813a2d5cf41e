"""What patients and those who help them see."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest
import time_machine
from django.http import HttpResponse
from django.template.loader import render_to_string

from kernel import audit, clock
from kernel.ids import uuid7
from kernel.permissions import Actor, Role, Scope
from kernel.registries import NavigationEntry, navigation
from kernel.tenancy.resolution import context_for_host
from tenants.records.demonstration.writing import demonstration_id
from tenants.records.models import Resource
from tenants.records.services.importing import import_bundle
from tests.hosts import known_as
from tests.tenants.portal.conftest import NORTHFIELD, SYSTEM, Place
from tests.tenants.records.samples import without

PAGES = (
    "/", "/visits/", "/results/", "/health/", "/health/measurements/", "/health/conditions/", "/health/allergies/",
    "/health/medicines/", "/health/vaccines/", "/health/procedures/", "/health/documents/", "/health/who-looked/",
    "/account/settings/",
)  # fmt: skip
HBA1C = "http://loinc.org|4548-4"


def text(answer: Any) -> str:
    page: str = answer.content.decode()
    return page


def test_home_answers_what_is_next_and_what_is_new(northfield: Place) -> None:
    page = text(northfield.somebody("james", own="james").get("/"))

    assert "Hello, James" in page
    assert "Diabetes follow-up" in page
    assert "Dr. Amara Osei" in page
    assert "New test results" in page


@pytest.mark.parametrize("address", PAGES)
def test_every_page_of_a_patient_is_kept_nowhere_and_names_nobody_in_its_title(northfield: Place, address: str) -> None:
    answer = northfield.somebody("james", own="james").get(address)

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    title = text(answer).split("<title>")[1].split("</title>")[0]
    assert "James" not in title
    assert "diabetes" not in title.lower()


@pytest.mark.requirement("S26")
@pytest.mark.parametrize("address", [page for page in PAGES if page not in ("/", "/account/settings/")])
def test_a_visitor_is_sent_to_sign_in(northfield: Place, address: str) -> None:
    answer = northfield.door.get(address)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/?next=")


def test_a_result_shows_value_goal_status_and_course(northfield: Place) -> None:
    key = northfield.newest("james", "Observation", code=HBA1C)

    page = text(northfield.somebody("james", own="james").get(f"/results/{key}/"))

    assert "Average blood sugar" in page
    assert '6.9<bdi class="figure-number-unit"' in page
    assert "In your goal range" in page
    assert "Your results over time" in page
    assert "Show as a table" in page


def test_a_blood_pressure_shows_the_course_of_both_values_in_a_picture_and_a_table(northfield: Place) -> None:
    key = northfield.newest("james", "Observation", code="http://loinc.org|85354-9")

    page = text(northfield.somebody("james", own="james").get(f"/results/{key}/")).partition("<main")[2]

    assert "Your results over time" in page
    assert '<title id="trend-title">Blood pressure over time</title>' in page
    columns = re.findall(r'<th scope="col" class="num">\s*([^<]+?)\s*<span class="sub">mmHg</span>', page)
    assert columns == ["Upper value", "Lower value"]
    assert page.count('<th scope="row">') == 4


def test_a_vital_sign_is_called_a_measurement(northfield: Place) -> None:
    key = northfield.newest("james", "Observation", category__endswith="vital-signs")
    result = northfield.newest("james", "Observation", code=HBA1C)
    james = northfield.somebody("james", own="james")

    page = text(james.get(f"/results/{key}/"))

    assert "<title>Measurement" in page
    main = page.partition("<main")[2]
    assert 'href="/health/measurements/"' in main
    assert ("The laboratory gave no" in main, "About this result" in main) == (False, False)
    assert 'href="/health/measurements/"' not in text(james.get(f"/results/{result}/")).partition("<main")[2]


def test_the_newest_day_of_results_is_open(northfield: Place) -> None:
    page = text(northfield.somebody("james", own="james").get("/results/")).partition("<main")[2]

    newest, _title, earlier = page.partition("</section>")
    assert re.findall(r'<details class="card card-flush fold"( open)?', newest) == [" open"] * 3
    assert set(re.findall(r'<details class="card card-flush fold"( open)?', earlier)) == {""}


def test_a_result_is_new_until_it_is_opened(northfield: Place) -> None:
    key = northfield.newest("james", "Observation", code=HBA1C)
    james = northfield.somebody("james", own="james")
    row = f'href="/results/{key}/"'

    before = text(james.get("/results/")).split(row)[0].rsplit("<a", 1)[1]
    james.get(f"/results/{key}/")
    after = text(james.get("/results/")).split(row)[0].rsplit("<a", 1)[1]

    assert "row-new" in before
    assert "row-new" not in after


@pytest.mark.requirement("S02")
@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("Observation", "/results/{}/"),
        ("Appointment", "/visits/{}/"),
        ("DocumentReference", "/health/documents/{}/file/"),
    ],
)
def test_another_patients_things_are_not_found(northfield: Place, kind: str, address: str) -> None:
    key = northfield.newest("denise", kind)
    james = northfield.somebody("james", own="james")

    there = james.get(address.format(key))
    nowhere = james.get(address.format(UUID(int=7)))

    assert there.status_code == nowhere.status_code == 404
    assert northfield.audited() == [("access.refused", None)] * 2


@pytest.mark.requirement("S33")
def test_looking_at_a_record_is_written_down_and_shown_to_the_patient(northfield: Place) -> None:
    james = northfield.patient("james").pk
    browser = northfield.somebody("james", own="james")

    browser.get("/health/allergies/")
    page = text(browser.get("/health/who-looked/?own=yes"))

    assert northfield.audited() == [("records.allergies_viewed", james), ("people.trail_viewed", james)]
    assert "Saw the allergies" in page


@pytest.mark.requirement("S35")
def test_ones_own_looks_do_not_hide_those_of_others(northfield: Place) -> None:
    james = northfield.patient("james").pk
    doctor = replace(SYSTEM, actor=Actor(account_id=uuid7(), display_name="Dr Ben", roles=frozenset({Role.CLINICIAN})))
    opened = partial(audit.record_each, doctor, action="records.chart_viewed")

    # Noon of a day in Chicago: no midnight comes between two looks.
    noon = (clock.now() + timedelta(days=1)).replace(hour=18)
    with time_machine.travel(noon, tick=False):
        browser = northfield.somebody("james", own="james")
        empty = text(browser.get("/health/who-looked/"))
        for number in range(30):
            northfield.inside(opened, subjects=[james], reason=f"Reason {number}")
    with time_machine.travel(noon + timedelta(seconds=1), tick=False):
        northfield.inside(opened, subjects=[james] * 31)
        for _look in range(2):
            browser.get("/health/allergies/")
        others = text(browser.get("/health/who-looked/"))
        everything = text(browser.get("/health/who-looked/?own=yes"))
        second = text(browser.get("/health/who-looked/?page=2"))

    assert "Brought in health records from a file" in empty
    assert "You looked at it yourself" not in empty
    assert "You looked at it yourself 3 times." in others
    assert (others.count("Opened the chart summary"), others.count("31 times that day")) == (30, 1)
    assert "Saw the allergies" not in others
    assert 'href="?own=yes"' in others
    assert 'href="?page=2"' in others
    assert (everything.count("Saw the allergies"), 'href="?own=yes&amp;page=2"' in everything) == (1, True)
    assert "You looked at it yourself 4 times." in everything
    assert (second.count("Opened the chart summary"), "times that day" in second) == (1, False)
    assert "Brought in health records from a file" in second


def test_a_helper_sees_only_the_slices_that_were_opened(northfield: Place) -> None:
    ana = northfield.somebody("ana", helps={"james": (Scope.VISITS,)})
    result = northfield.newest("james", "Observation", code=HBA1C)

    home = text(ana.get("/"))

    assert "You are viewing the record of James Whitlock." in home
    assert "Diabetes follow-up" in home
    assert "test results" not in home.lower()
    assert ana.get("/visits/").status_code == 200
    assert ana.get("/results/").status_code == 403
    assert ana.get(f"/results/{result}/").status_code == 403
    assert ana.get("/health/conditions/").status_code == 403


def test_a_helper_of_two_is_refused_the_slice_of_the_one_who_did_not_open_it(northfield: Place) -> None:
    ana = northfield.somebody("ana", helps={"james": (Scope.VISITS,), "eleanor": (Scope.VISITS, Scope.RESULTS)})
    ana.post("/viewing/", {"person": str(northfield.patient("james").pk)})
    result = northfield.newest("james", "Observation")

    assert ana.get(f"/results/{result}/").status_code == 404
    assert "Hemoglobin" not in text(ana.get("/results/"))


@pytest.mark.parametrize(
    ("address", "scopes"),
    [
        ("/health/documents/", (Scope.RECORD,)),
        ("/health/allergies/", (Scope.DOCUMENTS,)),
        ("/results/", (Scope.VISITS,)),
        ("/health/measurements/", (Scope.VISITS,)),
        ("/visits/", (Scope.RESULTS,)),
    ],
)
def test_what_is_closed_to_a_helper_is_not_called_empty(
    northfield: Place, address: str, scopes: tuple[Scope, ...]
) -> None:
    ana = northfield.somebody("ana", helps={"james": scopes, "eleanor": tuple(Scope)})
    ana.post("/viewing/", {"person": str(northfield.patient("james").pk)})

    answer = ana.get(address)

    assert answer.status_code == 403
    assert "This part is not shared with you" in text(answer)
    assert northfield.audited()[-1][0] == "access.refused"
    assert [action for action, _subject in northfield.audited() if action.startswith("records.")] == []


def test_vaccines_of_one_name_stand_together_with_the_newest_dose_first(northfield: Place) -> None:
    page = text(northfield.somebody("james", own="james").get("/health/vaccines/"))

    assert page.count("<bdi>Influenza vaccine</bdi>") == 1
    assert "2 earlier doses" in page


def test_entries_of_one_day_and_place_name_their_source_once(northfield: Place) -> None:
    page = text(northfield.somebody("james", own="james").get("/health/medicines/"))

    assert page.count("Northfield University Medical Center</bdi>, received") == 1


def test_a_visit_in_a_list_has_its_day_as_a_tile(northfield: Place) -> None:
    page = text(northfield.somebody("james", own="james").get("/visits/"))

    assert page.count('class="date-tile date-tile-small"') >= 4


def test_visits_and_results_of_another_year_say_which(northfield: Place) -> None:
    at, ahead = "2019-05-07T10:00:00-05:00", clock.now() + timedelta(days=400)
    northfield.inside(lambda: Resource.objects.filter(type__in=("Appointment", "Encounter", "Observation")).delete())
    test = {"resourceType": "Observation", "status": "final", "code": {"text": "A test"}, "effectiveDateTime": at}
    bring(
        northfield,
        "james",
        {
            "resourceType": "Encounter",
            "id": "e",
            "status": "finished",
            "class": {"code": "AMB"},
            "period": {"start": at},
        },
        {**test, "id": "l", "category": [{"coding": [{"code": "laboratory"}]}], "valueString": "Clear"},
        {**test, "id": "v", "category": [{"coding": [{"code": "vital-signs"}]}], "valueString": "Well"},
        {
            "resourceType": "Appointment",
            "id": "a",
            "status": "booked",
            "start": ahead.isoformat(),
            "end": (ahead + timedelta(minutes=20)).isoformat(),
            "participant": [
                {
                    "actor": {"reference": f"Patient/{demonstration_id(NORTHFIELD, 'patient', 'james')}"},
                    "status": "accepted",
                }
            ],
        },
    )
    james = northfield.somebody("james", own="james")

    for address in ("/visits/", "/results/", "/health/measurements/"):
        assert "Tuesday, May 7, 2019" in text(james.get(address)), address
    hero = text(james.get("/")).partition("Next visit")[2].partition("See details")[0]
    assert f", {ahead.astimezone(ZoneInfo('America/Chicago')).year}<" in hero.replace("\n", "").replace(" <", "<")


def test_a_result_leads_to_the_next_visit_only_for_those_who_may_see_visits(northfield: Place) -> None:
    key = northfield.newest("james", "Observation", code=HBA1C)
    ana = northfield.somebody("ana", helps={"james": (Scope.RESULTS,)})

    assert "Talk about it at your next visit" in text(northfield.somebody("james", own="james").get(f"/results/{key}/"))
    assert "Talk about it" not in text(ana.get(f"/results/{key}/"))


@contextmanager
def number(phone: str) -> Iterator[None]:
    """Northfield with this number, empty for none."""
    known = context_for_host("northfield.localhost")
    assert known is not None
    with known_as(replace(known, brand={**known.brand, "phone": phone})):
        yield


@pytest.mark.parametrize(
    ("code", "days", "is_urgent"), [("HH", 1, True), ("H", 1, False), ("HH", 29, True), ("HH", 31, False)]
)
def test_a_critical_result_says_whom_to_call_now_and_not_to_wait(
    northfield: Place, code: str, days: int, is_urgent: bool
) -> None:
    key = northfield.newest("james", "Observation", code=HBA1C)
    then = clock.now() - timedelta(days=days)
    taken = then.isoformat()
    row = {"effectiveDateTime": taken, "issued": taken, "interpretation": [{"coding": [{"code": code}]}]}
    northfield.change(key, **row, code={"coding": [{"code": "potassium"}], "text": "Potassium"})
    northfield.inside(lambda: Resource.objects.filter(pk=key).update(code="potassium", starts=then, ends=then))

    first = northfield.somebody("james", own="james")
    with number("+1 312 555 0100"):
        page = text(first.get(f"/results/{key}/"))

    notice = page.partition('notice-crit"')[2].partition("</main>")[0]
    assert ("Call the care team about this result now" in notice) is is_urgent
    assert ('href="tel:' in notice, "If nobody answers" in notice, 'href="tel:911"' in notice) == (is_urgent,) * 3
    assert ("status-crit" in page) is (code == "HH")
    assert ("Talk about it at your next visit" in page) is not is_urgent
    helper = northfield.somebody("ana", helps={"james": (Scope.RESULTS,)})
    for reader in (northfield.somebody("james2", own="james"), helper):
        for address in ("/", "/results/"):
            with number("+1 312 555 0100"):
                shown = text(reader.get(address)).partition("<main")[2]
            told = shown.partition('notice-crit"')[2].partition('<h2 class="card-title')[0].partition("</ul>")
            assert ("Call the care team about this result now" in told[0]) is is_urgent, address
            assert (f'href="/results/{key}/">' in told[0], 'href="tel:' in told[2]) == (is_urgent,) * 2
            assert not is_urgent or "row-detail" not in shown.partition('notice-crit"')[0]
            # In line with the sentences around it, and its date in one piece.
            assert (
                re.search(r'<ul class="stack-tight">.+<span class="keep">[^<]+</span></li>', told[0]) or not is_urgent
            )
    chart = f"/staff/patients/{northfield.patient('james').pk}/"
    seen = text(northfield.somebody("osei", role=Role.CLINICIAN, practitioner="osei").get(chart)).partition("<main")[2]
    marked = seen.partition('notice-crit"')[2].partition("</ul>")[0]
    assert ("Marked as urgent by the laboratory" in marked, "Potassium" in marked) == (is_urgent,) * 2
    assert not is_urgent or "Allergies" not in seen.partition('notice-crit"')[0]


@pytest.mark.parametrize("count", [1, 2])
def test_nobody_is_told_to_call_a_hospital_without_a_number(northfield: Place, count: int) -> None:
    def said(phone: str) -> str:
        facts = {"results": [object()] * count, "phone": phone, "brand": {"emergency_phone": "911"}}
        return text(HttpResponse(northfield.inside(render_to_string, "records/_urgent.html", facts)))

    with_number, without_number = said("+1 312 555 0100"), said("")

    what = "this result" if count == 1 else "these results"
    assert f"Call the care team about {what} now" in with_number
    assert "Call now and ask what to do." in with_number
    assert "If nobody answers, or if you feel very sick, call" in with_number
    assert f"Ask the care team about {what} now" in without_number
    assert f"The laboratory marked {what} as urgent. Ask at the hospital now what to do." in without_number
    assert "If you reach nobody there, or if you feel very sick, call" in without_number
    assert "Call" not in without_number


def test_a_critical_result_that_another_has_followed_is_not_urgent(northfield: Place) -> None:
    newest = northfield.newest("james", "Observation", code=HBA1C)
    james = northfield.patient("james").pk
    rows = Resource.objects.filter(type="Observation", code=HBA1C, patient=james).exclude(pk=newest)
    earlier = northfield.inside(lambda: rows.order_by("-starts")[0].pk)
    taken = (clock.now() - timedelta(days=20)).isoformat()
    northfield.change(earlier, effectiveDateTime=taken, interpretation=[{"coding": [{"code": "HH"}]}])

    page = text(northfield.somebody("james", own="james").get(f"/results/{earlier}/"))

    assert ("status-crit" in page, "Call the care team about this result now" in page) == (True, False)
    assert "A newer result is from" in page
    assert f'href="/results/{newest}/"' in page
    assert 'notice-crit"' not in text(northfield.somebody("again", own="james").get("/"))


@pytest.mark.parametrize("number", [1e28, 9.99e30, -9.99e30, 1e-30])
def test_any_number_that_is_let_in_is_shown(northfield: Place, number: float) -> None:
    key = northfield.newest("james", "Observation", code=HBA1C)
    long = {"value": number, "unit": "%", "code": "%"}
    earlier = {"value": number, "unit": "mmol/mol", "code": "mmol/mol"}
    james = northfield.patient("james").pk
    rows = Resource.objects.filter(type="Observation", code=HBA1C, patient=james).exclude(pk=key)
    northfield.change(northfield.inside(lambda: rows.order_by("-starts")[0].pk), valueQuantity=earlier)
    client = northfield.somebody("james", own="james")

    assert client.get(f"/results/{key}/").status_code == 200
    for changes in (
        {"valueQuantity": long, "referenceRange": [{"low": long, "age": {"low": {"value": number, "unit": "a"}}}]},
        {"valueQuantity": long, "referenceRange": [{"low": long}]},
        {"valueRange": {"low": long, "high": long}},
        {"valueRatio": {"numerator": long, "denominator": long}},
    ):
        northfield.change(key, **changes)
        if "valueQuantity" not in changes:
            northfield.inside(_leave_out, key, "valueQuantity")
        for address in ("/", "/results/", f"/results/{key}/"):
            assert client.get(address).status_code == 200, (changes, address)


def _leave_out(key: UUID, element: str) -> None:
    row = Resource.objects.get(pk=key)
    content = without(orjson.loads(bytes(row.content)), element)
    Resource.objects.filter(pk=key).update(content=orjson.dumps(content))


def test_ranges_carry_the_unit_of_the_value(northfield: Place) -> None:
    key = northfield.newest("james", "Observation", code=HBA1C)

    page = text(northfield.somebody("james", own="james").get(f"/results/{key}/"))

    assert "Your goal: up to 7.0%" in page
    assert "usual range: 4.0 to 5.6%" in page


def test_what_is_said_of_a_composed_result_as_a_whole_is_on_its_page(northfield: Place) -> None:
    key = northfield.newest("james", "Observation", code="http://loinc.org|85354-9")
    northfield.change(key, interpretation=[{"coding": [{"code": "A"}]}])

    page = text(northfield.somebody("james", own="james").get(f"/results/{key}/"))

    assert "Outside the usual range" in page


def test_a_number_without_a_range_says_so_in_the_list_and_on_its_page(northfield: Place) -> None:
    key = northfield.newest("james", "Observation", code=HBA1C)
    northfield.change(key, referenceRange=[], interpretation=[])
    james = northfield.somebody("james", own="james")

    row = text(james.get("/results/")).partition(f'href="/results/{key}/"')[2].partition("</a>")[0]

    assert "No usual range was given" in row
    assert "The laboratory gave no usual range for this test." in text(james.get(f"/results/{key}/"))


@pytest.mark.parametrize(
    ("note", "byline"),
    [
        ({"authorString": "Dr. Jo Adams"}, "Written by Dr. Jo Adams"),
        ({"authorReference": {"reference": "Practitioner/unknown"}}, ""),
        ({}, ""),
    ],
)
def test_a_note_names_who_wrote_it_only_when_that_is_known(
    northfield: Place, note: dict[str, Any], byline: str
) -> None:
    key = northfield.newest("james", "Observation", code=HBA1C)
    northfield.change(key, note=[{"text": "Please come again.", **note}])

    page = text(northfield.somebody("james", own="james").get(f"/results/{key}/"))

    assert "Please come again." in page
    assert (byline in page) if byline else ("Written by" not in page)


def test_the_words_of_a_report_say_whether_they_are_final(northfield: Place) -> None:
    report = northfield.newest("james", "DiagnosticReport")
    james = northfield.somebody("james", own="james")
    before = text(james.get("/results/"))

    northfield.change(report, status="preliminary", conclusion="Nothing unusual.")

    after = text(james.get("/results/"))
    assert ("Not final yet" in before, "Not final yet" in after, "Nothing unusual." in after) == (False, True, True)


@pytest.mark.parametrize(("days", "is_told"), [(3, True), (30, True), (32, False), (-1, False)])
def test_a_coming_visit_that_was_cancelled_is_announced_until_its_time_has_passed(
    northfield: Place, days: int, is_told: bool
) -> None:
    james = northfield.somebody("james", own="james")
    key, starts = northfield.newest("james", "Appointment", status="booked"), clock.now() + timedelta(days=days)
    assert "Cancelled:" not in text(james.get("/"))

    northfield.change(key, status="cancelled", start=starts.isoformat(), end=starts.isoformat())
    northfield.inside(lambda: Resource.objects.filter(pk=key).update(starts=starts, ends=starts))
    page = text(james.get("/"))

    assert ("Cancelled:" in page) is is_told
    assert (f'href="/visits/{key}/"' in page.partition("Cancelled:")[2].partition("</p>")[0]) is is_told


def test_a_helper_changes_whose_record_is_open(northfield: Place) -> None:
    scopes = (Scope.VISITS, Scope.RESULTS, Scope.RECORD)
    ana = northfield.somebody("ana", helps={"james": scopes, "eleanor": scopes})
    eleanor = northfield.patient("eleanor")

    answer = ana.post("/viewing/", {"person": str(eleanor.pk)}, follow=True)

    assert answer.redirect_chain == [("/", 302)]
    assert f"You are viewing the record of {eleanor.full_name}." in text(answer)
    assert ana.post("/viewing/", {"person": str(northfield.patient("denise").pk)}).status_code == 404


def test_a_helper_does_not_see_who_looked(northfield: Place) -> None:
    ana = northfield.somebody("ana", helps={"james": tuple(Scope)})

    answer = ana.get("/health/who-looked/")

    assert answer.status_code == 404
    assert "Only people themselves can see" in text(answer)


def test_a_document_is_a_download_under_a_name_that_tells_nothing(northfield: Place) -> None:
    key = northfield.newest("james", "DocumentReference")

    answer = northfield.somebody("james", own="james").get(f"/health/documents/{key}/file/")

    assert answer.status_code == 200
    assert re.fullmatch(r'attachment; filename="document-\d{4}-\d\d-\d\d\.txt"', answer["Content-Disposition"])
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer.content


def test_settings_are_remembered_on_the_account(northfield: Place) -> None:
    james = northfield.somebody("james", own="james")
    wanted = {
        "language": "es", "size": "larger", "contrast": "more", "mode": "dark", "motion": "less", "view": "simple",
    }  # fmt: skip

    answer = james.post("/account/settings/", wanted)
    for name in ("__Host-portico-reading", "__Host-portico-language"):
        del james.cookies[name]
    page = text(james.get("/"))

    assert answer.status_code == 302
    assert '<html lang="es"' in page
    for attribute in ('data-size="larger"', 'data-contrast="more"', 'data-mode="dark"', 'data-keys="off"'):
        assert attribute in page
    assert "Hola, James" in page


def test_a_visitor_keeps_settings_in_a_cookie(northfield: Place) -> None:
    answer = northfield.door.post("/language/", {"lang": "es", "next": "/accessibility/"})

    assert answer["Location"] == "/accessibility/"
    assert answer.cookies["__Host-portico-language"].value == "es"
    assert '<html lang="es"' in text(northfield.door.get("/accessibility/"))


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_choice_of_language_leads_nowhere_else(northfield: Place, target: str) -> None:
    assert northfield.door.post("/language/", {"lang": "es", "next": target})["Location"] == "/"


def test_a_language_that_the_hospital_does_not_speak_is_passed_over(northfield: Place) -> None:
    assert not northfield.door.post("/language/", {"lang": "ar", "next": "/"}).cookies
    assert northfield.door.post("/account/settings/", {"language": "xx"}).status_code == 422


def set_visits(place: Place, key: str, **columns: Any) -> None:
    """Give the booked visits of a patient other columns."""
    patient = place.patient(key)
    booked = {"type": "Appointment", "status": "booked", "patient": patient}
    assert place.inside(lambda: Resource.objects.filter(**booked).update(**columns))


def test_a_visit_that_the_hospital_has_not_confirmed_says_so_wherever_it_is_the_next(northfield: Place) -> None:
    james = northfield.somebody("james", own="james")
    result = northfield.newest("james", "Observation", code=HBA1C)
    assert "Waiting for the hospital" not in text(james.get("/"))

    set_visits(northfield, "james", status="pending")

    assert "Waiting for the hospital" in text(james.get("/"))
    assert "Waiting for the hospital" in text(james.get(f"/results/{result}/"))


def test_only_visits_ahead_can_be_moved_and_prepared_for(northfield: Place) -> None:
    james = northfield.somebody("james", own="james")
    visit = northfield.newest("james", "Appointment", status="booked")
    before = text(james.get(f"/visits/{visit}/"))
    assert "To move or cancel this visit" in before
    assert "Before you come" in before

    yesterday = clock.now() - timedelta(days=1)
    set_visits(northfield, "james", starts=yesterday, ends=yesterday)

    page = text(james.get(f"/visits/{visit}/"))
    assert "To move or cancel this visit" not in page
    assert "Before you come" not in page
    assert "Its time has passed" in page
    assert "status-ok" not in page


def bring(place: Place, key: str, *resources: dict[str, Any]) -> None:
    """Import resources about a patient of the demonstration."""
    whose = {"reference": f"Patient/{demonstration_id(NORTHFIELD, 'patient', key)}"}
    entries = [{"resource": {**one, "patient": whose, "subject": whose}} for one in resources]
    content = orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    place.inside(lambda: import_bundle(access=SYSTEM, content=content, source="test"))


def dose(number: str, **changes: Any) -> dict[str, Any]:
    """A vaccination against rabies."""
    vaccine = {"resourceType": "Immunization", "id": number, "status": "completed", "vaccineCode": {"text": "Rabies"}}
    return {**vaccine, "occurrenceDateTime": "2001-05-05", **changes}


def entry_of(page: str, name: str) -> str:
    """The words of an entry of a list, each once between spaces."""
    found = next(part for part in page.split('<li class="entry">') if f"<bdi>{name}</bdi>" in part)
    return " ".join(re.sub(r"<[^>]*>", " ", found).split())


def test_a_refused_dose_is_not_called_given_and_does_not_hide_those_that_were(northfield: Place) -> None:
    bring(northfield, "james", dose("1"), dose("2", status="not-done", occurrenceDateTime="2002-06-06"))
    page = text(northfield.somebody("james", own="james").get("/health/vaccines/"))

    shown = entry_of(page, "Rabies")
    assert "Rabies Not given Jun 6, 2002" in shown
    assert "1 earlier dose Given May 5, 2001" in shown
    assert "circle-slash" not in page


def test_a_vaccine_that_was_never_given_says_so_beside_its_name(northfield: Place) -> None:
    bring(northfield, "james", dose("1", status="not-done"))

    shown = entry_of(text(northfield.somebody("james", own="james").get("/health/vaccines/")), "Rabies")

    assert "Rabies Not given Not given May 5, 2001" in shown


def test_a_vaccination_without_a_date_says_when_in_the_sources_words(northfield: Place) -> None:
    bring(northfield, "james", without(dose("1", occurrenceString="as a child"), "occurrenceDateTime"))

    shown = entry_of(text(northfield.somebody("james", own="james").get("/health/vaccines/")), "Rabies")

    assert "Given as a child" in shown


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("completed", "Done May 5, 2001"),
        ("stopped", "Stopped before its end When May 5, 2001"),
        ("on-hold", "Paused When May 5, 2001"),
        ("in-progress", "In progress When May 5, 2001"),
        ("unknown", "Not known When May 5, 2001"),
    ],
)
def test_a_procedure_says_how_far_it_went(northfield: Place, status: str, words: str) -> None:
    made = {"resourceType": "Procedure", "id": "p", "code": {"text": "Biopsy"}, "performedDateTime": "2001-05-05"}
    bring(northfield, "james", {**made, "status": status})

    assert f"Biopsy {words}" in entry_of(
        text(northfield.somebody("james", own="james").get("/health/procedures/")), "Biopsy"
    )


def test_a_line_of_the_account_menu_that_needs_no_permission_is_for_everybody(
    northfield: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = NavigationEntry("test.line", "account", "Kept words", "portal:settings", "heart-pulse")
    monkeypatch.setitem(navigation._entries, line.name, line)

    answer = northfield.somebody("james", own="james").get("/")

    assert answer.status_code == 200
    assert "Kept words" in text(answer)


def test_a_paused_medicine_says_what_to_do_and_not_how_to_take_it(northfield: Place) -> None:
    james = northfield.somebody("james", own="james")
    key = northfield.newest("james", "MedicationRequest", status="active")
    northfield.change(key, medicationCodeableConcept={"text": "Warfarin 5 mg"})
    assert "How to take it" in entry_of(text(james.get("/health/medicines/")), "Warfarin 5 mg")

    northfield.change(key, status="on-hold", statusReason={"text": "Bleeding of the gums"})

    entry = entry_of(text(james.get("/health/medicines/")), "Warfarin 5 mg")
    assert "How to take it" not in entry
    assert "Paused for now Do not take it again before your care team says so." in entry
    assert "Why paused Bleeding of the gums" in entry


def test_a_past_medicine_says_why_and_when_it_ended(northfield: Place) -> None:
    james = northfield.somebody("james", own="james")
    made: dict[str, Any] = {
        "resourceType": "MedicationStatement",
        "id": "m",
        "status": "stopped",
        "medicationCodeableConcept": {"text": "Warfarin 5 mg"},
        "effectivePeriod": {"start": "2026-01-02", "end": "2026-03-04"},
        "statusReason": [{"text": "Bleeding of the gums"}],
    }
    bring(northfield, "james", made)

    entry = entry_of(text(james.get("/health/medicines/")), "Warfarin 5 mg")
    assert "Why it ended Bleeding of the gums" in entry
    assert "Until Mar 4, 2026" in entry


def test_the_day_a_problem_was_written_down_is_not_said_to_be_its_beginning(northfield: Place) -> None:
    james = northfield.somebody("james", own="james")
    made = {"resourceType": "Condition", "id": "c", "code": {"text": "Migraine"}, "recordedDate": "2026-10-02"}
    bring(northfield, "james", made)

    entry = entry_of(text(james.get("/health/conditions/")), "Migraine")
    assert "Written down Oct 2, 2026" in entry
    assert "Since" not in entry


def xray(place: Place, **said: Any) -> UUID:
    """A report of an X-ray of James, dated now, and its key."""
    resource = {"resourceType": "DiagnosticReport", "id": "xray", "code": {"text": "X-ray of the chest"}, **said}
    bring(place, "james", {"status": "preliminary", "effectiveDateTime": clock.now().isoformat(), **resource})
    key: UUID = place.inside(lambda: Resource.objects.get(type="DiagnosticReport", fhir_id="xray").pk)
    return key


def test_a_report_without_results_is_read_and_downloaded_among_results(northfield: Place) -> None:
    form = {"contentType": "application/pdf", "data": "cGRm", "title": "james.pdf"}
    taken = "2026-03-15T03:30:00Z"  # the evening before, in Chicago
    key = xray(northfield, conclusion="The lungs are clear.", presentedForm=[form], effectiveDateTime=taken)
    james = northfield.somebody("james", own="james")

    page = text(james.get("/results/"))
    answer = james.get(f"/results/reports/{key}/file/")

    assert page.index("X-ray of the chest") < page.index("The lungs are clear.") < page.index("Not final yet")
    assert f'href="/results/reports/{key}/file/"' in page
    assert answer.content == b"pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="report-2026-03-14.pdf"'
    assert answer["Content-Security-Policy"] == "sandbox"
    assert northfield.audited()[-1] == ("records.report_downloaded", northfield.patient("james").pk)
    helper = northfield.somebody("hana", helps={"james": (Scope.DOCUMENTS,)})
    assert helper.get(f"/results/reports/{key}/file/").status_code in (403, 404)


def test_a_new_report_stands_first_among_the_newest_results_of_the_home_page(northfield: Place) -> None:
    xray(northfield)

    page = text(northfield.somebody("james", own="james").get("/"))
    card = page[page.index("New test results") :]

    assert card.index("X-ray of the chest") < card.index("Not final yet") < card.index('href="/results/0')
    assert 'class="row-detail">Report · ' in card


def test_home_calls_results_new_only_until_they_were_opened(northfield: Place) -> None:
    xray(northfield)
    james = northfield.somebody("james", own="james")
    listed = james.get("/results/")
    again, home = text(james.get("/results/")), text(james.get("/"))

    assert ("New report" in text(listed), "New report" in again) == (True, False)
    assert "X-ray of the chest" not in home.partition("New test results")[2]
    since = clock.now() - timedelta(days=91)
    rows = Resource.objects.filter(type="Observation", patient=northfield.patient("james"), starts__gte=since)
    for key in northfield.inside(lambda: list(rows.values_list("pk", flat=True))):
        james.get(f"/results/{key}/")
    home = text(james.get("/"))
    assert ("New test results" in home, "Newest test results" in home, "row-new" in home) == (False, True, False)


def test_the_fold_of_a_report_says_the_most_serious_of_what_is_in_it(northfield: Place) -> None:
    report = northfield.newest("james", "DiagnosticReport")
    content = northfield.inside(lambda: orjson.loads(bytes(Resource.objects.get(pk=report).content)))
    member = content["result"][0]["reference"].partition("/")[2]
    key = northfield.inside(lambda: Resource.objects.get(fhir_id=member).pk)
    james = northfield.somebody("james", own="james")
    told = []
    for code in ("H", "HH"):
        northfield.change(key, interpretation=[{"coding": [{"code": code}]}], referenceRange=[])
        fold = text(james.get("/results/")).rpartition(f'href="/results/{key}/"')[0].rpartition("<details")[2]
        summary = fold.partition("</summary>")[0]
        told.append(("status-crit" in summary, "Very high" in summary, "tone-warn" in summary))

    assert told == [(False, False, True), (True, True, False)]


def test_a_report_whose_words_are_not_here_says_where_they_are(northfield: Place) -> None:
    xray(northfield)

    page = text(northfield.somebody("james", own="james").get("/results/"))

    assert "The report itself is kept at the hospital. Ask there for a copy." in page


def test_a_report_without_results_says_whom_to_ask(northfield: Place) -> None:
    report = SimpleNamespace(conclusion="Clear.", has_file=False, performers=("Dr. Osei",))
    facts = {"report": report, "phone": "+1 312 555 0100"}

    alone, listing = (
        northfield.inside(render_to_string, "records/_report.html", {**facts, "count": count}) for count in (0, 2)
    )

    assert ('href="tel:' in alone, "Ask your care team" in alone) == (True, True)
    assert 'href="tel:' not in listing


def test_what_is_over_is_told_as_over_and_what_failed_can_be_made_good(northfield: Place) -> None:
    actor = {"reference": f"Patient/{demonstration_id(NORTHFIELD, 'patient', 'james')}"}
    visit: dict[str, Any] = {
        "resourceType": "Appointment",
        "status": "cancelled",
        "cancelationReason": {"text": "The doctor was ill"},
        "start": (clock.now() + timedelta(days=2)).isoformat(),
        "participant": [{"actor": actor, "status": "accepted"}],
    }
    done = {"status": "completed"}
    bring(
        northfield,
        "james",
        {"resourceType": "Appointment", "id": "off", **visit},
        {
            "resourceType": "MedicationStatement", "id": "old", **done, "dosage": [{"text": "One a day"}],
            "medicationCodeableConcept": {"text": "Oldicin"},
        },
        {"resourceType": "Procedure", "id": "as-a-child", **done, "code": {"text": "Repair"},
         "performedString": "When he was a child"},
        {"resourceType": "Procedure", "id": "at-45", **done, "code": {"text": "Mending"},
         "performedAge": {"value": 45, "code": "a"}},
        {"resourceType": "Immunization", "id": "weak", **done, "vaccineCode": {"text": "Weak shot"},
         "occurrenceDateTime": "2026-10-01", "isSubpotent": True},
    )  # fmt: skip
    james = northfield.somebody("james", own="james")
    key = northfield.inside(lambda: Resource.objects.get(fhir_id="off").pk)

    page = text(james.get(f"/visits/{key}/"))
    assert "The doctor was ill" in page
    assert page.index("To book another visit") < page.index('href="tel:')
    medicine = entry_of(text(james.get("/health/medicines/")), "Oldicin")
    assert "How it was taken" in medicine
    assert "How to take it" not in medicine
    procedures = text(james.get("/health/procedures/"))
    assert "When he was a child" in procedures
    assert "Age in years: 45" in procedures
    assert "It does not count fully." in entry_of(text(james.get("/health/vaccines/")), "Weak shot")


@pytest.mark.parametrize("phone", ["", "+1 312 555 0100"])
def test_who_has_no_visit_is_told_to_call_only_where_there_is_a_number(northfield: Place, phone: str) -> None:
    james = northfield.somebody("james", own="james")
    northfield.inside(lambda: Resource.objects.filter(type="Appointment").delete())
    with number(phone):
        home, visits = text(james.get("/")), text(james.get("/visits/"))

    for page in (home, visits):
        assert ("To plan one, call the hospital." in page) == bool(phone)
        assert ("To plan one, ask the hospital." in page) != bool(phone)
