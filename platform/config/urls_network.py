"""What the network admins' host answers."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from control_plane.console.context import brand_of_console
from control_plane.console.views import errors
from kernel.web.views import csp_report, security_txt
from themes.views import theme_css, theme_icon

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kernel.accounts.urls")),
    path("", include("control_plane.console.urls_network")),
    path("theme/<slug:digest>.css", theme_css, {"brand_of": brand_of_console}, name="theme_css"),
    path("theme/<slug:digest>.svg", theme_icon, {"brand_of": brand_of_console}, name="theme_icon"),
    path("csp-report", csp_report, name="csp_report"),
    path(".well-known/security.txt", security_txt, name="security_txt"),
]
if settings.DEMO_ALLOWED:
    urlpatterns += [path("_outbox/", include("kernel.mail.urls"))]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
