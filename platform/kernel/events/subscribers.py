"""Who listens to what."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from kernel.events.types import Event

AnyEvent = TypeVar("AnyEvent", bound=Event)
Handler = Callable[[AnyEvent], object]


@dataclass(frozen=True)
class Subscriber:
    """A function that is called once for each event of a type; ``name`` is stored, so it must stay."""

    name: str
    event_type: type[Event]
    call: Callable[[Any], object]
    is_atomic: bool


_subscribers: dict[str, Subscriber] = {}


def on(event_type: type[AnyEvent], *, atomic: bool = True) -> Callable[[Handler[AnyEvent]], Handler[AnyEvent]]:
    """Have the decorated function called with each event of ``event_type``, in the scope where it was published.

    By default the call and the note that it happened are one transaction: what the function writes to the database
    happens exactly once. With ``atomic=False`` there is no transaction around it, for effects outside the database or
    in another scope; it may then run twice and must know by ``current_delivery().event_id``.
    """

    def register(function: Handler[AnyEvent]) -> Handler[AnyEvent]:
        name = f"{function.__module__}.{function.__qualname__}"
        _subscribers[name] = Subscriber(name, event_type, function, atomic)
        return function

    return register


def subscribers_of(type_name: str) -> list[Subscriber]:
    """The subscribers of one type of event, in the order of their names."""
    found = (subscriber for subscriber in _subscribers.values() if subscriber.event_type.type_name == type_name)
    return sorted(found, key=lambda subscriber: subscriber.name)
