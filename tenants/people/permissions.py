"""What people may do with patients' records of identity."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role, Scope

VIEW = Permission(
    "people.view",
    _("see who a patient is: names, date of birth, contact details"),
    roles={Role.PATIENT, Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.PRIVACY_OFFICER},
    helper_scope=Scope.RECORD,
)
SEARCH = Permission(
    "people.search",
    _("search for patients"),
    roles={Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.PRIVACY_OFFICER},
)
KEEP = Permission(
    "people.keep",
    _("create and change patients' records of identity"),
    roles={Role.FRONT_DESK, Role.HOSPITAL_ADMIN},
)
