"""Inviting somebody to work here: an account, its roles, and a letter that says where to begin.

The letter holds no code and no password. Who has it in hand still asks for a code at the sign-in page, which goes to
the same address, and adds a second step: a letter that lies about is worth nothing.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kernel import audit, clock
from kernel.accounts.events import AccountInvited
from kernel.accounts.models import Account
from kernel.accounts.selectors import written_login
from kernel.accounts.services.register import LoginTaken, create_account
from kernel.audit.models import AuditEntry
from kernel.errors import DomainError
from kernel.events import publish
from kernel.names import readable_name
from kernel.permissions import Access
from kernel.permissions.models import RoleDefinition, RoleMembership
from kernel.permissions.services import assign_role

# A letter on its way is not sent a second time by an impatient finger.
ON_ITS_WAY = timedelta(minutes=1)
# Nor does anybody fill a mailbox with them.
LETTERS_A_DAY = 5


class RoleUnknown(DomainError):
    message = _("Choose at least one role of the list.")
    code = "role-unknown"


class EmailUnusable(DomainError):
    message = _("Write the person's own e-mail address.")
    code = "email-unusable"


class AlreadyAnswered(DomainError):
    message = _("This person has signed in already, so nothing was sent.")
    code = "already-answered"


class EnoughLetters(DomainError):
    message = _("This person was written to five times within a day. Ask whether the address is right.")
    code = "enough-letters"


def invite(*, access: Access, email: str, display_name: str, roles: Sequence[str], language: str = "") -> Account:
    """Give somebody an account with ``roles`` (names of role definitions) in the scope in context, and write to them.

    An account with this login keeps what it is and gets the roles it lacks; when it lacks none, nothing happens and
    nothing is sent. The caller has checked the permission to invite. Raises RoleUnknown, EmailUnusable, LoginUnusable,
    NameUnreadable and what ``assign_role`` raises.
    """
    wanted = list(RoleDefinition.objects.filter(name__in=roles, removed_at=None))
    if not wanted or len(wanted) != len(set(roles)):
        raise RoleUnknown
    address = written_login(email)
    if "@" not in address:
        raise EmailUnusable
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(login=address).first()
        if account is None:
            name = readable_name(display_name, 200)
            try:
                account = create_account(
                    access=access, login=address, email=address, display_name=name, language=language
                )
            except LoginTaken:
                # The same form sent twice at the same moment: the other one was first, and its account is committed.
                account = Account.objects.select_for_update().get(login=address)
        held = set(
            RoleMembership.objects.filter(account=account, role__in=wanted, ends=None).values_list("role", flat=True)
        )
        lacking = [role for role in wanted if role.pk not in held]
        if not lacking:
            return account
        for role in lacking:
            assign_role(access=access, account=account, role=role)
        audit.record(
            access, action="accounts.invited", target=account, detail={"roles": sorted(role.name for role in lacking)}
        )
        publish(AccountInvited(account.pk))
    return account


def invite_again(*, access: Access, account: Account) -> None:
    """Write once more to somebody who was invited and has not answered. Asked for several times within a minute, it is
    one letter, also right after the first.

    The caller has checked the permission to invite. Raises AlreadyAnswered, EmailUnusable, EnoughLetters.
    """
    with transaction.atomic():
        # Two who ask at once wait for each other, so that the second sees what the first has sent.
        invited = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if not invited.is_invited:
            raise AlreadyAnswered
        if not invited.email:
            raise EmailUnusable
        now = clock.now()
        sent = AuditEntry.objects.filter(
            at__gt=now - timedelta(days=1),
            action__in=("accounts.invited", "accounts.invited_again"),
            target_type=Account._meta.label,
            target_id=str(invited.pk),
        ).values_list("at", flat=True)
        if any(at > now - ON_ITS_WAY for at in sent):
            return
        if len(sent) >= LETTERS_A_DAY:
            raise EnoughLetters
        audit.record(access, action="accounts.invited_again", target=invited)
        publish(AccountInvited(invited.pk))
