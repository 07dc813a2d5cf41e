"""Errors of the programming interface, as RFC 9457 describes them (application/problem+json)."""

from collections.abc import Callable
from typing import Any

import orjson
import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from kernel.errors import DomainError
from kernel.web.outage import for_now, is_outage

CONTENT_TYPE = "application/problem+json"

_TITLES = {
    400: "The request is not as described",
    401: "Sign in or send a key",
    403: "Not permitted",
    404: "Not found",
    405: "Method not allowed",
    406: "No such representation",
    409: "Conflict",
    413: "Too large",
    415: "No such media type",
    422: "Refused",
    429: "Too many requests",
    500: "Something went wrong",
    503: "Not reachable at the moment",
}


def problem(status: int, *, code: str, detail: str = "", errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The body of a problem. ``errors`` lists fields by JSON pointer, each with a sentence."""
    body: dict[str, Any] = {"type": f"about:blank#{code}", "title": _TITLES.get(status, "Error"), "status": status}
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
        status, code, detail = 404, "not-found", ""
    elif isinstance(error, PermissionDenied):
        status, code, detail = 403, "not-permitted", ""
    elif isinstance(error, exceptions.ValidationError):
        status, code, detail, errors = 400, "invalid", "", _field_errors(error.detail)
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


def plain(status: int, code: str) -> HttpResponse:
    """A problem that arose before or outside of a view of the programming interface."""
    return HttpResponse(orjson.dumps(problem(status, code=code)), status=status, content_type=CONTENT_TYPE)


def failed() -> HttpResponse:
    """500, or 503 when it is the database that is gone; called while the exception is handled."""
    if is_outage():
        return for_now(plain(503, "unreachable"))
    return plain(500, "failed")


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
        status = response.status_code
        answered = plain(status, _TITLES.get(status, "error").lower().replace(" ", "-"))
        for name in {"Allow", "Retry-After"} & response.headers.keys():
            answered.headers[name] = response.headers[name]
        return answered


def not_found(request: HttpRequest) -> HttpResponse:
    """The answer for an address under /api/ that does not exist."""
    return plain(404, "not-found")
