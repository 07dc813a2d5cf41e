"""What people may see and do with clinical records."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role, Scope

VIEW = Permission(
    "records.view",
    _("See conditions, allergies, medicines, vaccines and procedures"),
    roles=frozenset({Role.PATIENT, Role.CLINICIAN}),
    helper_scope=Scope.RECORD,
)
VIEW_RESULTS = Permission(
    "records.view_results",
    _("See test results"),
    roles=frozenset({Role.PATIENT, Role.CLINICIAN}),
    helper_scope=Scope.RESULTS,
)
VIEW_DOCUMENTS = Permission(
    "records.view_documents",
    _("See documents of the health record"),
    roles=frozenset({Role.PATIENT, Role.CLINICIAN}),
    helper_scope=Scope.DOCUMENTS,
)
VIEW_VISITS = Permission(
    "records.view_visits",
    _("See past and coming visits"),
    roles=frozenset({Role.PATIENT, Role.CLINICIAN, Role.FRONT_DESK}),
    helper_scope=Scope.VISITS,
)
IMPORT = Permission(
    "records.import",
    _("Import clinical records from files"),
    roles=frozenset({Role.HOSPITAL_ADMIN}),
    about_patients=False,
    is_offered=False,
)
