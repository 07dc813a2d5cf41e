"""Reading the trail in the patient's words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import Count, DateField, DateTimeField, F, Func, Max, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.functional import Promise

from kernel.audit import permissions
from kernel.audit.browsing import role_of
from kernel.audit.models import AuditEntry
from kernel.audit.sentences import sentence_of, sentences
from kernel.i18n.formats import reader_zone
from kernel.permissions import Access
from kernel.permissions.directory import same_people

# What two acts of a day have in common that are one line.
_SAME = ("actor_id", "actor_name", "actor_kind", "action", "reason")


@dataclass(frozen=True)
class Look:
    """One line of "who looked at my record". ``who`` is the name at that time; ``is_own`` the patient's own account.

    ``role`` is what they were then, in words; ``times`` how often they did the same on that day, last ``at``.
    """

    at: datetime
    who: str
    kind: str
    role: str
    what: str | Promise
    reason: str
    is_own: bool
    times: int


def who_looked(access: Access, patient_id: UUID) -> QuerySet[AuditEntry]:
    """Everything that was done to a patient's record, newest first, for the patient.

    Also what was done to records that were merged into this one, before and after. Others find nothing. ``by_day``
    folds it into lines, ``as_looks`` turns a page of these into sentences.
    """
    if access.subject not in (None, patient_id) or not access.can(permissions.VIEW_LOOKS, patient_id):
        return AuditEntry.objects.none()
    hidden = [sentence.name for sentence in sentences if not sentence.is_shown]
    entries = AuditEntry.objects.filter(subject__in=same_people([patient_id]), result=AuditEntry.Result.DONE)
    return entries.exclude(action__in=hidden).order_by("-at", "-id")


def by_others(access: Access, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    """Those of ``entries`` that the account of ``access`` did not make itself."""
    return entries.exclude(actor_id=access.actor.account_id)


def by_day(entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry, dict[str, Any]]:
    """``entries`` as lines, newest first: what somebody did again on the same day of the hospital is one of them.

    A line has ``last``, when it was done last, and ``times``, how often. Fold before making pages: else each page would
    count only what is on it.
    """
    in_zone = Func(Value(reader_zone().key), F("at"), function="timezone", output_field=DateTimeField())
    days = entries.order_by().annotate(day=Cast(in_zone, DateField())).values("day", *_SAME)
    lines = days.annotate(last=Max("at"), times=Count("pk")).order_by("-last", *_SAME)
    return cast("QuerySet[AuditEntry, dict[str, Any]]", lines)


def as_looks(access: Access, lines: Iterable[Mapping[str, Any]]) -> list[Look]:
    """Lines of ``by_day`` in the patient's words."""
    own = access.actor.account_id
    return [
        Look(
            at=line["last"],
            who=line["actor_name"],
            kind=line["actor_kind"],
            role=role_of(line["actor_name"], line["actor_kind"]),
            what=sentence_of(line["action"]),
            reason=line["reason"],
            is_own=own is not None and line["actor_id"] == own,
            times=line["times"],
        )
        for line in lines
    ]
