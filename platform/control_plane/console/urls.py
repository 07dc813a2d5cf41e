"""What the console answers."""

from django.urls import path, re_path

from control_plane.console.views import audit, health, hospitals, networks, operators, overview, reading

app_name = "console"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("search/", overview.search, name="search"),
    path("hospitals/", hospitals.hospitals, name="hospitals"),
    path("hospitals/export.csv", hospitals.hospitals_export, name="hospitals_export"),
    path("hospitals/add/", hospitals.hospital_add, name="hospital_add"),
    path("hospitals/add/check/", hospitals.hospital_slug_check, name="hospital_slug_check"),
    path("hospitals/making/<uuid:provisioning_id>/", hospitals.hospital_making, name="hospital_making"),
    path("hospitals/making/<uuid:provisioning_id>/retry/", hospitals.hospital_retry, name="hospital_retry"),
    path("hospitals/making/<uuid:provisioning_id>/discard/", hospitals.hospital_discard, name="hospital_discard"),
    path("hospitals/at/<slug:slug>/", hospitals.hospital, name="hospital"),
    path("hospitals/at/<slug:slug>/suspend/", hospitals.hospital_suspend, name="hospital_suspend"),
    path("hospitals/at/<slug:slug>/resume/", hospitals.hospital_resume, name="hospital_resume"),
    path("hospitals/at/<slug:slug>/rename/", hospitals.hospital_rename, name="hospital_rename"),
    path("hospitals/at/<slug:slug>/telephone/", hospitals.hospital_telephone, name="hospital_telephone"),
    path("hospitals/at/<slug:slug>/invitation/", hospitals.hospital_invitation, name="hospital_invitation"),
    path("hospitals/at/<slug:slug>/report/", hospitals.hospital_report, name="hospital_report"),
    re_path(
        r"^hospitals/at/(?P<slug>[-a-zA-Z0-9_]+)/(?P<tab>health|people|events)/$",
        hospitals.hospital,
        name="hospital_tab",
    ),
    path("networks/", networks.networks, name="networks"),
    path("networks/export.csv", networks.networks_export, name="networks_export"),
    path("networks/admins/<uuid:account_id>/end/", networks.network_end, name="network_end"),
    path("networks/<slug:slug>/", networks.network, name="network"),
    path("networks/<slug:slug>/invite/", networks.network_invite, name="network_invite"),
    path("operators/", operators.operators, name="operators"),
    path("operators/export.csv", operators.operators_export, name="operators_export"),
    path("operators/invite/", operators.operator_invite, name="operator_invite"),
    path("operators/<uuid:account_id>/end/", operators.operator_end, name="operator_end"),
    path("audit/", audit.audit, name="audit"),
    path("audit/<uuid:key>/", audit.audit_entry, name="audit_entry"),
    path("audit/export.csv", audit.audit_export, name="audit_export"),
    path("reading/", reading.reading, name="reading"),
    path("health/", health.health, name="health"),
]
