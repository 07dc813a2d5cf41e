"""What a request carries once the middleware of accounts has seen it."""

from kernel.accounts.doors import Door, HostRequest
from kernel.accounts.models import Account
from kernel.accounts.sessions import SessionStore
from kernel.permissions import Access


class DoorRequest(HostRequest):
    """A request at one of the doors, of somebody who is signed in or not.

    ``session_seconds``: how long the session lasts yet, 0 without one.
    """

    access: Access
    account: Account | None
    door: Door
    session: SessionStore
    session_seconds: int


class AccountRequest(DoorRequest):
    """A request that ``signed_in`` has let through."""

    account: Account
