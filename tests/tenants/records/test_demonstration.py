"""The demonstration's records: believable, deterministic, complete in their language, imported like anybody's."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kernel.audit.models import AuditEntry
from kernel.permissions import Access
from kernel.tenancy.context import HospitalContext
from tenants.people.models import Patient
from tenants.records.bundles import read_bundle
from tenants.records.demonstration.bundles import demonstration_bundles
from tenants.records.demonstration.people import HOSPITALS, SOURCE, DemoHospital
from tenants.records.demonstration.record import working_day
from tenants.records.demonstration.writing import demonstration_id
from tenants.records.facts.results import Reading
from tenants.records.facts.visits import VisitState
from tenants.records.models import Resource, ResourceHistory, UnresolvedReference
from tenants.records.selectors import health, results, visits
from tenants.records.services.demonstrating import days_to_refresh, seed_demonstration, shift_demo_dates
from tenants.records.services.importing import import_paths
from tenants.records.validation import problems_of

ANCHOR = date(2026, 11, 22)
NORTHFIELD = HOSPITALS["northfield"]


def small(slug: str) -> DemoHospital:
    """The hospital with two of its people: enough for what does not depend on how many there are."""
    return replace(HOSPITALS[slug], people=HOSPITALS[slug].people[:2])


def canaries(slug: str) -> dict[str, str]:
    return {"": f"canary-{slug}", **{person.key: f"canary-{slug}-{person.key}" for person in HOSPITALS[slug].people}}


@pytest.mark.parametrize("slug", HOSPITALS)
def test_every_resource_is_valid_and_each_person_carries_the_own_canary(slug: str) -> None:
    bundles = demonstration_bundles(HOSPITALS[slug], anchor=ANCHOR, canaries=canaries(slug))

    assert len(bundles) == 13
    for bundle in bundles:
        resources = [entry["resource"] for entry in read_bundle(bundle.content)["entry"]]
        assert [problems_of(resource) for resource in resources] == [[]] * len(resources)
        assert all(resource["meta"]["security"][0]["code"] == "HTEST" for resource in resources)
        if bundle.person:
            assert f"canary-{slug}-{bundle.person}".encode() in bundle.content


def test_the_same_arguments_give_the_same_bytes_and_another_seed_others() -> None:
    hospital = small("northfield")
    first = demonstration_bundles(hospital, anchor=ANCHOR, canaries={})

    assert demonstration_bundles(hospital, anchor=ANCHOR, canaries={}) == first
    assert demonstration_bundles(hospital, anchor=ANCHOR, canaries={}, seed=2) != first


@pytest.mark.parametrize(("slug", "script"), [("alwaha", "ليلى"), ("santalucia", "Mateo"), ("northfield", "James")])
def test_texts_are_in_the_language_of_the_hospital(slug: str, script: str) -> None:
    bundle = demonstration_bundles(HOSPITALS[slug], anchor=ANCHOR, canaries={})[1]
    texts = [
        entry["resource"]["code"]["text"]
        for entry in read_bundle(bundle.content)["entry"]
        if entry["resource"]["resourceType"] == "Observation"
    ]

    assert script.encode() in bundle.content
    is_arabic = [any("\u0600" <= letter <= "\u06ff" for letter in text) for text in texts]
    assert all(is_arabic) if slug == "alwaha" else not any(is_arabic)


@pytest.mark.parametrize("slug", ["alwaha", "northfield"])
@pytest.mark.parametrize("ahead", range(7))
def test_visits_ahead_are_on_days_when_the_clinic_is_open(slug: str, ahead: int) -> None:
    day = ANCHOR + timedelta(days=ahead)
    hospital = small(slug)
    for bundle in demonstration_bundles(hospital, anchor=day, canaries={})[1:]:
        for entry in read_bundle(bundle.content)["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] == "Appointment" and resource["status"] == "booked":
                on = date.fromisoformat(resource["start"][:10])
                assert on >= day
                assert working_day(on, hospital.country) == on


def test_the_demonstration_is_imported_whole_and_reads_as_a_life(
    in_northfield: HospitalContext, importer: Access
) -> None:
    seeded = seed_demonstration(access=importer, hospital=NORTHFIELD, anchor=ANCHOR, canaries=canaries("northfield"))

    assert len(seeded.patients) == 12
    assert seeded.practitioners["osei"] == demonstration_id(NORTHFIELD, "practitioner", "osei")
    assert (Resource.objects.count(), UnresolvedReference.objects.count()) == (seeded.resources, 0)
    james = seeded.patients["james"]
    access = importer.about(james)
    trend = results.trend(access, james, "http://loinc.org|4548-4")
    assert trend is not None
    assert [point.number for point in trend.points] == [Decimal("8.1"), Decimal("7.6"), Decimal("7.3"), Decimal("6.9")]
    assert (trend.unit, trend.high, trend.apart) == ("%", Decimal("7.0"), ())
    newest = results.result(access, trend.points[-1].key)
    assert newest.result.measure.reading is Reading.HIGH
    assert newest.report is not None
    coming = visits.coming_visits(access, james, at=_noon())
    assert [visit.name for visit in coming] == ["Diabetes follow-up", "Diabetes follow-up"]
    assert (coming[0].clinicians, coming[0].place, coming[0].minutes) == (
        ("Dr. Amara Osei",),
        "Building B, floor 2",
        30,
    )
    assert coming[0].starts is not None
    assert coming[0].starts.start.astimezone(ZoneInfo("America/Chicago")).strftime("%A %H:%M") == "Tuesday 10:20"
    past = visits.past_visits(access, james, at=_noon())
    assert [(visit.kind, visit.state) for visit in past.items] == [("Encounter", VisitState.DONE)] * 4
    assert "Type 2 diabetes" in {condition.name for condition in health.conditions(access, james).items}
    assert (
        b"canary-northfield-james"
        in health.document_file(access, health.documents(access, james).items[0].origin.key).content
    )


def test_values_of_another_unit_are_on_the_same_line(in_northfield: HospitalContext, importer: Access) -> None:
    seeded = seed_demonstration(access=importer, hospital=NORTHFIELD, anchor=ANCHOR, canaries={})
    rosa = seeded.patients["rosa"]

    trend = results.trend(importer, rosa, "http://loinc.org|4548-4")

    assert trend is not None
    assert [str(point.number) for point in trend.points] == ["7.4", "7.9", "8.3", "7.8"]
    assert (trend.points[0].reported.unit, trend.points[0].reported.number) == ("mmol/mol", Decimal(57))


def test_seeding_twice_changes_nothing(in_northfield: HospitalContext, importer: Access) -> None:
    first = seed_demonstration(access=importer, hospital=small("northfield"), anchor=ANCHOR, canaries={})
    before = list(Resource.objects.order_by("pk").values_list("pk", "version", "content"))

    assert seed_demonstration(access=importer, hospital=small("northfield"), anchor=ANCHOR, canaries={}) == first
    assert list(Resource.objects.order_by("pk").values_list("pk", "version", "content")) == before


def test_a_refresh_moves_everything_by_whole_weeks(in_northfield: HospitalContext, importer: Access) -> None:
    seeded = seed_demonstration(access=importer, hospital=small("northfield"), anchor=ANCHOR, canaries={})
    james = seeded.patients["james"]
    born = Patient.objects.get(pk=james).born_on
    before = visits.coming_visits(importer, james, at=_noon())[0].starts
    assert days_to_refresh(access=importer, today=ANCHOR + timedelta(days=6)) == 0

    days = days_to_refresh(access=importer, today=ANCHOR + timedelta(days=25))
    moved = shift_demo_dates(access=importer, days=days)

    assert (days, moved) == (21, seeded.resources)
    after = visits.coming_visits(importer, james, at=_noon() + timedelta(days=21))[0].starts
    assert before is not None
    assert after is not None
    assert after.start - before.start == timedelta(days=21)
    assert born is not None
    assert Patient.objects.get(pk=james).born_on == born + timedelta(days=21)
    assert ResourceHistory.objects.count() == 0
    line = AuditEntry.objects.get(action="records.demonstration_moved")
    assert '"days":21' in line.detail


@pytest.mark.parametrize(
    ("slug", "urgent", "test", "reading"),
    [
        ("santalucia", "daniela", "Potasio", Reading.VERY_LOW),
        ("northfield", "denise", "Potassium", Reading.VERY_HIGH),
        ("alwaha", "fatima", "الهيموغلوبين", Reading.VERY_LOW),
    ],
)
def test_one_person_of_each_hospital_has_an_urgent_result_and_files_to_download(
    in_northfield: HospitalContext, importer: Access, slug: str, urgent: str, test: str, reading: Reading
) -> None:
    hospital = HOSPITALS[slug]
    assert [person.key for person in hospital.people if person.urgent] == [urgent]
    two = replace(hospital, people=tuple(one for one in hospital.people if one.urgent or one is hospital.people[0]))
    seeded = seed_demonstration(access=importer, hospital=two, anchor=ANCHOR, canaries=canaries(slug))
    other, key = (seeded.patients[person] for person in (two.people[0].key, urgent))

    found = results.urgent_results(importer, key, at=_noon())

    assert [(one.measure.name, one.measure.reading) for one in found] == [(test, reading)]
    assert results.urgent_results(importer, other, at=_noon()) == ()
    assert results.urgent_results(importer, key, at=_noon() + timedelta(days=70)) == ()
    shift_demo_dates(access=importer, days=70)
    assert len(results.urgent_results(importer, key, at=_noon() + timedelta(days=70))) == 1
    (report,) = results.newest_reports(importer, key, limit=5)
    assert report.has_file
    _patient, file = results.report_file(importer, report.origin.key)
    letter = health.document_file(importer, health.documents(importer, key).items[0].origin.key)
    for one in (file, letter):
        hospital_name, _title, _empty, words, canary = one.content.decode().splitlines()
        assert (one.content_type, hospital_name) == ("text/plain", hospital.name)
        assert words
        assert f"canary-{slug}-{urgent}" in canary
    assert report.conclusion in file.content.decode()
    assert results.newest_reports(importer, other, limit=5) == ()


def test_a_refresh_leaves_other_sources_alone(
    in_northfield: HospitalContext, importer: Access, synthea: list[Path]
) -> None:
    import_paths(access=importer, paths=synthea[:1], source="synthea")
    before = list(Resource.objects.order_by("pk").values_list("pk", "content"))

    assert shift_demo_dates(access=importer, days=7) == 0
    assert list(Resource.objects.order_by("pk").values_list("pk", "content")) == before
    assert Resource.objects.filter(source=SOURCE).count() == 0


def _noon() -> datetime:
    return datetime(ANCHOR.year, ANCHOR.month, ANCHOR.day, 18, tzinfo=UTC)
