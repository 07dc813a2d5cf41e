"""What opens an account besides its sessions, and must not outlive what the account signs in with."""

from collections.abc import Callable
from dataclasses import dataclass

from kernel.accounts.models import Account
from kernel.permissions import Access
from kernel.registries import Registry


@dataclass(frozen=True)
class OtherAccess:
    """``end`` takes it all away from an account, in the transaction in context, with lines in the trail.

    It is given who acts and whose it is, on either side, and returns how many it ended.
    """

    name: str
    end: Callable[[Access, Account], int]
    order: int = 100


other_accesses: Registry[OtherAccess] = Registry("other accesses")


def end_other_access(access: Access, account: Account) -> int:
    """End all of it; returns how many there were. Somebody who took the session for a minute may have made it."""
    return sum(entry.end(access, account) for entry in other_accesses)
