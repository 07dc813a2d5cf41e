"""What the provider's side tells others about hospitals."""

from dataclasses import dataclass
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True)
class HospitalSuspended(Event):
    hospital_id: UUID
    operator_name: str
    reason: str


@dataclass(frozen=True)
class HospitalResumed(Event):
    hospital_id: UUID
    operator_name: str
    reason: str


@dataclass(frozen=True)
class HospitalRenamed(Event):
    hospital_id: UUID
    operator_name: str
    old_name: str
    new_name: str


@dataclass(frozen=True)
class HospitalTelephoneChanged(Event):
    hospital_id: UUID
    operator_name: str
    old_number: str
    new_number: str
