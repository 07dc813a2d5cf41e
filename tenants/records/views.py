"""The patient's pages about visits, results and the health record."""

from typing import cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from kernel.i18n import formats
from kernel.permissions import Permission, requires
from tenants.people.requests import PageRequest, is_own, patient_access, subject_of
from tenants.records import permissions
from tenants.records.facts.elements import iso_words
from tenants.records.pictures import apart, pressure_chart, range_bar, trend_chart, value_before
from tenants.records.selectors import health, results
from tenants.records.services import looking

# Section of the address: heading, icon, what to say when it is empty.
SECTIONS: dict[str, tuple[str | Promise, str, str | Promise]] = {
    "conditions": (_("Health problems"), "activity", _("No health problems are in your record.")),
    "allergies": (_("Allergies"), "shield-alert", _("No allergies are in your record.")),
    "medicines": (_("Medicines"), "pill", _("No medicines are in your record.")),
    "vaccines": (_("Vaccines"), "syringe", _("No vaccines are in your record.")),
    "procedures": (_("Procedures"), "scissors", _("No procedures are in your record.")),
    "documents": (_("Documents"), "file-text", _("No documents are in your record.")),
}
# What a browser may be told about a stored file. It is always a download, so nothing of it runs on our address.
_SUFFIXES = {
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/rtf": ".rtf",
}


def _permission_of(section: str) -> Permission:
    return permissions.VIEW_DOCUMENTS if section == "documents" else permissions.VIEW


def page_number(request: HttpRequest) -> int:
    """The page asked for in the address; anything else than a number is the first."""
    wanted = request.GET.get("page", "")
    return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1


def not_shared(request: HttpRequest, permission: Permission, title: str | Promise) -> HttpResponse | None:
    """The page for a helper to whom the person has not opened this part; None when it is open.

    The route lets in whoever may see this of anybody. An empty list would say that there is nothing.
    """
    access = patient_access(cast(PageRequest, request))
    if access.can(permission, subject_of(access)):
        return None
    return render(request, "records/not_shared.html", {"title": title}, status=403)


@require_safe
@requires(permissions.VIEW_VISITS)
def visit_list(request: HttpRequest) -> HttpResponse:
    """Coming visits first, then past ones by pages."""
    if closed := not_shared(request, permissions.VIEW_VISITS, _("Visits")):
        return closed
    access = patient_access(cast(PageRequest, request))
    coming, past = looking.look_at_visits(access=access, patient=subject_of(access), number=page_number(request))
    return render(request, "records/visits.html", {"coming": coming, "page": past, "zone": formats.zone_name()})


@require_safe
@requires(permissions.VIEW_VISITS)
def visit_detail(request: HttpRequest, key: UUID) -> HttpResponse:
    """One visit, past or coming."""
    visit = looking.look_at_visit(access=patient_access(cast(PageRequest, request)), key=key)
    phone = cast(PageRequest, request).hospital.phone
    return render(request, "records/visit.html", {"visit": visit, "zone": formats.zone_name(), "phone": phone})


@require_safe
@requires(permissions.VIEW_RESULTS)
def result_list(request: HttpRequest) -> HttpResponse:
    """Test results by report and date."""
    if closed := not_shared(request, permissions.VIEW_RESULTS, _("Test results")):
        return closed
    access = patient_access(cast(PageRequest, request))
    found = looking.look_at_results(access=access, patient=subject_of(access), number=page_number(request))
    new = [result for group in found.page.items for result in group.results if result.origin.key in found.unseen]
    return render(
        request,
        "records/results.html",
        {
            "page": found.page,
            "unseen": found.unseen,
            "count_new": len(new),
            "urgent": found.urgent,
            "phone": cast(PageRequest, request).hospital.phone,
        },
    )


@require_safe
@requires(permissions.VIEW_RESULTS)
def result_detail(request: HttpRequest, key: UUID) -> HttpResponse:
    """One test result: value, range, status in words, the course of the same test."""
    access = patient_access(cast(PageRequest, request))
    found = looking.look_at_result(access=access, key=key)
    measure = found.detail.result.measure
    return render(
        request,
        "records/result.html",
        {
            "result": found.detail.result,
            "report": found.detail.report,
            "bar": range_bar(measure),
            "trend": trend_chart(found.trend, key) or pressure_chart(measure, found.pressures, key),
            "apart": apart(found.trend, *found.pressures),
            "before": value_before(found.trend, key),
            "next_visit": found.next_visit,
            "is_urgent": found.is_urgent,
            "urgent": [found.detail.result],
            "newer": found.newer,
            "phone": cast(PageRequest, request).hospital.phone,
            "is_own": is_own(access),
        },
    )


@require_safe
@requires(permissions.VIEW_RESULTS)
def measurement_list(request: HttpRequest) -> HttpResponse:
    """Measurements at visits, such as weight and blood pressure."""
    if closed := not_shared(request, permissions.VIEW_RESULTS, _("Measurements")):
        return closed
    access = patient_access(cast(PageRequest, request))
    found = looking.look_at_results(
        access=access, patient=subject_of(access), number=page_number(request), category=results.VITAL_SIGNS
    )
    return render(request, "records/measurements.html", {"page": found.page})


@require_safe
@requires(permissions.VIEW, permissions.VIEW_DOCUMENTS)
def overview(request: HttpRequest) -> HttpResponse:
    """The sections of the health record with their counts."""
    access = patient_access(cast(PageRequest, request))
    found = looking.look_at_overview(access=access, patient=subject_of(access))
    sections = [
        {"name": name, "title": title, "icon": icon, "count": found.counts.get(name, 0)}
        for name, (title, icon, _empty) in SECTIONS.items()
        if access.can(_permission_of(name), subject_of(access))
    ]
    return render(
        request,
        "records/overview.html",
        {
            "sections": [section for section in sections if section["name"] != "documents"],
            "papers": [section for section in sections if section["name"] == "documents"],
            "sources": found.sources,
            "may_see_results": access.can(permissions.VIEW_RESULTS, subject_of(access)),
            "is_own": is_own(access),
        },
    )


@require_safe
@requires(permissions.VIEW, permissions.VIEW_DOCUMENTS)
def section(request: HttpRequest, name: str) -> HttpResponse:
    """One section of the health record."""
    if name not in SECTIONS:
        raise Http404
    title, icon, empty = SECTIONS[name]
    if closed := not_shared(request, _permission_of(name), title):
        return closed
    access = patient_access(cast(PageRequest, request))
    page = looking.look_at_section(access=access, patient=subject_of(access), section=name, number=page_number(request))
    return render(
        request,
        f"records/section_{name}.html",
        {"title": title, "icon": icon, "empty": empty, "page": page, "section": name},
    )


@require_safe
@requires(permissions.VIEW_DOCUMENTS)
def document_download(request: HttpRequest, key: UUID) -> HttpResponse:
    """The stored bytes of a document, never shown inside our pages: they came from outside."""
    _document, file = looking.download_document(access=patient_access(cast(PageRequest, request)), key=key)
    return attachment(file, "document")


@require_safe
@requires(permissions.VIEW_RESULTS)
def report_download(request: HttpRequest, key: UUID) -> HttpResponse:
    """A report as it was written; like a document it came from outside."""
    return attachment(looking.download_report(access=patient_access(cast(PageRequest, request)), key=key), "report")


def attachment(file: health.DocumentFile, kind: str) -> HttpResponse:
    """A download named after its ``kind``, which is one word in ASCII, and its date: ``document-2026-03-14.pdf``.

    A name says nothing about the content or the person: names end in histories and on shared screens.
    """
    media = file.content_type.split(";")[0].strip().lower()
    suffix = _SUFFIXES.get(media)
    name = f"{kind}-{iso_words(file.written)}" if file.written is not None else kind
    return HttpResponse(
        file.content,
        content_type=media if suffix else "application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{name}{suffix or ".bin"}"',
            "Content-Security-Policy": "sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
