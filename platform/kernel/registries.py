"""Where features offer what others show or run, so that nobody imports a feature to get it.

A registry is filled once, when the apps are ready, with frozen declarations; reading it is free of hospitals.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.utils.functional import Promise


class Named(Protocol):
    """A declaration with a unique name and a place in the order."""

    @property
    def name(self) -> str: ...

    @property
    def order(self) -> int: ...


Declaration = TypeVar("Declaration", bound=Named)


class Registry(Generic[Declaration]):
    """Declarations by name, read in their order."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._entries: dict[str, Declaration] = {}

    def register(self, declaration: Declaration) -> Declaration:
        """Add a declaration. Raises ValueError when another one already has its name."""
        existing = self._entries.get(declaration.name)
        if existing is not None and existing != declaration:
            raise ValueError(f"two {self._kind} are called {declaration.name!r}")
        self._entries[declaration.name] = declaration
        return declaration

    def get(self, name: str) -> Declaration:
        """The declaration called ``name``. Raises KeyError."""
        return self._entries[name]

    def __iter__(self) -> Iterator[Declaration]:
        return iter(sorted(self._entries.values(), key=lambda entry: (entry.order, entry.name)))

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)


@dataclass(frozen=True)
class NavigationEntry:
    """A line of a side's menu. ``side`` is ``patient``, ``staff``, ``manage`` or ``console``, or
    ``account`` for the menu of the signed-in person; ``url_name`` has no
    arguments; ``icon`` is a lucide name; the line shows when the access may do ``permission`` (None: everyone
    signed in). ``section`` is the heading it stands under; ``badge`` counts what waits, given the access."""

    name: str
    side: str
    label: str | Promise
    url_name: str
    icon: str
    permission: Any = None
    section: str | Promise = ""
    badge: Callable[[Any], str] | None = None
    order: int = 100


@dataclass(frozen=True)
class HomeCard:
    """A block of the patient's home. ``build`` gets the access and returns the template's context, or None for
    nothing to show. Blocks answer, in this order: what is next (10), what to do (20), what is new (30), ways on (90).
    On a wide screen those with ``beside`` stand in the second column.
    """

    name: str
    template: str
    build: Callable[[Any], Mapping[str, Any] | None]
    order: int = 100
    beside: bool = False


@dataclass(frozen=True)
class ChartPanel:
    """A block of the staff's chart summary of one patient; ``build`` gets the access and the patient."""

    name: str
    template: str
    permission: Any
    build: Callable[[Any, Any], Mapping[str, Any] | None]
    order: int = 100


@dataclass(frozen=True)
class Meter:
    """A number that a hospital reports to the provider every hour: a count, never a name. ``measure`` runs in the
    hospital's scope."""

    name: str
    sentence: str | Promise
    measure: Callable[[], int]
    order: int = 100


navigation: Registry[NavigationEntry] = Registry("navigation entries")
home_cards: Registry[HomeCard] = Registry("home cards")
chart_panels: Registry[ChartPanel] = Registry("chart panels")
meters: Registry[Meter] = Registry("meters")
