"""What a hospital's host answers."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config import answers
from kernel.web.views import csp_report, security_txt
from tenants.portal.shell import brand_of
from themes.views import theme_css, theme_icon

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("api.rest.v1.urls")),
    path("", include("api.auth.urls")),
    path("", include("kernel.accounts.urls")),
    path("manage/", include("tenants.setup.urls")),
    path("files/", include("kernel.storage.urls")),
    path("csp-report", csp_report, name="csp_report"),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("theme/<slug:digest>.css", theme_css, {"brand_of": brand_of}, name="theme_css"),
    path("theme/<slug:digest>.svg", theme_icon, {"brand_of": brand_of}, name="theme_icon"),
    path("", include("tenants.portal.urls")),
    path("", include("tenants.people.urls")),
    path("", include("tenants.records.urls")),
]
if settings.DEMO_ALLOWED:
    urlpatterns += [path("_outbox/", include("kernel.mail.urls"))]
handler400 = answers.bad_request
handler403 = answers.forbidden
handler404 = answers.not_found
handler500 = answers.server_error
