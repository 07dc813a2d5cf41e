"""A forgotten password: a code by e-mail, once, for thirty minutes. The second factor stays what it was (S23)."""

from uuid import UUID

from django.db import transaction

from kernel.accounts import codes, passwords, throttles
from kernel.accounts.events import CodeAsked
from kernel.accounts.models import OneTimeCode
from kernel.accounts.selectors import account_by_login, written_login
from kernel.accounts.services.register import change_password, password_context, shortest_password
from kernel.accounts.services.sign_in import (
    CodeRefused,
    Origin,
    acting,
    known_device,
    note_code,
    note_refusal,
)
from kernel.events import publish


def ask_for_reset(*, login: str, origin: Origin) -> UUID:
    """Have a reset code sent, if there is such an account; returns the id to keep in the session.

    Raises TooManyAttempts. An unknown login does and gets exactly the same.
    """
    account = account_by_login(login)
    device = known_device(origin, account)
    throttles.charge(
        throttles.message_buckets(
            login=f"reset:{written_login(login)}",
            address=origin.channel.address,
            device_id=f"reset:{device.pk}" if device else None,
        )
    )
    with transaction.atomic():
        row = codes.ask_for_code(account=account, purpose=OneTimeCode.Purpose.RESET)
        note_code(account, origin.channel, row.purpose)
        publish(CodeAsked(code_id=row.pk))
    return row.pk


def reset_password(*, code_id: UUID, code: str, new: str, origin: Origin) -> None:
    """Set a new password with the code. Raises CodeRefused, PasswordRefused or TooManyAttempts.

    All sessions of the account end. Nobody is signed in by it: the next sign-in asks for the second factor as ever.
    """
    buckets = throttles.sign_in_buckets(login=f"code:{code_id}", address=origin.channel.address)
    throttles.charge(buckets)
    # A password that can be refused without knowing the account is refused before the code is used up.
    if len(passwords.normalised(new)) < passwords.SHORTEST_WITH_FACTOR:
        raise passwords.PasswordRefused(passwords.either_length())
    passwords.require_good_password(new, shortest=passwords.SHORTEST_WITH_FACTOR)
    with transaction.atomic():
        row = codes.use_code(code_id=code_id, purpose=OneTimeCode.Purpose.RESET, code=code)
        if row is not None and row.account is not None:
            account = row.account
            # Raised inside the transaction, so that the code can be used again with a better password.
            passwords.require_good_password(new, shortest=shortest_password(account), context=password_context(account))
            change_password(access=acting(account, origin), account=account, new=new, present=None)
            throttles.refund([*buckets, *throttles.recovered_buckets(account)])
            return
    note_refusal(codes.owner_of(code_id), origin, "reset")
    raise CodeRefused
