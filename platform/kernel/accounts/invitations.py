"""Inviting somebody to work here: an account, its roles, and a letter that says where to begin.

The letter holds no code and no password. Who has it in hand still asks for a code at the sign-in page, which goes to
the same address, and adds a second step: a letter that lies about is worth nothing.
"""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel import audit, clock
from kernel.accounts.models import Account
from kernel.accounts.selectors import written_login
from kernel.accounts.services.register import create_account
from kernel.errors import DomainError
from kernel.permissions import Access
from kernel.permissions.models import RoleDefinition, RoleMembership
from kernel.tenancy.scope import current_scope


class RoleUnknown(DomainError):
    message = gettext_lazy("Choose at least one role of the list.")
    code = "role-unknown"


class EmailUnusable(DomainError):
    message = gettext_lazy("Write the person's own e-mail address.")
    code = "email-unusable"


def invite(
    *, access: Access, email: str, display_name: str, roles: Sequence[str], language: str = ""
) -> Account:
    """Give somebody an account with ``roles`` (names of role definitions) in the scope in context, and write to them.

    An account with this login keeps what it is and gets the roles it lacks; when it lacks none, nothing happens and
    nothing is sent. The caller has checked the permission. Raises RoleUnknown, EmailUnusable, LoginUnusable.
    """
    wanted = list(RoleDefinition.objects.filter(name__in=roles))
    if not wanted or len(wanted) != len(set(roles)):
        raise RoleUnknown
    address = written_login(email)
    if "@" not in address:
        raise EmailUnusable
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(login=address).first()
        if account is None:
            account = create_account(
                access=access, login=address, email=address, display_name=display_name, language=language
            )
        given = give_roles(account, wanted)
        if not given and account.is_active:
            return account
        if not account.is_active:
            account.is_active = True
            account.save(update_fields=["is_active"])
        audit.record(access, action="accounts.invited", target=account, detail={"roles": sorted(given)})
        transaction.on_commit(lambda: _send(account))
    return account


def give_roles(account: Account, roles: Sequence[RoleDefinition]) -> list[str]:
    """Open a membership of each role that the account does not hold; returns the names of those."""
    now = clock.now()
    # One that was to end in the future stays as it is; a second open one is refused by the database.
    held = set(
        RoleMembership.objects.filter(Q(ends__isnull=True) | Q(ends__gt=now), account=account).values_list(
            "role", flat=True
        )
    )
    lacking = [role for role in roles if role.pk not in held]
    RoleMembership.objects.bulk_create(
        [RoleMembership(account=account, role=role, starts=now) for role in lacking], ignore_conflicts=True
    )
    return [role.name for role in lacking]


def end_roles(account: Account, roles: Sequence[RoleDefinition]) -> list[str]:
    """End the account's memberships of ``roles`` now; returns the names of those that it held."""
    now = clock.now()
    live = RoleMembership.objects.filter(Q(ends__isnull=True) | Q(ends__gt=now), account=account, role__in=list(roles))
    names = list(live.values_list("role__name", flat=True))
    # A role that was to begin later has not begun: it ends when it would have begun.
    live.filter(starts__gt=now).delete()
    live.update(ends=now)
    return sorted(names)


def _send(account: Account) -> None:
    """Write the letter in the language of the person, else of the hospital."""
    hospital = current_scope().hospital
    host = hospital.host if hospital is not None else settings.CONSOLE_HOST
    usual = {"http": "80", "https": "443"}[settings.PUBLIC_SCHEME]
    port = "" if settings.PUBLIC_PORT in ("", usual) else f":{settings.PUBLIC_PORT}"
    facts = {
        "sender": hospital.name if hospital is not None else "Portico",
        "name": account.display_name,
        "address": f"{settings.PUBLIC_SCHEME}://{host}{port}/",
        "login": account.login,
    }
    with translation.override(account.language or (hospital.language if hospital is not None else "en")):
        subject = _("Your account at %(sender)s") % facts
        body = (
            _(
                "%(name)s, you now have an account at %(sender)s.\n\n"
                "1. Go to %(address)s\n"
                "2. Write %(login)s and ask for a code. We send it to this e-mail address.\n"
                "3. Add a second step, such as a passkey or an app on your telephone.\n\n"
                "If you did not expect this message, you can ignore it."
            )
            % facts
        )
    send_mail(subject, body, None, [account.email])
