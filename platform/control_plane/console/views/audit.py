"""The provider's audit trail."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from control_plane.console.requests import ConsoleRequest
from control_plane.operators import permissions, services
from kernel.accounts.confirm import recently_confirmed
from kernel.audit.browsing import AUDIT_LIST, is_sealed, trail_rows
from kernel.exports import csv_file
from kernel.lists import ListState
from kernel.permissions import requires

ZONE = "UTC"


@require_safe
@requires(permissions.VIEW_AUDIT)
def audit(request: ConsoleRequest) -> HttpResponse:
    """Search the trail."""
    state = ListState.read(request.GET, AUDIT_LIST)
    trail, rows = services.read_trail(access=request.access, state=state, export=reverse("console:audit_export"))
    return render(
        request,
        "audit/trail.html",
        {
            "list": trail,
            "rows": rows,
            "lead": _("What operators did. Hospitals have their own."),
            "entry_url": "console:audit_entry",
            "zone": ZONE,
        },
    )


@require_safe
@requires(permissions.VIEW_AUDIT)
def audit_entry(request: ConsoleRequest, key: UUID) -> HttpResponse:
    """One entry with all that was recorded."""
    entry = services.open_entry(access=request.access, key=key)
    [row] = trail_rows([entry])
    context = {"row": row, "is_sealed": is_sealed(entry), "back": reverse("console:audit"), "zone": ZONE}
    return render(request, "audit/entry.html", context)


@require_POST
@requires(permissions.EXPORT_AUDIT)
@recently_confirmed(back="console:audit")
def audit_export(request: ConsoleRequest) -> HttpResponse:
    """The entries found, as a file; the export is an entry itself."""
    rows = services.export_audit(access=request.access, state=ListState.read(request.GET, AUDIT_LIST))
    return csv_file("audit.csv", rows[0], rows[1:])
