"""Reading the trail: the patient's own view, and the search of those who watch over the hospital."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise

from kernel.audit.models import AuditEntry
from kernel.audit.sentences import sentence_of, sentences
from kernel.permissions import Access


@dataclass(frozen=True)
class Filters:
    """What an entry must match; empty means anything. ``action`` matches from its beginning (``records.``)."""

    since: datetime | None = None
    until: datetime | None = None
    actor: UUID | None = None
    subject: UUID | None = None
    action: str = ""
    target_id: str = ""
    result: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class Look:
    """One line of "who looked at my record". ``who`` is the name at that time; ``is_own`` the patient's own account."""

    at: datetime
    who: str
    kind: str
    what: str | Promise
    reason: str
    is_own: bool
    entry_id: UUID


def entries_matching(access: Access, filters: Filters) -> QuerySet[AuditEntry]:
    """Entries for the search of hospital admins, privacy officers and operators, newest first."""
    exact = {
        "at__gte": filters.since,
        "at__lt": filters.until,
        "actor_id": filters.actor,
        "subject": filters.subject,
        "action__startswith": filters.action,
        "target_id": filters.target_id,
        "result": filters.result,
        "request_id": filters.request_id,
    }
    wanted = {name: value for name, value in exact.items() if value not in (None, "")}
    return AuditEntry.objects.filter(**wanted).order_by("-at", "-id")


def who_looked(access: Access, patient_id: UUID) -> QuerySet[AuditEntry]:
    """Everything that was done to a patient's record, newest first; ``as_looks`` turns a page of it into sentences."""
    hidden = [sentence.name for sentence in sentences if not sentence.is_shown]
    return (
        AuditEntry.objects.filter(subject=patient_id, result=AuditEntry.Result.DONE)
        .exclude(action__in=hidden)
        .order_by("-at", "-id")
    )


def as_looks(access: Access, entries: Iterable[AuditEntry]) -> list[Look]:
    """Entries in the patient's words."""
    own = access.actor.account_id
    return [
        Look(
            at=entry.at,
            who=entry.actor_name,
            kind=entry.actor_kind,
            what=sentence_of(entry.action),
            reason=entry.reason,
            is_own=own is not None and entry.actor_id == own,
            entry_id=entry.pk,
        )
        for entry in entries
    ]
