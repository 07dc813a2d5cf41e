"""Errors of the programming interface, as RFC 9457 describes them (application/problem+json)."""

from collections.abc import Callable
from typing import Any

import orjson
import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from kernel.errors import DomainError
from kernel.web.outage import for_now, is_outage

CONTENT_TYPE = "application/problem+json"

# Of each status: the code where nobody gives a closer one, and the title.
KINDS: dict[int, tuple[str, Any]] = {
    400: ("invalid", _("The request is not as described")),
    401: ("not-authenticated", _("Sign in or send a key")),
    403: ("not-permitted", _("Not permitted")),
    404: ("not-found", _("Not found")),
    405: ("method-not-allowed", _("Method not allowed")),
    406: ("not-acceptable", _("No such representation")),
    409: ("conflict", _("Conflict")),
    413: ("too-large", _("Too large")),
    415: ("unsupported-media-type", _("No such media type")),
    422: ("refused", _("Refused")),
    429: ("throttled", _("Too many requests")),
    500: ("failed", _("Something went wrong")),
    503: ("unreachable", _("Not reachable at the moment")),
}
_OTHER = ("error", _("Error"))


def problem(
    status: int, *, code: str = "", detail: str = "", errors: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The body of a problem, in the caller's language. ``code`` is for programs: the status' own when not given.

    ``errors`` lists fields by JSON pointer, each with a sentence.
    """
    usual, title = KINDS.get(status, _OTHER)
    body: dict[str, Any] = {"type": "about:blank", "title": str(title), "status": status, "code": code or usual}
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        body["request_id"] = request_id
    return body


def _field_errors(detail: Any, pointer: str = "") -> list[dict[str, Any]]:
    if isinstance(detail, dict):
        return [error for key, value in detail.items() for error in _field_errors(value, f"{pointer}/{key}")]
    if isinstance(detail, list):
        return [error for item in detail for error in _field_errors(item, pointer)]
    return [{"pointer": pointer, "detail": str(detail)}]


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: refusals become problems, faults of ours stay exceptions and reach the log."""
    headers: dict[str, str] = {}
    errors = None
    if isinstance(error, DomainError):
        status = 404 if error.code == "not-found" else 403 if error.code == "not-permitted" else 422
        code, detail = error.code, str(error)
    elif isinstance(error, Http404):
        status, code, detail = 404, "", ""
    elif isinstance(error, PermissionDenied):
        status, code, detail = 403, "", ""
    elif isinstance(error, exceptions.ValidationError):
        status, code, detail, errors = 400, "", "", _field_errors(error.detail)
    elif isinstance(error, exceptions.APIException):
        status, code, detail = error.status_code, str(error.default_code).replace("_", "-"), str(error.detail)
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait))
        if auth_header := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = auth_header
    else:
        return None
    set_rollback()
    response = Response(problem(status, code=code, detail=detail, errors=errors), status=status, headers=headers)
    response.content_type = CONTENT_TYPE
    return response


def plain(status: int) -> HttpResponse:
    """A problem that arose before or outside of a view of the programming interface."""
    return HttpResponse(orjson.dumps(problem(status)), status=status, content_type=CONTENT_TYPE)


def failed() -> HttpResponse:
    """500, or 503 when it is the database that is gone; called while the exception is handled."""
    if is_outage():
        return for_now(plain(503))
    return plain(500)


class ProblemMiddleware:
    """Below /api/ every refusal is a problem, also those of middleware and of Django that no view has seen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path.startswith("/api/"):
            return response
        if response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
            return response
        answered = plain(response.status_code)
        for name in {"Allow", "Retry-After"} & response.headers.keys():
            answered.headers[name] = response.headers[name]
        return answered


def not_found(request: HttpRequest) -> HttpResponse:
    """The answer for an address under /api/ that does not exist."""
    return plain(404)
