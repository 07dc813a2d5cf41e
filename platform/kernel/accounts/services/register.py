"""Accounts are made and changed."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kernel import audit, clock
from kernel.accounts import passwords, throttles
from kernel.accounts.events import EmailChanged, PasswordChanged
from kernel.accounts.models import Account, OneTimeCode
from kernel.accounts.other_access import end_other_access
from kernel.accounts.selectors import factor_kinds, needs_second_factor, roles_of, written_login
from kernel.accounts.sessions import delete_sessions
from kernel.errors import DomainError
from kernel.events import publish
from kernel.permissions import Access, NotPermitted
from kernel.tenancy.scope import peek_scope


class LoginTaken(DomainError):
    message = _("Somebody already signs in with this name. Please choose another.")
    code = "login-taken"


class LoginUnusable(DomainError):
    message = _("Write an e-mail address or a name without spaces, 3 to 254 characters.")
    code = "login-unusable"


class PasswordWrong(DomainError):
    message = _("The present password is not right.")
    code = "password-wrong"


def password_context(account: Account) -> list[str]:
    """Words that the account's password must not be made of: the person's, the hospital's."""
    scope = peek_scope()
    here = [scope.hospital.name, scope.hospital.slug] if scope is not None and scope.hospital is not None else []
    return [account.login, account.email, account.display_name, *here]


def create_account(
    *,
    access: Access,
    login: str,
    email: str = "",
    display_name: str = "",
    password: str | None = None,
    language: str = "",
) -> Account:
    """A new account in the scope in context; without a ``password`` it signs in by code or passkey.

    Roles come from ``kernel.permissions.services.assign_role``, patients from links. A password chosen here must be
    long enough to stand alone. Raises LoginUnusable, LoginTaken or PasswordRefused.
    """
    name = written_login(login)
    if not 3 <= len(name) <= 254 or any(sign.isspace() or not sign.isprintable() for sign in name):
        raise LoginUnusable
    account = Account(
        login=name, email=written_login(email), display_name=display_name.strip()[:200], language=language
    )
    if password is not None:
        passwords.require_good_password(password, shortest=passwords.SHORTEST_ALONE, context=password_context(account))
        _set_password(account, password)
    else:
        account.set_unusable_password()
    try:
        with transaction.atomic():
            account.save(force_insert=True)
            audit.record(access, action="accounts.created", target=account)
    except IntegrityError as error:
        raise LoginTaken from error
    return account


def _set_password(account: Account, password: str) -> None:
    account.password = passwords.hashed(password)
    account.password_is_long = len(passwords.normalised(password)) >= passwords.SHORTEST_ALONE
    account.password_changed_at = clock.now()


def shortest_password(account: Account) -> int:
    """How long the account's next password must be at least: 8 beside a second factor, 15 alone (S17)."""
    with_factor = needs_second_factor(roles_of(account)) or bool(factor_kinds(account))
    return passwords.SHORTEST_WITH_FACTOR if with_factor else passwords.SHORTEST_ALONE


def _require_present_password(access: Access, account: Account, present: str) -> None:
    """Guessed at a screen left open, it is slowed like a sign-in, and counted apart from the codes of an app."""
    buckets = throttles.sign_in_buckets(login=f"present:{account.pk}", address=access.channel.address)
    throttles.charge(buckets)
    if not passwords.fits(account, present):
        audit.record(
            access, action="accounts.sign_in_refused", target=account, detail={"method": "password"}, result="refused"
        )
        raise PasswordWrong
    throttles.refund(buckets)


def change_password(
    *, access: Access, account: Account, new: str, present: str | None, keep_session: str | None = None
) -> None:
    """Give the account another password; every session except ``keep_session`` (a key) ends at once, and all other
    access that the account has given.

    ``present`` is None only after a reset by code. Raises PasswordWrong, PasswordRefused,
    TooManyAttempts or RecoveryNeeded, and then nothing changed.
    """
    if present is not None and account.has_usable_password():
        _require_present_password(access, account, present)
    passwords.require_good_password(new, shortest=shortest_password(account), context=password_context(account))
    with transaction.atomic():
        _set_password(account, new)
        account.save(update_fields=["password", "password_is_long", "password_changed_at"])
        ended = delete_sessions(account.pk, but=keep_session)
        account.devices.update(trusted_until=None)
        keys = end_other_access(access, account)
        audit.record(access, action="accounts.password_changed", target=account, detail={"sessions_ended": ended})
        publish(PasswordChanged(account_id=account.pk, keys_ended=keys))


def keep_language(*, access: Access, language: str) -> None:
    """Remember in which language the acting account reads, on every device. Raises NotPermitted for visitors."""
    account_id = access.actor.account_id
    if account_id is None:
        raise NotPermitted
    with transaction.atomic():
        Account.objects.filter(pk=account_id).update(language=language)
        audit.record(
            access, action="accounts.reading_changed", target=("accounts.Account", account_id), fields=("language",)
        )


def change_email(*, access: Access, account: Account, confirmed: OneTimeCode) -> None:
    """Store the address that a code was sent to and came back from; the former address is told."""
    with transaction.atomic():
        former, account.email = account.email, confirmed.address
        account.save(update_fields=["email"])
        # The row is what the message to the former address is written from.
        confirmed.address = former
        confirmed.save(update_fields=["address"])
        audit.record(access, action="accounts.email_changed", target=account, fields=("email",))
        publish(EmailChanged(account_id=account.pk, code_id=confirmed.pk))
