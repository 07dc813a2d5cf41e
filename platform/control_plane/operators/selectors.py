"""The doors to the provider's own staff and to the provider's trail. All run under ``shared()``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from control_plane.operators import permissions
from control_plane.operators.ranks import FULL, RANKS, READER
from kernel import clock
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.audit.searching import narrowed, recorded_actions
from kernel.lists import ListOptions, ListState
from kernel.permissions import Access, NotFound, Role
from kernel.tenancy.models import Hospital

OPERATOR_LIST = ListOptions(
    sorts={"name": ("display_name",), "since": ("since",), "activity": ("last_login",)},
    filters={"rank": (FULL, READER)},
)

AUDIT_LIST = ListOptions(
    sorts={"at": ("-at",), "actor": ("actor_name", "-at"), "action": ("action", "-at")},
    filters={"action": None, "result": AuditEntry.Result.values, "since": None, "until": None, "target": None},
)

RECENT = 8
EVENTS_SHOWN = 50


def _live(now: datetime) -> Q:
    return Q(role_memberships__starts__lte=now) & (
        Q(role_memberships__ends__isnull=True) | Q(role_memberships__ends__gt=now)
    )


def _operators() -> "QuerySet[Any]":
    """Accounts with a live operator's role, with when it began and whether it is the full one."""
    live = _live(clock.now()) & Q(role_memberships__role__based_on=Role.OPERATOR.value)
    return (
        Account.objects.filter(live)
        .annotate(
            since=Min("role_memberships__starts", filter=live),
            role_name=Max("role_memberships__role__name", filter=live),
            full_roles=Count("role_memberships", filter=live & Q(role_memberships__role__name=FULL)),
        )
        .distinct()
    )


def operator_list(access: Access, state: ListState) -> "QuerySet[Account]":
    """The operators that ``state`` asks for."""
    access.require(permissions.VIEW)
    found = _operators()
    if state.search:
        found = found.filter(Q(display_name__icontains=state.search) | Q(email__icontains=state.search))
    if state.filters.get("rank") == FULL:
        found = found.filter(full_roles__gt=0)
    elif state.filters.get("rank"):
        found = found.filter(full_roles=0)
    return found.order_by(*state.ordering)


@dataclass(frozen=True)
class OperatorShown:
    """An operator as a line of the list."""

    account: Account
    rank: str | Promise
    is_invited: bool
    since: datetime


def operators_shown(accounts: Iterable[Any]) -> list[OperatorShown]:
    """Lines of the list."""
    return [
        OperatorShown(
            account=account,
            rank=RANKS[FULL if account.full_roles else READER].label,
            is_invited=account.last_login is None,
            since=account.since,
        )
        for account in accounts
    ]


def operator_by_id(access: Access, account_id: UUID) -> Account:
    """One operator. Raises NotFound for anybody else, also for an operator whose access has ended."""
    access.require(permissions.VIEW)
    found: Account | None = _operators().filter(pk=account_id).first()
    if found is None:
        raise NotFound
    return found


# --- The trail -------------------------------------------------------------------------------------------------------


def audit_list(access: Access, state: ListState) -> "QuerySet[AuditEntry]":
    """The provider's entries that ``state`` asks for, newest first unless sorted otherwise."""
    access.require(permissions.VIEW_AUDIT)
    found = AuditEntry.objects.all()
    wanted = state.filters
    if state.search:
        found = found.filter(
            Q(actor_name__icontains=state.search)
            | Q(detail__icontains=state.search)
            | Q(target_id=state.search)
            | Q(request_id=state.search)
        )
    if wanted.get("target"):
        found = found.filter(target_id=wanted["target"])
    return narrowed(found, state, UTC)


def audit_actions(access: Access) -> list[str]:
    """The actions that happened within a year, for the filter."""
    access.require(permissions.VIEW_AUDIT)
    return recorded_actions()


def recent_entries(access: Access) -> list[AuditEntry]:
    """The last few entries."""
    access.require(permissions.VIEW_AUDIT)
    return list(AuditEntry.objects.order_by("-at", "-pk")[:RECENT])


def entries_about(access: Access, hospital: Hospital) -> list[AuditEntry]:
    """What operators did to one hospital, newest first."""
    access.require(permissions.VIEW_AUDIT)
    return list(
        AuditEntry.objects.filter(
            Q(target_id=str(hospital.pk)) | Q(detail__contains=f'"slug":"{hospital.slug}"')
        ).order_by("-at", "-pk")[:EVENTS_SHOWN]
    )


AUDIT_HEADING = ("time", "actor", "actor kind", "action", "target type", "target", "reason", "result", "app", "address",
                 "request", "detail")  # fmt: skip


def audit_row(entry: AuditEntry) -> tuple[object, ...]:
    """One entry as a line of a file."""
    return (
        entry.at.isoformat(), entry.actor_name, entry.actor_kind, entry.action, entry.target_type, entry.target_id,
        entry.reason, entry.result, entry.app, entry.address, entry.request_id, entry.detail,
    )  # fmt: skip


WHAT_OPERATORS_DO: dict[str, str | Promise] = {
    "hospitals.requested": _("Asked for a new hospital"),
    "hospitals.retried": _("Tried again to make a hospital"),
    "hospitals.discarded": _("Discarded an unfinished hospital"),
    "hospitals.suspended": _("Suspended a hospital"),
    "hospitals.resumed": _("Opened a hospital again"),
    "hospitals.renamed": _("Renamed a hospital"),
    "hospitals.invitation_shown": _("Saw the first invitation of a hospital"),
    "hospitals.exported": _("Exported the list of hospitals"),
    "hospitals.report_asked": _("Had a hospital count its people"),
    "networks.exported": _("Exported the list of networks"),
    "accounts.signed_in": _("Signed in"),
    "accounts.signed_out": _("Signed out"),
    "accounts.sign_in_refused": _("Could not sign in"),
    "accounts.code_asked": _("Asked for a code by e-mail"),
    "accounts.confirmed": _("Confirmed who they are"),
    "access.refused": _("Was refused"),
    "accounts.created": _("Made an account"),
    "accounts.invited": _("Wrote an invitation"),
    "accounts.password_changed": _("Changed a password"),
    "accounts.factor_added": _("Added a second step"),
    "accounts.factor_removed": _("Removed a second step"),
    "permissions.role_given": _("Gave somebody a role"),
    "permissions.role_ended": _("Took a role away from somebody"),
    "operators.ended": _("Ended an operator's access"),
    "operators.audit_exported": _("Exported the audit log"),
}

RESULTS: list[tuple[str, str | Promise]] = [
    (AuditEntry.Result.DONE.value, _("Done")),
    (AuditEntry.Result.REFUSED.value, _("Refused")),
    (AuditEntry.Result.FAILED.value, _("Failed")),
]


def words_of(action: str) -> str:
    """An action in words; the recorded name where there are none."""
    return str(WHAT_OPERATORS_DO.get(action, action))
