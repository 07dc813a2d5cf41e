"""What administrators find under /manage/."""

from django.urls import path

from tenants.setup.views import audit, overview, roles, staff

app_name = "setup"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("staff/", staff.staff, name="staff"),
    path("staff/export.csv", staff.staff_export, name="staff_export"),
    path("staff/invite/", staff.staff_invite, name="staff_invite"),
    path("staff/<uuid:account_id>/invite/", staff.staff_invite_again, name="staff_invite_again"),
    path("staff/<uuid:account_id>/roles/", staff.staff_roles, name="staff_roles"),
    path("staff/<uuid:account_id>/practitioner/", staff.staff_practitioner, name="staff_practitioner"),
    path("staff/<uuid:account_id>/end/", staff.staff_end, name="staff_end"),
    path("roles/", roles.roles, name="roles"),
    path("roles/add/", roles.role_add, name="role_add"),
    path("roles/<str:name>/", roles.role, name="role"),
    path("roles/<str:name>/rename/", roles.role_rename, name="role_rename"),
    path("roles/<str:name>/remove/", roles.role_remove, name="role_remove"),
    path("audit/", audit.audit, name="audit"),
    path("audit/<uuid:key>/", audit.audit_entry, name="audit_entry"),
    path("audit/patient/", audit.audit_patient, name="audit_patient"),
    path("audit/export.csv", audit.audit_export, name="audit_export"),
]
