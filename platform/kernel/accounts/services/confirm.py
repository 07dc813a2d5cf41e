"""Showing once more that it is still you, before something sensitive (S20)."""

from uuid import UUID

from django.db import transaction

from kernel import audit, clock
from kernel.accounts import passkeys
from kernel.accounts.models import Account, Factor
from kernel.accounts.selectors import confirm_ways
from kernel.accounts.services.sign_in import CodeRefused, Origin, check_second_factor, note_refusal
from kernel.accounts.sessions import CONFIRMED_AT, SessionStore
from kernel.permissions import Access


def confirm_by_code(
    *,
    access: Access,
    account: Account,
    session: SessionStore,
    method: str,
    code: str,
    origin: Origin,
    code_id: UUID | None = None,
) -> None:
    """The person has typed ``code``: of the app, of an e-mail (its row is ``code_id``), or the password.

    Raises CodeRefused, also for a method that is too weak at this door, TooManyAttempts or SecondStepSpent.
    """
    if method not in confirm_ways(account, origin.door):
        note_refusal(account, origin, method, access=access)
        raise CodeRefused
    check_second_factor(account=account, method=method, code=code, origin=origin, code_id=code_id, access=access)
    _confirmed(access, account, session, method)


def confirm_by_passkey(*, access: Access, account: Account, session: SessionStore, factor: Factor) -> None:
    """A passkey has signed this host's challenge. Raises PasskeyRefused for somebody else's."""
    if factor.account_id != account.pk:
        raise passkeys.PasskeyRefused
    _confirmed(access, account, session, "passkey")


def _confirmed(access: Access, account: Account, session: SessionStore, method: str) -> None:
    """A new session id, and sensitive acts are open for ten minutes."""
    with transaction.atomic():
        audit.record(access, action="accounts.confirmed", target=account, detail={"method": method})
    session[CONFIRMED_AT] = clock.now().isoformat()
    session.cycle_key()
