"""Visits, from appointments and encounters."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kernel import clock
from tenants.records.dates import Moment
from tenants.records.facts.elements import (
    Directory,
    Origin,
    content_of,
    first_words,
    moment_of,
    names_of,
    origin_of,
    words_of,
)
from tenants.records.models import Resource


class VisitState(StrEnum):
    """Where a visit stands, from the status of its appointment or encounter."""

    REQUESTED = "requested"
    BOOKED = "booked"
    ARRIVED = "arrived"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"
    MISSED = "missed"
    PASSED = "passed"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Promise:
        """The word for people."""
        return _VISIT_STATES[self]

    @property
    def is_ahead(self) -> bool:
        """Whether one may still prepare for it, move it or cancel it."""
        return self in (VisitState.REQUESTED, VisitState.BOOKED)

    @property
    def did_not_happen(self) -> bool:
        """Whether one may want another one in its place."""
        return self in (VisitState.CANCELLED, VisitState.MISSED)


_VISIT_STATES: dict[VisitState, Promise] = {
    VisitState.REQUESTED: _("Waiting for the hospital"),
    VisitState.BOOKED: _("Booked"),
    VisitState.ARRIVED: _("Arrived"),
    VisitState.IN_PROGRESS: _("In progress"),
    VisitState.DONE: _("Completed"),
    VisitState.CANCELLED: _("Cancelled"),
    VisitState.MISSED: _("Missed"),
    VisitState.PASSED: _("Its time has passed"),
    VisitState.UNKNOWN: _("Not known"),
}

_VISIT_STATUSES = {
    "proposed": VisitState.REQUESTED,
    "pending": VisitState.REQUESTED,
    "waitlist": VisitState.REQUESTED,
    "booked": VisitState.BOOKED,
    "planned": VisitState.BOOKED,
    "arrived": VisitState.ARRIVED,
    "checked-in": VisitState.ARRIVED,
    "triaged": VisitState.ARRIVED,
    "in-progress": VisitState.IN_PROGRESS,
    "onleave": VisitState.IN_PROGRESS,
    "fulfilled": VisitState.DONE,
    "finished": VisitState.DONE,
    "cancelled": VisitState.CANCELLED,
    "noshow": VisitState.MISSED,
}


_CANCELLATION_REASONS = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"
# The groups of HL7's reasons to cancel; for a source that sends a code without words.
_CANCELLED_BY = {
    "pat": _("Cancelled by the patient"),
    "prov": _("Cancelled by the care team"),
    "maint": _("A device or a room was not ready"),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A coming or past visit, from an appointment or an encounter. ``cancelled_why`` is of a cancelled one."""

    origin: Origin
    patient_id: UUID | None
    kind: str
    name: str
    state: VisitState
    starts: Moment | None
    ends: Moment | None
    minutes: int | None
    clinicians: tuple[str, ...]
    specialty: str
    place: str
    is_by_video: bool
    reason: str
    instructions: str
    cancelled_why: str = ""


def visit_of(row: Resource, directory: Directory, at: datetime | None = None) -> Visit:
    """An Appointment or an Encounter as it stands at a moment (default now)."""
    content = content_of(row)
    return (
        _visit_of_appointment(row, content, directory, at)
        if row.type == "Appointment"
        else _visit_of_encounter(row, content, directory, at)
    )


def _state_of(row: Resource, at: datetime | None) -> VisitState:
    """What the source says; but nobody waits for what is over, and whether anybody came was not written down."""
    state = _VISIT_STATUSES.get(row.status, VisitState.UNKNOWN)
    over = row.ends or row.starts
    is_over = over is not None and over < (at or clock.now())
    return VisitState.PASSED if is_over and state in (VisitState.BOOKED, VisitState.REQUESTED) else state


def _visit_of_appointment(row: Resource, content: dict[str, Any], directory: Directory, at: datetime | None) -> Visit:
    starts, ends = moment_of(content.get("start")), moment_of(content.get("end"))
    taking_part = [one for one in content["participant"] if one and one.get("status") != "declined"]
    actors = [one["actor"] for one in taking_part if one.get("actor")]
    return Visit(
        origin=origin_of(row),
        patient_id=row.patient_id,
        kind=row.type,
        name=content.get("description")
        or first_words(content.get("serviceType"))
        or first_words(content.get("reasonCode")),
        state=_state_of(row, at),
        starts=starts,
        ends=ends,
        minutes=content.get("minutesDuration") or _minutes(starts, ends),
        clinicians=names_of(_leading_to(actors, "Practitioner"), directory),
        specialty=first_words(content.get("specialty")),
        place=next(iter(names_of(_leading_to(actors, "Location"), directory)), ""),
        is_by_video=any(
            coding.get("code") == "VR"
            for concept in [content.get("appointmentType"), *content.get("serviceCategory", [])]
            if concept
            for coding in concept.get("coding", [])
        ),
        reason=first_words(content.get("reasonCode")),
        instructions=content.get("patientInstruction", ""),
        cancelled_why=_cancelled_why(content.get("cancelationReason") or {}) if row.status == "cancelled" else "",
    )


def _visit_of_encounter(row: Resource, content: dict[str, Any], directory: Directory, at: datetime | None) -> Visit:
    period = content.get("period", {})
    starts, ends = moment_of(period.get("start")), moment_of(period.get("end"))
    people = [one["individual"] for one in content.get("participant", []) if one and one.get("individual")]
    places = [one["location"] for one in content.get("location", []) if one]
    return Visit(
        origin=origin_of(row),
        patient_id=row.patient_id,
        kind=row.type,
        name=first_words(content.get("type")) or first_words(content.get("reasonCode")) or words_of(content["class"]),
        state=_state_of(row, at),
        starts=starts,
        ends=ends,
        minutes=_minutes(starts, ends),
        clinicians=names_of(people, directory),
        specialty=words_of(content.get("serviceType")),
        place=next(iter(names_of(places, directory) or names_of(content.get("serviceProvider"), directory)), ""),
        is_by_video=content["class"].get("code") == "VR",
        reason=first_words(content.get("reasonCode")),
        instructions="",
    )


def _cancelled_why(reason: dict[str, Any]) -> str:
    """The source's words; of a bare code, its group."""
    codings = [coding for coding in reason.get("coding", []) if coding]
    said = reason.get("text") or next((one["display"] for one in codings if one.get("display")), "")
    hl7s = [one for one in codings if one.get("system") == _CANCELLATION_REASONS]
    groups = (one.get("code", "").partition("-")[0] for one in hl7s)
    return said or next((str(_CANCELLED_BY[group]) for group in groups if group in _CANCELLED_BY), "")


def _leading_to(holders: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [holder for holder in holders if holder.get("reference", "").startswith(f"{kind}/")]


def _minutes(starts: Moment | None, ends: Moment | None) -> int | None:
    return int((ends.start - starts.start).total_seconds() // 60) if starts and ends else None
