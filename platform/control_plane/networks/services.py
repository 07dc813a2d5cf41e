"""What operators take out of the list of networks. All run under ``shared()``."""

from django.db import transaction

from control_plane.networks import permissions
from control_plane.networks.selectors import network_list, network_row
from kernel import audit
from kernel.exports import MOST_ROWS
from kernel.lists import ListState
from kernel.permissions import Access

NETWORK_HEADING = ("slug", "name", "hospitals", "live", "accounts", "patients")


def export_networks(*, access: Access, state: ListState) -> list[tuple[object, ...]]:
    """The networks that ``state`` asks for as rows with a heading, at most 10,000; the export is recorded."""
    access.require(permissions.VIEW)
    with transaction.atomic():
        rows = [network_row(row) for row in network_list(access, state)[:MOST_ROWS]]
        audit.record(access, action="networks.exported", detail={"rows": len(rows), "query": state.query(page=1)})
    return [NETWORK_HEADING, *rows]
