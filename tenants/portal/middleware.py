"""A hospital's state decides whether its portal answers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tenants.portal.views.errors import not_allowed, read_only, suspended

# The closed page needs its own look.
_STILL_SERVED = ("/theme/", "/static/")
# What is still taken where nothing can be changed: coming and going, proving who one is, keeping one's account safe,
# reading in the language one can read (which is kept on the account), and files of what may be read.
_STILL_TAKEN = (
    "/sign-in/", "/sign-out/", "/session/", "/account/confirm/", "/account/devices/", "/account/security/",
    "/language/", "/viewing/", "/manage/audit/export.csv", "/manage/staff/export.csv", "/csp-report",
)  # fmt: skip
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


def _is_still_taken(path: str) -> bool:
    # A key that has leaked is ended, and none is made.
    is_end_of_key = path.startswith("/account/keys/") and path.endswith("/end/")
    return is_end_of_key or path.startswith(_STILL_TAKEN)


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
            and not _is_still_taken(request.path)
        ):
            return read_only(request)
        response = self.get_response(request)
        if hospital is not None and response.status_code == 405 and not response.content:
            # Django's own answer is an empty page.
            allowed = response["Allow"]
            response = not_allowed(request)
            response["Allow"] = allowed
        return response
