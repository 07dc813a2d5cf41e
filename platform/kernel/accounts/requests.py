"""What a request carries once the middleware of accounts has seen it."""

from django.http import HttpRequest

from kernel.accounts.doors import Door
from kernel.accounts.models import Account
from kernel.accounts.sessions import SessionStore
from kernel.permissions import Access


class DoorRequest(HttpRequest):
    """A request at one of the doors, of somebody who is signed in or not."""

    access: Access
    account: Account | None
    door: Door
    session: SessionStore


class AccountRequest(DoorRequest):
    """A request that ``signed_in`` has let through."""

    account: Account
