"""Headers of every answer (S38), and compression. The content security policy is django-csp's."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "autoplay",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
        "browsing-topics",
    )
)


class BodyLimitMiddleware:
    """A body that says it is too large is not read at all (S40). Without a length the server reads none of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("CONTENT_LENGTH") or "0"
        largest: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if not given.isascii() or not given.isdigit() or len(given) > 18 or int(given) > largest:
            return HttpResponse(_("What was sent is too large."), status=413, content_type="text/plain; charset=utf-8")
        return self.get_response(request)


class HeadersMiddleware:
    """No powerful browser feature is used, so none is allowed; a page of somebody signed in is kept nowhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # The first three are Django's for known hosts; answers that are given before a host is known need them as well.
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        response.headers.setdefault("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Cache-Control" not in response.headers:
            # Only public, immutable things say that they may be kept; whatever says nothing is not kept.
            add_never_cache_headers(response)
            response.headers["Cache-Control"] = "no-store, private"
        return response


class CompressionMiddleware(GZipMiddleware):
    """Pages and style sheets go out compressed: a list of results is 95 kB as it is made, and 9 kB on the way.

    An attacker who can make somebody's browser ask for pages, and see how long the answers are, could guess at what is
    in them (BREACH). Django adds random bytes to each answer against that, tokens are masked anew in each page, and
    other sites cannot make requests with our cookie. Downloads and the interface for programs stay as they are.
    """

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        """Compress what browsers show, when they take it."""
        is_text = response.headers.get("Content-Type", "").startswith(("text/html", "text/css"))
        return super().process_response(request, response) if is_text and not response.streaming else response
