"""Networks."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from control_plane.console.requests import ConsoleRequest
from control_plane.hospitals.selectors import is_current
from control_plane.networks import permissions, services
from control_plane.networks.selectors import NETWORK_LIST, hospitals_of, network_by_slug, network_list
from kernel.exports import csv_file
from kernel.lists import ListState, heading
from kernel.permissions import requires


@require_safe
@requires(permissions.VIEW)
def networks(request: ConsoleRequest) -> HttpResponse:
    """All networks."""
    state = ListState.read(request.GET, NETWORK_LIST)
    return render(
        request,
        "console/networks/list.html",
        {
            "state": state,
            "page": state.paginate(network_list(request.access, state)),
            "headings": [
                heading(state, _("Network"), "name"),
                heading(state, _("Hospitals"), "hospitals", is_number=True),
                heading(state, _("Live"), is_number=True),
                heading(state, _("Accounts"), is_number=True),
                heading(state, _("Patients"), "patients", is_number=True),
                heading(state, _("Since"), "created"),
            ],
            "export_url": reverse("console:networks_export") + state.query(page=1),
        },
    )


@require_safe
@requires(permissions.VIEW)
def networks_export(request: ConsoleRequest) -> HttpResponse:
    """The same list as a file."""
    rows = services.export_networks(access=request.access, state=ListState.read(request.GET, NETWORK_LIST))
    return csv_file("networks.csv", rows[0], rows[1:])


@require_safe
@requires(permissions.VIEW)
def network(request: ConsoleRequest, slug: str) -> HttpResponse:
    """One network with its hospitals."""
    found = network_by_slug(request.access, slug)
    rows = [{"hospital": row, "is_current": is_current(row)} for row in hospitals_of(request.access, found)]
    return render(request, "console/networks/network.html", {"network": found, "rows": rows})
