"""What operators do to networks, in words for those who read the trail."""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kernel.audit.sentences import Area, areas, declare
from kernel.audit.targets import as_keys, declare_target, uuids
from kernel.tenancy.models import Network
from kernel.tenancy.scope import current_scope

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


def _keys_of_networks(words: str) -> Collection[str] | QuerySet[Network, str]:
    """Keys and slugs of networks by name or slug, for the provider: in a hospital's trail none is named."""
    if not current_scope().is_shared:
        return []
    found = Network.objects.filter(Q(name__icontains=words) | Q(slug__icontains=words))
    return as_keys(found).union(found.order_by().values_list("slug", flat=True), all=True)


declare_target("tenancy.Network", _("A network"), _networks, _keys_of_networks)
