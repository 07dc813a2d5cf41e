"""Roles: what each may do, changed with a preview."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kernel.accounts.confirm import recently_confirmed, typed
from kernel.errors import DomainError
from kernel.permissions import NotFound, requires
from kernel.permissions.services import RoleChanged, RoleHeld
from tenants.setup import permissions, services
from tenants.setup.forms import AddRoleForm, RenameRoleForm, RoleForm
from tenants.setup.requests import ManageRequest
from tenants.setup.roles import changed_meanwhile, label_of, lines_of, matrix, pages_of, preview
from tenants.setup.selectors import holders_of, own_role, staff_role
from tenants.setup.selectors import staff_roles as roles_of_staff


@require_safe
@requires(permissions.VIEW_STAFF)
def roles(request: ManageRequest) -> HttpResponse:
    """Permissions × roles."""
    found = roles_of_staff(request.access)
    return render(
        request,
        "setup/roles/matrix.html",
        {
            "roles": [{"role": role, "label": label_of(role)} for role in found],
            "sections": matrix(found),
            "may_edit": request.access.can(permissions.EDIT_ROLES),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.EDIT_ROLES)
@recently_confirmed(keeping=("label", "based_on"))
def role_add(request: ManageRequest) -> HttpResponse:
    """A role of the hospital's own."""
    form = AddRoleForm(request.POST or None, initial=typed(request))
    if request.method == "POST" and form.is_valid():
        try:
            role = services.add_role(access=request.access, **form.cleaned_data)
        except DomainError as error:
            form.add_error("label", str(error))
        else:
            return redirect("setup:role", name=role.name)
    return render(request, "setup/roles/add.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.EDIT_ROLES)
@recently_confirmed(keeping=("granted", "shown"))
def role(request: ManageRequest, name: str) -> HttpResponse:
    """Change what a role may do: look at the effect first, then save."""
    found = staff_role(request.access, name)
    form = RoleForm(request.POST or None)
    effect, difference, refusal, expected = None, None, "", ""
    granted = frozenset(found.grants)
    begun = typed(request, "granted")
    if begun:
        granted, difference = frozenset(begun["granted"]), changed_meanwhile(found, frozenset(begun["shown"].split()))
        refusal = str(RoleChanged.message) if difference is not None else ""
    if request.method == "POST" and form.is_valid():
        granted = frozenset(form.cleaned_data["granted"])
        shown = frozenset(form.cleaned_data["shown"].split())
        difference = changed_meanwhile(found, shown)
        if difference is not None:
            refusal = str(RoleChanged.message)
        elif "preview" in request.POST:
            effect = preview(found, granted, found.people)
            expected = services.refusal_of_change(access=request.access, name=name, granted=granted, shown=shown)
        else:
            try:
                services.change_role(access=request.access, name=name, granted=granted, shown=shown)
            except NotFound:
                raise
            except RoleChanged as error:
                refusal = str(error)
                # Changed a moment ago, after the look at it above.
                found = staff_role(request.access, name)
                difference = changed_meanwhile(found, shown)
            except DomainError as error:
                refusal = str(error)
            else:
                messages.success(request, _("The role %(role)s was changed.") % {"role": label_of(found)})
                return redirect("setup:roles")
    return render(
        request,
        "setup/roles/edit.html",
        {
            "role": found,
            "label": label_of(found),
            "sections": lines_of(request.access, found, granted),
            "pages": pages_of(granted),
            "preview": effect,
            "refusal": refusal,
            "expected_refusal": expected,
            "difference": difference,
            "shown": " ".join(sorted(found.grants)),
        },
        status=422 if request.method == "POST" and (refusal or form.errors) else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.EDIT_ROLES)
@recently_confirmed(keeping=("label", "shown"))
def role_rename(request: ManageRequest, name: str) -> HttpResponse:
    """Another name for one of the hospital's own roles."""
    found = own_role(request.access, name)
    begun = typed(request)
    form = RenameRoleForm(request.POST or None, initial={"label": found.label, **begun})
    if request.method == "POST" and form.is_valid():
        try:
            services.call_role(access=request.access, name=name, **form.cleaned_data)
        except NotFound:
            raise
        except DomainError as error:
            form.add_error("label", str(error))
        else:
            messages.success(request, _("The role has another name now."))
            return redirect("setup:role", name=name)
    return render(
        request,
        "setup/roles/rename.html",
        {"role": found, "form": form, "shown": begun.get("shown") or found.label},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.EDIT_ROLES)
@recently_confirmed
def role_remove(request: ManageRequest, name: str) -> HttpResponse:
    """Ask whether one of the hospital's own roles shall be removed; of one that people have, say who they are."""
    status = 200
    if request.method == "POST":
        try:
            services.drop_role(access=request.access, name=name)
        except RoleHeld:
            status = 422
        else:
            messages.success(request, _("The role was removed."))
            return redirect("setup:roles")
    found = own_role(request.access, name)
    return render(
        request, "setup/roles/remove.html", {"role": found, "holders": holders_of(request.access, found)}, status=status
    )
