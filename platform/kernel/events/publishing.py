"""Writing an event down."""

from datetime import timedelta
from uuid import UUID

import structlog

from kernel import clock
from kernel.events.types import Event, payload_of


def publish(event: Event, *, delay: timedelta = timedelta(0)) -> UUID:
    """Write ``event`` into the outbox of the scope in context, in the transaction of its cause; returns its id.

    Nothing is delivered when the transaction is rolled back. After commit a worker is told; ``delay`` holds the event
    back that long, as for an act that can be undone (``withdraw``).
    """
    from kernel.events.models import OutboxEvent
    from kernel.events.relay import ring

    now = clock.now()
    row = OutboxEvent(
        type_name=type(event).type_name,
        payload=payload_of(event),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64],
        published_at=now,
        available_at=now + delay,
    )
    row.save(force_insert=True)
    ring(delay.total_seconds())
    return row.pk


def withdraw(event_id: UUID) -> bool:
    """Take back an event that nobody has begun to deliver; returns whether it was in time."""
    from kernel.events.models import OutboxEvent

    withdrawn, _by_model = OutboxEvent.objects.filter(
        pk=event_id, state=OutboxEvent.State.WAITING, attempts=0, held_until=None
    ).delete()
    return bool(withdrawn)
