"""Addresses of the patient's pages about the record."""

from django.urls import path

from tenants.records import views

app_name = "records"
urlpatterns = [
    path("visits/", views.visit_list, name="visits"),
    path("visits/<uuid:key>/", views.visit_detail, name="visit"),
    path("results/", views.result_list, name="results"),
    path("results/<uuid:key>/", views.result_detail, name="result"),
    path("results/reports/<uuid:key>/file/", views.report_download, name="report_file"),
    path("health/", views.overview, name="overview"),
    path("health/measurements/", views.measurement_list, name="measurements"),
    path("health/documents/<uuid:key>/file/", views.document_download, name="document_file"),
    path("health/<slug:name>/", views.section, name="section"),
]
