"""Hospitals: the list, one of them, and their life cycle."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from control_plane.console.forms import AddHospitalForm, ReasonForm, RenameForm, TelephoneForm
from control_plane.console.requests import ConsoleRequest
from control_plane.hospitals import permissions, services
from control_plane.hospitals.selectors import (
    HOSPITAL_LIST,
    address_of,
    address_of_slug,
    fleet_figures,
    guard_probes,
    hospital_by_slug,
    hospital_health,
    hospital_listing,
    invitation_waits,
    progress,
    provisioning_by_id,
    provisioning_of,
    slug_is_free,
    unfinished_provisionings,
)
from control_plane.networks.selectors import network_choices
from control_plane.operators import permissions as operator_permissions
from control_plane.operators.selectors import entries_about
from kernel import clock
from kernel.accounts.confirm import recently_confirmed, typed
from kernel.errors import DomainError
from kernel.exports import csv_file
from kernel.lists import ListState
from kernel.permissions import NotFound, requires
from kernel.tenancy.models import Provisioning
from kernel.tenancy.provisioning import LONGEST_SLUG, SlugReserved, SlugTaken, SlugUnusable, require_usable_slug


@require_safe
@requires(permissions.VIEW)
def hospitals(request: ConsoleRequest) -> HttpResponse:
    """All hospitals."""
    access = request.access
    found = hospital_listing(
        access,
        ListState.read(request.GET, HOSPITAL_LIST),
        networks=network_choices(access),
        export=reverse("console:hospitals_export"),
    )
    context = {
        "list": found,
        "rows": found.page.object_list,
        "figures": fleet_figures(access),
        "unfinished": unfinished_provisionings(access),
        "may_add": access.can(permissions.ADD),
    }
    return render(request, "console/hospitals/list.html", context)


@require_POST
@requires(permissions.VIEW)
def hospitals_export(request: ConsoleRequest) -> HttpResponse:
    """The same list as a file."""
    rows = services.export_hospitals(access=request.access, state=ListState.read(request.GET, HOSPITAL_LIST))
    return csv_file("hospitals.csv", rows[0], rows[1:])


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.ADD)
def hospital_add(request: ConsoleRequest) -> HttpResponse:
    """The form that has a hospital made."""
    form = AddHospitalForm(request.POST or None, networks=network_choices(request.access))
    if request.method == "POST" and form.is_valid():
        try:
            row = services.add_hospital(access=request.access, wanted=form.wanted(), founds_network=form.founds_network)
        except (SlugUnusable, SlugReserved, SlugTaken) as error:
            form.add_error("slug", str(error))
        except services.NameTaken as error:
            form.add_error("name", str(error))
        except services.NetworkTaken as error:
            form.add_error("network_name", str(error))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("console:hospital_making", provisioning_id=row.pk)
    return render(
        request,
        "console/hospitals/add.html",
        {"form": form, "looks": form.looks(), "address_example": address_of_slug(form.address_example)},
        status=422 if form.errors else 200,
    )


@require_safe
@requires(permissions.ADD)
def hospital_slug_check(request: ConsoleRequest) -> HttpResponse:
    """A sentence on whether an address can be used, asked while it is typed. Without JavaScript the form says it."""
    slug = request.GET.get("slug", "").strip().lower()[: LONGEST_SLUG + 1]
    problem = ""
    if slug:
        try:
            require_usable_slug(slug)
            if not slug_is_free(request.access, slug):
                problem = str(SlugTaken.message)
        except DomainError as error:
            problem = str(error)
    context = {"slug": slug, "problem": problem, "address": address_of_slug(slug)}
    return render(request, "console/hospitals/_slug_check.html", context)


@require_safe
@requires(permissions.VIEW)
def hospital_making(request: ConsoleRequest, provisioning_id: UUID) -> HttpResponse:
    """How far the making of a hospital is. With htmx only the fragment is asked for."""
    row = provisioning_by_id(request.access, provisioning_id)
    context = {
        "row": row,
        "steps": progress(row),
        "is_moving": row.state in (Provisioning.State.WAITING, Provisioning.State.RUNNING),
        "is_done": row.state == Provisioning.State.DONE,
        "address": address_of_slug(row.slug),
        "name": row.request["name"],
        "may_add": request.access.can(permissions.ADD),
        "may_show_invitation": request.access.can(permissions.ADD) and invitation_waits(request.access, row.slug),
        "is_late": row.state == Provisioning.State.WAITING and (clock.now() - row.created_at).total_seconds() > 30,
    }
    fragment = request.headers.get("HX-Request")
    template = "console/hospitals/_progress.html" if fragment else "console/hospitals/making.html"
    return render(request, template, context)


@require_POST
@requires(permissions.ADD)
def hospital_retry(request: ConsoleRequest, provisioning_id: UUID) -> HttpResponse:
    """Try a failed making again."""
    try:
        services.retry_provisioning(access=request.access, provisioning_id=provisioning_id)
    except services.NotFailed as error:
        messages.error(request, str(error))
    return redirect("console:hospital_making", provisioning_id=provisioning_id)


@require_POST
@requires(permissions.ADD)
def hospital_discard(request: ConsoleRequest, provisioning_id: UUID) -> HttpResponse:
    """Give a failed making up."""
    try:
        services.discard_provisioning(access=request.access, provisioning_id=provisioning_id)
    except services.NotFailed as error:
        messages.error(request, str(error))
        return redirect("console:hospital_making", provisioning_id=provisioning_id)
    messages.success(request, _("What was made so far is being removed. The address will be free again in a moment."))
    return redirect("console:hospitals")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.ADD)
@recently_confirmed
def hospital_invitation(request: ConsoleRequest, slug: str) -> HttpResponse:
    """The invitation of the first administrator: a page that asks, and an answer that is shown once."""
    hospital = hospital_by_slug(request.access, slug)
    invitation, refusal = None, ""
    if request.method == "POST":
        try:
            invitation = services.show_first_invitation(access=request.access, slug=slug)
        except NotFound:
            raise
        except DomainError as error:
            refusal = str(error)
    response = render(
        request,
        "console/hospitals/invitation.html",
        {
            "hospital": hospital,
            "invitation": invitation,
            "refusal": refusal,
            "waits": invitation_waits(request.access, slug),
        },
        status=422 if refusal else 200,
    )
    response["Cache-Control"] = "no-store"
    return response


TABS = ("health", "people", "events")


@require_safe
@requires(permissions.VIEW)
def hospital(request: ConsoleRequest, slug: str, tab: str = "health") -> HttpResponse:
    """One hospital: health, people or events."""
    access = request.access
    found = hospital_by_slug(access, slug)
    may_see_events = access.can(operator_permissions.VIEW_AUDIT)
    tabs = (("health", pgettext("of a system", "Health")), ("people", _("People")), ("events", _("Events")))
    context = {
        "hospital": found,
        "address": address_of(found.domains.all()[0].domain) if found.domains.all() else "",
        "tab": tab,
        "tabs": [
            {"label": label, "url": reverse("console:hospital_tab", args=[slug, name]), "is_current": name == tab}
            for name, label in tabs
            if name != "events" or may_see_events
        ],
        "health": hospital_health(access, found),
        "report": getattr(found, "report", None),
        "may_suspend": access.can(permissions.SUSPEND),
        "may_change": access.can(permissions.CHANGE),
    }
    if tab == "health":
        context["made"] = provisioning_of(access, found)
        context["probes"] = guard_probes(access) if access.can(permissions.VIEW_HEALTH) else []
    elif tab == "events":
        context["events"] = entries_about(access, found)
    return render(request, f"console/hospitals/{tab}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.SUSPEND)
@recently_confirmed(keeping=("reason", "typed"))
def hospital_suspend(request: ConsoleRequest, slug: str) -> HttpResponse:
    """Confirm and suspend."""
    return _change_state(request, slug, suspends=True)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.SUSPEND)
@recently_confirmed(keeping=("reason", "typed"))
def hospital_resume(request: ConsoleRequest, slug: str) -> HttpResponse:
    """Confirm and open again."""
    return _change_state(request, slug, suspends=False)


def _change_state(request: ConsoleRequest, slug: str, *, suspends: bool) -> HttpResponse:
    found = hospital_by_slug(request.access, slug)
    form = ReasonForm(request.POST or None, initial=typed(request), slug=slug)
    if request.method == "POST" and form.is_valid():
        change = services.suspend_hospital if suspends else services.resume_hospital
        try:
            change(access=request.access, slug=slug, reason=form.cleaned_data["reason"])
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            said = _("%(name)s is suspended.") if suspends else _("%(name)s is open again.")
            messages.success(request, said % {"name": found.name})
            return redirect("console:hospital", slug=slug)
    return render(
        request,
        "console/hospitals/state.html",
        {"form": form, "hospital": found, "suspends": suspends},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.CHANGE)
def hospital_rename(request: ConsoleRequest, slug: str) -> HttpResponse:
    """Another name."""
    found = hospital_by_slug(request.access, slug)
    form = RenameForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_hospital(access=request.access, slug=slug, name=form.cleaned_data["name"])
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The name was changed."))
            return redirect("console:hospital", slug=slug)
    return render(
        request,
        "console/hospitals/rename.html",
        {"form": form, "hospital": found},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(permissions.CHANGE)
def hospital_telephone(request: ConsoleRequest, slug: str) -> HttpResponse:
    """Another telephone, or the first of a hospital that was made without one."""
    found = hospital_by_slug(request.access, slug)
    form = TelephoneForm(request.POST or None, initial={"phone": found.brand.get("phone") or ""})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_telephone(access=request.access, slug=slug, phone=form.cleaned_data["phone"])
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The telephone was changed."))
            return redirect("console:hospital", slug=slug)
    return render(
        request,
        "console/hospitals/telephone.html",
        {"form": form, "hospital": found},
        status=422 if form.errors else 200,
    )


@require_POST
@requires(permissions.VIEW)
def hospital_report(request: ConsoleRequest, slug: str) -> HttpResponse:
    """Have the people counted now."""
    services.ask_for_report(access=request.access, slug=slug)
    messages.success(request, _("The hospital was asked to count its people. Look again in a moment."))
    return redirect("console:hospital_tab", slug=slug, tab="people")
