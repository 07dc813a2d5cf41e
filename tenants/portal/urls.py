"""Addresses of the portal's own pages."""

from django.urls import path

from tenants.portal.views import home, settings, staff, statements

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("language/", settings.choose_language, name="language"),
    # Below /account/, where staff keep their reach and so their menu.
    path("account/settings/", settings.settings_page, name="settings"),
    path("accessibility/", statements.accessibility, name="accessibility"),
    path("staff/", staff.my_day, name="my_day"),
    path("staff/start/", staff.start, name="start"),
    path("staff/patients/", staff.find_patients, name="find_patients"),
    path("staff/patients/<uuid:key>/", staff.chart, name="chart"),
    path("staff/patients/<uuid:key>/results/", staff.results, name="chart_results"),
    path("staff/patients/<uuid:key>/measurements/", staff.measurements, name="chart_measurements"),
    path("staff/patients/<uuid:key>/reports/", staff.reports, name="chart_reports"),
    path("staff/patients/<uuid:key>/documents/", staff.documents, name="chart_documents"),
    path("staff/reports/<uuid:key>/file/", staff.report_file, name="chart_report_file"),
    path("staff/documents/<uuid:key>/file/", staff.document_file, name="chart_document_file"),
]
