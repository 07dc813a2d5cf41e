"""Send again what was given up."""

from contextlib import suppress
from uuid import UUID

from django.db import transaction

from kernel import audit, clock
from kernel.events.models import OutboxEvent
from kernel.events.relay import ring
from kernel.events.selectors import dead_letters
from kernel.permissions import Access, NotFound


def replay_event(*, access: Access, event_id: UUID) -> OutboxEvent:
    """Deliver a dead event once more, to the subscribers that have not had it. Raises NotFound.

    The caller has checked the permission: the provider's pages and a hospital's have different ones.
    """
    with transaction.atomic():
        row = OutboxEvent.objects.select_for_update().filter(pk=event_id, state=OutboxEvent.State.DEAD).first()
        if row is None:
            raise NotFound
        row.state, row.attempts, row.available_at = OutboxEvent.State.WAITING, 0, clock.now()
        row.save(update_fields=["state", "attempts", "available_at"])
        audit.record(access, action="events.replayed", target=row, detail={"type": row.type_name})
        ring()
    return row


def replay_all(*, access: Access) -> int:
    """Deliver every dead event of the scope in context once more; returns how many. The caller has checked the
    permission."""
    replayed = 0
    for key in list(dead_letters().values_list("pk", flat=True)):
        # One that somebody else has just sent again is no longer there.
        with suppress(NotFound):
            replay_event(access=access, event_id=key)
            replayed += 1
    return replayed
