"""Questions about accounts."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet

from kernel import clock
from kernel.accounts.codes import recovery_codes_left
from kernel.accounts.doors import Door
from kernel.accounts.models import Account, Device, Factor, Session
from kernel.permissions import NotFound
from kernel.permissions.declarations import TRUSTED_ROLES, Role
from kernel.permissions.directory import patient_directory
from kernel.permissions.selectors import live_roles, roles_by_links
from kernel.tenancy.scope import current_scope

# Two methods that rest on the same thing are one factor: two codes by e-mail are not two.
_FACTOR_OF = {"password": "password", "code": "email", "email": "email", "totp": "app", "recovery": "app"}

Missing = Literal["nothing", "second_factor", "enrolment", "role"]


def written_login(text: str) -> str:
    """A login or an e-mail address as it is stored: no space around it, small letters."""
    return text.strip().lower()[:254]


def account_by_login(text: str) -> Account | None:
    """The active account that ``text`` names: its login, or an e-mail address that only one account has.

    One query, whatever is found.
    """
    wanted = written_login(text)
    if not wanted or "\x00" in wanted:
        wanted = "-"
    found = list(Account.objects.filter(Q(login=wanted) | Q(email=wanted), is_active=True)[:20])
    exact = [account for account in found if account.login == wanted]
    if exact:
        return exact[0]
    return found[0] if len(found) == 1 else None


def active_account(account_id: UUID) -> Account | None:
    """The account with this id, while it is open."""
    return Account.objects.filter(pk=account_id, is_active=True).first()


def roles_of(account: Account) -> frozenset[Role]:
    """The kinds of people that the account belongs to through memberships."""
    return frozenset(Role(role.based_on) for role in live_roles(account.pk))


def kinds_of_people(account: Account) -> frozenset[Role]:
    """The kinds of people that the account belongs to, by memberships and by the records that are open to it."""
    directory = patient_directory()
    if directory is None or current_scope().is_shared:
        return roles_of(account)
    return roles_of(account) | roles_by_links(directory.linked_patients(account.pk).values())


def needs_second_factor(roles: Collection[Role]) -> bool:
    """Whether somebody with these roles must have a second factor (S19): staff, admins, operators."""
    return not TRUSTED_ROLES.isdisjoint(roles)


def factor_kinds(account: Account) -> frozenset[str]:
    """The kinds of confirmed factors besides the password."""
    return frozenset(account.factors.filter(confirmed_at__isnull=False).values_list("kind", flat=True))


def factors_of(account: Account) -> QuerySet[Factor]:
    """The account's confirmed factors, oldest first."""
    return account.factors.filter(confirmed_at__isnull=False).order_by("created_at")


def factor_of(account: Account, factor_id: UUID) -> Factor:
    """One of the account's own factors. Raises NotFound."""
    factor = factors_of(account).filter(pk=factor_id).first()
    if factor is None:
        raise NotFound
    return factor


def what_is_missing(
    *, account: Account, methods: Collection[str], device: Device | None, door: Door, now: datetime | None = None
) -> Missing:
    """What must still happen before the account is signed in at ``door``, having shown ``methods``.

    ``role``: the account has no business at this door. A passkey has checked the person and counts as both factors.
    A trusted device spares patients the second factor, never staff; for staff a code by e-mail is no second factor.
    """
    roles = roles_of(account)
    if door.roles and door.roles.isdisjoint(roles):
        return "role"
    if "passkey" in methods:
        return "nothing"
    required = needs_second_factor(roles)
    shown, kinds = {_FACTOR_OF[method] for method in methods}, factor_kinds(account)
    # A code by e-mail that somebody had before the work here is asked first. It opens only the page on which a stronger
    # factor is made, and a password alone does not even open that.
    is_step_left = bool(kinds) and len(shown) < 2
    if door.needs_passkey:
        # Two other factors open only the page on which a passkey is made: the first, or one for a lost one.
        is_short = bool(kinds - {Factor.Kind.EMAIL}) and not {"app"} < shown
        return "second_factor" if is_short or is_step_left else "enrolment"
    if len(shown) >= 2 and (not required or "app" in shown):
        return "nothing"
    if required:
        return "second_factor" if kinds - {Factor.Kind.EMAIL} or is_step_left else "enrolment"
    moment = now or clock.now()
    trusted = device is not None and device.trusted_until is not None and device.trusted_until > moment
    return "second_factor" if kinds and not trusted else "nothing"


def second_steps(account: Account, methods: Collection[str], door: Door) -> list[str]:
    """The ways in which the account can show another factor than those it has shown, the strongest first."""
    kinds = factor_kinds(account)
    # To staff a code by e-mail and a password are first steps, and more only until a stronger one is made.
    strong_only = needs_second_factor(roles_of(account)) and kinds != {Factor.Kind.EMAIL}
    shown = {_FACTOR_OF.get(method, method) for method in methods}
    possible = []
    if Factor.Kind.PASSKEY in kinds:
        possible.append("passkey")
    if Factor.Kind.TOTP in kinds and not (door.needs_passkey and possible):
        possible.append("totp")
    if Factor.Kind.EMAIL in kinds and account.email and not strong_only and "email" not in shown:
        possible.append("email")
    if not strong_only and account.has_usable_password() and "password" not in shown:
        possible.append("password")
    if kinds and recovery_codes_left(account):
        possible.append("recovery")
    return possible


def confirm_ways(account: Account, door: Door) -> list[str]:
    """The ways in which the account may show at ``door`` that it is still the same person, the strongest first.

    None is weaker than what signs the account in there: at a door that needs a passkey it is the passkey, for staff a
    passkey or the app.
    """
    kinds = factor_kinds(account)
    ways = ["passkey"] if Factor.Kind.PASSKEY in kinds else []
    if door.needs_passkey:
        return ways
    if Factor.Kind.TOTP in kinds:
        return [*ways, "totp"]
    if needs_second_factor(roles_of(account)):
        return ways
    return [*ways, "password" if account.has_usable_password() else "email"]


def own_sessions(account: Account) -> QuerySet[Session]:
    """The live sessions of the account, the last used first. One that nobody used for its idle time is over."""
    now = clock.now()
    idle = ExpressionWrapper(F("idle_seconds") * timedelta(seconds=1), output_field=DurationField())
    return (
        Session.objects.select_related("device")
        .filter(account=account, expires_at__gt=now, last_seen_at__gt=now - idle)
        .order_by("-last_seen_at")
    )


def remembered_devices(account: Account) -> QuerySet[Device]:
    """The devices that need no second step of the account and on which it is not signed in, the last used first.

    Those on which it is stand in the list of its sessions.
    """
    signed_in = own_sessions(account).filter(device__isnull=False).values("device")
    return account.devices.filter(trusted_until__gt=clock.now()).exclude(pk__in=signed_in).order_by("-last_seen_at")


def own_device(account: Account, device_id: UUID) -> Device:
    """One of the account's own devices. Raises NotFound."""
    row = account.devices.filter(pk=device_id).first()
    if row is None:
        raise NotFound
    return row


def own_session(account: Account, session_id: UUID) -> Session:
    """One of the account's own sessions. Raises NotFound."""
    row = own_sessions(account).filter(pk=session_id).first()
    if row is None:
        raise NotFound
    return row
