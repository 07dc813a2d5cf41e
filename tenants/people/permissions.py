"""What people may do with patients' records of identity."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role

VIEW = Permission(
    "people.view",
    _("See who a patient is: names, date of birth, contact details"),
    roles=frozenset({Role.PATIENT, Role.HELPER, Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.PRIVACY_OFFICER}),
)
SEARCH = Permission(
    "people.search",
    _("Search for patients"),
    roles=frozenset({Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.PRIVACY_OFFICER}),
)
KEEP = Permission(
    "people.keep",
    _("Create and change patients' records of identity"),
    roles=frozenset({Role.FRONT_DESK, Role.HOSPITAL_ADMIN}),
    is_offered=False,
)
