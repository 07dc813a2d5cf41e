"""Operators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control_plane.console.forms import EndOperatorForm, InviteOperatorForm
from control_plane.console.requests import ConsoleRequest
from control_plane.operators import permissions, services
from control_plane.operators.selectors import OPERATOR_LIST, operator_by_id, operator_listing, operators_shown
from kernel.accounts.confirm import recently_confirmed, typed
from kernel.errors import DomainError
from kernel.exports import csv_file
from kernel.lists import ListState
from kernel.permissions import NotFound, requires


@require_safe
@requires(permissions.VIEW)
def operators(request: ConsoleRequest) -> HttpResponse:
    """Who works in the console."""
    found = operator_listing(
        request.access, ListState.read(request.GET, OPERATOR_LIST), export=reverse("console:operators_export")
    )
    return render(
        request,
        "console/operators/list.html",
        {
            "list": found,
            "rows": operators_shown(found.page.object_list),
            "may_manage": request.access.can(permissions.MANAGE),
            "own_id": request.access.actor.account_id,
        },
    )


@require_POST
@requires(permissions.VIEW)
def operators_export(request: ConsoleRequest) -> HttpResponse:
    """The same list as a file."""
    rows = services.export_operators(access=request.access, state=ListState.read(request.GET, OPERATOR_LIST))
    return csv_file("operators.csv", rows[0], rows[1:])


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.MANAGE)
@recently_confirmed(keeping=("name", "email", "rank"))
def operator_invite(request: ConsoleRequest) -> HttpResponse:
    """Invite an operator."""
    form = InviteOperatorForm(request.POST or None, initial=typed(request), ranks=services.rank_choices())
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            services.invite_operator(
                access=request.access, name=answers["name"], email=answers["email"], rank=answers["rank"]
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": answers["email"]})
            return redirect("console:operators")
    return render(request, "console/operators/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.MANAGE)
@recently_confirmed(keeping=("reason",))
def operator_end(request: ConsoleRequest, account_id: UUID) -> HttpResponse:
    """End an operator's access."""
    found = operator_by_id(request.access, account_id)
    form = EndOperatorForm(request.POST or None, initial=typed(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.end_operator(access=request.access, account_id=account_id, reason=form.cleaned_data["reason"])
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(name)s cannot sign in any more.") % {"name": found.display_name})
            return redirect("console:operators")
    return render(
        request,
        "console/operators/end.html",
        {"form": form, "operator": found, "back": reverse("console:operators"), "back_label": _("Operators")},
        status=422 if form.errors else 200,
    )
