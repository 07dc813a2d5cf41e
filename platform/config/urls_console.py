"""What the provider's console answers."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from control_plane.console.context import brand_of_console
from control_plane.console.views import errors
from kernel.permissions import public
from kernel.web.views import csp_report
from themes.views import theme_css, theme_icon

LOOK = public("the look of the sign-in page")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kernel.accounts.urls")),
    path("", include("control_plane.console.urls")),
    path("theme/<slug:digest>.css", LOOK(theme_css), {"brand_of": brand_of_console}, name="theme_css"),
    path("theme/<slug:digest>.svg", LOOK(theme_icon), {"brand_of": brand_of_console}, name="theme_icon"),
    path("csp-report", csp_report, name="csp_report"),
]
if settings.DEMO_ALLOWED:
    urlpatterns += [
        path("_outbox/", include("kernel.mail.urls")),
        path("_styleguide/", include("themes.styleguide.urls")),
    ]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
