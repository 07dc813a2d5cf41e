"""Reading the record: what is shown, to whom, and with how many statements."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.accounts.models import Account
from kernel.permissions import Access, NotFound, Scope
from tenants.records import permissions
from tenants.records.facts.elements import iso_words
from tenants.records.facts.results import Reading
from tenants.records.known_tests import PRESSURES
from tenants.records.models import Resource
from tenants.records.pictures import apart, pressure_chart, trend_chart, value_before
from tenants.records.selectors import chart, health, results, visits
from tenants.records.selectors.reading import Page, covered
from tenants.records.services import looking
from tests.factories.access import helping, own
from tests.tenants.records.samples import (
    HBA1C,
    LOINC,
    NOON,
    appointment,
    condition,
    encounter,
    fhir_id,
    observation,
    practitioner,
    quantity,
    urn,
    without,
)
from tests.tenants.records.samples import (
    Resource as Fhir,
)

pytestmark = pytest.mark.usefixtures("in_northfield")

HL7_CATEGORY = {"system": "http://terminology.hl7.org/CodeSystem/observation-category"}


def test_results_come_newest_first_by_report_in_the_laboratorys_order(store: Callable[..., UUID]) -> None:
    report = {
        "resourceType": "DiagnosticReport",
        "id": fhir_id("panel"),
        "status": "final",
        "code": {"text": "Blood count"},
        "subject": {"reference": urn("ana")},
        "effectiveDateTime": "2026-11-18T09:30:00+01:00",
        "result": [{"reference": urn("second")}, {"reference": urn("first")}],
    }
    ana = store(
        observation("first", code={"text": "Platelets"}),
        observation("second", code={"text": "Hemoglobin"}),
        observation("newer", effectiveDateTime="2026-11-20T09:30:00+01:00"),
        observation("vital", category=[{"coding": [{"system": "x", "code": "vital-signs"}]}]),
        observation("wrong", status="entered-in-error"),
        observation("ordered", status="registered"),
        report,
    )

    page = results.results(own(ana), ana)

    told = [(group.report and group.report.name, [one.measure.name for one in group.results]) for group in page.items]
    assert told == [(None, ["HbA1c"]), ("Blood count", ["Hemoglobin", "Platelets"])]
    assert (page.number, page.has_next) == (1, False)


def laboratory_report(*results: str, **changes: Any) -> Fhir:
    """A report by a section of HL7 v2 over some results."""
    section = {"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}
    return {
        "resourceType": "DiagnosticReport",
        "id": fhir_id("panel"),
        "status": "final",
        "category": [{"coding": [section]}],
        "code": {"text": "Blood count"},
        "subject": {"reference": urn("ana")},
        "effectiveDateTime": "2026-11-18T09:30:00+01:00",
        "result": [{"reference": f"Observation/{fhir_id(role)}"} for role in results],
        **changes,
    }


@pytest.mark.parametrize("order", ["together", "report first", "report last"])
def test_what_a_laboratorys_report_lists_is_a_result(store: Callable[..., UUID], order: str) -> None:
    local = [{"coding": [{"system": "https://laboratory.test", "code": "X"}]}]
    own_test = {"text": "A test of ours"}
    members = [
        without(observation("bare", code=own_test), "category"),
        observation("local", category=local, code=own_test),
        observation("pulse", category=[{"coding": [{**HL7_CATEGORY, "code": "vital-signs"}]}]),
    ]
    alone = observation("alone", category=local, code=own_test)
    report = laboratory_report("bare", "local", "pulse")
    steps = {"together": [[report, *members, alone]], "report first": [[report], [*members, alone]]}
    for step in steps.get(order, [[*members, alone], [report]]):
        ana = store(*step)

    shown = {one.origin.fhir_id for group in results.results(own(ana), ana).items for one in group.results}

    assert shown == {fhir_id("bare"), fhir_id("local")}


def report(role: str, **changes: Any) -> Fhir:
    """A report without results."""
    return {**without(laboratory_report(), "result"), "id": fhir_id(role), "code": {"text": role}, **changes}


def told(page: Page[results.ResultGroup]) -> list[tuple[str, list[str]]]:
    """The names of reports with those of their results."""
    return [
        (one.report.name if one.report else "", [result.measure.name for result in one.results]) for one in page.items
    ]


@pytest.mark.parametrize(
    ("written", "words"),
    [("2024", "2024"), ("2024-03", "2024-03"), ("2024-03-09", "2024-03-09"), ("2024-03-10T03:30:00Z", "2024-03-09")],
)
def test_a_file_is_dated_as_far_as_it_was_said_and_by_the_hospitals_day(
    store: Callable[..., UUID], written: str, words: str
) -> None:
    ana = store(report("X-ray", presentedForm=[{"data": "eA=="}], effectiveDateTime=written))

    _owner, file = results.report_file(own(ana), Resource.objects.get(type="DiagnosticReport").pk)

    assert file.written is not None
    assert iso_words(file.written) == words


def test_a_report_without_results_stands_in_its_place_among_results(store: Callable[..., UUID]) -> None:
    imaging = [{"coding": [{**HL7_CATEGORY, "code": "imaging"}]}]
    ana = store(
        observation("newest", effectiveDateTime="2026-11-20T09:30:00+01:00"),
        report("X-ray", effectiveDateTime="2026-11-19", conclusion="No fracture."),
        observation("width", category=imaging, code={"text": "Width"}),
        report("Ultrasound", result=[{"reference": urn("width")}], effectiveDateTime="2026-11-19T08:00:00Z"),
        observation("listed"),
        laboratory_report("listed"),
        without(
            report(
                "Tissue",
                effectivePeriod={"start": "2026-11-17"},
                conclusionCode=[{"text": w} for w in ("Benign", "Mole")],
            ),
            "effectiveDateTime",
        ),
        report("Letter", effectiveDateTime="2026-11-16", result=[{"reference": f"Observation/{fhir_id('missing')}"}]),
        without(report("undated"), "effectiveDateTime"),
        report("in error", status="entered-in-error"),
        report("ordered", status="registered"),
        report("broken off", status="cancelled"),
        observation("void", status="cancelled"),
        report("of nothing", effectiveDateTime="2026-11-15", result=[{"reference": urn("void")}]),
    )
    everything = [
        ("", ["HbA1c"]), ("Ultrasound", ["Width"]), ("X-ray", []), ("Blood count", ["HbA1c"]),
        ("Tissue", []), ("Letter", []), ("of nothing", []), ("undated", []),
    ]  # fmt: skip

    assert told(results.results(own(ana), ana)) == everything
    pages = [results.results(own(ana), ana, number=number, size=3) for number in (1, 2, 3)]
    assert [one for page in pages for one in told(page)] == everything
    assert [page.has_next for page in pages] == [True, True, False]
    tissue = next(one for one in results.newest_reports(own(ana), ana, limit=9) if one.name == "Tissue")
    assert tissue.conclusion == "Benign · Mole"
    assert [one.name for one in results.newest_reports(own(ana), ana, limit=2)] == ["Ultrasound", "X-ray"]
    assert [one.name for one in chart.chart(own(ana), ana).reports][:2] == ["Ultrasound", "X-ray"]
    measured = results.results(own(ana), ana, category=results.VITAL_SIGNS)
    assert told(measured) == [("Ultrasound", ["Width"])]
    assert results.newest_reports(helping(ana, Scope.DOCUMENTS), ana, limit=9) == ()


def test_the_first_stored_form_of_a_report_can_be_downloaded(store: Callable[..., UUID]) -> None:
    forms = [{"url": "https://hospital.test/1"}, {"contentType": "application/pdf", "data": "cGRm"}, {"data": "eA=="}]
    ana = store(
        report("X-ray", presentedForm=forms),
        report("elsewhere", presentedForm=forms[:1]),
        report("ordered", presentedForm=forms, status="registered"),
        report("in error", presentedForm=forms, status="entered-in-error"),
    )
    keys = {row.fhir_id: row.pk for row in Resource.objects.filter(type="DiagnosticReport")}

    owner, file = results.report_file(own(ana), keys[fhir_id("X-ray")])

    assert (owner, file.content, file.content_type) == (ana, b"pdf", "application/pdf")
    assert {one.name: one.has_file for one in results.newest_reports(own(ana), ana, limit=9)} == {
        "X-ray": True,
        "elsewhere": False,
    }
    for role in ("elsewhere", "ordered", "in error"):
        with pytest.raises(NotFound):
            results.report_file(own(ana), keys[fhir_id(role)])
    with pytest.raises(NotFound):
        results.report_file(helping(ana, Scope.DOCUMENTS), keys[fhir_id("X-ray")])


def note(role: str, number: str = "34117-2", **changes: Any) -> Fhir:
    """A clinical note as Synthea sends it: a report without results, of a LOINC category of notes."""
    concept = {"coding": [{"system": LOINC, "code": number}, {"system": LOINC, "code": "51847-2"}], "text": role}
    return report(role, **{"category": [concept], "code": concept, **changes})


def copy_of_a_note(role: str, data: str, **changes: Any) -> Fhir:
    """The document that comes beside a note."""
    return {
        "resourceType": "DocumentReference",
        "id": fhir_id(role),
        "status": "current",
        "type": {"text": role},
        "subject": {"reference": urn("ana")},
        "date": "2026-11-18T09:35:00+01:00",
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
        **changes,
    }


def test_a_clinical_note_is_a_document_and_no_result(store: Callable[..., UUID]) -> None:
    radiology = {"coding": [{"system": LOINC, "code": "LP29684-5"}]}
    consulted = {"coding": [{"system": LOINC, "code": "11488-4"}]}
    form = {"contentType": "text/plain", "data": "bm90ZQ=="}
    ana = store(
        observation("listed"),
        note("History", presentedForm=[form], result=[{"reference": urn("listed")}]),
        note("Told", category=[consulted], conclusion="Come again in May.", code={"text": "Told"}),
        without(note("Plan", status="preliminary"), "category"),
        note("Planned", status="registered"),
        note("Untrue", status="entered-in-error"),
        note("X-ray", category=[consulted, radiology], effectiveDateTime="2026-11-19"),
        report("Of any kind", category=[{"text": "Other"}]),
        copy_of_a_note("Letter", "bGV0dGVy"),
    )

    found = {one.name: one for one in health.documents(own(ana), ana).items}
    shown = results.results(own(ana), ana)

    assert told(shown) == [("X-ray", []), ("", ["HbA1c"]), ("Of any kind", [])]
    assert [one.name for one in results.newest_reports(own(ana), ana, limit=9)] == ["X-ray", "Of any kind"]
    assert {name: (one.has_file, one.words, one.is_preliminary) for name, one in found.items()} == {
        "Letter": (True, "", False),
        "History": (True, "", False),
        "Told": (False, "Come again in May.", False),
        "Plan": (False, "", True),
    }
    key = found["History"].origin.key
    assert health.document_file(own(ana), key).content == b"note"
    assert health.document(own(ana), key).content_type == "text/plain"
    with pytest.raises(NotFound):
        results.report_file(own(ana), key)
    xray = Resource.objects.get(fhir_id=fhir_id("X-ray")).pk
    for access, report_key in ((own(ana), xray), (helping(ana, Scope.RESULTS), key)):
        with pytest.raises(NotFound):
            health.document(access, report_key)


def test_a_note_that_also_came_as_a_document_is_listed_once(store: Callable[..., UUID]) -> None:
    def form(data: str) -> list[dict[str, str]]:
        return [{"contentType": "text/plain", "data": data}]

    ana = store(
        note("Twice", presentedForm=form("dHdpY2U=")),
        copy_of_a_note("Copy", "dHdpY2U="),
        note("Corrected", presentedForm=form("b2xk")),
        copy_of_a_note("Old copy", "b2xk", status="superseded"),
        copy_of_a_note("New copy", "bmV3", date="2026-11-20T09:00:00Z"),
        note("Same day", presentedForm=form("b3RoZXI=")),
        note("Same words of another week", presentedForm=form("bmV3"), effectiveDateTime="2026-11-02"),
        note("Undated", presentedForm=form("dHdpY2U="), effectiveDateTime="2026"),
        note("Elsewhere", presentedForm=[{"url": "https://hospital.test/7"}]),
        copy_of_a_note("Copy elsewhere", "", content=[{"attachment": {"url": "https://hospital.test/7"}}]),
    )

    everything = {one.name for one in health.documents(own(ana), ana).items}
    pages = [health.documents(own(ana), ana, number=number, size=1) for number in range(1, 10)]

    assert everything == {
        "Copy", "New copy", "Same day", "Same words of another week", "Undated", "Copy elsewhere"
    }  # fmt: skip
    assert {one.name for page in pages for one in page.items} == everything


def test_every_measurement_stands_in_a_list_also_without_a_category(store: Callable[..., UUID]) -> None:
    def bare(role: str, number: str = "", **changes: Any) -> Fhir:
        code = {"code": {"coding": [{"system": LOINC, "code": number}]} if number else {"text": role}}
        return {**without(observation(role), "category"), **code, **changes}

    def of(kind: str) -> list[Fhir]:
        return [{"coding": [{**HL7_CATEGORY, "code": kind}]}]

    ana = store(
        bare("HbA1c", "4548-4"),
        bare("pulse", "8867-4"),
        bare("unknown", "99999-9"),
        bare("uncoded"),
        bare("local", category=[{"coding": [{"system": "x", "code": "Y"}]}]),
        bare("width of the heart", category=of("imaging")),
        bare("answer", category=of("survey")),
        bare("smoking", category=of("social-history")),
    )

    def shown(category: str) -> dict[str, bool]:
        page = results.results(own(ana), ana, category=category)
        return {one.origin.fhir_id: one.is_vital for group in page.items for one in group.results}

    assert shown(results.LABORATORY) == {fhir_id("HbA1c"): False}
    assert shown(results.VITAL_SIGNS) == {
        fhir_id("pulse"): True,
        **{fhir_id(role): False for role in ("unknown", "uncoded", "local", "width of the heart")},
    }
    on_chart = {one.origin.fhir_id for one in chart.chart(own(ana), ana).vital_signs}
    assert on_chart == shown(results.VITAL_SIGNS).keys()


def test_the_heading_of_a_panel_is_no_result(store: Callable[..., UUID]) -> None:
    heading = without(observation("panel", hasMember=[{"reference": urn("member")}]), "valueQuantity")
    remark = [{"text": "Drawn too late."}]
    ana = store(
        {**heading, "code": {"text": "Panel"}},
        {**heading, "id": fhir_id("told"), "code": {"text": "Panel with a remark"}, "note": remark},
        {**heading, "id": fhir_id("lone"), "code": {"text": "Panel"}, "effectiveDateTime": "2026-11-19"},
        observation("member"),
    )
    shown = {"HbA1c", "Panel with a remark"}

    page = results.results(own(ana), ana)
    newest = results.newest_results(own(ana), ana, limit=2)

    assert [{one.measure.name for one in group.results} for group in page.items] == [shown]
    assert {one.measure.name for one in newest} == shown


@pytest.mark.parametrize("status", ["registered", "cancelled", "entered-in-error"])
def test_what_was_never_measured_is_not_found(store: Callable[..., UUID], status: str) -> None:
    ana = store(observation(status=status))

    with pytest.raises(NotFound):
        results.result(own(ana), Resource.objects.get(type="Observation").pk)


def test_a_result_that_changed_after_it_was_opened_is_new_again(
    store: Callable[..., UUID],
) -> None:
    account = Account.objects.create(login="ana", display_name="Ana", password="!")
    recent, old = clock.now().date(), clock.now().date() - looking.NEWS * 2
    first = [
        observation("recent", effectiveDateTime=f"{recent}"),
        observation("old", effectiveDateTime=f"{old}"),
        observation("corrected before", effectiveDateTime=f"{old}", status="corrected"),
    ]
    ana = store(*first)
    access = own(ana, account.pk)

    def unseen() -> set[str]:
        shown = results.newest_results(access, ana)
        keys = looking.unseen(access, shown)
        return {one.origin.fhir_id for one in shown if one.origin.key in keys}

    assert unseen() == {fhir_id("recent")}
    for one in results.newest_results(access, ana):
        looking.look_at_result(access=access, key=one.origin.key)
    assert unseen() == set()
    store(*first)
    assert unseen() == set()
    store(*[{**one, "status": "corrected", "valueQuantity": quantity(9.9)} for one in first[:2]])
    assert unseen() == {fhir_id("recent"), fhir_id("old")}


def test_a_result_is_not_new_again_because_a_reference_in_it_found_its_target(store: Callable[..., UUID]) -> None:
    account = Account.objects.create(login="ana", display_name="Ana", password="!")
    recent, old = clock.now().date(), clock.now().date() - looking.NEWS * 2
    waiting: dict[str, Any] = {"performer": [{"reference": urn("osei")}]}
    corrected = observation("corrected before", effectiveDateTime=f"{old}", status="corrected", **waiting)
    ana = store(observation("recent", effectiveDateTime=f"{recent}", **waiting), corrected)
    access = own(ana, account.pk)

    def unseen() -> set[str]:
        shown = results.newest_results(access, ana)
        keys = looking.unseen(access, shown)
        return {one.origin.fhir_id for one in shown if one.origin.key in keys}

    assert unseen() == {fhir_id("recent")}
    looking.look_at_result(access=access, key=Resource.objects.get(fhir_id=fhir_id("recent")).pk)
    store(practitioner("osei"))

    assert set(Resource.objects.filter(type="Observation").values_list("version", flat=True)) == {2}
    assert unseen() == set()
    store({**corrected, "valueQuantity": quantity(9.9)})
    assert unseen() == {fhir_id("corrected before")}


@pytest.mark.parametrize(
    ("status", "told"), [("final", "Nothing grew."), ("preliminary", "Nothing grew."), ("cancelled", "")]
)
def test_a_report_that_was_broken_off_says_nothing_and_a_preliminary_one_says_so(
    store: Callable[..., UUID], status: str, told: str
) -> None:
    ana = store(observation(), laboratory_report("hba1c", status=status, conclusion="Nothing grew."))

    group = results.results(own(ana), ana).items[0]

    assert [one.measure.name for one in group.results] == ["HbA1c"]
    assert (group.report.conclusion if group.report else "") == told
    assert (group.report is not None and group.report.is_preliminary) == (status == "preliminary")


def test_pages_of_results_never_cut_a_sampling(store: Callable[..., UUID]) -> None:
    ana = store(
        *[
            observation(f"{day}-{number}", effectiveDateTime=f"2026-11-{day:02d}T09:30:00Z")
            for day in range(1, 6)
            for number in range(3)
        ]
    )

    pages = [results.results(own(ana), ana, number=number, size=2) for number in (1, 2, 3)]

    assert [[len(group.results) for group in page.items] for page in pages] == [[3, 3], [3, 3], [3]]
    assert [page.has_next for page in pages] == [True, True, False]


@pytest.mark.parametrize(
    ("changes", "reading"),
    [
        ({"interpretation": [{"coding": [{"code": "HH"}]}]}, Reading.VERY_HIGH),
        ({"referenceRange": [{"low": quantity(4.0), "high": quantity(5.6)}]}, Reading.HIGH),
        ({"referenceRange": [{"low": quantity(7.0)}]}, Reading.LOW),
        ({"referenceRange": [{"high": quantity(6.9)}]}, Reading.IN_RANGE),
        ({"referenceRange": [{"type": {"coding": [{"code": "treatment"}]}, "high": quantity(5.0)}]}, Reading.UNKNOWN),
        ({}, Reading.UNKNOWN),
    ],
)
@pytest.mark.requirement("M17")
def test_a_result_says_in_a_word_where_it_lies(
    store: Callable[..., UUID], changes: dict[str, Any], reading: Reading
) -> None:
    ana = store(observation(**changes))

    shown = results.newest_results(own(ana), ana)[0].measure

    assert (shown.number, shown.unit, shown.reading) == (Decimal("6.9"), "%", reading)
    assert str(shown.reading.label)


@pytest.mark.requirement("M17")
def test_a_trend_joins_units_and_sets_apart_what_it_cannot_join(store: Callable[..., UUID]) -> None:
    def taken(role: str, day: str, value: dict[str, Any], **more: Any) -> Fhir:
        return observation(role, effectiveDateTime=day, valueQuantity=value, **more)

    ana = store(
        taken("a", "2026-01-10", quantity(65, "mmol/mol")),
        taken("b", "2026-05-10", quantity(7.6)),
        taken("c", "2026-08-10", quantity(7.0, "furlong")),
        taken("d", "2026-11-10", quantity(6.9), referenceRange=[{"low": quantity(4.0), "high": quantity(5.6)}]),
        taken("e", "2026-11-11", quantity(9.9), status="entered-in-error"),
    )

    course = results.trend(own(ana), ana, HBA1C)

    assert course is not None
    assert [(point.taken.start.month, str(point.number)) for point in course.points] == [
        (1, "8.1"),
        (5, "7.6"),
        (11, "6.9"),
    ]
    assert [one.measure.unit for one in course.apart] == ["furlong"]
    assert (course.unit, course.low, course.high, course.is_goal) == ("%", Decimal("4.0"), Decimal("5.6"), False)
    assert results.trend(own(ana), ana, "http://loinc.org|0-0") is None


@pytest.mark.requirement("M17")
def test_the_picture_of_a_trend_says_no_more_than_the_results(store: Callable[..., UUID]) -> None:
    goal = {
        "type": {"coding": [{"code": "therapeutic"}]},
        "high": quantity(7.0),
    }
    ana = store(
        observation("a", effectiveDateTime="2024", valueQuantity=quantity(9.1), referenceRange=[goal]),
        observation("b", effectiveDateTime="2026-03", valueQuantity={**quantity(5), "comparator": "<"}),
        observation("c", effectiveDateTime="2026-05-10", referenceRange=[{"high": quantity(5.6)}]),
    )
    course = results.trend(own(ana), ana, HBA1C)
    assert course is not None

    picture = trend_chart(course)

    assert picture is not None
    assert [(point.label, point.full_label, point.text) for point in picture.points] == [
        ("2024", "2024", "9.1"),
        ("Mar", "March 2026", "Under 5"),
        ("May", "May 10, 2026", "6.9"),
    ]
    assert picture.goal_label == "Usual range: up to 5.6%"
    assert picture.summary == "3 results, from 9.1% in 2024 to 6.9% in May 2026."
    assert value_before(course, course.points[1].key) == {"value": "9.1%", "when": "2024"}
    assert value_before(course, course.points[2].key) == {"value": "under 5%", "when": "March 2026"}


def pressure(day: str, upper: float, lower: float, unit: str = "mm[Hg]") -> Fhir:
    parts = [("8480-6", upper), ("8462-4", lower)]
    found = observation(
        f"pressure-{day}",
        effectiveDateTime=day,
        code={"coding": [{"system": LOINC, "code": "85354-9"}]},
        component=[
            {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": quantity(value, unit)}
            for code, value in parts
        ],
    )
    del found["valueQuantity"]
    return found


@pytest.mark.requirement("M17")
def test_a_blood_pressure_is_drawn_as_two_lines(store: Callable[..., UUID]) -> None:
    ana = store(
        pressure("2025-03-08", 153, 84),
        pressure("2026-05-03", 143, 80),
        pressure("2026-06-03", 19, 11, "furlong"),
        pressure("2026-08-10", 134, 76),
    )
    code = f"{LOINC}|85354-9"
    courses = results.trends_of_parts(own(ana), ana, code, PRESSURES)
    newest = results.latest_of_each_test(own(ana), ana, category=results.LABORATORY)[0]

    picture = pressure_chart(newest.measure, courses, courses[0].points[0].key)

    assert picture is not None
    assert [(point.full_label, point.text, point.lower_text, point.is_here) for point in picture.points] == [
        ("Mar 8, 2025", "153", "84", True),
        ("May 3, 2026", "143", "80", False),
        ("Aug 10, 2026", "134", "76", False),
    ]
    assert picture.title == "Blood pressure over time"
    assert picture.summary == "3 results, from 153/84\u00a0mmHg in March 2025 to 134/76\u00a0mmHg in August 2026."
    assert (picture.value_heading, picture.lower_heading, picture.unit) == ("Upper value", "Lower value", "mmHg")
    assert [one.origin.fhir_id for one in apart(None, *courses)] == [fhir_id("pressure-2026-06-03")]
    assert results.trend(own(ana), ana, code) is None


def test_one_blood_pressure_or_one_of_two_units_is_not_drawn(store: Callable[..., UUID]) -> None:
    odd = pressure("2026-08-10", 134, 76)
    odd["component"][1]["valueQuantity"] = quantity(10, "kPa")
    ana = store(pressure("2026-05-03", 143, 80), odd)
    courses = results.trends_of_parts(own(ana), ana, f"{LOINC}|85354-9", PRESSURES)
    newest = results.latest_of_each_test(own(ana), ana, category=results.LABORATORY)[0]

    assert pressure_chart(newest.measure, courses) is None
    assert pressure_chart(newest.measure, courses[:1]) is None
    assert pressure_chart(newest.measure, ()) is None


def test_results_of_one_month_are_told_by_their_days(store: Callable[..., UUID]) -> None:
    days = ("2026-03-08", "2026-05-03", "2026-05-10")
    ana = store(*(observation(f"one-{day}", effectiveDateTime=day) for day in days))
    course = results.trend(own(ana), ana, HBA1C)
    assert course is not None

    picture = trend_chart(course)

    assert picture is not None
    assert [point.label for point in picture.points] == ["Mar", "May 3", "May 10"]
    assert picture.summary == "3 results, from 6.9% on Mar 8, 2026 to 6.9% on May 10, 2026."
    assert value_before(course, course.points[2].key) == {"value": "6.9%", "day": "May 3, 2026"}
    assert value_before(course, course.points[1].key) == {"value": "6.9%", "when": "March 2026"}


def test_results_of_one_day_are_told_by_their_times(store: Callable[..., UUID]) -> None:
    times = ("2026-03-08T09:00:00+01:00", "2026-05-10T06:30:00-04:00", "2026-05-10T14:00:00-04:00")
    ana = store(*(observation(f"one-{time}", effectiveDateTime=time) for time in times))
    course = results.trend(own(ana), ana, HBA1C)

    picture = trend_chart(course)

    assert picture is not None
    assert [point.full_label for point in picture.points] == [
        "Mar 8, 2026",
        "May 10, 2026 · 5:30\u00a0am",
        "May 10, 2026 · 1:00\u00a0pm",
    ]
    assert picture.summary == "3 results, from 6.9% on Mar 8, 2026 to 6.9% on May 10, 2026 · 1:00\u00a0pm."


def test_an_earlier_result_is_marked_in_its_course_and_names_the_newer_one(store: Callable[..., UUID]) -> None:
    ana = store(*(observation(f"one-{month}", effectiveDateTime=f"2026-0{month}-08") for month in range(1, 9)))
    course = results.trend(own(ana), ana, HBA1C)
    assert course is not None
    oldest, newest = course.points[0].key, course.points[-1].key

    picture = trend_chart(course, oldest)

    assert picture is not None
    assert [(point.label, point.is_here) for point in picture.points] == [
        ("Jan", True), ("Apr", False), ("May", False), ("Jun", False), ("Jul", False), ("Aug", False)
    ]  # fmt: skip
    newer = looking.OpenResult(results.result(own(ana), oldest), course, None).newer
    assert newer is not None
    assert newer.key == newest
    assert looking.OpenResult(results.result(own(ana), newest), course, None).newer is None


@pytest.mark.requirement("M17")
def test_a_corrected_result_says_so_and_carries_its_note(store: Callable[..., UUID]) -> None:
    ana = store(
        practitioner(),
        practitioner("adams", name=[{"text": "Dr. Jo Adams"}]),
        observation(
            status="corrected",
            performer=[{"reference": urn("osei")}],
            note=[{"authorReference": {"reference": urn("adams")}, "time": "2026-11-19", "text": "Much better."}],
        ),
    )
    access = own(ana)

    detail = results.result(access, results.newest_results(access, ana)[0].origin.key)

    assert detail.result.is_corrected
    assert detail.result.performers == ("Dr. Amara Osei",)
    assert (detail.result.notes[0].text, detail.result.notes[0].author) == ("Much better.", "Dr. Jo Adams")
    assert detail.patient_id == ana


def test_the_health_record_tells_what_is_present_and_what_is_past(store: Callable[..., UUID]) -> None:
    ana = store(
        condition(),
        condition(
            "old",
            code={"text": "Rash"},
            onsetDateTime="2018",
            abatementDateTime="2020-01-01",
            clinicalStatus={"coding": [{"code": "resolved"}]},
        ),
        condition("refuted", verificationStatus={"coding": [{"system": "s", "code": "refuted"}]}),
        {
            "resourceType": "AllergyIntolerance",
            "id": fhir_id("nuts"),
            "code": {"text": "Peanuts"},
            "criticality": "high",
            "patient": {"reference": urn("ana")},
            "reaction": [{"manifestation": [{"text": "Hives"}]}],
        },
        {
            "resourceType": "MedicationRequest",
            "id": fhir_id("metformin"),
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"text": "Metformin"},
            "subject": {"reference": urn("ana")},
            "dosageInstruction": [{"text": "1 tablet with breakfast"}],
        },
        {
            "resourceType": "Immunization",
            "id": fhir_id("flu"),
            "status": "completed",
            "vaccineCode": {"text": "Influenza"},
            "patient": {"reference": urn("ana")},
            "occurrenceDateTime": "2026-10",
        },
    )
    access = own(ana)

    assert [(one.name, one.is_active) for one in health.conditions(access, ana).items] == [
        ("Type 2 diabetes", True),
        ("Rash", False),
    ]
    allergy = health.allergies(access, ana).items[0]
    assert (allergy.name, allergy.is_dangerous, allergy.reactions) == ("Peanuts", True, ("Hives",))
    assert health.medicines(access, ana).items[0].directions == "1 tablet with breakfast"
    vaccine = health.vaccinations(access, ana).items[0]
    assert vaccine.given is not None
    assert (vaccine.name, vaccine.given.precision) == ("Influenza", "month")
    assert health.section_counts(access, ana) == {
        "conditions": 2,
        "allergies": 1,
        "medicines": 1,
        "vaccinations": 1,
        "procedures": 0,
    }
    shown = chart.chart(access, ana, at=NOON)
    assert [one.name for one in shown.conditions] == ["Type 2 diabetes"]
    assert [one.name for one in shown.medicines] == ["Metformin"]


@pytest.mark.requirement("S26")
def test_what_an_access_does_not_cover_is_not_found(store: Callable[..., UUID]) -> None:
    ana = store(observation(), condition(), appointment())
    ben = store(about="ben")
    key = Resource.objects.get(type="Observation").pk
    stranger = own(ben)

    assert results.results(stranger, ana).items == ()
    assert results.trend(stranger, ana, HBA1C) is None
    assert health.conditions(stranger, ana).items == ()
    assert visits.coming_visits(stranger, ana, at=NOON) == ()
    assert list(covered(stranger, permissions.VIEW_RESULTS, "Observation")) == []
    with pytest.raises(NotFound):
        results.result(stranger, key)


@pytest.mark.requirement("S27")
@pytest.mark.parametrize(
    ("scope", "seen"),
    [(Scope.RESULTS, "results"), (Scope.RECORD, "conditions"), (Scope.VISITS, "visits"), (Scope.MESSAGES, "")],
)
def test_a_helper_sees_only_the_slice_that_was_opened(store: Callable[..., UUID], scope: Scope, seen: str) -> None:
    ana = store(observation(), condition(), appointment())
    access = helping(ana, scope)

    shown = {
        "results": bool(results.results(access, ana).items),
        "conditions": bool(health.conditions(access, ana).items),
        "visits": bool(visits.coming_visits(access, ana, at=NOON)),
    }

    assert [name for name, there in shown.items() if there] == ([seen] if seen else [])


@pytest.mark.requirement("S26")
def test_one_patient_of_a_wide_access_is_one_patient(store: Callable[..., UUID], importer: Access) -> None:
    ana = store(observation())
    store(observation("bens", about="ben"), about="ben")

    rows = covered(importer.about(ana), permissions.VIEW_RESULTS, "Observation")

    assert [row.patient_id for row in rows] == [ana]


def test_statements_of_a_page_do_not_grow_with_the_record(store: Callable[..., UUID]) -> None:
    def record(count: int, about: str) -> UUID:
        return store(
            practitioner(),
            *[
                made
                for number in range(count)
                for made in (
                    observation(
                        f"{about}o{number}",
                        about=about,
                        performer=[{"reference": urn("osei")}],
                        effectiveDateTime=f"20{10 + number % 15}-03-07T10:00:{number % 60:02d}Z",
                    ),
                    condition(f"{about}c{number}", about=about),
                    encounter(
                        f"{about}e{number}", about=about, participant=[{"individual": {"reference": urn("osei")}}]
                    ),
                    appointment(f"{about}a{number}", about=about),
                )
            ],
            about=about,
        )

    pages: dict[str, Callable[[Access, UUID], object]] = {
        "results": results.results,
        "trend": lambda access, key: results.trend(access, key, HBA1C),
        "latest": lambda access, key: results.latest_of_each_test(access, key, category="laboratory"),
        "conditions": health.conditions,
        "coming": lambda access, key: visits.coming_visits(access, key, at=NOON),
        "past": lambda access, key: visits.past_visits(access, key, at=NOON),
        "chart": lambda access, key: chart.chart(access, key, at=NOON),
    }
    few, many = record(2, "few"), record(120, "many")

    counts: dict[str, list[int]] = {}
    for name, page in pages.items():
        for key in (few, many):
            with CaptureQueriesContext(connection) as seen:
                page(own(key), key)
            counts.setdefault(name, []).append(len(seen))

    assert {name: few_count for name, (few_count, _many) in counts.items()} == {
        name: many_count for name, (_few, many_count) in counts.items()
    }
    assert all(count <= 13 for pair in counts.values() for count in pair), counts
