"""The hospital's trail: who did what, and who saw a patient."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kernel.accounts.confirm import recently_confirmed
from kernel.audit.browsing import AUDIT_LIST, is_sealed
from kernel.exports import csv_file
from kernel.i18n.formats import zone_name
from kernel.lists import ListState
from kernel.permissions import requires
from tenants.people.selectors import is_too_short
from tenants.setup import permissions, services
from tenants.setup.patients import may_find, names_of
from tenants.setup.requests import ManageRequest
from tenants.setup.selectors import subject_of


@require_safe
@requires(permissions.SEARCH_AUDIT)
def audit(request: ManageRequest) -> HttpResponse:
    """Search the trail."""
    access = request.access
    state = ListState.read(request.GET, AUDIT_LIST)
    subject = subject_of(state)
    trail, rows = services.read_trail(access=access, state=state, export=reverse("setup:audit_export"))
    return render(
        request,
        "audit/trail.html",
        {
            "list": trail,
            "rows": rows,
            "lead": _("Who did what, and who saw a patient. Nobody can change it."),
            "entry_url": "setup:audit_entry",
            "zone": zone_name(),
            "find_url": reverse("setup:audit_patient") if may_find(access) else "",
            "subject_id": subject,
            "subject": names_of(access, [subject]).get(subject) if subject else None,
        },
    )


@require_safe
@requires(permissions.SEARCH_AUDIT)
def audit_entry(request: ManageRequest, key: UUID) -> HttpResponse:
    """One entry with all that was recorded."""
    entry, row = services.open_entry(access=request.access, key=key)
    context = {"row": row, "is_sealed": is_sealed(entry), "back": reverse("setup:audit"), "zone": zone_name()}
    return render(request, "audit/entry.html", context)


@require_safe
@requires(permissions.SEARCH_AUDIT)
def audit_patient(request: ManageRequest) -> HttpResponse:
    """Choose the patient whose entries are to be seen; those whose role covers no patients read why they cannot."""
    if not may_find(request.access):
        refused = {"is_refused": True, "sees_staff": request.access.can(permissions.VIEW_STAFF)}
        return render(request, "setup/audit/patient.html", refused, status=403)
    words = request.GET.get("words", "").replace("\x00", "").strip()[:100]
    found = services.look_for_patients(access=request.access, words=words) if words else None
    context = {"words": words, "found": found, "is_too_short": is_too_short(words)}
    return render(request, "setup/audit/patient.html", context)


@require_POST
@requires(permissions.EXPORT_AUDIT)
@recently_confirmed(back="setup:audit")
def audit_export(request: ManageRequest) -> HttpResponse:
    """The entries found, as a file; the export is an entry itself."""
    rows = services.export_audit(access=request.access, state=ListState.read(request.GET, AUDIT_LIST))
    return csv_file("audit.csv", rows[0], rows[1:])
