"""The provider's audit trail."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from control_plane.console.requests import ConsoleRequest
from control_plane.operators import permissions, services
from control_plane.operators.selectors import AUDIT_LIST, RESULTS, audit_actions, audit_list, words_of
from kernel.accounts.confirm import recently_confirmed
from kernel.exports import csv_file
from kernel.lists import ListState, heading
from kernel.permissions import requires


@require_safe
@requires(permissions.VIEW_AUDIT)
def audit(request: ConsoleRequest) -> HttpResponse:
    """Search the trail."""
    state = ListState.read(request.GET, AUDIT_LIST)
    return render(
        request,
        "console/audit/list.html",
        {
            "state": state,
            "page": state.paginate(audit_list(request.access, state)),
            "action_choices": [(name, words_of(name)) for name in audit_actions(request.access)],
            "results": RESULTS,
            "headings": [
                heading(state, _("When"), "at"),
                heading(state, _("Who"), "actor"),
                heading(state, _("What"), "action"),
                heading(state, _("On what")),
                heading(state, _("Why")),
                heading(state, _("Address")),
            ],
            "export_url": reverse("console:audit_export") + state.query(page=1),
            "may_export": request.access.can(permissions.EXPORT_AUDIT),
        },
    )


@require_POST
@requires(permissions.EXPORT_AUDIT)
@recently_confirmed
def audit_export(request: ConsoleRequest) -> HttpResponse:
    """The entries found, as a file; the export is an entry itself."""
    rows = services.export_audit(access=request.access, state=ListState.read(request.GET, AUDIT_LIST))
    return csv_file("audit.csv", rows[0], rows[1:])
