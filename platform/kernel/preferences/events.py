"""That a setting has changed."""

from dataclasses import dataclass
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True)
class PreferenceChanged(Event):
    """A hospital, or a site of it, decided something else."""

    key: str
    site_id: UUID | None = None
