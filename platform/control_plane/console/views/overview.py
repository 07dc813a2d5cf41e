"""The first page, and finding things from everywhere."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from control_plane.console.requests import ConsoleRequest
from control_plane.hospitals import permissions as hospital_permissions
from control_plane.hospitals.selectors import (
    HOSPITAL_LIST,
    fleet_figures,
    hospital_list,
    hospitals_with_broken_anchors,
    hospitals_with_stuck_events,
    provider_health,
    unfinished_provisionings,
)
from control_plane.networks.selectors import NETWORK_LIST, network_list
from control_plane.operators import permissions as operator_permissions
from control_plane.operators.selectors import recent_entries
from kernel.lists import ListState
from kernel.permissions import requires

FOUND_OF_A_KIND = 10


@require_safe
@requires(hospital_permissions.VIEW)
def overview(request: ConsoleRequest) -> HttpResponse:
    """Counts, states, what waits for somebody, and what happened last."""
    access = request.access
    may_see_events = access.can(operator_permissions.VIEW_AUDIT)
    figures = fleet_figures(access)
    return render(
        request,
        "console/overview.html",
        {
            "figures": figures,
            "provider": provider_health(access),
            "stuck": hospitals_with_stuck_events(access) if figures.stuck else [],
            "broken": hospitals_with_broken_anchors(access) if figures.broken_anchors else [],
            "unfinished": unfinished_provisionings(access),
            "events": recent_entries(access) if may_see_events else None,
            "may_add": access.can(hospital_permissions.ADD),
        },
    )


@require_safe
@requires(hospital_permissions.VIEW)
def search(request: ConsoleRequest) -> HttpResponse:
    """Hospitals and networks whose name or address holds the words."""
    access = request.access
    hospitals_state = ListState.read({"q": request.GET.get("q", "")}, HOSPITAL_LIST)
    networks_state = ListState.read({"q": request.GET.get("q", "")}, NETWORK_LIST)
    words = hospitals_state.search
    return render(
        request,
        "console/search.html",
        {
            "words": words,
            "hospitals": list(hospital_list(access, hospitals_state)[:FOUND_OF_A_KIND]) if words else [],
            "networks": list(network_list(access, networks_state)[:FOUND_OF_A_KIND]) if words else [],
        },
    )
