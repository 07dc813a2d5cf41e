"""Reading the trail in the patient's words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise

from kernel.audit import permissions
from kernel.audit.browsing import role_of
from kernel.audit.models import AuditEntry
from kernel.audit.sentences import sentence_of, sentences
from kernel.i18n.formats import local
from kernel.permissions import Access
from kernel.permissions.directory import same_people


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
    times: int = 1


def who_looked(access: Access, patient_id: UUID) -> QuerySet[AuditEntry]:
    """Everything that was done to a patient's record, newest first, for the patient and those who watch over privacy.

    Also what was done to records that were merged into this one, before and after. Others find nothing. ``as_looks``
    turns a page of it into sentences.
    """
    if access.subject not in (None, patient_id) or not access.can(permissions.VIEW_LOOKS, patient_id):
        return AuditEntry.objects.none()
    hidden = [sentence.name for sentence in sentences if not sentence.is_shown]
    entries = AuditEntry.objects.filter(subject__in=same_people([patient_id]), result=AuditEntry.Result.DONE)
    return entries.exclude(action__in=hidden).order_by("-at", "-id")


def by_others(access: Access, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    """Those of ``entries`` that the account of ``access`` did not make itself."""
    return entries.exclude(actor_id=access.actor.account_id)


def as_looks(access: Access, entries: Iterable[AuditEntry]) -> list[Look]:
    """Entries, newest first, in the patient's words; what somebody did again on the same day is one line."""
    own = access.actor.account_id
    looks: dict[tuple[object, ...], Look] = {}
    for entry in entries:
        same = (local(entry.at).date(), entry.actor_id, entry.actor_name, entry.actor_kind, entry.action, entry.reason)
        known = looks.get(same)
        looks[same] = (
            replace(known, times=known.times + 1)
            if known is not None
            else Look(
                at=entry.at,
                who=entry.actor_name,
                kind=entry.actor_kind,
                role=role_of(entry),
                what=sentence_of(entry.action),
                reason=entry.reason,
                is_own=own is not None and entry.actor_id == own,
            )
        )
    return list(looks.values())
