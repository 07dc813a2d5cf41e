"""What people may see and do with clinical records."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role, Scope

VIEW = Permission(
    "records.view",
    _("see conditions, allergies, medicines, vaccines and procedures"),
    roles={Role.PATIENT, Role.CLINICIAN},
    helper_scope=Scope.RECORD,
)
VIEW_RESULTS = Permission(
    "records.view_results",
    _("see test results"),
    roles={Role.PATIENT, Role.CLINICIAN},
    helper_scope=Scope.RESULTS,
)
VIEW_DOCUMENTS = Permission(
    "records.view_documents",
    _("see documents of the health record"),
    roles={Role.PATIENT, Role.CLINICIAN},
    helper_scope=Scope.DOCUMENTS,
)
VIEW_VISITS = Permission(
    "records.view_visits",
    _("see past and coming visits"),
    roles={Role.PATIENT, Role.CLINICIAN, Role.FRONT_DESK},
    helper_scope=Scope.VISITS,
)
IMPORT = Permission(
    "records.import",
    _("import clinical records from files"),
    roles={Role.HOSPITAL_ADMIN},
)
