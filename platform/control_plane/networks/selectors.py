"""The doors to the networks."""

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from control_plane.networks import permissions
from kernel.lists import ListOptions, ListState
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


def network_row(row: Any) -> tuple[object, ...]:
    """One network of ``network_list``, with its counts, as a line of a file."""
    return row.slug, row.name, row.hospital_count, row.live_count, row.account_count, row.patient_count
