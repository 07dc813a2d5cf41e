"""Networks."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control_plane.console.forms import EndOperatorForm, InviteAdminForm
from control_plane.console.requests import ConsoleRequest
from control_plane.networks import permissions, services
from control_plane.networks.selectors import (
    NETWORK_LIST,
    admin_by_id,
    admins_of,
    hospitals_of,
    network_by_slug,
    network_listing,
)
from kernel.accounts.confirm import recently_confirmed, typed
from kernel.errors import DomainError
from kernel.exports import csv_file
from kernel.lists import Heading, ListState
from kernel.permissions import NotFound, requires


@require_safe
@requires(permissions.VIEW)
def networks(request: ConsoleRequest) -> HttpResponse:
    """All networks."""
    state = ListState.read(request.GET, NETWORK_LIST)
    found = network_listing(request.access, state, export=reverse("console:networks_export"))
    return render(request, "console/networks/list.html", {"list": found})


@require_POST
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
    words = (_("Hospital"), _("Status"), _("Accounts"), _("Patients"), _("Version"), _("Last sign-in"))
    context = {
        "network": found,
        "rows": list(hospitals_of(request.access, found)),
        "admins": admins_of(request.access, found),
        "may_manage": request.access.can(permissions.MANAGE_ADMINS),
        "headings": [Heading(word, is_number=word in words[2:4]) for word in words],
    }
    return render(request, "console/networks/network.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.MANAGE_ADMINS)
@recently_confirmed(keeping=("name", "email"))
def network_invite(request: ConsoleRequest, slug: str) -> HttpResponse:
    """Invite an administrator of a network."""
    found = network_by_slug(request.access, slug)
    form = InviteAdminForm(request.POST or None, initial=typed(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.invite_admin(access=request.access, slug=slug, **form.cleaned_data)
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            email = form.cleaned_data["email"]
            messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": email})
            return redirect("console:network", slug=slug)
    return render(
        request, "console/networks/invite.html", {"form": form, "network": found}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.MANAGE_ADMINS)
@recently_confirmed(keeping=("reason",))
def network_end(request: ConsoleRequest, account_id: UUID) -> HttpResponse:
    """End the access of a network's administrator."""
    found = admin_by_id(request.access, account_id)
    back = reverse("console:network", args=[found.network])
    form = EndOperatorForm(request.POST or None, initial=typed(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.end_admin(access=request.access, account_id=account_id, reason=form.cleaned_data["reason"])
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(name)s cannot sign in any more.") % {"name": found.account.display_name})
            return redirect(back)
    return render(
        request,
        "console/operators/end.html",
        {"form": form, "operator": found.account, "back": back, "back_label": _("Network")},
        status=422 if form.errors else 200,
    )
