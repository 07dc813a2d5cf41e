"""Test results: newest first by report, one with its report, and the course of one test over time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Greatest, Least

from kernel import clock
from kernel.permissions import Access, NotFound
from tenants.records import indexing, permissions
from tenants.records.dates import NEAREST, Moment
from tenants.records.facts.elements import Directory, content_of
from tenants.records.facts.results import Measure, Reading, Report, Result, numbered_parts, report_of, result_of
from tenants.records.models import WRITES_A_CRITICAL_CODE, Resource, SearchValue
from tenants.records.selectors.health import PAGE, DocumentFile, file_of
from tenants.records.selectors.reading import (
    ANY,
    HIDDEN,
    MAXIMUM_PAGE,
    NEWEST_FIRST,
    NOT_RESULTS,
    NOTES,
    Page,
    directory_for,
    facts_of,
    one,
    page_of,
    resources,
)
from tenants.records.units import convert, rounded_like

LABORATORY = indexing.LABORATORY
VITAL_SIGNS = indexing.VITAL_SIGNS
# Everything measured that stands in no other list. What people answered and how they live is told in confidence.
_TOLD = ("survey", "social-history")
_NOT_MEASURED = (LABORATORY, *_TOLD)
TREND_LENGTH = 100
# A critical value that is older has been dealt with or is not urgent any more.
URGENT = timedelta(days=30)
# A date without a time, or a clock that is fast, may lie so far ahead and be true.
_DATED_AHEAD = timedelta(days=1)
# Under which a result's number, and those of its parts, are searched.
_NUMBER, _PARTS = "Observation.value-quantity", "Observation.component-value-quantity"
# Members are looked up by their ids alone: a plan that compares all reports with all results takes seconds.
_REPORTS_ALONE = """
    SELECT report.id
    FROM records_resource AS report
    WHERE report.type = 'DiagnosticReport'
        AND report.patient_id = %s
        AND NOT EXISTS (
            SELECT 1
            FROM unnest(report.tokens) AS entry
            WHERE starts_with(entry, 'result=Observation/')
                AND (
                    SELECT member.patient_id = report.patient_id AND member.category = %s AND member.status <> ALL(%s)
                    FROM records_resource AS member
                    WHERE member.type = 'Observation'
                        AND member.fhir_id = substr(entry, length('result=Observation/') + 1)
                )
        )
"""


@dataclass(frozen=True, slots=True)
class ResultGroup:
    """Results that belong together: those of a report, or single ones taken at the same time (``report`` is None).

    A report of imaging or pathology may have no results; ``is_alone`` is whether none of them is a laboratory's.
    """

    report: Report | None
    results: tuple[Result, ...]
    is_alone: bool = False

    @property
    def taken(self) -> Moment | None:
        """When it was, as far as anybody said."""
        if self.results:
            return self.results[0].taken
        return (self.report.taken or self.report.reported) if self.report else None


@dataclass(frozen=True, slots=True)
class ResultDetail:
    """One result with the report it came in."""

    result: Result
    report: Report | None
    patient_id: UUID


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One value of a trend in the trend's unit, and as it was reported."""

    key: UUID
    taken: Moment
    number: Decimal
    reading: Reading
    reported: Measure


@dataclass(frozen=True, slots=True)
class Trend:
    """The course of one test, oldest first, in the unit of its newest value.

    ``apart`` has the values that no known relation brings into that unit, newest first; ``low`` and ``high`` bound the
    newest value's goal (``is_goal``) or, without one, its usual range.
    """

    name: str
    code: str
    unit: str
    points: tuple[TrendPoint, ...]
    apart: tuple[Result, ...]
    low: Decimal | None
    high: Decimal | None
    is_goal: bool


def results(
    access: Access, patient: UUID, *, number: int = 1, size: int = 10, category: str = LABORATORY
) -> Page[ResultGroup]:
    """A page of groups of results. ``size`` counts sampling times, so that no report is cut by the end of a page.

    Among a laboratory's results are the reports that none of them belongs to, such as those of imaging, but no clinical
    notes, which are documents; among vital signs whatever else was measured.
    """
    rows = _observations(access, patient, category)
    size = min(max(size, 1), MAXIMUM_PAGE)
    start = (max(number, 1) - 1) * size
    alone = _reports_alone(access, patient) if category == LABORATORY else Resource.objects.none()
    either = {time for some in (rows, alone) for time in _times(some, start + size + 1)}
    times = sorted(either, key=lambda time: time or NEAREST, reverse=True)[start : start + size + 1]
    has_next, times = len(times) > size, times[:size]
    found, reports = (list(_at(some, times).order_by(*NEWEST_FIRST)) for some in (rows, alone))
    return Page(_grouped(access, patient, found, reports), max(number, 1), has_next)


def newest_reports(access: Access, patient: UUID, *, limit: int, where: Q = ANY) -> tuple[Report, ...]:
    """The newest reports to which no result of a laboratory belongs, such as those of imaging and pathology.

    Only those that are as ``where`` says. For summaries: who made them is not looked up.
    """
    rows = _reports_alone(access, patient).filter(where).order_by(*NEWEST_FIRST)
    return tuple(report_of(row, {}) for row in rows[:limit])


def all_reports(access: Access, patient: UUID, *, number: int = 1, size: int = PAGE) -> Page[Report]:
    """A page of all reports, newest first: of laboratories, imaging and pathology; clinical notes are documents."""
    rows = resources(access, permissions.VIEW_RESULTS, patient, "DiagnosticReport")
    return facts_of(page_of(rows.exclude(NOTES).exclude(status__in=NOT_RESULTS), number, size), report_of)


def report_file(access: Access, key: UUID) -> tuple[UUID | None, DocumentFile]:
    """Whose a report is, and the report as it was written. Raises NotFound, also when only its name is here."""
    row = one(access, permissions.VIEW_RESULTS, key, "DiagnosticReport", where=~NOTES)
    if row.status in NOT_RESULTS:
        raise NotFound
    report = report_of(row, {})
    forms = (one for one in content_of(row).get("presentedForm", []) if one)
    return row.patient_id, file_of(forms, report.taken or report.reported)


def newest_results(
    access: Access, patient: UUID, *, limit: int = 5, category: str = LABORATORY, where: Q = ANY
) -> tuple[Result, ...]:
    """The newest results that are as ``where`` says. For a home page: who made them is not looked up."""
    rows = _observations(access, patient, category).filter(where)
    return _told(rows.order_by(*NEWEST_FIRST)[: min(2 * limit, MAXIMUM_PAGE)])[:limit]


def urgent_results(access: Access, patient: UUID, *, at: datetime | None = None) -> tuple[Result, ...]:
    """The results about which somebody must call now, newest first: critical values of these weeks.

    None of those that a later number of the same test has followed, and of their parts none that has a number in the
    newest later one that has parts. Later is what starts when all that the date of the critical one covers is over.
    Nobody measures in the future: what is dated there, or nowhere, is as old as it is here; a number that is dated a
    little ahead follows only what was here before it. What a patient told follows nothing that was measured.
    Who made them is not looked up.
    """
    at = at or clock.now()
    soon = at + _DATED_AHEAD
    rows = _observations(access, patient, None)
    later = (
        rows.filter(Q(starts__lte=at) | Q(received_at__gt=OuterRef("received_at")), starts__lte=soon)
        .filter(~Q(category__in=_TOLD) | Q(category=OuterRef("category")), code=OuterRef("code"))
        .filter(starts__gte=OuterRef("is_over"))
        .exclude(Q(code="") | Q(status="unknown"))
    )
    numbers, parts = (SearchValue.objects.filter(resource=OuterRef("pk"), parameter=name) for name in (_NUMBER, _PARTS))
    newest_parts = later.filter(Exists(parts)).order_by(*NEWEST_FIRST).values("content")[:1]
    # A period without an end is as old as its start. Whatever it is, it takes a moment: nothing follows itself.
    over = Coalesce(Greatest("ends", F("starts") + timedelta(seconds=1)), "received_at")
    # The index has whatever writes one of the codes; whether it stands in an interpretation, the facts tell.
    found = rows.annotate(
        is_over=Case(When(starts__gt=soon, then="received_at"), default=over),
        # What a long span covers was measured before it came here.
        happened=Least("is_over", Greatest("starts", "received_at")),
        is_followed=Exists(later.filter(Exists(numbers))),
        # Few tests have parts: for the others nothing is looked for.
        later_parts=Case(When(Exists(parts), then=Subquery(newest_parts))),
    ).filter(WRITES_A_CRITICAL_CODE, happened__gt=at - URGENT)
    # All of them, however many only seem to be critical: the list is not true when one is missing.
    told = ((result_of(row, {}), row) for row in found.order_by(*NEWEST_FIRST).iterator(chunk_size=MAXIMUM_PAGE))
    return tuple(
        one
        for one, row in told
        if _is_recent(one, at) and any(measure.code not in _followed(row) for measure in one.critical)
    )


def _is_recent(result: Result, at: datetime) -> bool:
    """Whether a result without a date of its own was not reported long ago, when it came here lately."""
    return result.taken is not None or result.reported is None or at - result.reported.start < URGENT


def _followed(row: Any) -> frozenset[str]:
    """What of an Observation, as ``urgent_results`` reads it, has a later number."""
    parts = numbered_parts(Resource(content=row.later_parts)) if row.later_parts else frozenset()
    return parts | {row.code} if row.is_followed else parts


def latest_of_each_test(access: Access, patient: UUID, *, category: str, limit: int = 40) -> tuple[Result, ...]:
    """The newest result of every test the patient has had, newest first. Who made them is not looked up."""
    newest = _observations(access, patient, category).exclude(code="").order_by("code", *NEWEST_FIRST).distinct("code")
    found = Resource.objects.filter(pk__in=newest.values("pk")).prefetch_related("patient")
    return _told(found.order_by(*NEWEST_FIRST)[: 2 * limit])[:limit]


def _told(rows: Iterable[Resource]) -> tuple[Result, ...]:
    """The results of rows; headings of panels say nothing themselves."""
    return tuple(one for one in (result_of(row, {}) for row in rows) if not one.is_heading)


def result(access: Access, key: UUID) -> ResultDetail:
    """One result. Raises NotFound, also for what is not a result (not measured yet, cancelled, made in error)."""
    row = one(access, permissions.VIEW_RESULTS, key, "Observation")
    if row.status in NOT_RESULTS:
        raise NotFound
    assert row.patient_id is not None  # noqa: S101 -- what is about nobody is not limited to anybody
    report = _reports(access, row.patient_id, [row]).first()
    directory = directory_for([row, report] if report else [row])
    return ResultDetail(result_of(row, directory), report_of(report, directory) if report else None, row.patient_id)


def trend(access: Access, patient: UUID, code: str, *, limit: int = TREND_LENGTH) -> Trend | None:
    """The course of the test ``code`` (``system|code``); None when the patient never had it as a number."""
    return _course(code, [(one, one.measure) for one in _dated(access, patient, code, limit)])


def trends_of_parts(
    access: Access, patient: UUID, code: str, parts: Sequence[str], *, limit: int = TREND_LENGTH
) -> tuple[Trend, ...]:
    """The courses of ``parts`` (``system|code``) of the test ``code``, such as blood pressure; numbers only."""
    told = _dated(access, patient, code, limit)
    courses = (
        _course(name, [(one, part) for one in told for part in one.parts if part.code == name]) for name in parts
    )
    return tuple(course for course in courses if course is not None)


def _dated(access: Access, patient: UUID, code: str, limit: int) -> list[Result]:
    """The results of a test of which it is known when they were, newest first."""
    rows = _observations(access, patient, None).filter(code=code).exclude(starts=None).order_by(*NEWEST_FIRST)[:limit]
    return [result_of(row, {}) for row in rows]


def _course(code: str, measured: Sequence[tuple[Result, Measure]]) -> Trend | None:
    """The course of what was measured under ``code``, which must come newest first."""
    newest = next((measure for _result, measure in measured if measure.number is not None), None)
    if newest is None or newest.number is None:
        return None
    points, apart = [], []
    for one_result, measure in measured:
        if measure.number is None or one_result.taken is None:
            continue
        number = convert(measure.number, measure.unit_code, newest.unit_code, code)
        if number is None:
            apart.append(one_result)
            continue
        if measure.unit_code != newest.unit_code:
            number = rounded_like(number, newest.number)
        points.append(TrendPoint(one_result.origin.key, one_result.taken, number, measure.reading, measure))
    goal = newest.goal
    bounds = goal or newest.usual_range
    return Trend(
        name=newest.name,
        code=code,
        unit=newest.unit,
        points=tuple(reversed(points)),
        apart=tuple(apart),
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
        is_goal=goal is not None,
    )


def _observations(access: Access, patient: UUID, category: str | None) -> QuerySet[Resource]:
    rows = resources(access, permissions.VIEW_RESULTS, patient, "Observation").exclude(status__in=NOT_RESULTS)
    rows = rows.prefetch_related("patient")
    # Named exactly, so that PostgreSQL sees the condition of the partial index of newest results.
    rows = rows.filter(type="Observation")
    if category == VITAL_SIGNS:
        return rows.exclude(category__in=_NOT_MEASURED)
    return rows.filter(category=category) if category else rows


def _at(rows: QuerySet[Resource], times: list[datetime | None]) -> QuerySet[Resource]:
    known = [time for time in times if time is not None]
    if None in times:
        return rows.filter(starts__in=known) | rows.filter(starts=None)
    return rows.filter(starts__in=known)


def _times(rows: QuerySet[Resource], count: int) -> QuerySet[Resource, datetime | None]:
    return rows.order_by(NEWEST_FIRST[0]).values_list("starts", flat=True).distinct()[:count]


def _reports_alone(access: Access, patient: UUID) -> QuerySet[Resource]:
    """Diagnostic reports none of whose results stands in the list of a laboratory's results."""
    with connection.cursor() as cursor:
        cursor.execute(_REPORTS_ALONE, [patient, LABORATORY, [*HIDDEN, *NOT_RESULTS]])
        alone = [key for (key,) in cursor.fetchall()]
    reports = resources(access, permissions.VIEW_RESULTS, patient, "DiagnosticReport")
    return reports.exclude(status__in=NOT_RESULTS).exclude(NOTES).filter(pk__in=alone)


def _reports(access: Access, patient: UUID, observations: list[Resource]) -> QuerySet[Resource]:
    wanted = [indexing.token("result", f"Observation/{row.fhir_id}") for row in observations]
    return (
        resources(access, permissions.VIEW_RESULTS, patient, "DiagnosticReport")
        .filter(tokens__overlap=wanted)
        # What was broken off has nothing to say of the results that it lists.
        .exclude(status="cancelled")
        .exclude(NOTES)
        .order_by(*NEWEST_FIRST)
    )


def _grouped(access: Access, patient: UUID, rows: list[Resource], alone: list[Resource]) -> tuple[ResultGroup, ...]:
    reports = list(_reports(access, patient, rows)) if rows else []
    # What a report of imaging lists is of no laboratory and stands in no other place.
    listed = {entry.rpartition("/")[2] for row in alone for entry in row.tokens if entry.startswith("result=")}
    members = list(_observations(access, patient, None).filter(fhir_id__in=sorted(listed))) if listed else []
    directory = directory_for([*rows, *reports, *alone, *members])
    told = [report_of(report, directory) for report in reports]
    owner = {address: report for report in reversed(told) for address in report.results}
    groups: dict[object, list[Resource]] = {}
    owners: dict[object, Report | None] = {}
    for row in rows:
        report = owner.get(f"Observation/{row.fhir_id}")
        key: object = report.origin.key if report else row.starts
        groups.setdefault(key, []).append(row)
        owners[key] = report
    found = [(mine[0].starts, _group(owners[key], mine, directory)) for key, mine in groups.items()]
    found = [(starts, group) for starts, group in found if group.results]
    for row in alone:
        report = report_of(row, directory)
        mine = [one for one in members if f"Observation/{one.fhir_id}" in report.results]
        found.append((row.starts, replace(_group(report, mine, directory), is_alone=True)))
    return tuple(group for _starts, group in sorted(found, key=lambda one: one[0] or NEAREST, reverse=True))


def _group(report: Report | None, rows: list[Resource], directory: Directory) -> ResultGroup:
    order = {address: place for place, address in enumerate(report.results)} if report else {}
    rows = sorted(rows, key=lambda row: order.get(f"Observation/{row.fhir_id}", len(order)))
    told = (result_of(row, directory) for row in rows)
    return ResultGroup(report, tuple(one for one in told if not one.is_heading))
