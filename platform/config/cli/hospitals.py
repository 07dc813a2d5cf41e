"""Hospitals by slug, for verbs that work inside one."""

from config.cli import Refused
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Hospital
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import shared


def context_of(slug: str) -> HospitalContext:
    """The hospital with this slug. Raises Refused when there is none, or when it is still being made."""
    with shared():
        row = Hospital.objects.filter(slug=slug).only("pk", "state").first()
    if row is None:
        raise Refused(f"There is no hospital {slug}.")
    context = context_for(row.pk) if row.state != Hospital.State.CREATING else None
    if context is None:
        raise Refused(f"{slug} is still being made.")
    return context


def all_contexts() -> list[HospitalContext]:
    """Every hospital that is made, by slug."""
    with shared():
        slugs = list(
            Hospital.objects.exclude(state=Hospital.State.CREATING).order_by("slug").values_list("slug", flat=True)
        )
    return [context_of(slug) for slug in slugs]
