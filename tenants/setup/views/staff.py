"""Staff: who works here, invited and ended."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kernel.accounts.confirm import recently_confirmed, typed
from kernel.errors import DomainError
from kernel.exports import csv_file
from kernel.i18n.formats import zone_name
from kernel.lists import ListState
from kernel.permissions import NotFound, requires
from tenants.records.selectors.practitioners import MOST_FOUND
from tenants.setup import permissions, services
from tenants.setup.forms import ConnectStaffForm, EndStaffForm, InviteStaffForm, StaffRolesForm
from tenants.setup.requests import ManageRequest
from tenants.setup.selectors import (
    STAFF_LIST,
    candidates,
    may_treat,
    practitioner_called,
    role_choices,
    staff_listing,
    staff_member,
)


@require_safe
@requires(permissions.VIEW_STAFF)
def staff(request: ManageRequest) -> HttpResponse:
    """Everybody who works here."""
    state = ListState.read(request.GET, STAFF_LIST)
    context = {
        "list": staff_listing(request.access, state, export=reverse("setup:staff_export")),
        "may_manage": request.access.can(permissions.MANAGE_STAFF),
        "own_id": request.access.actor.account_id,
        "zone": zone_name(),
    }
    return render(request, "setup/staff/list.html", context)


@require_POST
@requires(permissions.VIEW_STAFF)
def staff_export(request: ManageRequest) -> HttpResponse:
    """The same list as a file."""
    rows = services.export_staff(access=request.access, state=ListState.read(request.GET, STAFF_LIST))
    return csv_file("staff.csv", rows[0], rows[1:])


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.MANAGE_STAFF)
@recently_confirmed(keeping=("name", "email", "roles"))
def staff_invite(request: ManageRequest) -> HttpResponse:
    """Invite somebody."""
    form = InviteStaffForm(request.POST or None, initial=typed(request, "roles"), roles=role_choices(request.access))
    if request.method == "POST" and form.is_valid():
        answers = form.cleaned_data
        try:
            services.invite_staff(
                access=request.access, name=answers["name"], email=answers["email"], roles=answers["roles"]
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": answers["email"]})
            return redirect("setup:staff")
    return render(request, "setup/staff/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@requires(permissions.MANAGE_STAFF)
def staff_invite_again(request: ManageRequest, account_id: UUID) -> HttpResponse:
    """Send an invitation again. It opens nothing that the first did not, so nobody confirms who they are for it."""
    try:
        account = services.invite_staff_again(access=request.access, account_id=account_id)
    except NotFound:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": account.email})
    return redirect("setup:staff")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.MANAGE_STAFF)
@recently_confirmed(keeping=("roles",))
def staff_roles(request: ManageRequest, account_id: UUID) -> HttpResponse:
    """Give a member of staff other roles."""
    found = staff_member(request.access, account_id)
    held = [membership.role.name for membership in found.live_roles]
    initial = {"roles": held, **typed(request, "roles")}
    form = StaffRolesForm(request.POST or None, roles=role_choices(request.access), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.give_staff_roles(access=request.access, account_id=account_id, roles=form.cleaned_data["roles"])
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The roles of %(name)s were changed.") % {"name": found.display_name})
            return redirect("setup:staff")
    return render(
        request, "setup/staff/roles.html", {"form": form, "member": found}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.MANAGE_STAFF)
@recently_confirmed(keeping=("practitioner",))
def staff_practitioner(request: ManageRequest, account_id: UUID) -> HttpResponse:
    """Say which practitioner of the records a member of staff is."""
    form = ConnectStaffForm(request.POST or None)
    refusal = str(services.PractitionerUnknown.message) if form.errors else ""
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        member = staff_member(request.access, account_id)
        try:
            name = services.connect_staff(access=request.access, account_id=account_id, **asked)
        except NotFound:
            raise
        except DomainError as error:
            refusal = str(error)
        else:
            words = (
                _("%(name)s is now connected with %(practitioner)s in the records.")
                if asked["practitioner"]
                else _("%(name)s is no longer connected with anybody in the records.")
            )
            messages.success(request, words % {"name": member.display_name, "practitioner": name})
            return redirect("setup:staff")
    member = staff_member(request.access, account_id)
    words = request.GET.get("words", member.display_name).replace("\x00", "").strip()[:100]
    found = candidates(request.access, account_id, words) if may_treat(member) else []
    context = {
        "member": member,
        "current": practitioner_called(request.access, member.practitioner),
        "may_treat": may_treat(member),
        "is_own": account_id == request.access.actor.account_id,
        "words": words,
        "found": found,
        "is_full": len(found) == MOST_FOUND,
        "refusal": refusal,
        "asked": typed(request).get("practitioner", ""),
    }
    return render(request, "setup/staff/practitioner.html", context, status=422 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.MANAGE_STAFF)
@recently_confirmed(keeping=("reason",))
def staff_end(request: ManageRequest, account_id: UUID) -> HttpResponse:
    """End somebody's access."""
    found = staff_member(request.access, account_id)
    form = EndStaffForm(request.POST or None, initial=typed(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.end_staff(access=request.access, account_id=account_id, reason=form.cleaned_data["reason"])
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The access of %(name)s has ended.") % {"name": found.display_name})
            return redirect("setup:staff")
    return render(request, "setup/staff/end.html", {"form": form, "member": found}, status=422 if form.errors else 200)
