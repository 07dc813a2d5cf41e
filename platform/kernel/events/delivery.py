"""What a subscriber may ask about the event that it is handling."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Delivery:
    """One attempt. ``event_id`` is the same in all attempts: the key by which a subscriber knows a second one."""

    event_id: UUID
    published_at: datetime
    attempt: int


_current: ContextVar[Delivery | None] = ContextVar("portico_delivery", default=None)


def current_delivery() -> Delivery:
    """The delivery in progress. Raises LookupError outside a subscriber."""
    found = _current.get()
    if found is None:
        raise LookupError("no event is being delivered")
    return found


delivering = _current
