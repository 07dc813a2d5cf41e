"""What happens to operators and to the provider's trail, in words for those who read it."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import Area, areas, declare

areas.register(Area("operators", _("Operators and audit log")))
declare(
    {
        "operators.ended": _("Ended an operator's access"),
        "operators.exported": _("Exported the list of operators"),
        "operators.audit_viewed": _("Read the audit log"),
        "operators.audit_exported": _("Exported the audit log"),
    },
    side="provider",
)
