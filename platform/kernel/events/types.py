"""What an event is: a frozen dataclass of ids and plain values, with a name that never changes."""

from functools import cache
from typing import Any, ClassVar

from pydantic import TypeAdapter

_types: dict[str, type["Event"]] = {}


class Event:
    """Something that has happened. Subclasses are frozen dataclasses beside their feature, named in the past tense.

    Fields are ids, numbers, times and codes, never clinical words: an event is kept, retried and shown to operators.
    ``type_name`` is stored with each event; it is ``feature.ClassName`` unless the class sets it, which it must do
    when it moves, because events of the day before still carry the old name.
    """

    type_name: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "type_name" not in cls.__dict__:
            feature = cls.__module__.removesuffix(".events").rpartition(".")[2]
            cls.type_name = f"{feature}.{cls.__qualname__}"
        known = _types.get(cls.type_name)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"two events are called {cls.type_name!r}: give one of them a type_name")
        _types[cls.type_name] = cls


class UnknownEvent(Exception):
    """An event was stored by code that had a type which this code does not have."""


@cache
def _adapter(type_name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_types[type_name])


def payload_of(event: Event) -> dict[str, Any]:
    """The event's fields as JSON."""
    payload: dict[str, Any] = _adapter(event.type_name).dump_python(event, mode="json")
    return payload


def event_from(type_name: str, payload: dict[str, Any]) -> Event:
    """The event again. Raises UnknownEvent, or pydantic's ValidationError when the fields have changed since."""
    if type_name not in _types:
        raise UnknownEvent(type_name)
    event: Event = _adapter(type_name).validate_python(payload)
    return event
