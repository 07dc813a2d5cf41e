"""What a hospital's host answers."""

from django.urls import URLPattern, URLResolver, include, path
from kernel.web.views import csp_report

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("api.rest.v1.urls")),
    path("", include("kernel.accounts.urls")),
    path("csp-report", csp_report, name="csp_report"),
]
