"""A hospital's state decides whether its portal answers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tenants.portal.views.errors import not_allowed, read_only, suspended

# The closed page needs its own look.
_STILL_SERVED = ("/theme/", "/static/")
# What is still taken where nothing can be changed: coming and going, proving who one is, what only a browser keeps.
_STILL_TAKEN = (
    "/sign-in/", "/sign-out/", "/session/", "/account/confirm/", "/account/devices/", "/language/", "/viewing/",
    "/csp-report",
)  # fmt: skip
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


class HospitalStateMiddleware:
    """Everybody at a suspended hospital reads that its portal is closed, and at a read-only one nothing is changed.

    Stands after the language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        hospital = getattr(request, "hospital", None)
        if hospital is not None and hospital.state == "suspended" and not request.path.startswith(_STILL_SERVED):
            return suspended(request)
        if (
            hospital is not None
            and hospital.state == "read_only"
            and request.method not in _SAFE
            and not request.path.startswith(_STILL_TAKEN)
        ):
            return read_only(request)
        response = self.get_response(request)
        if hospital is not None and response.status_code == 405 and not response.content:
            # Django's own answer is an empty page.
            allowed = response["Allow"]
            response = not_allowed(request)
            response["Allow"] = allowed
        return response
