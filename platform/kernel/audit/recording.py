"""The one call that writes the trail."""

import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import orjson
from django.db import models

from kernel import clock
from kernel.ids import uuid7
from kernel.keys.envelope import Purpose, derived_key

if TYPE_CHECKING:
    from kernel.audit.models import AuditEntry

ROW_KEY = "audit-rows"
SEPARATOR = "\x1f"
FORMAT = "1"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Control characters would let one column's text run into the next one's under the mac, and lines into logs.
_CONTROL = {code: " " for code in (*range(32), 127)}
# The order is part of the format; verification writes the same line in SQL.
COLUMNS = (
    "actor_id", "actor_kind", "actor_name", "on_behalf_of", "subject", "action", "target_type", "target_id", "fields",
    "reason", "app", "address", "request_id", "result", "detail",
)  # fmt: skip


class Actor(Protocol):
    """Who acts."""

    @property
    def account_id(self) -> UUID | None: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...


class Channel(Protocol):
    """Through what the act came."""

    @property
    def app(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def request_id(self) -> str: ...


class Acting(Protocol):
    """What the trail needs to know of an access (``kernel.permissions.Access`` is one)."""

    @property
    def actor(self) -> Actor: ...
    @property
    def on_behalf_of(self) -> UUID | None: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def reason(self) -> str: ...


def row_mac(key: bytes, entry: "AuditEntry") -> bytes:
    """The proof that a holder of the hospital's key wrote exactly this row."""
    microseconds = (entry.at - _EPOCH) // _MICROSECOND
    texts = [
        "" if (value := getattr(entry, column)) is None else str(value)
        for column in COLUMNS
    ]
    line = SEPARATOR.join((FORMAT, str(entry.pk), str(microseconds), *texts))
    return hmac.digest(key, line.encode(), "sha256")


def _clean(text: str, length: int | None = None) -> str:
    return str(text).translate(_CONTROL)[:length]


def _entry(
    access: Acting,
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
    return AuditEntry(
        id=uuid7(),
        at=clock.now(),
        actor_id=access.actor.account_id,
        actor_kind=_clean(access.actor.kind, 20),
        actor_name=_clean(access.actor.name, 200),
        on_behalf_of=access.on_behalf_of,
        subject=subject,
        action=_clean(action, 80),
        target_type=target_type,
        target_id=target_id,
        fields=_clean(" ".join(fields)),
        reason=_clean(reason or access.reason),
        app=_clean(access.channel.app, 60),
        address=_clean(access.channel.address, 45),
        request_id=_clean(access.channel.request_id, 64),
        result=result,
        detail=orjson.dumps(
            detail or {}, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
        ).decode(),
    )


def _named(target: models.Model | tuple[str, object]) -> tuple[str, str]:
    """An object as the trail names it; a pair (type, id) stands for what is no row of ours."""
    if isinstance(target, models.Model):
        return target._meta.label, _clean(str(target.pk), 64)
    return _clean(target[0], 80), _clean(str(target[1]), 64)


def record(
    access: Acting,
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
    it is; ``target`` the object, or a pair (type, id); ``fields`` the names of what was read or changed; ``detail``
    plain values that make the line understandable, never clinical text; ``result`` is ``done``, ``refused`` or
    ``failed``. It takes no lock: the sealer chains the line within seconds (S34).
    """
    from kernel.audit.sealing import ring

    entry = _entry(access, action, target, subject, reason, detail, fields, result)
    entry.mac = row_mac(derived_key(Purpose.AUDIT, ROW_KEY), entry)
    entry.save(force_insert=True)
    ring()
    return entry


def record_each(
    access: Acting,
    *,
    action: str,
    subjects: Iterable[UUID],
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Write one line for each patient of ``subjects`` in one statement: for lists in which many records were seen."""
    from kernel.audit.models import AuditEntry
    from kernel.audit.sealing import ring

    key = derived_key(Purpose.AUDIT, ROW_KEY)
    entries = [
        _entry(access, action, None, subject, reason, detail, (), "done")
        for subject in subjects
    ]
    for entry in entries:
        entry.mac = row_mac(key, entry)
    AuditEntry.objects.bulk_create(entries, batch_size=1000)
    if entries:
        ring()
    return len(entries)
