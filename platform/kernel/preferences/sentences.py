"""What happens to settings, in words for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import declare

declare(
    {
        "preferences.changed": _("Changed a setting"),
        "preferences.inherited": _("Gave a setting back to the network"),
    },
    side="hospital",
)
declare({"preferences.network_ruled": _("Decided a setting for a network")}, side="provider")
