"""What operators do to networks, in words for those who read the trail."""

from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import Area, areas, declare
from kernel.audit.targets import declare_target, uuids
from kernel.tenancy.models import Network

areas.register(Area("networks", _("Networks")))
declare(
    {
        "networks.exported": _("Exported the list of networks"),
        "networks.admin_invited": _("Invited an administrator of a network"),
        "networks.admin_named": _("Made an account administrator of a network"),
        "networks.admin_ended": _("Ended the access of a network's administrator"),
    },
    side="provider",
)


def _networks(keys: Collection[str]) -> dict[str, str]:
    """Names of networks, asked for by row or by slug."""
    found = {}
    for network in Network.objects.filter(Q(pk__in=uuids(keys)) | Q(slug__in=keys)):
        found.update({str(network.pk): network.name, network.slug: network.name})
    return found


declare_target("tenancy.Network", _("A network"), _networks)
