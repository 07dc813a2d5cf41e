"""The one call that writes the trail."""

import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from django.db import models

from kernel import clock
from kernel.ids import uuid7
from kernel.keys.envelope import Purpose, derived_key
from kernel.permissions import SELF, Access, Actor, Role
from kernel.plain import HIDDEN

if TYPE_CHECKING:
    from kernel.audit.models import AuditEntry

ROW_KEY = "audit-rows"
SEPARATOR = "\x1f"
FORMAT = "1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_JSON = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
# Control characters would let one column's text run into the next one's under the mac, and lines into logs; signs that
# turn the direction of text around would let one column read as another.
_CONTROL = HIDDEN | dict.fromkeys(map(ord, "\t\n\r"), " ")
# The order is part of the format; verification writes the same line in SQL.
COLUMNS = (
    "actor_id", "actor_kind", "actor_name", "on_behalf_of", "subject", "action", "target_type", "target_id", "fields",
    "reason", "app", "address", "request_id", "result", "detail",
)  # fmt: skip


# How an actor with several roles is called in the trail: by the one that reaches furthest.
_KINDS = (
    Role.OPERATOR, Role.NETWORK_ADMIN, Role.PRIVACY_OFFICER, Role.HOSPITAL_ADMIN, Role.CLINICIAN, Role.FRONT_DESK,
    Role.BILLING, Role.PATIENT, Role.HELPER,
)  # fmt: skip
SYSTEM = "system"


def kind_of(actor: Actor) -> str:
    """What an actor is to the trail: ``system``, one of the roles, or ``anonymous``."""
    if actor.is_system:
        return SYSTEM
    return next((role.value for role in _KINDS if role in actor.roles), Role.ANONYMOUS.value)


def helped_patient(access: Access, subject: UUID | None = None) -> UUID | None:
    """The patient on whose behalf a helper acts; None for people who act for themselves, and for staff.

    ``subject`` is the patient of the line: a program's access has no open record, but it helps whom the account helps.
    """
    helped = access.subject or subject
    scopes = access.patients.get(helped) if helped is not None else None
    return helped if scopes is not None and SELF not in scopes else None


def row_mac(key: bytes, entry: "AuditEntry") -> bytes:
    """The proof that a holder of the hospital's key wrote exactly this row."""
    microseconds = (entry.at - _EPOCH) // _MICROSECOND
    texts = ["" if (value := getattr(entry, column)) is None else str(value) for column in COLUMNS]
    line = SEPARATOR.join((FORMAT, str(entry.pk), str(microseconds), *texts))
    return hmac.digest(key, line.encode(), "sha256")


def _clean(text: str, length: int | None = None) -> str:
    return str(text).translate(_CONTROL)[:length]


def _entry(
    access: Access,
    action: str,
    target: models.Model | tuple[str, object] | None,
    subject: UUID | None,
    reason: str,
    detail: Mapping[str, Any] | None,
    fields: Iterable[str],
    result: str,
) -> "AuditEntry":
    from kernel.audit.models import AuditEntry

    target_type, target_id = ("", "") if target is None else _named(target)
    told = dict(detail or {})
    if access.actor.key_id is not None:
        # A program acts for the account: the line says which one, so that one key can be ended and not all.
        told["key"] = str(access.actor.key_id)
    return AuditEntry(
        id=uuid7(),
        at=clock.now(),
        actor_id=access.actor.account_id,
        actor_kind=kind_of(access.actor),
        actor_name=_clean(access.actor.display_name, 200),
        on_behalf_of=helped_patient(access, subject),
        subject=subject or access.subject,
        action=_clean(action, 80),
        target_type=target_type,
        target_id=target_id,
        fields=_clean(" ".join(fields)),
        reason=_clean(reason or access.reason),
        app=_clean(access.channel.app, 60),
        address=_clean(access.channel.address, 45),
        request_id=_clean(access.channel.request_id, 64),
        result=result,
        detail=orjson.dumps(told, default=str, option=_JSON).decode(),
    )


def _named(target: models.Model | tuple[str, object]) -> tuple[str, str]:
    """An object as the trail names it; a pair (type, id) stands for what is no row of ours."""
    if isinstance(target, models.Model):
        return target._meta.label, _clean(str(target.pk), 64)
    return _clean(target[0], 80), _clean(str(target[1]), 64)


def record(
    access: Access,
    *,
    action: str,
    target: models.Model | tuple[str, object] | None = None,
    subject: UUID | None = None,
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    fields: Iterable[str] = (),
    result: str = "done",
) -> "AuditEntry":
    """Write one line of the trail. Call it inside the transaction of the act: both happen or neither does.

    ``action`` is the feature and a past verb (``appointments.booked``); ``subject`` the id of the patient whose record
    it is, by default the access's; ``target`` the object, or a pair (type, id); ``fields`` the names of what was read
    or changed; ``detail`` plain values that make the line understandable, never clinical text; ``result`` is ``done``,
    ``refused`` or ``failed``. It takes no lock: the sealer chains the line within seconds (S34).
    """
    from kernel.audit.sealing import ring

    entry = _entry(access, action, target, subject, reason, detail, fields, result)
    entry.mac = row_mac(derived_key(Purpose.AUDIT, ROW_KEY), entry)
    entry.save(force_insert=True)
    ring()
    return entry


def record_each(
    access: Access, *, action: str, subjects: Iterable[UUID], reason: str = "", detail: Mapping[str, Any] | None = None
) -> int:
    """Write one line for each patient of ``subjects`` in one statement: for lists in which many records were seen."""
    from kernel.audit.models import AuditEntry
    from kernel.audit.sealing import ring

    key = derived_key(Purpose.AUDIT, ROW_KEY)
    entries = [_entry(access, action, None, subject, reason, detail, (), "done") for subject in subjects]
    for entry in entries:
        entry.mac = row_mac(key, entry)
    AuditEntry.objects.bulk_create(entries, batch_size=1000)
    if entries:
        ring()
    return len(entries)
