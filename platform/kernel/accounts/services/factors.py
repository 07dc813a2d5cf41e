"""Second factors: enrol, check, remove."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel import audit, clock, keys
from kernel.accounts import codes, passkeys, totp
from kernel.accounts.doors import Door
from kernel.accounts.events import FactorsChanged
from kernel.accounts.models import Account, Factor, OneTimeCode
from kernel.accounts.other_access import end_other_access
from kernel.accounts.selectors import factor_kinds, needs_second_factor, roles_of
from kernel.accounts.sessions import delete_sessions
from kernel.errors import DomainError
from kernel.events import publish
from kernel.names import readable_name
from kernel.permissions import Access, NotFound

LONGEST_NAME = 80


class CodeWrong(DomainError):
    message = _("This code is not right. Check the clock of your device and type the newest code.")
    code = "code-wrong"


class FactorNeeded(DomainError):
    message = _("You need a second step to sign in here. Add another one before you remove this one.")
    code = "factor-needed"


class StrongerStepNeeded(DomainError):
    message = _("Your work here needs a passkey or an authenticator app. A code by e-mail is not enough.")
    code = "stronger-step-needed"


class PasswordTooShortAlone(DomainError):
    message = _("Your password is too short to be the only step. Choose one of at least 15 characters first.")
    code = "password-too-short-alone"


class EmailMissing(DomainError):
    message = _("There is no e-mail address on your account.")
    code = "email-missing"


def _seal(factor: Factor, secret: bytes) -> bytes:
    return keys.encrypt(secret, table=Factor._meta.db_table, column="material", row=factor.pk)


def secret_of(factor: Factor) -> bytes:
    """The shared secret of an authenticator app. It decrypts in its own row of its own hospital only."""
    return keys.decrypt(bytes(factor.material), table=Factor._meta.db_table, column="material", row=factor.pk)


def begin_totp(*, account: Account) -> Factor:
    """A new app secret that waits for its first code; an earlier one that was never confirmed is forgotten."""
    with transaction.atomic():
        account.factors.filter(kind=Factor.Kind.TOTP, confirmed_at=None).delete()
        factor = Factor(account=account, kind=Factor.Kind.TOTP)
        factor.material = _seal(factor, totp.new_secret())
        factor.save(force_insert=True)
    return factor


def waiting_totp(account: Account) -> Factor | None:
    """The app secret that waits for its first code."""
    return account.factors.filter(kind=Factor.Kind.TOTP, confirmed_at=None).order_by("-created_at").first()


def confirm_totp(*, access: Access, account: Account, code: str, keep_session: str | None = None) -> None:
    """The app shows the right code: from now on it is a factor, and replaces an earlier app. Raises CodeWrong."""
    with transaction.atomic():
        factor = (
            account.factors.select_for_update()
            .filter(kind=Factor.Kind.TOTP, confirmed_at=None)
            .order_by("-created_at")
            .first()
        )
        if factor is None:
            raise CodeWrong
        now = clock.now()
        step = totp.matching_step(secret_of(factor), codes.typed(code), now.timestamp(), after=factor.counter)
        if step is None:
            raise CodeWrong
        account.factors.filter(kind=Factor.Kind.TOTP, confirmed_at__isnull=False).delete()
        factor.counter, factor.confirmed_at, factor.last_used_at = step, now, now
        factor.save(update_fields=["counter", "confirmed_at", "last_used_at"])
        _changed(access, account, "accounts.factor_added", factor.kind, keep_session)


def enrol_totp(*, access: Access, account: Account) -> str:
    """Give the account an app without a QR code, for demonstration data and tests. Returns the base32 secret."""
    with transaction.atomic():
        factor = begin_totp(account=account)
        account.factors.filter(kind=Factor.Kind.TOTP, confirmed_at__isnull=False).delete()
        factor.confirmed_at = clock.now()
        factor.save(update_fields=["confirmed_at"])
        audit.record(access, action="accounts.factor_added", target=account, detail={"kind": "totp"})
    return totp.as_text(secret_of(factor))


def check_totp(*, account: Account, code: str) -> bool:
    """Whether ``code`` is what the account's app shows now. A code that was right once is never right again."""
    with transaction.atomic():
        factor = account.factors.select_for_update().filter(kind=Factor.Kind.TOTP, confirmed_at__isnull=False).first()
        if factor is None:
            return False
        now = clock.now()
        step = totp.matching_step(secret_of(factor), codes.typed(code), now.timestamp(), after=factor.counter)
        if step is None:
            return False
        factor.counter, factor.last_used_at = step, now
        factor.save(update_fields=["counter", "last_used_at"])
        return True


def add_passkey(
    *,
    access: Access,
    account: Account,
    door: Door,
    state: Mapping[str, Any],
    answer: Mapping[str, Any],
    name: str,
    keep_session: str | None = None,
) -> Factor:
    """Keep a passkey that the browser has just made at this host. Raises PasskeyRefused."""
    with transaction.atomic():
        factor = passkeys.complete_registration(door, account, state=state, answer=answer, name=name.strip())
        _changed(access, account, "accounts.factor_added", factor.kind, keep_session)
    return factor


def rename_passkey(*, access: Access, factor: Factor, name: str) -> None:
    """Call a passkey by a ``name`` of its owner's.

    Raises NameUnreadable, or NotFound for another kind of step and for one that is gone.
    """
    if factor.kind != Factor.Kind.PASSKEY:
        raise NotFound
    called = readable_name(name, LONGEST_NAME)
    with transaction.atomic():
        if not Factor.objects.filter(pk=factor.pk).update(name=called):
            raise NotFound
        audit.record(access, action="accounts.factor_renamed", target=factor.account, fields=("name",))


def add_email_factor(*, access: Access, account: Account, keep_session: str | None = None) -> None:
    """Ask for a code by e-mail as the second step: for people without a smartphone.

    Raises EmailMissing, or StrongerStepNeeded for staff, for whom it would be no second step (S19).
    """
    if needs_second_factor(roles_of(account)):
        raise StrongerStepNeeded
    if not account.email:
        raise EmailMissing
    with transaction.atomic():
        if not account.factors.filter(kind=Factor.Kind.EMAIL).exists():
            Factor.objects.create(account=account, kind=Factor.Kind.EMAIL, confirmed_at=clock.now())
            _changed(access, account, "accounts.factor_added", "email", keep_session)


def remove_factor(*, access: Access, account: Account, factor: Factor, keep_session: str | None = None) -> None:
    """Take a factor away. Raises FactorNeeded for the last one of staff, PasswordTooShortAlone for a short password.

    The code by e-mail that staff have kept from the time before their work does not count as one. With somebody's last
    one all other access that the account has given ends.
    """
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        others = account.factors.filter(confirmed_at__isnull=False).exclude(pk=factor.pk)
        if needs_second_factor(roles_of(account)) and not others.exclude(kind=Factor.Kind.EMAIL).exists():
            raise FactorNeeded
        keys = 0
        if not others.exists():
            if account.has_usable_password() and not account.password_is_long:
                raise PasswordTooShortAlone
            account.codes.filter(purpose=OneTimeCode.Purpose.RECOVERY).delete()
            keys = end_other_access(access, account)
        kind = factor.kind
        factor.delete()
        _changed(access, account, "accounts.factor_removed", kind, keep_session, keys_ended=keys)


def renew_recovery_codes(*, access: Access, account: Account) -> list[str]:
    """Ten new codes to print; the former ones stop working."""
    with transaction.atomic():
        made = codes.new_recovery_codes(account)
        audit.record(access, action="accounts.recovery_codes_made", target=account)
        publish(FactorsChanged(account_id=account.pk))
    return made


def needs_recovery_codes(account: Account) -> bool:
    """Whether the account has a second factor and no printed codes to fall back on."""
    return bool(factor_kinds(account)) and not codes.recovery_codes_left(account)


def _changed(
    access: Access, account: Account, action: str, kind: str, keep_session: str | None, *, keys_ended: int = 0
) -> None:
    """Other sessions end, trust in devices ends, the person is told (S21)."""
    ended = delete_sessions(account.pk, but=keep_session)
    account.devices.update(trusted_until=None)
    audit.record(access, action=action, target=account, detail={"kind": kind, "sessions_ended": ended})
    publish(FactorsChanged(account_id=account.pk, keys_ended=keys_ended))
