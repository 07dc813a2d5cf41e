"""The doors to the networks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from control_plane.networks import permissions
from control_plane.networks.models import NetworkAdmin
from kernel.accounts.models import Account
from kernel.lists import Listing, ListOptions, ListState, heading, listing
from kernel.permissions import Access, NotFound
from kernel.tenancy.models import Hospital, Network

NETWORK_LIST = ListOptions(
    sorts={
        "name": ("name",),
        "hospitals": ("hospital_count", "name"),
        "patients": ("patient_count", "name"),
        "created": ("created_at", "name"),
    }
)


def _counted(networks: "QuerySet[Network]") -> "QuerySet[Network]":
    return networks.annotate(
        hospital_count=Count("hospitals"),
        live_count=Count("hospitals", filter=Q(hospitals__state=Hospital.State.ACTIVE)),
        account_count=Sum("hospitals__report__accounts", default=0),
        patient_count=Sum("hospitals__report__patients", default=0),
    )


def network_list(access: Access, state: ListState) -> "QuerySet[Network]":
    """The networks that ``state`` asks for, with the number of their hospitals and people."""
    access.require(permissions.VIEW)
    found = _counted(Network.objects.all())
    if state.search:
        found = found.filter(Q(name__icontains=state.search) | Q(slug__icontains=state.search))
    return found.order_by(*state.ordering)


def network_listing(access: Access, state: ListState, *, export: str) -> "Listing[Network]":
    """The page of the networks."""
    return listing(
        state,
        network_list(access, state),
        [
            heading(state, _("Network"), "name"),
            heading(state, _("Hospitals"), "hospitals", is_number=True),
            heading(state, _("Live"), is_number=True),
            heading(state, _("Accounts"), is_number=True),
            heading(state, _("Patients"), "patients", is_number=True),
            heading(state, _("Since"), "created"),
        ],
        export=export,
    )


def network_by_slug(access: Access, slug: str) -> Network:
    """One network, counted. Raises NotFound."""
    access.require(permissions.VIEW)
    found = _counted(Network.objects.filter(slug=slug)).first()
    if found is None:
        raise NotFound
    return found


def hospitals_of(access: Access, network: Network) -> "QuerySet[Hospital]":
    """The hospitals of ``network`` with their reports, by name."""
    access.require(permissions.VIEW)
    return network.hospitals.select_related("report").prefetch_related("domains").order_by("name", "pk")


def network_choices(access: Access) -> list[tuple[str, str]]:
    """Slug and name of every network, by name: for the form that adds a hospital and for filters."""
    access.require(permissions.VIEW)
    return list(Network.objects.order_by("name").values_list("slug", "name"))


NETWORK_HEADING = ("slug", "name", "hospitals", "live", "accounts", "patients")


def network_row(row: Any) -> tuple[object, ...]:
    """One network of ``network_list``, with its counts, as a line of a file."""
    return row.slug, row.name, row.hospital_count, row.live_count, row.account_count, row.patient_count


@dataclass(frozen=True)
class AdminShown:
    """An administrator of a network; ``network`` is its slug."""

    account: Account
    network: str
    since: datetime


def _admins(rows: "QuerySet[NetworkAdmin]") -> list[AdminShown]:
    found = list(rows.select_related("network"))
    accounts = Account.objects.in_bulk([row.account_id for row in found])
    return [
        AdminShown(accounts[row.account_id], row.network.slug, row.since) for row in found if row.account_id in accounts
    ]


def admins_of(access: Access, network: Network) -> list[AdminShown]:
    """Who administers ``network``, the longest first."""
    access.require(permissions.VIEW)
    return _admins(NetworkAdmin.objects.filter(network=network))


def admin_by_id(access: Access, account_id: UUID) -> AdminShown:
    """One administrator. Raises NotFound."""
    access.require(permissions.VIEW)
    found = _admins(NetworkAdmin.objects.filter(account_id=account_id))
    if not found:
        raise NotFound
    return found[0]


def _rows_of(access: Access) -> "QuerySet[NetworkAdmin]":
    """The row of the acting account, at most one; none for Portico itself, which is no account."""
    own = access.actor.account_id
    return NetworkAdmin.objects.filter(account_id=own) if own is not None else NetworkAdmin.objects.none()


def own_network(access: Access) -> Network | None:
    """The network that the acting account administers, counted; None while it is connected to none."""
    access.require(permissions.VIEW_OWN)
    row = _rows_of(access).first()
    return _counted(Network.objects.filter(pk=row.network_id)).first() if row is not None else None


def hospitals_of_own(access: Access) -> "QuerySet[Hospital]":
    """The hospitals of the acting administrator's network, by name. No other network's can be reached."""
    access.require(permissions.VIEW_OWN)
    mine = _rows_of(access).values("network")
    found = Hospital.objects.filter(network__in=mine).exclude(state=Hospital.State.CREATING)
    return found.select_related("report").prefetch_related("domains").order_by("name", "pk")
