"""What operators may do with operators."""

from django.utils.translation import gettext_lazy as _

from kernel.permissions import Permission, Role

VIEW = Permission("operators.view", _("See who works in the console"), {Role.OPERATOR})
MANAGE = Permission("operators.manage", _("Invite operators and end their access"), {Role.OPERATOR})
VIEW_AUDIT = Permission("operators.view_audit", _("Search the provider's audit trail"), {Role.OPERATOR})
EXPORT_AUDIT = Permission("operators.view_audit_export", _("Export the provider's audit trail"), {Role.OPERATOR})
