"""What other features may want to know about clinical records."""

from dataclasses import dataclass
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True)
class BundleImported(Event):
    """A bundle has been stored. ``patients`` are the keys of the patients it was about."""

    entry_id: UUID
    patients: tuple[UUID, ...]
    created: int
    updated: int
