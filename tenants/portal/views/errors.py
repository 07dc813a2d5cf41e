"""What people read when something went wrong: what to do now, a number to call, and a reference for staff."""

import logging
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kernel.i18n.formats import reader_digits
from kernel.i18n.middleware import language_of
from kernel.permissions import public
from kernel.web.cookies import READING
from kernel.web.outage import apology, for_now, is_outage, plain_answer
from tenants.portal.reading import read as read_choices
from tenants.portal.shell import brand_for, signed_out_shell

logger = logging.getLogger(__name__)


def _answer(
    request: HttpRequest,
    status: int,
    title: str,
    sentence: str,
    *,
    icon: str,
    way_on: bool = True,
    fields: tuple[tuple[str, str], ...] = (),
) -> HttpResponse:
    """A page in the hospital's brand that asks the database nothing: it may be what is broken."""
    hospital = getattr(request, "hospital", None)
    if hospital is None or request.path.startswith(("/api/", "/fhir/")):
        reference = getattr(request, "request_id", "")
        return HttpResponse(
            f"{title}\n{sentence}\n{reference}\n", status=status, content_type="text/plain; charset=utf-8"
        )
    context: dict[str, Any] = {
        "title": title,
        "sentence": sentence,
        "icon": icon,
        "phone": hospital.phone,
        "reference": getattr(request, "request_id", ""),
        "way_on": way_on,
        "fields": fields,
    }
    # Made beforehand, so that no context processor asks the database who is signed in.
    request._portico_page = (  # type: ignore[attr-defined]
        get_language(),
        {
            "brand": brand_for(hospital, saves_data=False),
            "shell": signed_out_shell(hospital),
            "reading": replace(read_choices(request.COOKIES.get(READING, "")), digits=reader_digits()),
        },
    )
    return HttpResponse(render_to_string("portal/error.html", context, request=request), status=status)


def _can_be_called(request: HttpRequest) -> bool:
    """Whether the page has a number: nobody is told to call one that is not there."""
    hospital = getattr(request, "hospital", None)
    return hospital is not None and bool(hospital.phone)


@public("answers to requests that could not be understood")
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _answer(
        request,
        400,
        _("We could not read what was sent"),
        _("Go back, load the page again and try once more."),
        icon="circle-alert",
    )


@public("answers to requests that are not permitted")
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _answer(
        request,
        403,
        _("You cannot open this page"),
        _("Your account does not include it. If you need it for your work or for somebody you help, ask the hospital."),
        icon="lock",
    )


@public("answers to forms whose protection against foreign sites has run out")
def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 when a form's token does not fit."""
    return _answer(
        request,
        403,
        _("This form has been open for too long"),
        _("Go back, load the page again and send it once more. What you typed may still be there."),
        icon="hourglass",
    )


@public("answers to addresses where there is nothing")
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing there, or not for this account. The two read alike."""
    if request.path.startswith("/staff/"):
        sentence = _(
            "There is nothing at this address, or it is about a patient who is not in your care. If you have started to"
            " treat this patient, ask the front desk to add you to the visit."
        )
    else:
        sentence = _("There is nothing at this address, or it is not for your account. Check the address or go home.")
    return _answer(request, 404, _("We could not find this page"), sentence, icon="map-pin-off")


def not_allowed(request: HttpRequest) -> HttpResponse:
    """405: the address is right, and nothing can be sent to it."""
    return _answer(
        request,
        405,
        _("This page cannot do that"),
        _("Nothing was changed. Go to the start and try again from there."),
        icon="circle-alert",
    )


def read_only(request: HttpRequest) -> HttpResponse:
    """403 for whatever would change something while the provider lets people read only."""
    return _answer(
        request,
        403,
        _("Nothing can be changed at the moment"),
        _("You can still read everything here. Nothing was saved. Please call the hospital if it cannot wait.")
        if _can_be_called(request)
        else _("You can still read everything here. Nothing was saved. Please ask the hospital if it cannot wait."),
        icon="lock",
    )


@public("answers when we have failed")
def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when it is the database that is gone."""
    outage = is_outage()
    try:
        if outage:
            return _unreachable(request)
        return _answer(
            request,
            500,
            _("Something went wrong on our side"),
            _("Nothing you did caused this, and we have been told. Please try again in a few minutes."),
            icon="cloud-off",
        )
    except Exception:
        # The last page must not fail: whatever broke the brand, people still get a sentence.
        logger.exception("error_page_failed")
        if outage:
            return plain_answer(request)
        return HttpResponse(
            "Something went wrong on our side. Please try again in a few minutes.\n",
            status=500,
            content_type="text/plain; charset=utf-8",
        )


def _unreachable(request: HttpRequest) -> HttpResponse:
    """503 in the hospital's brand, when that is remembered. The form that was sent stands on the page."""
    if getattr(request, "hospital", None) is None:
        return plain_answer(request)
    with translation.override(language_of(request)):
        words = apology(request)
        page = _answer(
            request,
            503,
            words.title,
            words.sentence,
            icon="cloud-off",
            way_on=not words.fields,
            fields=words.fields,
        )
        return for_now(page)


def suspended(request: HttpRequest) -> HttpResponse:
    """503 while the provider has suspended the hospital's portal."""
    response = _answer(
        request,
        503,
        _("This portal is closed for now"),
        _("Your record is kept safe. Please call the hospital for visits, results and medicines.")
        if _can_be_called(request)
        else _("Your record is kept safe. Please ask the hospital about visits, results and medicines."),
        icon="moon",
        way_on=False,
    )
    response["Retry-After"] = "3600"
    return response
