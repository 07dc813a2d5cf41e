"""Visits, from appointments and encounters; a visit that has both is shown once, as what really happened."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from kernel import clock
from kernel.permissions import Access
from kernel.tenancy.scope import current_hospital
from tenants.records import permissions
from tenants.records.facts import Visit, visit_of
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

# Statuses of appointments and encounters that still lie ahead or go on.
_AHEAD = ("proposed", "pending", "waitlist", "booked", "arrived", "checked-in", "planned", "triaged", "in-progress")
COMING_LIMIT = 50
DAY_LIMIT = 500


def coming_visits(access: Access, patient: UUID, *, at: datetime | None = None) -> tuple[Visit, ...]:
    """Visits that lie ahead or go on at the given moment (default now), the next one first, at most 50."""
    moment = at or clock.now()
    rows = (
        _visits(access, patient)
        .filter(status__in=_AHEAD)
        .filter(Q(ends__gte=moment) | Q(starts__gte=moment - timedelta(hours=12)))
        .order_by("starts", "id")
    )
    found = [row for row in rows[:COMING_LIMIT] if not _is_over(row, moment)]
    return _told(_without_twins(access, patient, found))


def next_visit(access: Access, patient: UUID, *, at: datetime | None = None) -> Visit | None:
    """The next visit."""
    return next(iter(coming_visits(access, patient, at=at)), None)


def past_visits(
    access: Access, patient: UUID, *, at: datetime | None = None, number: int = 1, size: int = 20
) -> Page[Visit]:
    """Visits that are over, missed or cancelled, newest first."""
    moment = at or clock.now()
    rows = _visits(access, patient).filter(~Q(status__in=_AHEAD) | Q(starts__lt=moment - timedelta(hours=12)))
    page = page_of(rows, number, size)
    rest = tuple(_without_twins(access, patient, page.items))
    return facts_of(Page(rest, page.number, page.has_next), visit_of)


def visit(access: Access, key: UUID) -> Visit:
    """One visit. Raises NotFound."""
    row = one(access, permissions.VIEW_VISITS, key, "Appointment", "Encounter")
    return visit_of(row, directory_for([row]))


def day_sheet(access: Access, day: date, *, practitioner: str = "") -> tuple[Visit, ...]:
    """All visits of the hospital on a calendar day of its own time zone, by time: for staff. At most 500.

    With ``practitioner`` (a FHIR id), only those in which this person takes part.
    """
    zone = ZoneInfo(current_hospital().time_zone)
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=zone)
    rows = Resource.objects.filter(
        type__in=["Appointment", "Encounter"], starts__gte=start, starts__lt=end, patient__isnull=False
    ).exclude(status__in=[*HIDDEN, "cancelled"])
    if practitioner:
        reference = f"Practitioner/{practitioner}"
        rows = rows.filter(tokens__overlap=[token("participant", reference), token("practitioner", reference)])
    found = list(access.limit(rows, to=permissions.VIEW_VISITS, patient="patient").order_by("starts", "id")[:DAY_LIMIT])
    named = {
        entry.partition("=")[2]
        for row in found
        if row.type == "Encounter"
        for entry in row.tokens
        if entry.startswith("appointment=")
    }
    return _told([row for row in found if row.type == "Encounter" or f"Appointment/{row.fhir_id}" not in named])


def _visits(access: Access, patient: UUID) -> QuerySet[Resource]:
    return resources(access, permissions.VIEW_VISITS, patient, "Appointment", "Encounter")


def _is_over(row: Resource, moment: datetime) -> bool:
    """A booked visit whose end has passed is no longer ahead, whatever the hospital's system has recorded since."""
    return row.status != "in-progress" and row.ends is not None and row.type == "Encounter" and row.ends < moment


def _without_twins(access: Access, patient: UUID, rows: Sequence[Resource]) -> list[Resource]:
    """Without the appointments that one of the patient's encounters fulfils."""
    names = {token("appointment", f"Appointment/{row.fhir_id}"): row for row in rows if row.type == "Appointment"}
    if not names:
        return list(rows)
    encounters = resources(access, permissions.VIEW_VISITS, patient, "Encounter").filter(tokens__overlap=list(names))
    fulfilled = {entry for tokens in encounters.values_list("tokens", flat=True) for entry in tokens}
    twins = {row.pk for name, row in names.items() if name in fulfilled}
    return [row for row in rows if row.pk not in twins]


def _told(rows: Sequence[Resource]) -> tuple[Visit, ...]:
    directory = directory_for(rows)
    return tuple(visit_of(row, directory) for row in rows)
