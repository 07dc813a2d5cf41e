"""Visits: which are ahead, which are past, and whose day it is."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.permissions import Role
from tenants.records.facts.visits import VisitState, visit_of
from tenants.records.models import Resource
from tenants.records.selectors import visits
from tests.factories.access import own, with_roles
from tests.tenants.records.samples import (
    NOON,
    appointment,
    encounter,
    fhir_id,
    practitioner,
    urn,
    without,
)

pytestmark = pytest.mark.usefixtures("in_northfield")


def test_a_visit_with_appointment_and_encounter_is_shown_once(store: Callable[..., UUID]) -> None:
    ana = store(
        appointment("was", status="fulfilled", start="2026-11-18T09:00:00+01:00", end="2026-11-18T09:30:00+01:00"),
        encounter(appointment=[{"reference": urn("was")}]),
        appointment("missed", status="noshow", start="2026-10-01T10:00:00Z", end="2026-10-01T10:30:00Z"),
        appointment(),
    )
    access = own(ana)

    coming, past = visits.coming_visits(access, ana, at=NOON), visits.past_visits(access, ana, at=NOON)

    assert [(one.name, one.state, one.minutes) for one in coming] == [("Diabetes follow-up", VisitState.BOOKED, 30)]
    assert [(one.kind, one.state) for one in past.items] == [
        ("Encounter", VisitState.DONE),
        ("Appointment", VisitState.MISSED),
    ]


def test_a_visit_that_goes_on_is_still_ahead_and_not_yet_past(store: Callable[..., UUID]) -> None:
    ana = store(appointment(status="arrived", start="2026-11-22T11:50:00Z", end="2026-11-22T12:20:00Z"))

    assert len(visits.coming_visits(own(ana), ana, at=NOON)) == 1
    assert visits.past_visits(own(ana), ana, at=NOON).items == ()


def test_a_booked_visit_is_past_when_its_end_is_though_nobody_closed_it(store: Callable[..., UUID]) -> None:
    ana = store(appointment(start="2026-11-22T10:00:00Z", end="2026-11-22T10:30:00Z"))

    assert visits.coming_visits(own(ana), ana, at=NOON) == ()
    assert len(visits.past_visits(own(ana), ana, at=NOON).items) == 1


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ({"end": "2026-11-22T12:10:00Z"}, 10),
        ({"end": "2026-11-22T12:10:00Z", "minutesDuration": 60}, 10),
        ({"minutesDuration": 45}, 45),
        ({}, 30),
        ({"end": "2026-11-22T11:00:00Z"}, 30),
        ({"minutesDuration": -5}, 30),
    ],
)
def test_a_booked_visit_is_ahead_until_its_end_and_not_only_until_its_start(
    store: Callable[..., UUID], said: dict[str, Any], minutes: int
) -> None:
    ana = store({**without(appointment(start="2026-11-22T12:00:00Z"), "end"), **said})
    access = own(ana)

    for minute, is_ahead in [(0, True), (minutes, True), (minutes + 1, False)]:
        at = NOON + timedelta(minutes=minute)
        assert bool(visits.coming_visits(access, ana, at=at)) is is_ahead
        assert bool(visits.past_visits(access, ana, at=at).items) is not is_ahead


@pytest.mark.parametrize(
    ("status", "before", "after"),
    [
        ("booked", VisitState.BOOKED, VisitState.PASSED),
        ("pending", VisitState.REQUESTED, VisitState.PASSED),
        ("cancelled", VisitState.CANCELLED, VisitState.CANCELLED),
        ("fulfilled", VisitState.DONE, VisitState.DONE),
    ],
)
def test_a_visit_that_is_over_is_not_called_booked(
    store: Callable[..., UUID], status: str, before: VisitState, after: VisitState
) -> None:
    ana = store(appointment(status=status))
    row = Resource.objects.get(type="Appointment", patient=ana)
    assert row.ends is not None

    told = [visit_of(row, {}, row.ends + timedelta(seconds=second)).state for second in (0, 1)]

    assert told == [before, after]


def test_who_declined_is_not_named_with_the_visit_and_does_not_have_it_on_their_day(
    store: Callable[..., UUID],
) -> None:
    osei, lindqvist = ({"reference": urn(role), "display": role} for role in ("osei", "lindqvist"))
    asked = appointment(
        participant=[
            {"actor": {"reference": urn("ana")}, "status": "accepted"},
            {"actor": osei, "status": "declined"},
            {"actor": lindqvist, "status": "needs-action"},
        ]
    )
    ana = store(practitioner(), practitioner("lindqvist"), asked)
    desk, day = with_roles(Role.FRONT_DESK), date(2026, 12, 1)

    assert [one.clinicians for one in visits.coming_visits(own(ana), ana, at=NOON)] == [("lindqvist",)]
    assert visits.day_sheet(desk, day, practitioner=fhir_id("osei")) == ()
    assert len(visits.day_sheet(desk, day, practitioner=fhir_id("lindqvist"))) == 1


@pytest.mark.parametrize(("since", "is_here"), [("2026-11-01T10:00:00Z", True), ("2026-01-01T10:00:00Z", False)])
def test_somebody_in_a_bed_is_still_here_but_not_for_ever(
    store: Callable[..., UUID], since: str, is_here: bool
) -> None:
    ana = store(encounter(status="in-progress", period={"start": since}))

    assert bool(visits.coming_visits(own(ana), ana, at=NOON)) is is_here
    assert bool(visits.past_visits(own(ana), ana, at=NOON).items) is not is_here


def test_every_visit_is_either_ahead_or_past_and_never_both(store: Callable[..., UUID]) -> None:
    ana = store(
        *[
            appointment(
                f"{status}{day}", status=status, start=f"2026-11-{day}T10:00:00Z", end=f"2026-11-{day}T10:30:00Z"
            )
            for status in ("booked", "arrived", "pending", "fulfilled", "cancelled", "noshow")
            for day in (20, 21, 22, 23)
        ],
        *[without(without(appointment(status, status=status), "start"), "end") for status in ("proposed", "noshow")],
    )
    coming = {one.origin.key for one in visits.coming_visits(own(ana), ana, at=NOON)}
    past = {one.origin.key for one in visits.past_visits(own(ana), ana, at=NOON, size=100).items}

    assert coming & past == set()
    assert coming | past == set(Resource.objects.filter(type="Appointment").values_list("pk", flat=True))


def test_the_day_sheet_is_the_hospitals_own_day(store: Callable[..., UUID]) -> None:
    # Northfield is in Chicago: six hours behind in winter.
    store(
        appointment("late", start="2026-12-02T05:30:00Z", end="2026-12-02T05:50:00Z"),
        appointment("noon", start="2026-12-01T18:00:00Z", end="2026-12-01T18:20:00Z"),
        appointment("next day", start="2026-12-02T06:00:00Z", end="2026-12-02T06:20:00Z"),
        appointment("cancelled", status="cancelled", start="2026-12-01T18:00:00Z", end="2026-12-01T18:20:00Z"),
    )

    sheet = visits.day_sheet(with_roles(Role.FRONT_DESK), date(2026, 12, 1))

    assert [one.origin.fhir_id for one in sheet] == [fhir_id("noon"), fhir_id("late")]


HL7_REASONS = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"


@pytest.mark.parametrize(
    ("status", "reason", "said"),
    [
        ("cancelled", {"text": "Dr. Osei is ill", "coding": [{"display": "Provider"}]}, "Dr. Osei is ill"),
        ("cancelled", {"coding": [{"code": "x"}, {"display": "Provider: Personal"}]}, "Provider: Personal"),
        ("cancelled", {"coding": [{"system": HL7_REASONS, "code": "prov-pers"}]}, "Cancelled by the care team"),
        ("cancelled", {"coding": [{"system": HL7_REASONS, "code": "pat"}]}, "Cancelled by the patient"),
        ("cancelled", {"coding": [{"system": HL7_REASONS, "code": "other"}]}, ""),
        ("cancelled", {"coding": [{"system": "x", "code": "prov"}]}, ""),
        ("booked", {"text": "left over"}, ""),
    ],
)
def test_a_cancelled_visit_says_why(store: Callable[..., UUID], status: str, reason: dict[str, Any], said: str) -> None:
    store(appointment(status=status, cancelationReason=reason))

    assert visit_of(Resource.objects.get(type="Appointment"), {}).cancelled_why == said
