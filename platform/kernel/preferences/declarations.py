"""What a preference is, and what a network may rule about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django.utils.functional import Promise
from pydantic import TypeAdapter

from kernel.registries import Registry

Value = TypeVar("Value")


class Level(StrEnum):
    """Who decides, from the widest to the closest."""

    PLATFORM = "platform"
    NETWORK = "network"
    HOSPITAL = "hospital"
    SITE = "site"

    @property
    def rank(self) -> int:
        """A number that grows towards the site."""
        return list(Level).index(self)


@dataclass(frozen=True)
class Preference(Generic[Value]):
    """One setting, registered by being declared in a feature's ``preferences.py``.

    ``key`` is ``feature.name``; ``type`` anything pydantic can check (``int``, ``Literal["a", "b"]``,
    ``Annotated[int, Field(ge=0)]``); ``owner_level`` the closest level that may decide; ``sentence`` what it is, on the
    page on which it is set; ``impact`` what changes for people, shown before it is saved.
    """

    key: str
    type: Any
    default: Value
    owner_level: Level
    sentence: str | Promise
    impact: str | Promise = ""
    order: int = 100
    adapter: TypeAdapter[Value] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        feature, dot, name = self.key.partition(".")
        if not (feature and dot and name and self.key == self.key.lower()):
            raise ValueError(f"{self.key!r} is not the key of a preference: write feature.name")
        object.__setattr__(self, "adapter", TypeAdapter(self.type))
        self.adapter.validate_python(self.default)
        preferences.register(self)

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def name(self) -> str:
        """The key, under which the registry keeps it."""
        return self.key

    def from_json(self, stored: Any) -> Value:
        """The typed value of what was stored. Raises pydantic's ValidationError."""
        return self.adapter.validate_python(stored)

    def to_json(self, value: Value) -> Any:
        """The value as it is stored."""
        return self.adapter.dump_python(value, mode="json")


preferences: Registry[Preference[Any]] = Registry("preferences")


# Here 0, False and an empty text are values like others; None says nothing.
_RULED = ("value", "minimum", "maximum")


@dataclass(frozen=True)
class NetworkRule:
    """What a network says about a preference: its own default, a range or a choice for its hospitals, or a lock.

    ``value`` None leaves the platform's default. ``by``, ``at`` (ISO 8601) and ``reason`` are for ``explain``.
    """

    value: Any = None
    is_locked: bool = False
    minimum: Any = None
    maximum: Any = None
    choices: tuple[Any, ...] = ()
    by: str = ""
    at: str = ""
    reason: str = ""

    @classmethod
    def stored_for(cls, key: str, network_settings: Mapping[str, object]) -> "NetworkRule | None":
        """The rule that a network's settings hold for ``key``."""
        stored = network_settings.get(key)
        if not isinstance(stored, Mapping):
            return None
        return cls(**{**stored, "choices": tuple(stored.get("choices", ()))})

    def as_stored(self) -> dict[str, Any]:
        """What goes into the network's settings."""
        kept = {name: value for name, value in vars(self).items() if name in _RULED and value is not None}
        told = {name: value for name, value in vars(self).items() if name not in _RULED and value}
        return {**kept, **told}

    def allows(self, value: Any) -> bool:
        """Whether hospitals of the network may choose ``value`` (in its stored form)."""
        if self.choices and value not in self.choices:
            return False
        return not (
            (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum)
        )
