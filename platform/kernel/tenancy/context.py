"""The frozen description of a hospital that travels with every unit of work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

_EMPTY: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class HospitalContext:
    """All that a request or a task may know of its hospital without reading a shared table.

    Loaded once from the shared schema, cached in the process, replaced when the hospital changes.
    ``languages`` is ordered, the first is the hospital's default; ``digits`` is ``latn`` or ``arab``;
    ``state`` is one of the hospital's life-cycle states; ``database_alias`` names the database that holds its schema,
    of which a process of today serves one, Django's default.
    """

    id: UUID
    slug: str
    name: str
    schema_name: str
    role_name: str
    state: str
    host: str
    network_id: UUID
    network_name: str
    country: str
    time_zone: str
    currency: str
    languages: tuple[str, ...]
    digits: str = "latn"
    brand: Mapping[str, object] = field(default_factory=lambda: _EMPTY)
    brand_version: int = 1
    entitlements: frozenset[str] = frozenset()
    network_settings: Mapping[str, object] = field(default_factory=lambda: _EMPTY)
    flags: frozenset[str] = frozenset()
    is_demo: bool = False
    database_alias: str = "default"

    @property
    def language(self) -> str:
        """The hospital's default language."""
        return self.languages[0]

    @property
    def phone(self) -> str:
        """The number that patients call; empty when the hospital has not set one."""
        return str(self.brand.get("phone") or "")
