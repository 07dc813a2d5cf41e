"""The first page: a patient's home, or for visitors the hospital's own."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from kernel.permissions import public
from kernel.permissions.declarations import STAFF_ROLES
from tenants.people.requests import PageRequest, is_own, patient_access
from tenants.people.viewing import viewable_people
from tenants.portal.services import look_at_home


@require_safe
@public("the hospital's front door; what a patient sees on it comes from selectors that take the access")
def home(request: HttpRequest) -> HttpResponse:
    """What is next, what is new, ways on. Staff who are nobody's patient go to their own pages."""
    page = cast(PageRequest, request)
    if not page.access.is_signed_in:
        return render(
            request,
            "portal/front_door.html",
            {"phone": page.hospital.phone},
        )
    if not page.access.patients:
        if page.access.actor.roles & STAFF_ROLES:
            return redirect("portal:start")
        return render(request, "portal/no_record.html", {"phone": page.hospital.phone})
    access = patient_access(page)
    people = viewable_people(access)
    person = next(person for person in people if person.id == access.subject)
    reader = next((one for one in people if one.is_self), None)
    cards = look_at_home(access=access)
    return render(
        request,
        "portal/home.html",
        {
            "cards": cards,
            "called": reader.called if reader else _first_name(access.actor.display_name),
            "person": person,
            "is_own": is_own(access),
        },
    )


def _first_name(name: str) -> str:
    """What to call a helper, of whom only the whole name is known. With a title in front, all of it."""
    first = name.split(" ", 1)[0]
    return name if first.endswith(".") else first
