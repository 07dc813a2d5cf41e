"""Headers of every answer (S38). The content security policy is django-csp's, the rest of Django's is its own."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
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
