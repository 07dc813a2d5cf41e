"""What operators do to networks, in words for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import declare

declare(
    {
        "networks.exported": _("Exported the list of networks"),
        "networks.admin_invited": _("Invited an administrator of a network"),
        "networks.admin_named": _("Made an account administrator of a network"),
        "networks.admin_ended": _("Ended the access of a network's administrator"),
    },
    side="provider",
)
