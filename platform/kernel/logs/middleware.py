"""Each request has an id, which is in its log lines, in the trail, in the answer's header and on error pages."""

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from kernel.ids import uuid7

logger = structlog.get_logger("request")


class RequestIdMiddleware:
    """Outermost. The id is ours: one sent by the client could be used to hide in somebody else's lines."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid7().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        begun = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request_id
            self._note(request, response, begun)
        return response

    @staticmethod
    def _note(request: HttpRequest, response: HttpResponse, begun: float) -> None:
        """One line a request: the name of the route, never the address, which can hold what a person typed."""
        if request.path in ("/healthz", "/readyz"):
            return
        match = request.resolver_match
        hospital = getattr(request, "hospital", None)
        logger.info(
            "request",
            method=request.method,
            route=(match.view_name or match.route) if match is not None else "",
            status=response.status_code,
            milliseconds=round((time.perf_counter() - begun) * 1000, 1),
            hospital=str(hospital.id) if hospital is not None else "",
        )
