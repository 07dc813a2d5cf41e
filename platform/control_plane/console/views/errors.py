"""What operators read when something went wrong: what it was, and a reference that the log knows."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _

from kernel.i18n.middleware import language_of
from kernel.permissions import public
from kernel.web.outage import apology, for_now, is_outage, plain_answer

logger = logging.getLogger(__name__)


def _answer(
    request: HttpRequest, status: int, title: str, sentence: str, *, fields: tuple[tuple[str, str], ...] = ()
) -> HttpResponse:
    reference = getattr(request, "request_id", "")
    context = {"title": title, "sentence": sentence, "reference": reference, "fields": fields}
    return render(request, "console/error.html", context, status=status)


def _plain(request: HttpRequest, status: int, words: str) -> HttpResponse:
    reference = getattr(request, "request_id", "")
    return HttpResponse(f"{words}\n{reference}\n", status=status, content_type="text/plain; charset=utf-8")


@public("answers to requests that could not be understood")
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _answer(
        request, 400, _("We could not read what was sent"), _("Go back, load the page again and try once more.")
    )


@public("answers to requests that are not permitted")
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _answer(
        request,
        403,
        _("You cannot open this page"),
        _("Your role does not include it. Ask an operator who may do everything."),
    )


@public("answers to addresses where there is nothing")
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _answer(
        request,
        404,
        _("We could not find this page"),
        _("There is nothing at this address. Check it, or search above."),
    )


@public("answers when we have failed")
def server_error(request: HttpRequest) -> HttpResponse:
    """500, without a template: it may be what is broken; or 503 when it is the database that is gone."""
    if not is_outage():
        return _plain(request, 500, _("Something went wrong on our side. Please try again in a few minutes."))
    try:
        return _unreachable(request)
    except Exception:
        logger.exception("error_page_failed")
        return plain_answer(request)


def _unreachable(request: HttpRequest) -> HttpResponse:
    # The page of somebody signed out: it asks the database nothing.
    request.access = None  # type: ignore[attr-defined]
    with translation.override(language_of(request)):
        words = apology(request)
        return for_now(_answer(request, 503, words.title, words.sentence, fields=words.fields))
