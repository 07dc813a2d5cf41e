"""What is answered when the database is gone: honestly, soon, and so that nothing that was typed is lost."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation
from django.utils.translation import gettext as _

from kernel.i18n.middleware import language_of

SECONDS_TO_RETRY = 10
# More than that is no form that somebody filled in by hand.
MOST_FIELDS, LONGEST_FORM = 100, 64 * 1024
# What must not stand in a page, not even hidden.
_SECRET = ("password", "code", "secret", "token", "credential")
TOKEN_FIELD = "csrfmiddlewaretoken"  # noqa: S105  (the name of Django's field)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class StillRunning(OperationalError):
    """The same form was sent before, and its answer is not there yet."""


@dataclass(frozen=True)
class Apology:
    """What a person reads. ``fields`` are what the person sent, to be sent again; empty when that is not possible."""

    title: str
    sentence: str
    fields: tuple[tuple[str, str], ...] = ()


def is_outage(error: BaseException | None = None) -> bool:
    """Whether ``error``, else the one being handled, comes of a database that is gone, stopped or out of breath."""
    return any(isinstance(one, OperationalError | InterfaceError) for one in _chain(error or sys.exception()))


def sqlstate(error: BaseException) -> str:
    """The five signs by which the database says what was wrong; empty when it said nothing, because it is gone."""
    return next((str(state) for one in _chain(error) if (state := getattr(one, "sqlstate", None))), "")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def apology(request: HttpRequest) -> Apology:
    """The words for this request, in the active language."""
    title = _("We cannot reach the records at the moment")
    if request.method in _SAFE:
        return Apology(title, _("This is a fault on our side, and nothing is lost. Please try again in a few minutes."))
    if isinstance(sys.exception(), StillRunning):
        return Apology(_("We are still working on it"), _("What you sent is being done. Please look in a minute."))
    fields = sent_fields(request)
    if fields:
        sentence = _(
            "What you sent was probably not saved. What you typed is kept on this page: in a few minutes, send it again"
            " with the button below."
        )
    else:
        sentence = _(
            "What you sent was probably not saved. Please look again in a few minutes and repeat it if needed."
        )
    return Apology(title, sentence, fields)


def sent_fields(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """The fields of a form that came from our own page, unless it has a secret or a file in it."""
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ()
    try:
        checks = CsrfViewMiddleware(lambda _request: HttpResponse())
        checks.process_request(request)
        if checks.process_view(request, HttpResponse, (), {}) is not None or request.FILES:
            return ()
        sent = tuple((name, str(value)) for name, values in request.POST.lists() for value in values)
    except Exception:  # a body that cannot be read has no fields, and the page of an error must not fail
        return ()
    if len(sent) > MOST_FIELDS or sum(len(name) + len(value) for name, value in sent) > LONGEST_FORM:
        return ()
    if any(word in name.lower() for name, _value in sent if name != TOKEN_FIELD for word in _SECRET):
        return ()
    return sent


def plain_answer(request: HttpRequest) -> HttpResponse:
    """503 without a brand: the host is one whose hospital is not known, or one of the provider's."""
    with translation.override(language_of(request)):
        words = apology(request)
        lines = [
            words.title,
            "",
            words.sentence if not words.fields else _("What you sent was probably not saved."),
            _("In an emergency, call 112 or the emergency number of your country."),
            _("Reference: %(reference)s") % {"reference": getattr(request, "request_id", "")},
        ]
    return for_now(HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8"))


def for_now(response: HttpResponse) -> HttpResponse:
    """Say that this passes: 503, and when to come back."""
    response.status_code = 503
    response.headers["Retry-After"] = str(SECONDS_TO_RETRY)
    return response
