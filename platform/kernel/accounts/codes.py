"""Codes that work once: by e-mail, and the ten on paper. Stored as hashes that fit one row of one hospital."""

import hmac
import re
import secrets
import unicodedata
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from kernel import clock
from kernel.accounts.doors import scope_label
from kernel.accounts.models import Account, OneTimeCode

Purpose = OneTimeCode.Purpose
LIFETIME = {
    Purpose.SIGN_IN: timedelta(minutes=10),
    Purpose.SECOND_STEP: timedelta(minutes=10),
    Purpose.RESET: timedelta(minutes=30),
    Purpose.CONFIRM_EMAIL: timedelta(minutes=30),
}
DIGITS = {Purpose.SIGN_IN: 6, Purpose.SECOND_STEP: 6, Purpose.RESET: 8, Purpose.CONFIRM_EMAIL: 6}
RECOVERY_CODES = 10
# How long a code that expired stays; printed ones stay until they are used or made anew.
KEPT = timedelta(days=1)
# No account has this id.
NOBODY = UUID(int=0)
# No I, L, O, U, 0 or 1: nothing that reads like something else. 16 characters hold 79 bits.
_RECOVERY_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


def typed(code: str) -> str:
    """What a person typed, as it was made: without spaces and hyphens, capitals, digits of any script as 0-9."""
    compact = re.sub(r"[\s\-\u2010-\u2015\u200e\u200f]+", "", code).upper()
    return "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in compact)


def _hash(row: OneTimeCode, code: str, key: str = "") -> str:
    """Keyed, because six digits can be tried through; with hospital, purpose and row: a code fits nowhere else."""
    place = f"portico-code:{scope_label()}:{row.purpose}:{row.pk}:{code}"
    return hmac.digest((key or settings.SECRET_KEY).encode(), place.encode(), "sha256").hex()


def _fits(row: OneTimeCode, code: str) -> bool:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(row.code_hash, _hash(row, code, key)) for key in keys)


def ask_for_code(*, account: Account | None, purpose: OneTimeCode.Purpose, address: str = "") -> OneTimeCode:
    """A row for a code that will be made when its message is written. An unknown account gets a row all the same.

    Earlier codes of the same purpose stop working.
    """
    now = clock.now()
    # The same statement for an unknown account, which has no earlier codes.
    owner = account.pk if account is not None else NOBODY
    OneTimeCode.objects.filter(account_id=owner, purpose=purpose, used_at=None).update(used_at=now)
    return OneTimeCode.objects.create(
        account=account, purpose=purpose, address=address, created_at=now, expires_at=now + LIFETIME[purpose]
    )


def make_code(row: OneTimeCode) -> str:
    """The digits of ``row``, made now and returned once. Of two codes made for one row the later works."""
    digits = DIGITS[OneTimeCode.Purpose(row.purpose)]
    code = f"{secrets.randbelow(10**digits):0{digits}d}"
    OneTimeCode.objects.filter(pk=row.pk, used_at=None).update(code_hash=_hash(row, code))
    return code


def is_live(code_id: UUID) -> bool:
    """Whether a code of this row can still be right: not used, not too old, and with tries left."""
    return OneTimeCode.objects.filter(pk=code_id, used_at=None, expires_at__gt=clock.now(), tries_left__gt=0).exists()


def use_code(*, code_id: UUID, purpose: OneTimeCode.Purpose, code: str) -> OneTimeCode | None:
    """The row, when ``code`` fits it, it is live, and nobody has used it. Each call costs one of five tries."""
    now = clock.now()
    with transaction.atomic():
        row = (
            OneTimeCode.objects.select_for_update(of=("self",))
            .select_related("account")
            .filter(pk=code_id, purpose=purpose, used_at=None, expires_at__gt=now, tries_left__gt=0)
            .first()
        )
        if row is None:
            return None
        if row.account is None or not row.account.is_active or not row.code_hash or not _fits(row, typed(code)):
            OneTimeCode.objects.filter(pk=row.pk).update(tries_left=F("tries_left") - 1)
            return None
        row.used_at = now
        row.save(update_fields=["used_at"])
        return row


def owner_of(code_id: UUID) -> Account | None:
    """Whose row this is, for the line about a wrong code; None for one that answered an unknown login."""
    row = OneTimeCode.objects.select_related("account").filter(pk=code_id).first()
    return row.account if row is not None else None


def new_recovery_codes(account: Account) -> list[str]:
    """Ten new codes to print, ``XXXX-XXXX-XXXX-XXXX``; the former ten are gone. They are never shown again."""
    now = clock.now()
    with transaction.atomic():
        # Two that renew at once must not leave two sets: neither sees what the other writes.
        Account.objects.select_for_update().get(pk=account.pk)
        OneTimeCode.objects.filter(account=account, purpose=Purpose.RECOVERY).delete()
        shown = []
        for _number in range(RECOVERY_CODES):
            code = "".join(secrets.choice(_RECOVERY_ALPHABET) for _sign in range(16))
            row = OneTimeCode(account=account, purpose=Purpose.RECOVERY, created_at=now, tries_left=0)
            row.code_hash = _recovery_hash(account, code)
            row.save(force_insert=True)
            shown.append("-".join(code[at : at + 4] for at in range(0, 16, 4)))
    return shown


def _recovery_hash(account: Account, code: str) -> str:
    """Not keyed with the installation's secret: 79 random bits need no key, and the codes must outlive its rotation."""
    place = f"portico-recovery:{scope_label()}:{account.pk}".encode()
    return hmac.digest(place, code.encode(), "sha256").hex()


def use_recovery_code(*, account: Account, code: str) -> bool:
    """Whether ``code`` is one of the account's unused ones; it is used up by asking."""
    return bool(
        OneTimeCode.objects.filter(
            account=account, purpose=Purpose.RECOVERY, used_at=None, code_hash=_recovery_hash(account, typed(code))
        ).update(used_at=clock.now())
    )


def recovery_codes_left(account: Account) -> int:
    """How many printed codes still work."""
    return OneTimeCode.objects.filter(account=account, purpose=Purpose.RECOVERY, used_at=None).count()


def forget_old() -> None:
    """Remove codes that expired a day ago; printed ones stay."""
    OneTimeCode.objects.filter(expires_at__lt=clock.now() - KEPT).delete()
