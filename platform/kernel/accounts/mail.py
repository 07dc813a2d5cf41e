"""The messages about sign-in. They name the hospital and nothing about the person's care."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kernel import clock
from kernel.accounts.codes import LIFETIME, Purpose, make_code
from kernel.accounts.doors import origin_of_host
from kernel.accounts.events import AccountInvited, CodeAsked, EmailChanged, FactorsChanged, NewDevice, PasswordChanged
from kernel.accounts.models import Account, Device, OneTimeCode
from kernel.i18n.formats import in_digits
from kernel.permissions.declarations import Role
from kernel.permissions.models import RoleMembership
from kernel.tenancy.scope import current_scope


@dataclass(frozen=True)
class Letter:
    """One message in the reader's language."""

    to: str
    subject: str
    body: str


def _sender() -> dict[str, str]:
    hospital = current_scope().hospital
    return {"sender": hospital.name if hospital is not None else "Portico"}


def _language(account: Account) -> str:
    hospital = current_scope().hospital
    return account.language or (hospital.language if hospital is not None else "en")


def code_letter(event: CodeAsked) -> Letter | None:
    """The message with a new code; None when the code belongs to nobody, or nobody can be written to.

    A worker that comes back after an hour finds codes that would be too old when they are read.
    """
    live = OneTimeCode.objects.filter(used_at=None, expires_at__gt=clock.now())
    row = live.select_related("account").filter(pk=event.code_id).first()
    if row is None or row.account is None or not row.account.is_active:
        return None
    to = row.address or row.account.email
    if not to:
        return None
    purpose = OneTimeCode.Purpose(row.purpose)
    with translation.override(_language(row.account)):
        minutes = int(LIFETIME[purpose].total_seconds() // 60)
        facts = {**_sender(), "code": make_code(row), "minutes": in_digits(minutes)}
        subjects = {
            Purpose.RESET: _("Choose a new password at %(sender)s"),
            Purpose.CONFIRM_EMAIL: _("Confirm your e-mail address at %(sender)s"),
        }
        body = ngettext(
            "Your code: %(code)s\n\n"
            "Type it on the page where you asked for it. It works once, for %(minutes)s minute.\n\n"
            "Nobody from %(sender)s will ever ask you for this code. If you did not ask for it, you can ignore this"
            " message.",
            "Your code: %(code)s\n\n"
            "Type it on the page where you asked for it. It works once, for %(minutes)s minutes.\n\n"
            "Nobody from %(sender)s will ever ask you for this code. If you did not ask for it, you can ignore this"
            " message.",
            minutes,
        )
        return Letter(to, subjects.get(purpose, _("Your code for %(sender)s")) % facts, body % facts)


def _notice(to: str, subject: str, *sentences: str, advice: str = "") -> Letter:
    """What has happened, and what to do when it was somebody else. In the language in context."""
    advice = advice or _(
        "If this was you, there is nothing to do. If it was not, choose a new password on the sign-in page now and call"
        " us."
    )
    return Letter(to, subject % _sender(), "\n\n".join([" ".join(sentences), advice, *_telephone()]))


def _telephone() -> tuple[str, ...]:
    """The number that the advice speaks of, when the hospital has one."""
    hospital = current_scope().hospital
    if hospital is None or not hospital.phone:
        return ()
    # Groups of Arabic digits change places in text from right to left (as in ``phone_words``): they are held.
    number = f"\u202d{in_digits(hospital.phone)}\u202c" if translation.get_language_bidi() else hospital.phone
    return (_("Telephone of %(sender)s: %(number)s") % {**_sender(), "number": number},)


def _keys_sentence(keys_ended: int) -> tuple[str, ...]:
    return (_("The keys of your programs ended too. Make new ones where you need them."),) if keys_ended else ()


def _account(account_id: UUID) -> Account | None:
    return Account.objects.filter(pk=account_id).exclude(email="").first()


def new_device_letter(event: NewDevice) -> Letter | None:
    """Somebody signed in on a new device."""
    account = _account(event.account_id)
    if account is None:
        return None
    device = Device.objects.filter(pk=event.device_id).first()
    with translation.override(_language(account)):
        label = device.label if device is not None and device.label else _("unknown device")
        what = _("Somebody signed in to your account on a device that you had not used before: %(label)s.")
        return _notice(account.email, _("New sign-in at %(sender)s"), what % {"label": label})


def password_letter(event: PasswordChanged) -> Letter | None:
    """The password was changed. Whoever has never signed in knows of none: it came with the invitation."""
    account = _account(event.account_id)
    if account is None or account.last_login is None:
        return None
    with translation.override(_language(account)):
        return _notice(
            account.email,
            _("Your password at %(sender)s was changed"),
            _("The password of your account was changed, and all other devices were signed out."),
            *_keys_sentence(event.keys_ended),
        )


def factors_letter(event: FactorsChanged) -> Letter | None:
    """The second steps were changed."""
    account = _account(event.account_id)
    if account is None:
        return None
    with translation.override(_language(account)):
        return _notice(
            account.email,
            _("Your sign-in steps at %(sender)s were changed"),
            _("A step that you sign in with was added, removed or renewed."),
            *_keys_sentence(event.keys_ended),
        )


def former_address_letter(event: EmailChanged) -> Letter | None:
    """To the former address: whoever takes an account over changes the address first."""
    account = Account.objects.filter(pk=event.account_id).first()
    row = OneTimeCode.objects.filter(pk=event.code_id).exclude(address="").first()
    if account is None or row is None:
        return None
    with translation.override(_language(account)):
        return _notice(
            row.address,
            _("Your e-mail address at %(sender)s was changed"),
            _("We now write to you at another e-mail address."),
            advice=_(
                "If this was you, there is nothing to do. If it was not, call us at once. A new password does not help:"
                " its code would go to the other address."
            ),
        )


def _here(account: Account) -> str:
    """Where a browser finds the sign-in page of ``account`` in the scope in context. Never from a request (S23)."""
    hospital = current_scope().hospital
    admins = RoleMembership.objects.filter(account=account, ends=None, role__based_on=Role.NETWORK_ADMIN.value)
    shared_host = settings.NETWORK_HOST if hospital is None and admins.exists() else settings.CONSOLE_HOST
    return f"{origin_of_host(hospital.host if hospital is not None else shared_host)}/"


def invitation_letter(event: AccountInvited) -> Letter | None:
    """Where to begin, without a code and without a password: a letter that lies about is worth nothing."""
    account = Account.objects.filter(pk=event.account_id, is_active=True).first()
    if account is None or not account.email:
        return None
    with translation.override(_language(account)):
        facts = {**_sender(), "name": account.display_name, "address": _here(account), "login": account.login}
        body = _(
            "%(name)s, you now have an account at %(sender)s.\n\n"
            "1. Go to %(address)s\n"
            "2. Write %(login)s and ask for a code. We send it to this e-mail address.\n"
            "3. Add a second step, such as a passkey or an app on your telephone.\n\n"
            "If you did not expect this message, you can ignore it."
        )
        return Letter(account.email, _("Your account at %(sender)s") % facts, body % facts)
