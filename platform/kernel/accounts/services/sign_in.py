"""Signing in, one step after the other. A refusal says nothing about whether the account exists."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel import audit, clock
from kernel.accounts import codes, passwords, throttles
from kernel.accounts.doors import Door, scope_label
from kernel.accounts.events import CodeAsked, NewDevice
from kernel.accounts.models import Account, Device, OneTimeCode
from kernel.accounts.preferences import idle_time
from kernel.accounts.selectors import (
    account_by_login,
    kinds_of_people,
    needs_second_factor,
    roles_of,
    what_is_missing,
    written_login,
)
from kernel.accounts.services.factors import CodeWrong, check_totp
from kernel.accounts.sessions import (
    ACCOUNT,
    AS_STAFF,
    CONFIRMED_AT,
    DEVICE,
    EXPIRES,
    IDLE,
    METHODS,
    PATIENT_LIMIT,
    SIGNED_IN_AT,
    STAFF_LIMIT,
    SessionStore,
)
from kernel.errors import DomainError
from kernel.events import publish
from kernel.permissions import Access, Actor, Channel, anonymous_access

TRUST_LASTS = timedelta(days=30)


class SignInRefused(DomainError):
    message = _("That did not work. Check what you typed and try again, or ask for a code by e-mail.")
    code = "sign-in-refused"


class CodeRefused(DomainError):
    message = _("This code did not work. It may have been used, or be too old. Try again or ask for a new one.")
    code = "code-refused"


# What can be done about a wrong answer of each kind; only a code by e-mail can be asked for anew.
_REFUSALS = {
    "totp": CodeWrong.message,
    "recovery": _("This recovery code did not work. Each works once: take another one of your list."),
    "password": _("This password is not right. Check what you typed and try again."),
}


class SecondStepSpent(DomainError):
    message = _("Too many wrong codes. Use a passkey or one of your printed recovery codes.")
    code = "second-step-spent"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an attempt comes from. ``device_token`` is the value of the device cookie, or empty."""

    door: Door
    channel: Channel
    agent: str = ""
    device_token: str = ""


def _token_hash(token: str) -> str:
    """What is stored of a device's cookie; the hospital is in it, so a copied row is worth nothing elsewhere (S04)."""
    return hashlib.sha256(f"portico-device:{scope_label()}:{token}".encode()).hexdigest()


def known_device(origin: Origin, account: Account | None) -> Device | None:
    """The device of the cookie, when the account has signed in on it before. Costs one query either way."""
    return Device.objects.filter(
        token_hash=_token_hash(origin.device_token), account_id=account.pk if account is not None else codes.NOBODY
    ).first()


def acting(account: Account, origin: Origin) -> Access:
    """An access of somebody who has shown who they are and is not in yet: it names them and grants nothing."""
    return Access(
        actor=Actor(account_id=account.pk, display_name=account.display_name, roles=kinds_of_people(account)),
        channel=origin.channel,
    )


def note_refusal(account: Account | None, origin: Origin, method: str, *, access: Access | None = None) -> None:
    """The trail learns of each failure, and of whose account when there is one. ``access``: of who is signed in."""
    audit.record(
        access or anonymous_access(origin.channel),
        action="accounts.sign_in_refused",
        target=account,
        detail={"method": method},
        result="refused",
    )


def note_code(account: Account | None, channel: Channel, purpose: str, *, access: Access | None = None) -> None:
    """The trail learns that a code was asked for: the first thing somebody does who has got into a mailbox.

    ``access``: of who is signed in.
    """
    audit.record(
        access or anonymous_access(channel),
        action="accounts.code_asked",
        target=account,
        detail={"purpose": purpose},
    )


def check_password(*, login: str, password: str, origin: Origin) -> Account:
    """The account whose login and password these are. Raises SignInRefused, TooManyAttempts or RecoveryNeeded.

    The work is the same for an unknown login: one lookup, one device, one charge, one hash, one line in the trail.
    """
    account = account_by_login(login)
    device = known_device(origin, account)
    buckets = throttles.sign_in_buckets(
        login=written_login(login), address=origin.channel.address, device_id=device.pk if device else None
    )
    try:
        throttles.charge(buckets)
    except throttles.RecoveryNeeded:
        note_refusal(account, origin, "password")
        raise
    if not passwords.fits(account, password) or account is None:
        note_refusal(account, origin, "password")
        raise SignInRefused
    throttles.refund(buckets)
    return account


def ask_for_sign_in_code(*, login: str, origin: Origin) -> UUID:
    """Have a code sent to the account's e-mail address, if there is one; returns the id to keep in the session.

    Raises TooManyAttempts or RecoveryNeeded. An unknown login does and gets exactly the same.
    """
    account = account_by_login(login)
    device = known_device(origin, account)
    throttles.charge(
        [
            *throttles.message_buckets(
                login=written_login(login), address=origin.channel.address, device_id=device.pk if device else None
            ),
            _codes_bucket(written_login(login), device),
        ]
    )
    with transaction.atomic():
        row = codes.ask_for_code(account=account, purpose=OneTimeCode.Purpose.SIGN_IN)
        note_code(account, origin.channel, row.purpose)
        publish(CodeAsked(code_id=row.pk))
    return row.pk


def _codes_bucket(name: str, device: Device | None) -> throttles.Bucket:
    """What codes to sign in with are counted under: what was typed, or the device."""
    return throttles.Bucket(throttles.CODES, name if device is None else f"device:{device.pk}")


def check_sign_in_code(*, code_id: UUID, code: str, origin: Origin) -> Account:
    """The account whose e-mailed code this is. Raises CodeRefused or TooManyAttempts."""
    buckets = throttles.sign_in_buckets(login=f"code:{code_id}", address=origin.channel.address)
    throttles.charge(buckets)
    row = codes.use_code(code_id=code_id, purpose=OneTimeCode.Purpose.SIGN_IN, code=code)
    account = row.account if row is not None else None
    if account is None:
        note_refusal(codes.owner_of(code_id), origin, "code")
        raise CodeRefused
    throttles.refund([*buckets, _codes_bucket("", known_device(origin, account)), *throttles.codes_buckets(account)])
    return account


def ask_for_second_code(*, account: Account, origin: Origin, access: Access | None = None) -> UUID:
    """Have the second step's code sent by e-mail, for accounts that chose this factor. Raises TooManyAttempts.

    ``access`` is None for somebody who is not in yet.
    """
    device = known_device(origin, account)
    throttles.charge(
        throttles.message_buckets(
            login=account.login, address=origin.channel.address, device_id=device.pk if device else None
        )
    )
    with transaction.atomic():
        row = codes.ask_for_code(account=account, purpose=OneTimeCode.Purpose.SECOND_STEP)
        note_code(account, origin.channel, row.purpose, access=access)
        publish(CodeAsked(code_id=row.pk))
    return row.pk


def check_second_factor(
    *,
    account: Account,
    method: str,
    code: str,
    origin: Origin,
    code_id: UUID | None = None,
    access: Access | None = None,
) -> str:
    """Accept a second factor: ``totp``, ``recovery``, ``email`` or ``password``. Returns the method.

    ``access`` is None for somebody who is not in yet. Raises CodeRefused, TooManyAttempts or SecondStepSpent. Six
    digits are guessed in a million tries, so they are throttled like passwords. Printed codes cannot be guessed: they
    recover an account whose other steps are spent.
    """
    device = known_device(origin, account)
    buckets = throttles.second_step_buckets(
        account_id=account.pk, address=origin.channel.address, device_id=device.pk if device else None
    )
    try:
        throttles.charge(buckets)
    except throttles.RecoveryNeeded as error:
        if method != "recovery":
            raise SecondStepSpent from error
    if method == "totp":
        right = check_totp(account=account, code=code)
    elif method == "recovery":
        right = codes.use_recovery_code(account=account, code=code)
    elif method == "email" and code_id is not None:
        row = codes.use_code(code_id=code_id, purpose=OneTimeCode.Purpose.SECOND_STEP, code=code)
        right = row is not None and row.account_id == account.pk
    elif method == "password":
        right = passwords.fits(account, code)
    else:
        right = False
    if not right:
        note_refusal(account, origin, method, access=access)
        raise CodeRefused(_REFUSALS.get(method))
    throttles.refund(buckets)
    return method


def device_label(agent: str) -> str:
    """Browser and system in two words, from the User-Agent header: what a person recognises, and nothing more."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in agent), "")
    system = next((name for mark, name in systems if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part)


def complete_sign_in(
    *, session: SessionStore, account: Account, methods: Collection[str], origin: Origin, trust_device: bool = False
) -> str:
    """Sign the account in: a new session id, the times that end it, the device, the trail. Returns the device token.

    Call it only when ``what_is_missing`` says nothing is; it asks again and raises SignInRefused otherwise.
    """
    device = known_device(origin, account)
    if what_is_missing(account=account, methods=methods, device=device, door=origin.door) != "nothing":
        raise SignInRefused
    now = clock.now()
    staff = needs_second_factor(roles_of(account))
    limit = STAFF_LIMIT if staff else PATIENT_LIMIT
    token = origin.device_token
    with transaction.atomic():
        if device is None:
            token = secrets.token_urlsafe(32)
            is_first = not account.devices.exists()
            device = Device.objects.create(
                account=account,
                token_hash=_token_hash(token),
                label=device_label(origin.agent),
                address=origin.channel.address,
                first_seen_at=now,
                last_seen_at=now,
            )
            if not is_first:
                publish(NewDevice(account_id=account.pk, device_id=device.pk))
        device.last_seen_at, device.address = now, origin.channel.address
        if trust_device and not staff:
            device.trusted_until = now + TRUST_LASTS
        device.save(update_fields=["last_seen_at", "address", "trusted_until"])
        account.last_login = now
        account.save(update_fields=["last_login"])
        audit.record(
            acting(account, origin),
            action="accounts.signed_in",
            target=account,
            detail={"methods": sorted(set(methods)), "door": origin.door.kind},
        )
        # A fixed session id, planted before sign-in, must not become a signed-in one.
        session.flush()
        session.update(
            {
                ACCOUNT: str(account.pk),
                SIGNED_IN_AT: now.isoformat(),
                CONFIRMED_AT: now.isoformat(),
                METHODS: sorted(set(methods)),
                DEVICE: str(device.pk),
                IDLE: int(idle_time(staff=staff).total_seconds()),
                AS_STAFF: staff,
                EXPIRES: (now + limit).isoformat(),
            }
        )
        session.create()
    return token


def sign_out(*, access: Access, session: SessionStore) -> None:
    """End this session. Its key is worth nothing from now on, whoever copied it."""
    if access.actor.account_id is not None:
        with transaction.atomic():
            audit.record(access, action="accounts.signed_out", target=("accounts.Account", access.actor.account_id))
            session.flush()
    else:
        session.flush()
