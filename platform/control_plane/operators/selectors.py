"""The doors to the provider's own staff and to the provider's trail. All run under ``shared()``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from control_plane.operators import permissions
from control_plane.operators.ranks import FULL, RANKS, READER
from kernel import clock
from kernel.accounts.models import Account
from kernel.audit.browsing import TrailRow, entry_by_id, trail_listing, trail_rows
from kernel.audit.models import AuditEntry
from kernel.lists import ListFilter, Listing, ListOptions, ListState, heading, listing
from kernel.permissions import Access, NotFound, Role
from kernel.tenancy.models import Hospital

OPERATOR_LIST = ListOptions(
    sorts={"name": ("display_name",), "since": ("since",), "activity": ("last_login",)},
    filters={"rank": (FULL, READER)},
)

RECENT = 8
READING = "operators.audit_viewed"
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
            is_invited=account.is_invited,
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


OPERATOR_HEADING = ("name", "e-mail", "may", "since", "last sign-in")


def operator_row(row: OperatorShown) -> tuple[object, ...]:
    """One operator as a line of a file."""
    last = row.account.last_login
    return (
        row.account.display_name, row.account.email, row.rank, row.since.isoformat(), last.isoformat() if last else "",
    )  # fmt: skip


def operator_listing(access: Access, state: ListState, *, export: str) -> "Listing[Account]":
    """The page of the operators."""
    return listing(
        state,
        operator_list(access, state),
        [
            heading(state, _("Operator"), "name"),
            heading(state, _("May")),
            heading(state, _("Status")),
            heading(state, _("Since"), "since"),
            heading(state, _("Last sign-in"), "activity"),
        ],
        filters=[ListFilter("rank", _("May"), [(rank.name, rank.label) for rank in RANKS.values()], _("Everybody"))],
        export=export,
    )


# --- The trail -------------------------------------------------------------------------------------------------------


def audit_trail(access: Access, state: ListState, *, export: str) -> "Listing[AuditEntry]":
    """The provider's trail as ``state`` asks for it; ``export`` is shown to those who may have the file."""
    access.require(permissions.VIEW_AUDIT)
    return trail_listing(state, export=export if access.can(permissions.EXPORT_AUDIT) else "")


def audit_entry(access: Access, key: UUID) -> AuditEntry:
    """One entry of the provider's trail. Raises NotFound."""
    access.require(permissions.VIEW_AUDIT)
    return entry_by_id(key)


def recent_entries(access: Access) -> list[TrailRow]:
    """The last few acts. Who only read the trail has done nothing: such lines stand in the trail itself."""
    access.require(permissions.VIEW_AUDIT)
    return trail_rows(AuditEntry.objects.exclude(action=READING).order_by("-at", "-pk")[:RECENT])


def entries_about(access: Access, hospital: Hospital) -> list[TrailRow]:
    """What operators did to one hospital, newest first."""
    access.require(permissions.VIEW_AUDIT)
    return trail_rows(
        AuditEntry.objects.filter(
            Q(target_id=str(hospital.pk)) | Q(detail__contains=f'"slug":"{hospital.slug}"')
        ).order_by("-at", "-pk")[:EVENTS_SHOWN]
    )
