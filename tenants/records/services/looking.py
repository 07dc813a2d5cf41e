"""Opening parts of a record on a page: what was read is written into the trail in the same transaction (S33)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from kernel import audit, clock
from kernel.errors import DomainError
from kernel.permissions import Access, NotFound, Permission
from tenants.records import permissions
from tenants.records.dates import NEAREST
from tenants.records.facts.health import Document
from tenants.records.facts.results import CORRECTED, Reading, Report, Result
from tenants.records.facts.visits import Visit
from tenants.records.known_tests import PRESSURES
from tenants.records.models import Resource, ResourceHistory, SeenResult
from tenants.records.selectors import chart as chart_selectors
from tenants.records.selectors import health, results, visits
from tenants.records.selectors.reading import Page
from tenants.records.wording import weight_of

Facts = TypeVar("Facts")
# A result stays news until it is opened, but not for ever: an imported history is no news.
NEWS = timedelta(days=90)
# Sampling times a page: a report of twenty values is one of them.
GROUPS = 5
# News of each kind that the home page weighs.
LOOKED_THROUGH = 60

# Parts of the health record: name in the address → (selector, recorded action).
SECTIONS: Mapping[str, tuple[Callable[..., Page[Any]], str]] = {
    "conditions": (health.conditions, "records.conditions_viewed"),
    "allergies": (health.allergies, "records.allergies_viewed"),
    "medicines": (health.medicines, "records.medicines_viewed"),
    "vaccines": (health.vaccinations, "records.vaccines_viewed"),
    "procedures": (health.procedures, "records.procedures_viewed"),
    "documents": (health.documents, "records.documents_viewed"),
}

_ACTIONS = {results.LABORATORY: "records.results_viewed", results.VITAL_SIGNS: "records.measurements_viewed"}


def _read(access: Access, action: str, patient: UUID, read: Callable[[], Facts]) -> Facts:
    with transaction.atomic():
        facts = read()
        audit.record(access, action=action, subject=patient)
    return facts


@dataclass(frozen=True, slots=True)
class ResultsPage:
    """Groups of results, what of them this account has not opened yet, and all about which it must call now."""

    page: Page[results.ResultGroup]
    unseen: frozenset[UUID]
    urgent: tuple[Result, ...]


def look_at_results(
    *, access: Access, patient: UUID, number: int = 1, category: str = results.LABORATORY
) -> ResultsPage:
    """A page of results, newest first."""
    is_laboratory = category == results.LABORATORY
    page, urgent = _read(
        access,
        _ACTIONS[category],
        patient,
        lambda: (
            results.results(access, patient, number=number, size=GROUPS, category=category),
            results.urgent_results(access, patient) if is_laboratory else (),
        ),
    )
    found = [result for group in page.items for result in group.results]
    reports = [group.report for group in page.items if group.report is not None and group.is_alone]
    new = unseen(access, [*found, *reports])
    # Their words stand in the list; those that are in a file are opened with it.
    _open(access, [one.origin.key for one in reports if one.origin.key in new and (one.conclusion or not one.has_file)])
    return ResultsPage(page, new, urgent)


def _open(access: Access, keys: Iterable[UUID]) -> None:
    """From now on these are no longer new to the acting account."""
    if access.actor.account_id is not None:
        SeenResult.objects.bulk_create(
            [SeenResult(account_id=access.actor.account_id, resource_id=key) for key in keys], ignore_conflicts=True
        )


def unseen(access: Access, found: Iterable[Result | Report]) -> frozenset[UUID]:
    """Those of ``found`` that are news: taken or corrected of late, and not yet opened so by the acting account."""
    since = clock.now() - NEWS
    shown = list(found)
    keys = [one.origin.key for one in shown if _when(one) >= since]
    keys += _corrected_here([one for one in shown if one.origin.received_at >= since])
    if access.actor.account_id is None:
        return frozenset(keys)
    seen = SeenResult.objects.filter(account_id=access.actor.account_id, resource__in=keys).values_list(
        "resource_id", flat=True
    )
    return frozenset(keys) - frozenset(seen)


def _corrected_here(found: Iterable[Result | Report]) -> list[UUID]:
    """Those of ``found`` that came again corrected: an imported history is no news.

    Nor is a version in which only a reference was put into other words; it keeps the time at which the one before came.
    """
    corrected = {one.origin.key: one.origin.received_at for one in found if one.is_corrected and one.origin.version > 1}
    if not corrected:
        return []
    first = ResourceHistory.objects.filter(resource__in=corrected, version=1).values_list("resource_id", "received_at")
    return [key for key, received_at in first if received_at < corrected[key]]


@dataclass(frozen=True, slots=True)
class OpenResult:
    """One result with the course of its test, and the next visit for those who may see visits.

    ``pressures`` are the courses of the upper and the lower value of a blood pressure; ``is_urgent`` is whether the
    person is told to call now.
    """

    detail: results.ResultDetail
    trend: results.Trend | None
    next_visit: Visit | None
    pressures: tuple[results.Trend, ...] = ()
    is_urgent: bool = False

    @property
    def newer(self) -> results.TrendPoint | None:
        """The newest result of the same test when it was taken after this one."""
        course = next((one for one in (self.trend, *self.pressures) if one is not None), None)
        taken, points = self.detail.result.taken, course.points if course else ()
        return points[-1] if points and taken is not None and points[-1].taken.start > taken.start else None


def look_at_result(*, access: Access, key: UUID) -> OpenResult:
    """One result, which is then no longer new to this account. Raises NotFound."""
    with transaction.atomic():
        detail = _found(lambda: results.result(access, key))
        code = detail.result.measure.code
        trend = results.trend(access, detail.patient_id, code, limit=12) if code else None
        pressures: tuple[results.Trend, ...] = ()
        if code and {part.code for part in detail.result.parts} >= set(PRESSURES):
            pressures = results.trends_of_parts(access, detail.patient_id, code, PRESSURES, limit=12)
        may_see_visits = access.can(permissions.VIEW_VISITS, detail.patient_id)
        coming = visits.coming_visits(access, detail.patient_id) if may_see_visits else ()
        urgent = results.urgent_results(access, detail.patient_id) if detail.result.is_critical else ()
        _open(access, [key])
        audit.record(
            access, action="records.result_viewed", target=(Resource._meta.label, key), subject=detail.patient_id
        )
    is_urgent = any(one.origin.key == key for one in urgent)
    return OpenResult(detail, trend, coming[0] if coming else None, pressures, is_urgent)


@dataclass(frozen=True, slots=True)
class Newest:
    """What is new, the most serious first; or without news the newest of all.

    ``more`` counts the news that are not among ``entries``; at least so many when ``is_more_than``.
    """

    entries: tuple[Result | Report, ...]
    is_news: bool
    more: int = 0
    is_more_than: bool = False


def newest(*, access: Access, patient: UUID, limit: int) -> Newest:
    """Results and reports for the home page, which writes one line for all that is on it.

    A value that asks for attention must not be hidden by newer ones that do not: ``limit`` of all the news are shown by
    weight. Of more than LOOKED_THROUGH results or reports only the newest are looked through; what somebody must call
    about at once stands above in any case.
    """
    may_be_new = _may_be_new(access)
    found = results.newest_results(access, patient, limit=LOOKED_THROUGH, where=may_be_new)
    reports = results.newest_reports(access, patient, limit=LOOKED_THROUGH, where=may_be_new)
    new = unseen(access, [*found, *reports])
    if not new:
        found = results.newest_results(access, patient, limit=limit)
        reports = results.newest_reports(access, patient, limit=limit)
    both: list[Result | Report] = [*found, *reports]
    shown = [one for one in both if one.origin.key in new or not new]
    shown.sort(key=_when, reverse=True)
    if not new:
        return Newest(tuple(shown[:limit]), is_news=False)
    shown.sort(key=_seriousness, reverse=True)
    is_cut = LOOKED_THROUGH in (len(found), len(reports))
    return Newest(tuple(shown[:limit]), True, max(len(shown) - limit, 0), is_cut)


def _seriousness(one: Result | Report) -> tuple[bool, int]:
    """What a laboratory calls critical, then by what is said of it.

    What a report says is not in one word: it may be as serious as a value outside its range, and somebody waits for it.
    """
    if isinstance(one, Report):
        return False, Reading.ABNORMAL.weight
    return one.is_critical, weight_of(one)


def _when(one: Result | Report) -> datetime:
    told = one.taken or one.reported
    return told.start if told else NEAREST


def _may_be_new(access: Access) -> Q:
    """What ``unseen`` looks through: it alone knows whether a correction is one."""
    since = clock.now() - NEWS
    here = Q(starts=None) | Q(status__in=CORRECTED, version__gt=1)
    news = Q(starts__gte=since) | Q(here, received_at__gte=since)
    if access.actor.account_id is None:
        return news
    seen = SeenResult.objects.filter(account_id=access.actor.account_id, resource_id=OuterRef("pk"))
    return Q(news, ~Exists(seen))


def look_at_section(*, access: Access, patient: UUID, section: str, number: int = 1) -> Page[Any]:
    """A page of one of SECTIONS."""
    select, action = SECTIONS[section]
    return _read(access, action, patient, lambda: select(access, patient, number=number))


# Parts of a chart that staff read by pages: name → (permission, recorded action, selector).
CHART_PARTS: Mapping[str, tuple[Permission, str, Callable[..., Page[Any]]]] = {
    "results": (permissions.VIEW_RESULTS, _ACTIONS[results.LABORATORY], partial(results.results, size=GROUPS)),
    "measurements": (
        permissions.VIEW_RESULTS,
        _ACTIONS[results.VITAL_SIGNS],
        partial(results.results, size=GROUPS, category=results.VITAL_SIGNS),
    ),
    "reports": (permissions.VIEW_RESULTS, "records.results_viewed", results.all_reports),
    "documents": (permissions.VIEW_DOCUMENTS, "records.documents_viewed", health.documents),
}


def look_at_part_of_chart(*, access: Access, patient: UUID, part: str, number: int = 1) -> Page[Any]:
    """A page of one of CHART_PARTS of a patient in one's care. Raises NotPermitted or NotFound."""
    permission, action, select = CHART_PARTS[part]
    access.require(permission, patient=patient)
    return _read(access, action, patient, lambda: select(access, patient, number=number))


def look_at_visits(*, access: Access, patient: UUID, number: int = 1) -> tuple[tuple[Visit, ...], Page[Visit]]:
    """Coming visits, and a page of past ones."""
    return _read(
        access,
        "records.visits_viewed",
        patient,
        lambda: (
            visits.coming_visits(access, patient) if number == 1 else (),
            visits.past_visits(access, patient, number=number),
        ),
    )


def look_at_visit(*, access: Access, key: UUID) -> Visit:
    """One visit. Raises NotFound."""
    with transaction.atomic():
        visit = _found(lambda: visits.visit(access, key))
        audit.record(
            access, action="records.visit_viewed", target=(Resource._meta.label, key), subject=visit.patient_id
        )
    return visit


def download_document(*, access: Access, key: UUID) -> tuple[Document, health.DocumentFile]:
    """A stored document and its bytes. Raises NotFound, also when only its description is here."""
    with transaction.atomic():
        document = _found(lambda: health.document(access, key))
        file = _found(lambda: health.document_file(access, key))
        subject = Resource.objects.values_list("patient_id", flat=True).get(pk=key)
        audit.record(access, action="records.document_downloaded", target=(Resource._meta.label, key), subject=subject)
    return document, file


def download_report(*, access: Access, key: UUID) -> health.DocumentFile:
    """A report as it was written. Raises NotFound, also when only its description is here."""
    with transaction.atomic():
        subject, file = _found(lambda: results.report_file(access, key))
        _open(access, [key])
        audit.record(access, action="records.report_downloaded", target=(Resource._meta.label, key), subject=subject)
    return file


def look_at_chart(*, access: Access, patient: UUID) -> chart_selectors.Chart:
    """The chart summary of a patient. Raises NotFound outside a care relationship."""
    access.require(permissions.VIEW, patient=patient)
    return _read(access, "records.chart_viewed", patient, lambda: chart_selectors.chart(access, patient))


def _found(read: Callable[[], Facts]) -> Facts:
    """Whatever a selector says about something that is not there, pages answer with one and the same 404."""
    try:
        return read()
    except DomainError as error:
        if error.code in ("not_found", "not-found"):
            raise NotFound from error
        raise


@dataclass(frozen=True, slots=True)
class Overview:
    """What the health record holds: how many entries each section has, and where it comes from."""

    counts: Mapping[str, int]
    sources: Mapping[str, Any]


_COUNT_NAMES = {"vaccinations": "vaccines"}


def look_at_overview(*, access: Access, patient: UUID) -> Overview:
    """The sections of the health record."""
    return _read(
        access,
        "records.overview_viewed",
        patient,
        lambda: Overview(
            {_COUNT_NAMES.get(name, name): count for name, count in health.section_counts(access, patient).items()},
            health.sources(access, patient),
        ),
    )
