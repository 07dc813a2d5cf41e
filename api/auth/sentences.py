"""What happens to keys of programs, in words for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import Area, areas, declare
from kernel.audit.targets import declare_target

areas.register(Area("api", _("Programs")))
declare(
    {
        "api.key_created": _("Made a key for a program"),
        "api.key_revoked": _("Ended a key of a program"),
        "api.key_refused": _("Tried a key that has ended"),
    },
    side="hospital",
)
declare_target("api_auth.PersonalKey", _("A key for a program"))
