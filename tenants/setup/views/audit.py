"""The hospital's trail: who did what, and who saw a patient."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kernel.accounts.confirm import recently_confirmed
from kernel.exports import csv_file
from kernel.lists import ListState, heading
from kernel.permissions import requires
from tenants.setup import permissions, services
from tenants.setup.patients import may_find, names_of
from tenants.setup.requests import ManageRequest
from tenants.setup.selectors import AUDIT_LIST, RESULTS, audit_actions, subject_of, words_of


@require_safe
@requires(permissions.SEARCH_AUDIT)
def audit(request: ManageRequest) -> HttpResponse:
    """Search the trail."""
    access = request.access
    state = ListState.read(request.GET, AUDIT_LIST)
    page, rows = services.read_trail(access=access, state=state)
    subject = subject_of(state)
    return render(
        request,
        "setup/audit/list.html",
        {
            "state": state,
            "page": page,
            "rows": rows,
            "subject": names_of(access, [subject]).get(subject) if subject else None,
            "subject_id": subject,
            "actions": [(name, words_of(name)) for name in audit_actions(access)],
            "results": RESULTS,
            "headings": [
                heading(state, _("When"), "at"),
                heading(state, _("Who"), "actor"),
                heading(state, _("What"), "action"),
                heading(state, _("Whose record")),
                heading(state, _("Why")),
                heading(state, _("Address")),
            ],
            "export_url": reverse("setup:audit_export") + state.query(page=1),
            "may_export": access.can(permissions.EXPORT_AUDIT),
            "may_find": may_find(access),
        },
    )


@require_safe
@requires(permissions.SEARCH_AUDIT)
def audit_patient(request: ManageRequest) -> HttpResponse:
    """Choose the patient whose entries are to be seen."""
    words = request.GET.get("words", "").replace("\x00", "").strip()[:100]
    found = services.look_for_patients(access=request.access, words=words) if words else None
    return render(request, "setup/audit/patient.html", {"words": words, "found": found})


@require_POST
@requires(permissions.EXPORT_AUDIT)
@recently_confirmed
def audit_export(request: ManageRequest) -> HttpResponse:
    """The entries found, as a file; the export is an entry itself."""
    rows = services.export_audit(access=request.access, state=ListState.read(request.GET, AUDIT_LIST))
    return csv_file("audit.csv", rows[0], rows[1:])
