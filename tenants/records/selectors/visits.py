"""Visits, from appointments and encounters; a visit that has both is shown once, as what really happened."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, Q, QuerySet, When

from kernel import clock
from kernel.permissions import Access
from kernel.tenancy.scope import current_hospital
from tenants.records import permissions
from tenants.records.care import meeting
from tenants.records.facts.visits import Visit, visit_of
from tenants.records.indexing import token
from tenants.records.models import Resource
from tenants.records.selectors.reading import (
    HIDDEN,
    Page,
    directory_for,
    facts_of,
    one,
    page_of,
    resources,
)

_BOOKED = ("proposed", "pending", "waitlist", "booked", "planned")
_PRESENT = ("arrived", "checked-in", "triaged", "in-progress", "onleave")
# How long somebody whose visit was never closed counts as still being there: at a clinic, and in a bed.
_STILL_HERE = timedelta(hours=12)
_STILL_IN_BED = timedelta(days=90)
# How long before its day people are told of a visit that was cancelled.
_ANNOUNCED = timedelta(days=31)
COMING_LIMIT = 50
ANNOUNCED_LIMIT = 5
DAY_LIMIT = 500


def coming_visits(access: Access, patient: UUID, *, at: datetime | None = None) -> tuple[Visit, ...]:
    """Visits that lie ahead or go on at the given moment (default now), the next one first, at most 50."""
    rows = _visits(access, patient).filter(_ahead(at or clock.now())).order_by("starts", "id")
    return _told(_without_twins(access, patient, rows[:COMING_LIMIT]), at)


def cancelled_visits(access: Access, patient: UUID, *, at: datetime | None = None) -> tuple[Visit, ...]:
    """Visits of the next weeks that were cancelled, as long as their time has not passed, the next one first."""
    moment = at or clock.now()
    rows = _visits(access, patient).filter(status="cancelled", starts__gte=moment, starts__lt=moment + _ANNOUNCED)
    return _told(list(rows.order_by("starts", "id")[:ANNOUNCED_LIMIT]), at)


def past_visits(
    access: Access, patient: UUID, *, at: datetime | None = None, number: int = 1, size: int = 20
) -> Page[Visit]:
    """Visits that are over, missed or cancelled, newest first."""
    # Not a negation: a row whose time is unknown would be in neither list.
    is_ahead = Case(When(_ahead(at or clock.now()), then=True), default=False)
    page = page_of(_visits(access, patient).annotate(is_ahead=is_ahead).filter(is_ahead=False), number, size)
    rest = tuple(_without_twins(access, patient, page.items))
    return facts_of(Page(rest, page.number, page.has_next), lambda row, directory: visit_of(row, directory, at))


def visit(access: Access, key: UUID) -> Visit:
    """One visit. Raises NotFound."""
    row = one(access, permissions.VIEW_VISITS, key, "Appointment", "Encounter")
    return visit_of(row, directory_for([row]))


def day_sheet(access: Access, day: date, *, practitioner: str = "") -> tuple[Visit, ...]:
    """All visits of the hospital on a calendar day of its own time zone, by time: for staff. At most 500.

    With ``practitioner`` (a FHIR id), only those in which this person takes part.
    """
    rows = _of_staff(access, practitioner).filter(starts__gte=_midnight(day), starts__lt=_midnight(_following(day)))
    found = list(rows.order_by("starts", "id")[:DAY_LIMIT])
    named = {
        entry.partition("=")[2]
        for row in found
        if row.type == "Encounter"
        for entry in row.tokens
        if entry.startswith("appointment=")
    }
    return _told([row for row in found if row.type == "Encounter" or f"Appointment/{row.fhir_id}" not in named])


def next_day(access: Access, day: date, *, practitioner: str = "") -> date | None:
    """The first calendar day after ``day`` on which there is a visit, at the hospital or with ``practitioner``."""
    rows = _of_staff(access, practitioner).filter(starts__gte=_midnight(_following(day)))
    starts = rows.order_by("starts").values_list("starts", flat=True).first()
    return starts.astimezone(ZoneInfo(current_hospital().time_zone)).date() if starts is not None else None


def _of_staff(access: Access, practitioner: str) -> QuerySet[Resource]:
    rows = Resource.objects.filter(type__in=["Appointment", "Encounter"], patient__isnull=False)
    rows = rows.exclude(status__in=[*HIDDEN, "cancelled"])
    if practitioner:
        rows = rows.filter(meeting(practitioner))
    return access.limit(rows, to=permissions.VIEW_VISITS, patient="patient")


def _following(day: date) -> date:
    return day + timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(current_hospital().time_zone))


def _visits(access: Access, patient: UUID) -> QuerySet[Resource]:
    return resources(access, permissions.VIEW_VISITS, patient, "Appointment", "Encounter")


def _ahead(moment: datetime) -> Q:
    """What lies ahead or goes on: a booked visit until its end, and people who are here until they have left."""
    not_over = Q(ends__gte=moment) | Q(ends=None, starts__gte=moment) | Q(ends=None, starts=None)
    here = Q(type="Appointment", starts__gte=moment - _STILL_HERE)
    here |= Q(type="Encounter", ends=None, starts__gte=moment - _STILL_IN_BED)
    return Q(status__in=_BOOKED) & not_over | Q(status__in=_PRESENT) & (not_over | here)


def _without_twins(access: Access, patient: UUID, rows: Iterable[Resource]) -> list[Resource]:
    """Without the appointments that one of the patient's encounters fulfils."""
    rows = list(rows)
    names = {token("appointment", f"Appointment/{row.fhir_id}"): row for row in rows if row.type == "Appointment"}
    if not names:
        return rows
    encounters = resources(access, permissions.VIEW_VISITS, patient, "Encounter").filter(tokens__overlap=list(names))
    fulfilled = {entry for tokens in encounters.values_list("tokens", flat=True) for entry in tokens}
    twins = {row.pk for name, row in names.items() if name in fulfilled}
    return [row for row in rows if row.pk not in twins]


def _told(rows: Sequence[Resource], at: datetime | None = None) -> tuple[Visit, ...]:
    directory = directory_for(rows)
    return tuple(visit_of(row, directory, at) for row in rows)
