"""Whose record is open, and who has looked at it."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kernel.audit.selectors import as_looks
from kernel.permissions import NotFound, signed_in
from tenants.people.requests import SUBJECT, PageRequest, is_own, patient_access, subject_of
from tenants.people.services import look_at_trail, note_listed, open_record
from tenants.people.viewing import viewable_people


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def viewing(request: HttpRequest) -> HttpResponse:
    """Choose whose record to open: one's own, or that of somebody one helps."""
    page = cast(PageRequest, request)
    people = viewable_people(page.access)
    if not people:
        raise NotFound
    if request.method == "POST":
        wanted = request.POST.get("person", "")
        chosen = next((person for person in people if str(person.id) == wanted), None)
        if chosen is None:
            raise NotFound
        open_record(access=page.access, patient_id=chosen.id)
        page.session[SUBJECT] = str(chosen.id)
        messages.success(
            request,
            _("You are viewing your own record.")
            if chosen.is_self
            else _("You are viewing the record of %(name)s.") % {"name": chosen.full_name},
        )
        return redirect("portal:home")
    note_listed(access=page.access, patient_ids=[person.id for person in people])
    return render(request, "people/viewing.html", {"people": people, "chosen": page.access.subject})


@require_safe
@signed_in
def looks(request: HttpRequest) -> HttpResponse:
    """Who did what with the open record. Only for one's own: what helpers do is told to the patient, not to helpers."""
    page = cast(PageRequest, request)
    access = patient_access(page)
    if not is_own(access):
        return render(request, "people/looks_not_yours.html", status=404)
    subject: UUID = subject_of(access)
    with_own = request.GET.get("own") == "yes"
    found, own = look_at_trail(access=access, subject=subject, number=request.GET.get("page"), with_own=with_own)
    context = {
        "page": found,
        "looks": as_looks(access, found),
        "own": own,
        "with_own": with_own,
        "phone": page.hospital.phone,
    }
    return render(request, "people/looks.html", context)
