"""What the administrator of a network sees: the network, its hospitals and their state."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from control_plane.console.requests import ConsoleRequest
from control_plane.hospitals.selectors import address_of
from control_plane.networks import permissions
from control_plane.networks.selectors import hospitals_of_own, own_network
from kernel.permissions import requires
from kernel.tenancy.models import Hospital


@require_safe
@requires(permissions.VIEW_OWN)
def home(request: ConsoleRequest) -> HttpResponse:
    """The network of the account, or that it has none yet."""
    rows = [{"hospital": hospital, "address": _address(hospital)} for hospital in hospitals_of_own(request.access)]
    return render(request, "console/networks/own.html", {"network": own_network(request.access), "rows": rows})


def _address(hospital: Hospital) -> str:
    """Where the hospital answers; the first of its addresses is the main one."""
    domains = hospital.domains.all()
    return address_of(domains[0].domain) if domains else ""
