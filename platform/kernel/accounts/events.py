"""What happens to accounts that somebody should be told."""

from dataclasses import dataclass
from uuid import UUID

from kernel.events import Event


@dataclass(frozen=True)
class CodeAsked(Event):
    """A code is to be made and sent; the row may belong to nobody."""

    code_id: UUID


@dataclass(frozen=True)
class NewDevice(Event):
    """The account was signed in on a device that it had not used before."""

    account_id: UUID
    device_id: UUID


@dataclass(frozen=True)
class PasswordChanged(Event):
    """The account has another password; ``keys_ended`` keys of programs ended with the former one."""

    account_id: UUID
    keys_ended: int = 0


@dataclass(frozen=True)
class FactorsChanged(Event):
    """A second step was added, removed or renewed; with the last one ``keys_ended`` keys of programs ended."""

    account_id: UUID
    keys_ended: int = 0


@dataclass(frozen=True)
class EmailChanged(Event):
    """The account has another address. The former one is in the code's row: it is told too, and not kept here."""

    account_id: UUID
    code_id: UUID


@dataclass(frozen=True)
class AccountInvited(Event):
    """The account was made or got a role, and the person does not know yet."""

    account_id: UUID
