"""What happens to settings, in words for those who read the trail."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import Area, areas, declare
from kernel.audit.targets import declare_target
from kernel.preferences.declarations import preferences

areas.register(Area("preferences", _("Settings")))
declare(
    {
        "preferences.changed": _("Changed a setting"),
        "preferences.inherited": _("Gave a setting back to the network"),
    },
    side="hospital",
)
declare({"preferences.network_ruled": _("Decided a setting for a network")}, side="provider")


def _settings(keys: Collection[str]) -> dict[str, str]:
    return {key: str(preferences.get(key).sentence) for key in keys if key in preferences}


def _keys_of_settings(words: str) -> list[str]:
    return [one.key for one in preferences if words.casefold() in str(one.sentence).casefold()]


declare_target("preference", _("A setting"), _settings, _keys_of_settings)
