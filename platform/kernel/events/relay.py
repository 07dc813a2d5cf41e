"""From the outbox to the subscribers: at least once, in any number of workers, without a lock between them."""

import random
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Q

from kernel import clock
from kernel.events.delivery import Delivery, delivering
from kernel.events.models import UNREADABLE, OutboxEvent
from kernel.events.subscribers import Subscriber, subscribers_of
from kernel.events.types import Event, event_from

logger = structlog.get_logger(__name__)

# A relay that is silent for this long is taken for dead. One event's subscribers must be done by then.
HOLD = timedelta(seconds=90)
# With the pauses below, ten hours: a mail server that is away for a night's work loses nothing.
ATTEMPTS = 20
# What is due within this time is not left to the sweep.
SWEEP = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
# How soon an event that this code cannot read is looked at again: a deployment may be under way.
UNREADABLE_PAUSE = timedelta(minutes=5)
KEPT = timedelta(days=14)


def relay_waiting() -> int:
    """Deliver what is due in the scope in context; returns how many events were taken up."""
    taken = 0
    while event := _claim():
        _deliver(event)
        taken += 1
    return taken


def _claim() -> OutboxEvent | None:
    """Take a due event that no other relay holds. Only one: another's hold would run out while the first is slow."""
    now = clock.now()
    with transaction.atomic():
        row = (
            OutboxEvent.objects.select_for_update(skip_locked=True)
            .filter(Q(held_until=None) | Q(held_until__lt=now), state=OutboxEvent.State.WAITING, available_at__lte=now)
            .order_by("available_at")
            .first()
        )
        if row is not None:
            row.held_until = now + HOLD
            row.attempts += 1
            row.save(update_fields=["held_until", "attempts"])
    return row


def _deliver(row: OutboxEvent) -> None:
    failures: list[str] = []
    is_readable = True
    with structlog.contextvars.bound_contextvars(event_id=str(row.pk), request_id=row.request_id):
        try:
            event = event_from(row.type_name, row.payload)
            waiting = [subscriber for subscriber in subscribers_of(row.type_name) if subscriber.name not in row.reached]
        except Exception as error:
            # Stored by other code than ours: it waits for a deployment and is not lost.
            is_readable = False
            failures.append(f"{UNREADABLE} {type(error).__name__}")
            logger.exception("an event cannot be read", type_name=row.type_name)
            waiting = []
        for subscriber in waiting:
            try:
                _hand_over(subscriber, event, row)
            except Exception as error:
                # Whatever a subscriber does wrong, the others get the event and this one gets it again later.
                failures.append(f"{subscriber.name}: {type(error).__name__}")
                logger.exception("a subscriber failed", subscriber=subscriber.name, attempt=row.attempts)
        _note_outcome(row, failures, is_readable=is_readable)


def _hand_over(subscriber: Subscriber, event: Event, row: OutboxEvent) -> None:
    token = delivering.set(Delivery(row.pk, row.published_at, row.attempts))
    try:
        if not subscriber.is_atomic:
            if not _has_reached(subscriber, row):
                subscriber.call(event)
                _mark_reached(subscriber, row)
            return
        with transaction.atomic():
            # The lock makes a second relay wait here, should this one have been slow enough to lose its hold.
            OutboxEvent.objects.select_for_update().get(pk=row.pk)
            if not _has_reached(subscriber, row):
                subscriber.call(event)
                _mark_reached(subscriber, row)
    finally:
        delivering.reset(token)


def _has_reached(subscriber: Subscriber, row: OutboxEvent) -> bool:
    return OutboxEvent.objects.filter(pk=row.pk, reached__contains=[subscriber.name]).exists()


def _mark_reached(subscriber: Subscriber, row: OutboxEvent) -> None:
    with connection.cursor() as cursor:
        # In SQL, because the row read before the call may be older than what another relay has noted since.
        cursor.execute(
            "UPDATE events_outboxevent SET reached = array_append(reached, %s) WHERE id = %s", [subscriber.name, row.pk]
        )


def _note_outcome(row: OutboxEvent, failures: list[str], *, is_readable: bool) -> None:
    now = clock.now()
    mine = OutboxEvent.objects.filter(pk=row.pk, attempts=row.attempts)
    if not failures:
        mine.update(state=OutboxEvent.State.DONE, finished_at=now, held_until=None, failure="")
    elif not is_readable and now - row.published_at < KEPT:
        # Nobody has had it, so this was no attempt.
        mine.update(
            attempts=row.attempts - 1,
            available_at=now + UNREADABLE_PAUSE,
            held_until=None,
            failure="; ".join(failures)[:400],
        )
    elif not is_readable or row.attempts >= ATTEMPTS:
        mine.update(state=OutboxEvent.State.DEAD, held_until=None, failure="; ".join(failures)[:400])
        logger.error("an event was given up", type_name=row.type_name, failures=failures)
    else:
        pause = pause_after(row.attempts)
        mine.update(available_at=now + pause, held_until=None, failure="; ".join(failures)[:400])
        if pause < SWEEP:
            ring(pause.total_seconds())


def ring(later: float = 0.0) -> None:
    """Ask for a relay, now or ``later`` seconds from now."""
    from kernel.events.tasks import bell

    bell.ring(later)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after that many failures: doubling, at most an hour, with a fifth of chance in it."""
    pause = min(FIRST_PAUSE * int(2 ** (attempts - 1)), LONGEST_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 (spreads load, hides nothing)


def remove_old_events() -> int:
    """Delete events that were delivered more than two weeks ago; returns how many."""
    removed, _by_model = OutboxEvent.objects.filter(
        state=OutboxEvent.State.DONE, finished_at__lt=clock.now() - KEPT
    ).delete()
    return removed
