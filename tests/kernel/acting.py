"""An access for tests that need only somebody who acts."""

from dataclasses import dataclass, field
from uuid import UUID

from kernel.ids import uuid7


@dataclass(frozen=True)
class SomeActor:
    account_id: UUID | None = field(default_factory=uuid7)
    name: str = "Ana Ruiz"
    kind: str = "clinician"


@dataclass(frozen=True)
class SomeChannel:
    app: str = "web"
    address: str = "192.0.2.7"
    request_id: str = "r-1"


@dataclass(frozen=True)
class SomeAccess:
    actor: SomeActor = field(default_factory=SomeActor)
    on_behalf_of: UUID | None = None
    channel: SomeChannel = field(default_factory=SomeChannel)
    reason: str = ""
