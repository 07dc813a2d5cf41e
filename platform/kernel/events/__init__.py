"""Domain events: rows of an outbox in the transaction of their cause, delivered at least once (S51)."""

from kernel.events.delivery import Delivery, current_delivery
from kernel.events.publishing import publish
from kernel.events.subscribers import on
from kernel.events.types import Event

__all__ = ["Delivery", "Event", "current_delivery", "on", "publish"]
