"""What staff may open on the portal's own pages. Whose records that covers, the record's permissions say as well."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role

VIEW_DAY = Permission(
    "portal.view_day", _("See the visits of a day"), roles=frozenset({Role.CLINICIAN, Role.FRONT_DESK})
)
OPEN_CHART = Permission("portal.open_chart", _("Open a patient's chart summary"), roles=frozenset({Role.CLINICIAN}))
