"""What operators do with networks and their administrators. All run under ``shared()``."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from control_plane.networks import permissions
from control_plane.networks.models import NetworkAdmin
from control_plane.networks.selectors import (
    NETWORK_HEADING,
    admin_by_id,
    network_by_slug,
    network_list,
    network_row,
)
from kernel import audit, clock
from kernel.accounts.invitations import invite
from kernel.accounts.models import Account
from kernel.errors import DomainError, ReasonMissing
from kernel.exports import MOST_ROWS
from kernel.lists import ListState
from kernel.permissions import Access, Role
from kernel.permissions.models import RoleMembership
from kernel.permissions.services import assign_role, builtin_role, end_role
from kernel.tenancy.models import Network


class OtherNetwork(DomainError):
    message = _("This person administers another network. End that first.")
    code = "other-network"


def export_networks(*, access: Access, state: ListState) -> list[tuple[object, ...]]:
    """The networks that ``state`` asks for as rows with a heading, at most 10,000; the export is recorded."""
    access.require(permissions.VIEW)
    with transaction.atomic():
        rows = [network_row(row) for row in network_list(access, state)[:MOST_ROWS]]
        audit.record(access, action="networks.exported", detail={"rows": len(rows), "query": state.query(page=1)})
    return [NETWORK_HEADING, *rows]


def invite_admin(*, access: Access, slug: str, name: str, email: str) -> Account:
    """Make an administrator of the network ``slug`` and write to the person. The same twice is one invitation.

    Raises OtherNetwork, NotFound, and what ``kernel.accounts.invitations.invite`` raises: an operator is refused.
    """
    access.require(permissions.MANAGE_ADMINS)
    with transaction.atomic():
        network = network_by_slug(access, slug)
        builtin_role(Role.NETWORK_ADMIN)
        account = invite(access=access, email=email, display_name=name, roles=[Role.NETWORK_ADMIN.value])
        if _give_network(account, network):
            audit.record(access, action="networks.admin_invited", target=account, detail={"network": slug})
    return account


def name_admin(*, access: Access, slug: str, account: Account) -> None:
    """Make an account that is there already an administrator of the network ``slug``. The same twice changes nothing.

    Raises OtherNetwork, NotFound, and what ``kernel.permissions.services.assign_role`` raises.
    """
    access.require(permissions.MANAGE_ADMINS)
    with transaction.atomic():
        network = network_by_slug(access, slug)
        assign_role(access=access, account=account, role=Role.NETWORK_ADMIN)
        if _give_network(account, network):
            audit.record(access, action="networks.admin_named", target=account, detail={"network": slug})


def _give_network(account: Account, network: Network) -> bool:
    """Whether the account did not have it before."""
    row, is_new = NetworkAdmin.objects.get_or_create(
        account_id=account.pk, defaults={"network_id": network.pk, "since": clock.now()}
    )
    if row.network_id != network.pk:
        raise OtherNetwork
    return is_new


def end_admin(*, access: Access, account_id: UUID, reason: str) -> None:
    """End an administrator's access at once: the role ends, all sessions close. Raises ReasonMissing, NotFound."""
    access.require(permissions.MANAGE_ADMINS)
    why = " ".join(reason.split())
    if not why:
        raise ReasonMissing
    with transaction.atomic():
        found = admin_by_id(access, account_id)
        live = RoleMembership.objects.filter(
            Q(ends__isnull=True) | Q(ends__gt=clock.now()),
            account=found.account,
            role__based_on=Role.NETWORK_ADMIN.value,
        )
        for membership in live:
            end_role(access=access, membership=membership, reason=why)
        NetworkAdmin.objects.filter(account_id=account_id).delete()
        audit.record(
            access, action="networks.admin_ended", target=found.account, reason=why, detail={"network": found.network}
        )
