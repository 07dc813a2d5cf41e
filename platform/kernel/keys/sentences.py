"""What is done to keys, in words for those who read the trail."""

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import Area, areas, declare

areas.register(Area("keys", _("Encryption keys")))
declare(
    {
        "keys.rotated": _("Made a new key that encrypts what is written"),
        "keys.values_moved": _("Encrypted older values with the new key"),
        "keys.rewrapped": _("Protected the keys by another master key"),
    },
    side="both",
)
