"""What the hospital's administrators and its privacy officer may do."""

from django.utils.translation import gettext_lazy as _

from kernel.accounts import permissions as accounts
from kernel.permissions import Permission, Role, rights

BOTH = {Role.HOSPITAL_ADMIN, Role.PRIVACY_OFFICER}

VIEW_OVERVIEW = Permission("setup.view_overview", _("See the overview of the hospital"), BOTH, about_patients=False)
VIEW_STAFF = accounts.VIEW_STAFF
MANAGE_STAFF = accounts.MANAGE_STAFF
EDIT_ROLES = rights.EDIT_ROLES
SEARCH_AUDIT = Permission("setup.search_audit", _("Search the audit log of the hospital"), BOTH, about_patients=False)
EXPORT_AUDIT = Permission("setup.export_audit", _("Export the audit log of the hospital"), BOTH, about_patients=False)
