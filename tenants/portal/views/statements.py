"""Pages that say how the portal keeps its promises."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kernel.permissions import public
from tenants.people.requests import PageRequest


@require_safe
@public("the accessibility statement must be readable by everybody")
def accessibility(request: HttpRequest) -> HttpResponse:
    """How the portal can be read and used, and whom to tell when it cannot."""
    hospital = cast(PageRequest, request).hospital
    return render(request, "portal/accessibility.html", {"phone": hospital.phone, "hospital_name": hospital.name})
