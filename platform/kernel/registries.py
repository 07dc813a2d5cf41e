"""Where features offer what others show or run, so that nobody imports a feature to get it.

A registry is filled once, when the apps are ready, with frozen declarations; reading it is free of hospitals.
"""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


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
