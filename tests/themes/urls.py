from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from themes.registry import THEMES
from themes.views import theme_css, theme_icon

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def strict_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The policy of production, so that a picture taken here is the picture a patient sees."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Content-Security-Policy"] = POLICY
        return response

    return middleware


def northfield(request: HttpRequest) -> dict[str, str]:
    return THEMES["northfield"].as_hospital_brand(language="en")


urlpatterns = [
    path("theme/<slug:digest>.css", theme_css, {"brand_of": northfield}, name="theme_css"),
    path("theme/<slug:digest>.svg", theme_icon, {"brand_of": northfield}, name="theme_icon"),
    path("_styleguide/", include("themes.styleguide.urls")),
]
