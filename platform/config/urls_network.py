"""What the network admins' host answers."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from control_plane.console.views import errors
from kernel.web.views import csp_report, security_txt

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kernel.accounts.urls")),
    path("csp-report", csp_report, name="csp_report"),
    path(".well-known/security.txt", security_txt, name="security_txt"),
]
if settings.DEMO_ALLOWED:
    urlpatterns += [path("_outbox/", include("kernel.mail.urls"))]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
