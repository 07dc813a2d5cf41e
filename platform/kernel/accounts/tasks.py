"""What is done when nobody waits for it: messages about sign-in, and forgetting what is over."""

from datetime import timedelta

from django.core.mail import send_mail

from kernel.accounts import codes, mail, once, throttles
from kernel.accounts.events import AccountInvited, CodeAsked, EmailChanged, FactorsChanged, NewDevice, PasswordChanged
from kernel.accounts.sessions import SessionStore
from kernel.events import on
from kernel.tasks import Schedule, hospital_task, provider_task, schedules


def _send(letter: mail.Letter | None) -> None:
    if letter is not None:
        send_mail(letter.subject, letter.body, None, [letter.to])


# Letters go into the outbox, encrypted, in the transaction of their event: each is written exactly once.
@on(CodeAsked)
def send_code(event: CodeAsked) -> None:
    """Make the code and send it; nothing happens for an unknown login."""
    _send(mail.code_letter(event))


@on(NewDevice)
def tell_of_new_device(event: NewDevice) -> None:
    """Tell the person of a sign-in on a device they had not used."""
    _send(mail.new_device_letter(event))


@on(PasswordChanged)
def tell_of_password(event: PasswordChanged) -> None:
    """Tell the person that the password changed."""
    _send(mail.password_letter(event))


@on(FactorsChanged)
def tell_of_factors(event: FactorsChanged) -> None:
    """Tell the person that the second steps changed."""
    _send(mail.factors_letter(event))


@on(EmailChanged)
def tell_former_address(event: EmailChanged) -> None:
    """Tell the former address that messages go elsewhere now."""
    _send(mail.former_address_letter(event))


@on(AccountInvited)
def send_invitation(event: AccountInvited) -> None:
    """Write where to begin."""
    _send(mail.invitation_letter(event))


def _forget_old() -> None:
    SessionStore.clear_expired()
    codes.forget_old()
    throttles.forget_old()
    once.forget_old()


@hospital_task(name="accounts.forget_old")
def forget_old() -> None:
    """Remove the hospital's expired sessions, codes, counters and answers."""
    _forget_old()


@provider_task(name="accounts.forget_old_shared")
def forget_old_shared() -> None:
    """Remove the provider's expired sessions, codes and counters."""
    _forget_old()


schedules.register(Schedule("accounts.forget_old", forget_old, timedelta(hours=1), also_suspended=True))
schedules.register(Schedule("accounts.forget_old_shared", forget_old_shared, timedelta(hours=1)))
