"""Another e-mail address counts once a code that was sent there has come back."""

from uuid import UUID

from django.db import transaction

from kernel.accounts import codes, throttles
from kernel.accounts.events import CodeAsked
from kernel.accounts.models import Account, OneTimeCode
from kernel.accounts.selectors import written_login
from kernel.accounts.services.register import change_email
from kernel.accounts.services.sign_in import CodeRefused, Origin, note_code, note_refusal
from kernel.events import publish
from kernel.permissions import Access


def ask_for_new_email(*, access: Access, account: Account, address: str, origin: Origin) -> UUID:
    """Have a code sent to ``address``. Raises TooManyAttempts."""
    throttles.charge(throttles.message_buckets(login=f"email:{account.pk}", address=origin.channel.address))
    with transaction.atomic():
        row = codes.ask_for_code(
            account=account, purpose=OneTimeCode.Purpose.CONFIRM_EMAIL, address=written_login(address)
        )
        note_code(account, origin.channel, row.purpose, access=access)
        publish(CodeAsked(code_id=row.pk))
    return row.pk


def confirm_new_email(*, access: Access, account: Account, code_id: UUID, code: str, origin: Origin) -> None:
    """Store the address to which the code was sent. Raises CodeRefused."""
    throttles.charge(throttles.sign_in_buckets(login=f"email:{account.pk}", address=origin.channel.address))
    row = codes.use_code(code_id=code_id, purpose=OneTimeCode.Purpose.CONFIRM_EMAIL, code=code)
    if row is None or row.account_id != account.pk:
        note_refusal(account, origin, "email", access=access)
        raise CodeRefused
    throttles.refund(throttles.sign_in_buckets(login=f"email:{account.pk}", address=origin.channel.address))
    change_email(access=access, account=account, confirmed=row)
