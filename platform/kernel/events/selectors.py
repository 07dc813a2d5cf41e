"""What waits and what was given up, for the pages of those who keep things running."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q, QuerySet

from kernel import clock
from kernel.events.models import UNREADABLE, OutboxEvent

# While new code comes to one process after the other, what one publishes another cannot read yet.
ROLLOUT = timedelta(minutes=30)


@dataclass(frozen=True)
class OutboxHealth:
    """How the outbox of the scope in context stands. ``oldest`` is the oldest event that is due and not delivered.

    ``unreadable`` counts those of the waiting that this code cannot read half an hour after they were published: each
    look moves them on by five minutes, so nothing else shows that they do not move.
    """

    waiting: int
    unreadable: int
    dead: int
    oldest: datetime | None


def dead_letters() -> "QuerySet[OutboxEvent]":
    """Events that were given up, newest first."""
    return OutboxEvent.objects.filter(state=OutboxEvent.State.DEAD).order_by("-published_at")


def unreadable_events() -> "QuerySet[OutboxEvent]":
    """Events that still wait for code that can read them, newest first; given up after two weeks."""
    return OutboxEvent.objects.filter(_is_unreadable()).order_by("-published_at")


def outbox_health() -> OutboxHealth:
    """Figures for a health page."""
    waiting, dead = Q(state=OutboxEvent.State.WAITING), Q(state=OutboxEvent.State.DEAD)
    found = OutboxEvent.objects.filter(waiting | dead).aggregate(
        waiting=Count("pk", filter=waiting),
        unreadable=Count("pk", filter=_is_unreadable()),
        dead=Count("pk", filter=dead),
        oldest=Min("available_at", filter=waiting),
    )
    return OutboxHealth(**found)


def _is_unreadable() -> Q:
    before = clock.now() - ROLLOUT
    return Q(state=OutboxEvent.State.WAITING, failure__startswith=UNREADABLE, published_at__lt=before)
