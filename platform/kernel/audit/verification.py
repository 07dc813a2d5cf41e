"""Read the whole trail again and say what is not as it was written."""

import hmac
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from django.db import connection, transaction

from kernel.audit.anchors import Anchor, read_anchors
from kernel.audit.models import AuditHead, AuditSeal
from kernel.audit.recording import COLUMNS, FORMAT, ROW_KEY
from kernel.audit.sealing import public_key, seal_hash, signed_head
from kernel.keys.envelope import Purpose, derived_key
from kernel.tenancy.backend.watching import long_statements
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import current_scope, hospital, shared

ENTRIES_AT_ONCE = 5000
LONGEST_STATEMENT = 15 * 60.0  # seconds; said to the server as well

# The same line as recording.row_mac, made by the database because Python would take ten times as long for it.
_COLUMNS = ", ".join(f"coalesce(entry.{column}::text, '')" for column in COLUMNS)
_AT = "(extract(epoch FROM entry.at) * 1000000)::bigint::text"
_LINE = f"concat_ws(chr(31), '{FORMAT}', entry.id::text, {_AT}, {_COLUMNS})"
_SEALS = """
SELECT position, sealed_at, total, macs, previous, hash, signature,
       (SELECT string_agg(uuid_send(key), '' ORDER BY place) FROM unnest(entries) WITH ORDINALITY AS u (key, place))
FROM audit_auditseal WHERE position > %s ORDER BY position LIMIT %s
"""
_SEALED = f"""
SELECT sealed.id, entry.mac, entry.mac = sealed.mac, {_LINE}
FROM (
  SELECT u.id, substring(seal.macs FROM (u.place::int - 1) * 32 + 1 FOR 32) AS mac
  FROM audit_auditseal AS seal, unnest(seal.entries) WITH ORDINALITY AS u (id, place)
  WHERE seal.position BETWEEN %s AND %s
) AS sealed LEFT JOIN audit_auditentry AS entry USING (id)
"""  # noqa: S608 (the line is made of column names in this file)
_LOOSE = f"""
SELECT entry.id, entry.mac, waiting.id IS NOT NULL, {_LINE}
FROM audit_auditentry AS entry
LEFT JOIN (SELECT unnest(entries) AS id FROM audit_auditseal) AS sealed USING (id)
LEFT JOIN audit_unsealed AS waiting ON waiting.id = entry.id
WHERE sealed.id IS NULL
"""  # noqa: S608
_VANISHED = """
SELECT waiting.id FROM audit_unsealed AS waiting LEFT JOIN audit_auditentry AS entry USING (id) WHERE entry.id IS NULL
"""


@dataclass
class Verification:
    """What was found in one trail. ``unsealed`` entries are genuine and wait for their seal."""

    owner: str
    seals: int = 0
    sealed: int = 0
    unsealed: int = 0
    changed: list[UUID] = field(default_factory=list)
    deleted: list[UUID] = field(default_factory=list)
    inserted: list[UUID] = field(default_factory=list)
    broken_seals: list[int] = field(default_factory=list)
    is_truncated: bool = False
    anchors: int = 0
    broken_anchors: int = 0
    seconds: float = 0.0

    @property
    def is_intact(self) -> bool:
        """Whether nothing was changed, deleted, inserted or cut off."""
        found = (self.changed, self.deleted, self.inserted, self.broken_seals, self.is_truncated, self.broken_anchors)
        return not any(found)

    @property
    def rows_a_second(self) -> int:
        """How fast it was."""
        return round((self.sealed + self.unsealed) / self.seconds) if self.seconds else 0


def verify() -> Verification:
    """Check every row, seal and anchor of the scope in context, in one consistent view of the database."""
    found = Verification(owner=current_scope().schema_name)
    begun = time.perf_counter()
    is_outermost = not connection.in_atomic_block
    # Before the view of the database is taken: an anchor written meanwhile would name a seal that the view lacks.
    anchors = tuple(read_anchors())
    with long_statements(LONGEST_STATEMENT), transaction.atomic():
        with connection.cursor() as cursor:
            if is_outermost:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout TO '15min'")
        _check_seals(found)
        _check_loose_entries(found)
        _check_head_and_anchors(found, anchors)
    found.seconds = time.perf_counter() - begun
    return found


def verify_hospital(context: HospitalContext) -> Verification:
    """``verify`` in a hospital; the report is named by its slug."""
    with hospital(context):
        found = verify()
    found.owner = context.slug
    return found


def verify_provider() -> Verification:
    """``verify`` of the provider's own trail."""
    with shared():
        return verify()


def _check_seals(found: Verification) -> None:
    previous, total, position = b"", 0, 0
    pending: list[int] = []
    waiting = 0
    key = derived_key(Purpose.AUDIT, ROW_KEY)
    # A good signature of the last seal covers the chain before it; only a bad one has to be looked for seal by seal.
    end = AuditSeal.objects.order_by("-position").values_list("signature", "hash").first()
    look_for_signature = end is not None and not _is_signed(bytes(end[0]), bytes(end[1]))
    for place, sealed_at, count, macs, before, digest, signature, ids in _seals():
        ids, macs, digest = bytes(ids), bytes(macs), bytes(digest)
        position += 1
        total += len(ids) // 16
        expected = seal_hash(place, sealed_at, count, ids, macs, previous)
        is_whole = place == position and count == total and bytes(before) == previous and digest == expected
        if not is_whole or (look_for_signature and not _is_signed(bytes(signature), digest)):
            found.broken_seals.append(place)
            # Go on from what is written, so that one broken seal does not make all later ones look broken.
            position, total = place, count
        previous = digest
        found.seals += 1
        pending.append(place)
        waiting += len(ids) // 16
        if waiting >= ENTRIES_AT_ONCE:
            _check_entries(found, key, pending[0], pending[-1])
            pending, waiting = [], 0
    if pending:
        _check_entries(found, key, pending[0], pending[-1])


def _seals() -> Iterator[tuple]:  # type: ignore[type-arg]
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_SEALS, [last, 100])
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < 100:
            return
        last = rows[-1][0]


def _is_signed(signature: bytes, text: bytes) -> bool:
    try:
        public_key().verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _check_entries(found: Verification, key: bytes, first: int, last: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SEALED, [first, last])
        rows = cursor.fetchall()
    for entry_id, mac, is_same, line in rows:
        if mac is None:
            found.deleted.append(entry_id)
        elif not is_same or hmac.digest(key, line.encode(), "sha256") != mac:
            found.changed.append(entry_id)
    found.sealed += len(rows)


def _check_loose_entries(found: Verification) -> None:
    """Entries without a seal: written by us and waiting, or put there by somebody without the key."""
    key = derived_key(Purpose.AUDIT, ROW_KEY)
    with connection.cursor() as cursor:
        cursor.execute(_LOOSE)
        for entry_id, mac, is_waiting, line in cursor.fetchall():
            if hmac.digest(key, line.encode(), "sha256") != bytes(mac):
                found.inserted.append(entry_id)
            elif not is_waiting:
                # Genuine, but kept from ever being sealed.
                found.changed.append(entry_id)
            else:
                found.unsealed += 1
        cursor.execute(_VANISHED)
        found.deleted.extend(row[0] for row in cursor.fetchall())


def _check_head_and_anchors(found: Verification, anchors: Iterable[Anchor]) -> None:
    head = AuditHead.objects.filter(slot=1).first()
    last = AuditSeal.objects.order_by("-position").values_list("position", "hash").first()
    if head is None:
        found.is_truncated = last is not None
    else:
        is_genuine = _is_signed(bytes(head.signature), signed_head(head.position, bytes(head.hash)))
        agrees = last is not None and (head.position, bytes(head.hash)) == (last[0], bytes(last[1]))
        found.is_truncated = not (is_genuine and agrees)
    for anchor in anchors:
        found.anchors += 1
        if not anchor.is_genuine:
            found.broken_anchors += 1
            continue
        stored = AuditSeal.objects.filter(position=anchor.position).values_list("hash", flat=True).first()
        if stored is None:
            found.is_truncated = True
        elif bytes(stored) != anchor.hash:
            found.broken_anchors += 1
