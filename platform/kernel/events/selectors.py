"""What waits and what was given up, for the pages of those who keep things running."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from kernel.events.models import OutboxEvent


@dataclass(frozen=True)
class OutboxHealth:
    """How the outbox of the scope in context stands. ``oldest`` is the oldest event that is due and not delivered."""

    waiting: int
    dead: int
    oldest: datetime | None


def dead_letters() -> "QuerySet[OutboxEvent]":
    """Events that were given up, newest first."""
    return OutboxEvent.objects.filter(state=OutboxEvent.State.DEAD).order_by("-published_at")


def outbox_health() -> OutboxHealth:
    """Figures for a health page."""
    waiting, dead = Q(state=OutboxEvent.State.WAITING), Q(state=OutboxEvent.State.DEAD)
    found = OutboxEvent.objects.filter(waiting | dead).aggregate(
        waiting=Count("pk", filter=waiting), dead=Count("pk", filter=dead), oldest=Min("available_at", filter=waiting)
    )
    return OutboxHealth(**found)
