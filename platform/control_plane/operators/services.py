"""The provider's own staff: invited, ended. All run under ``shared()``."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from control_plane.operators import permissions
from control_plane.operators.ranks import FULL, RANKS, ensure_ranks
from control_plane.operators.selectors import AUDIT_HEADING, audit_list, audit_row
from kernel import audit, clock
from kernel.accounts.models import Account
from kernel.accounts.sessions import delete_sessions
from kernel.accounts.invitations import invite
from kernel.errors import DomainError
from kernel.exports import MOST_ROWS
from kernel.lists import ListState
from kernel.permissions import Access, NotFound, Role
from kernel.permissions.models import RoleDefinition, RoleMembership


class NotYourself(DomainError):
    message = _("You cannot end your own access. Ask another operator.")
    code = "not-yourself"


class LastOperator(DomainError):
    message = _("This is the last operator who may do everything. Invite another one first.")
    code = "last-operator"


class UnknownRank(DomainError):
    message = _("Choose what this person may do.")
    code = "unknown-rank"


class ReasonMissing(DomainError):
    message = _("Write a reason.")
    code = "reason-missing"


class IsNetworkAdmin(DomainError):
    message = _("This person looks after a network and cannot be an operator as well.")
    code = "is-network-admin"


def rank_choices() -> list[tuple[str, str]]:
    """The kinds of operators for a form, the mightier first."""
    return [(rank.name, f"{rank.label}. {rank.sentence}") for rank in RANKS.values()]


def invite_operator(*, access: Access, name: str, email: str, rank: str) -> Account:
    """Make an operator's account and send the code with which it is opened. The same twice is one invitation.

    Raises UnknownRank and IsNetworkAdmin.
    """
    access.require(permissions.MANAGE)
    if rank not in RANKS:
        raise UnknownRank
    with transaction.atomic():
        ensure_ranks()
        admins = RoleMembership.objects.filter(
            Q(ends__isnull=True) | Q(ends__gt=clock.now()),
            account__login=email.lower(),
            role__based_on=Role.NETWORK_ADMIN.value,
        )
        if admins.exists():
            raise IsNetworkAdmin
        already = RoleMembership.objects.filter(
            account__login=email.lower(), role__name=rank, ends__isnull=True
        ).select_related("account")
        for membership in already:
            return membership.account
        account = invite(access=access, email=email, display_name=name, roles=[rank])
        audit.record(access, action="operators.invited", target=account, detail={"rank": rank})
    return account


def end_operator(*, access: Access, account_id: UUID, reason: str) -> None:
    """End an operator's access at once: roles end, all sessions close. Raises NotYourself, LastOperator, NotFound."""
    access.require(permissions.MANAGE)
    why = " ".join(reason.split())
    if not why:
        raise ReasonMissing
    if account_id == access.actor.account_id:
        raise NotYourself
    now = clock.now()
    with transaction.atomic():
        # One at a time, so that two operators who end each other cannot leave nobody.
        list(RoleDefinition.objects.select_for_update().filter(based_on=Role.OPERATOR.value).order_by("pk"))
        live = RoleMembership.objects.filter(
            Q(ends__isnull=True) | Q(ends__gt=now), role__based_on=Role.OPERATOR.value
        )
        own = live.filter(account=account_id)
        if not own.exists():
            raise NotFound
        others = live.filter(role__name=FULL, account__is_active=True).exclude(account=account_id)
        if own.filter(role__name=FULL).exists() and not others.exists():
            raise LastOperator
        own.update(ends=now)
        delete_sessions(account_id)
        audit.record(access, action="operators.ended", target=(Account._meta.label, account_id), reason=why)


def export_audit(*, access: Access, state: ListState) -> list[tuple[object, ...]]:
    """The entries that ``state`` asks for as rows with a heading, at most 10,000; the export is recorded."""
    access.require(permissions.EXPORT_AUDIT)
    with transaction.atomic():
        rows = [audit_row(entry) for entry in audit_list(access, state)[:MOST_ROWS]]
        audit.record(access, action="operators.audit_exported", detail={"rows": len(rows), "query": state.query(page=1)})
    return [AUDIT_HEADING, *rows]
