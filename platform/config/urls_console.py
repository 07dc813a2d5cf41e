"""What the provider's console answers."""

from django.urls import URLPattern, URLResolver, path
from kernel.web.views import csp_report

urlpatterns: list[URLPattern | URLResolver] = [
    path("csp-report", csp_report, name="csp_report"),
]
