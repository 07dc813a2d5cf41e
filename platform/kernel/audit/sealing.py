"""Chain and sign what was recorded (S34).

Locking the chain's head inside the acts measured 48 acts a second against 374, so acts write loose rows and one sealer
a hospital chains them seconds later.
"""

import hashlib
from datetime import UTC, datetime, timedelta

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import connection, transaction

from kernel import clock
from kernel.audit.models import AuditHead, AuditSeal
from kernel.keys.envelope import Purpose, derived_key, owner_of_scope

logger = structlog.get_logger(__name__)

SEAL_KEY = "audit-seals"
ENTRIES_A_SEAL = 1000
DIGEST = 32
# Stands in a seal for an entry that was gone before it could be sealed; verification reports it as deleted.
GONE = bytes(DIGEST)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Only the sealer's own transaction waits here; acts never do.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('portico.audit:' || current_schema(), 0))"
_TAKE = """
WITH taken AS (
  DELETE FROM audit_unsealed WHERE id IN (SELECT id FROM audit_unsealed ORDER BY id LIMIT %s) RETURNING id
)
SELECT taken.id, entry.mac FROM taken LEFT JOIN audit_auditentry AS entry USING (id) ORDER BY taken.id
"""


def private_key() -> Ed25519PrivateKey:
    """The key that signs the seals and anchors of the scope in context."""
    return Ed25519PrivateKey.from_private_bytes(derived_key(Purpose.AUDIT, SEAL_KEY))


def public_key() -> Ed25519PublicKey:
    """What checks the seals and anchors of the scope in context."""
    return private_key().public_key()


def seal_hash(position: int, sealed_at: datetime, total: int, entries: bytes, macs: bytes, previous: bytes) -> bytes:
    """The hash of a seal: of its owner, its place, what it covers (16 and 32 bytes an entry) and all before it."""
    microseconds = (sealed_at - _EPOCH) // timedelta(microseconds=1)
    numbers = b"".join(number.to_bytes(8, "big") for number in (position, microseconds, total, len(entries)))
    head = f"portico-seal-1:{owner_of_scope()}:".encode()
    return hashlib.sha256(head + numbers + previous + entries + macs).digest()


def signed_head(position: int, digest: bytes) -> bytes:
    """The text that a head's signature covers."""
    return b"head:" + position.to_bytes(8, "big") + digest


def seal_waiting() -> int:
    """Seal everything that is recorded and not yet sealed in the scope in context; returns how many entries.

    Two sealers at once are safe: the second waits and finds nothing.
    """
    sealed = 0
    while True:
        with transaction.atomic():
            taken = _seal_some()
        sealed += taken
        if taken < ENTRIES_A_SEAL:
            return sealed


def _seal_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_TAKE, [ENTRIES_A_SEAL])
        rows = cursor.fetchall()
    if not rows:
        return 0
    last = AuditSeal.objects.order_by("-position").first()
    position, total, previous = (last.position, last.total, bytes(last.hash)) if last else (0, 0, b"")
    macs = b"".join(GONE if mac is None else bytes(mac) for _id, mac in rows)
    entries = [key for key, _mac in rows]
    position, total, sealed_at = position + 1, total + len(rows), clock.now()
    digest = seal_hash(position, sealed_at, total, b"".join(key.bytes for key in entries), macs, previous)
    signer = private_key()
    AuditSeal.objects.create(
        position=position,
        sealed_at=sealed_at,
        entries=entries,
        macs=macs,
        total=total,
        previous=previous,
        hash=digest,
        signature=signer.sign(digest),
    )
    AuditHead.objects.update_or_create(
        slot=1,
        defaults={
            "position": position,
            "hash": digest,
            "signature": signer.sign(signed_head(position, digest)),
            "sealed_at": sealed_at,
        },
    )
    # A second witness outside the database, between two anchors.
    logger.info("audit sealed", position=position, entries=len(rows), hash=digest.hex())
    return len(rows)


def ring() -> None:
    """Ask for a seal soon. Called by whoever records."""
    from kernel.audit.tasks import bell

    bell.ring()
