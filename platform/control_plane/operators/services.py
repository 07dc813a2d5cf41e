"""The provider's own staff: invited, ended. All run under ``shared()``."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from control_plane.operators import permissions
from control_plane.operators.ranks import RANKS, ensure_ranks
from control_plane.operators.selectors import (
    OPERATOR_HEADING,
    READING,
    audit_entry,
    audit_trail,
    operator_by_id,
    operator_list,
    operator_row,
    operators_shown,
)
from kernel import audit, clock
from kernel.accounts.invitations import invite
from kernel.accounts.models import Account
from kernel.audit.browsing import TrailRow, find_entries, trail_rows, trail_table
from kernel.audit.models import AuditEntry
from kernel.errors import DomainError, ReasonMissing
from kernel.exports import MOST_ROWS
from kernel.lists import Listing, ListState
from kernel.permissions import Access, Role
from kernel.permissions.models import RoleMembership
from kernel.permissions.services import end_role


class UnknownRank(DomainError):
    message = _("Choose what this person may do.")
    code = "unknown-rank"


def rank_choices() -> list[tuple[str, str]]:
    """The kinds of operators for a form, the mightier first."""
    return [(rank.name, f"{rank.label}. {rank.sentence}") for rank in RANKS.values()]


def invite_operator(*, access: Access, name: str, email: str, rank: str) -> Account:
    """Make an operator's account and write to the person. The same twice is one invitation.

    Raises UnknownRank, and what ``kernel.permissions.services.assign_role`` raises: an admin of a network is refused.
    """
    access.require(permissions.MANAGE)
    if rank not in RANKS:
        raise UnknownRank
    with transaction.atomic():
        ensure_ranks()
        return invite(access=access, email=email, display_name=name, roles=[rank])


def end_operator(*, access: Access, account_id: UUID, reason: str) -> None:
    """End an operator's access at once: roles end, all sessions close.

    Raises ReasonMissing, NotFound, OwnRole for oneself, and LastManager for the last who may invite others.
    """
    access.require(permissions.MANAGE)
    why = " ".join(reason.split())
    if not why:
        raise ReasonMissing
    with transaction.atomic():
        account = operator_by_id(access, account_id)
        live = RoleMembership.objects.filter(
            Q(ends__isnull=True) | Q(ends__gt=clock.now()), account=account, role__based_on=Role.OPERATOR.value
        )
        for membership in live:
            end_role(access=access, membership=membership, reason=why)
        audit.record(access, action="operators.ended", target=account, reason=why)


def read_trail(*, access: Access, state: ListState, export: str) -> "tuple[Listing[AuditEntry], list[TrailRow]]":
    """The page of the provider's trail that ``state`` asks for. Reading it is recorded, as a hospital's is."""
    with transaction.atomic():
        trail = audit_trail(access, state, export=export)
        rows = trail_rows(trail.page.object_list)
        audit.record(access, action=READING)
    return trail, rows


def open_entry(*, access: Access, key: UUID) -> AuditEntry:
    """One entry of the provider's trail; the look is recorded like that at the list. Raises NotFound."""
    with transaction.atomic():
        entry = audit_entry(access, key)
        audit.record(access, action=READING, target=entry)
    return entry


def export_audit(*, access: Access, state: ListState) -> list[tuple[object, ...]]:
    """The entries that ``state`` asks for as rows with a heading, at most 10,000; the export is recorded."""
    access.require(permissions.EXPORT_AUDIT)
    with transaction.atomic():
        rows = trail_table(find_entries(state)[:MOST_ROWS])
        audit.record(
            access, action="operators.audit_exported", detail={"rows": len(rows) - 1, "query": state.query(page=1)}
        )
    return rows


def export_operators(*, access: Access, state: ListState) -> list[tuple[object, ...]]:
    """The operators that ``state`` asks for as rows with a heading, at most 10,000; the export is recorded."""
    access.require(permissions.VIEW)
    with transaction.atomic():
        rows = [operator_row(row) for row in operators_shown(operator_list(access, state)[:MOST_ROWS])]
        audit.record(access, action="operators.exported", detail={"rows": len(rows), "query": state.query(page=1)})
    return [OPERATOR_HEADING, *rows]
