"""What happens to roles, in words for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import declare

declare(
    {
        "access.refused": _("Was refused"),
        "permissions.role_created": _("Made a role"),
        "permissions.role_edited": _("Changed what a role may do"),
        "permissions.role_given": _("Gave somebody a role"),
        "permissions.role_ended": _("Took a role away"),
    },
    side="both",
)
