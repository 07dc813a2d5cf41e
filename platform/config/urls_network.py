"""What the network admins' host answers."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from kernel.web import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("kernel.accounts.urls")),
    path("csp-report", views.csp_report, name="csp_report"),
]
if settings.DEMO_ALLOWED:
    urlpatterns += [path("_outbox/", include("kernel.mail.urls"))]
handler500 = views.server_error
