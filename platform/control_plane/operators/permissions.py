"""What operators may do with operators and with the provider's trail."""

from django.utils.translation import gettext_lazy as _

from kernel.accounts.permissions import MANAGE_STAFF, VIEW_STAFF
from kernel.permissions import Permission, Role

VIEW = VIEW_STAFF
MANAGE = MANAGE_STAFF
VIEW_AUDIT = Permission("operators.view_audit", _("Search the provider's audit log"), {Role.OPERATOR})
EXPORT_AUDIT = Permission("operators.view_audit_export", _("Export the provider's audit log"), {Role.OPERATOR})
