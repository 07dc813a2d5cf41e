"""Staff's pages that belong to no feature: the day, the search, the chart summary."""

from datetime import timedelta
from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kernel.i18n import formats
from kernel.lists import ListState
from kernel.permissions import Role, public, requires
from kernel.permissions.declarations import STAFF_ROLES
from kernel.registries import chart_panels
from tenants.people import permissions as people
from tenants.people.requests import PageRequest
from tenants.people.selectors import record_numbers
from tenants.portal import permissions
from tenants.portal.forms import DayForm
from tenants.portal.services import (
    PATIENT_LIST,
    as_rows,
    look_at_day,
    open_patient,
    recent_patients,
    search_patients,
)
from tenants.portal.shell import first_page
from tenants.records.care import is_unconnected
from tenants.records.services import looking
from tenants.records.views import attachment, page_number

RECENT = "recent_patients"
RECENT_KEPT = 8


# Who treats patients or speaks with them begins with the day; who manages the hospital with its overview.
_WITH_PATIENTS = frozenset({Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING})


@require_safe
@public("leads staff to the first page that their role opens, and shows nothing itself")
def start(request: HttpRequest) -> HttpResponse:
    """Where somebody begins to work here."""
    access = cast(PageRequest, request).access
    if not access.is_signed_in or not access.actor.roles & STAFF_ROLES:
        return redirect("portal:home")
    sides = ("staff", "manage") if access.actor.roles & _WITH_PATIENTS else ("manage", "staff")
    address = next((found for side in sides if (found := first_page(access, side))), "")
    return redirect(address) if address else render(request, "portal/no_pages.html")


@require_safe
@requires(permissions.VIEW_DAY)
def my_day(request: HttpRequest) -> HttpResponse:
    """The visits of a day, today's at first."""
    form = DayForm(request.GET)
    today = formats.today()
    day = (form.cleaned_data["day"] if form.is_valid() else None) or today
    sheet = look_at_day(access=cast(PageRequest, request).access, day=day)
    return render(
        request,
        "portal/my_day.html",
        {
            "sheet": sheet,
            "opens_charts": cast(PageRequest, request).access.can(permissions.OPEN_CHART),
            "day": day,
            "today": today,
            "is_today": day == today,
            "before": (day - timedelta(days=1)).isoformat(),
            "after": (day + timedelta(days=1)).isoformat(),
        },
    )


@require_safe
@requires(people.SEARCH)
def find_patients(request: HttpRequest) -> HttpResponse:
    """Find a patient by name, number, e-mail address or date of birth."""
    page = cast(PageRequest, request)
    state = ListState.read(request.GET, PATIENT_LIST)
    found = search_patients(access=page.access, state=state)
    recent = [] if state.is_narrowed else recent_patients(access=page.access, keys=_recent_keys(page))
    return render(
        request,
        "portal/find_patients.html",
        {
            "list": found,
            "patients": as_rows(page.access, found.page if state.is_narrowed else recent),
            "sees_everybody": _sees_everybody(page),
            "is_unconnected": is_unconnected(page.access, people.SEARCH),
            "opens_charts": page.access.can(permissions.OPEN_CHART),
        },
    )


@require_safe
@requires(permissions.OPEN_CHART)
def chart(request: HttpRequest, key: UUID) -> HttpResponse:
    """The chart summary of a patient in one's care."""
    page = cast(PageRequest, request)
    patient = open_patient(access=page.access, key=key)
    access = page.access.about(patient)
    panels = [
        {"template": panel.template, "context": panel.build(access, patient)}
        for panel in chart_panels
        if access.can(panel.permission, patient)
    ]
    keys = [key, *(known for known in _recent_keys(page) if known != key)]
    page.session[RECENT] = [str(known) for known in keys[:RECENT_KEPT]]
    number = record_numbers(access, [key]).get(key, "")
    return render(request, "portal/chart.html", {"patient": patient, "record_number": number, "panels": panels})


@require_safe
@requires(permissions.OPEN_CHART)
def results(request: HttpRequest, key: UUID) -> HttpResponse:
    """All results of a patient in one's care, also the earlier ones of a test."""
    return _papers(request, key, _("All results"), "results")


@require_safe
@requires(permissions.OPEN_CHART)
def measurements(request: HttpRequest, key: UUID) -> HttpResponse:
    """All measurements of a patient in one's care, also the earlier ones."""
    return _papers(request, key, _("All measurements"), "measurements")


@require_safe
@requires(permissions.OPEN_CHART)
def reports(request: HttpRequest, key: UUID) -> HttpResponse:
    """All reports of a patient in one's care, also those that the chart summary has no room for."""
    return _papers(request, key, _("All reports"), "reports", row="records/_chart_report.html")


@require_safe
@requires(permissions.OPEN_CHART)
def documents(request: HttpRequest, key: UUID) -> HttpResponse:
    """All documents of a patient in one's care."""
    return _papers(request, key, _("All documents"), "documents", row="records/_chart_document.html")


@require_safe
@requires(permissions.OPEN_CHART)
def report_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """A report of somebody in one's care as it was written. Without the right to results nothing is found."""
    return attachment(looking.download_report(access=cast(PageRequest, request).access, key=key), "report")


@require_safe
@requires(permissions.OPEN_CHART)
def document_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """A document of somebody in one's care. Without the right to documents nothing is found."""
    _document, file = looking.download_document(access=cast(PageRequest, request).access, key=key)
    return attachment(file, "document")


def _papers(request: HttpRequest, key: UUID, title: str, part: str, row: str = "") -> HttpResponse:
    """A page of a part of a patient's chart: each entry as ``row`` draws it, or else groups of results."""
    access = cast(PageRequest, request).access
    patient = open_patient(access=access, key=key)
    found = looking.look_at_part_of_chart(
        access=access.about(patient), patient=key, part=part, number=page_number(request)
    )
    number = record_numbers(access, [key]).get(key, "")
    context = {"title": title, "patient": patient, "record_number": number, "page": found, "row": row}
    return render(request, "portal/chart_papers.html" if row else "portal/chart_results.html", context)


def _recent_keys(page: PageRequest) -> list[UUID]:
    """Whose charts were opened last in this session."""
    return [UUID(key) for key in page.session.get(RECENT, [])]


def _sees_everybody(page: PageRequest) -> bool:
    """Whether the search covers all patients and not only those in one's care."""
    return "hospital" in page.access.reaches(people.SEARCH)
