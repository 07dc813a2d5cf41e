"""That a letter waits."""

from dataclasses import dataclass
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True)
class MailWritten(Event):
    """A letter was written and is to be sent."""

    mail_id: UUID
