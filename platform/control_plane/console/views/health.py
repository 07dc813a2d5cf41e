"""The platform's health."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from control_plane.console.requests import ConsoleRequest
from control_plane.hospitals import permissions
from control_plane.hospitals.health import platform_services
from control_plane.hospitals.selectors import (
    fleet_figures,
    guard_probes,
    provider_health,
    unfinished_provisionings,
)
from kernel.permissions import requires
from kernel.tenancy.schemas import migration_state


@require_safe
@requires(permissions.VIEW_HEALTH)
def health(request: ConsoleRequest) -> HttpResponse:
    """What runs, what keeps hospitals apart, how full the database is."""
    access = request.access
    return render(
        request,
        "console/health.html",
        {
            "figures": fleet_figures(access),
            "probes": guard_probes(access),
            "provider": provider_health(access),
            "services": platform_services(access),
            "wanted_state": migration_state(),
            "unfinished": unfinished_provisionings(access),
        },
    )
