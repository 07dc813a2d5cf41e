"""The anchor of every day: where the chain stood, signed, kept outside the database.

A chain that was cut off or written anew, key and all, no longer agrees with the anchors of the days before.
"""

import fcntl
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidSignature
from django.conf import settings

from kernel import clock
from kernel.audit.models import AuditSeal
from kernel.audit.sealing import private_key, public_key
from kernel.keys.envelope import owner_of_scope
from kernel.storage.stores import store

ANCHOR_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class Anchor:
    """One line of the file. ``is_genuine`` says whether the hospital's key signed it."""

    position: int
    total: int
    hash: bytes
    at: datetime
    is_genuine: bool


def anchor_file() -> Path:
    """The file of the scope in context, one JSON object a line."""
    return Path(settings.PORTICO_HOME) / "anchors" / f"{owner_of_scope()}.jsonl"


def _signed_text(anchor: dict[str, object]) -> bytes:
    return b"anchor:" + owner_of_scope().encode() + b":" + orjson.dumps(anchor, option=orjson.OPT_SORT_KEYS)


def write_anchor() -> Anchor | None:
    """Append the chain's present end to the file; None when nothing was ever sealed."""
    seal = AuditSeal.objects.order_by("-position").first()
    if seal is None:
        return None
    at = clock.now()
    signed: dict[str, object] = {
        "position": seal.position,
        "total": seal.total,
        "hash": bytes(seal.hash).hex(),
        "at": at.isoformat(),
    }
    line = orjson.dumps({**signed, "signature": private_key().sign(_signed_text(signed)).hex()}) + b"\n"
    if settings.STORAGE_URL:
        # The disk of a container ends with it. In a bucket with object lock nobody can take an anchor back.
        # Before the file, whose time says when the next one is due: what the bucket refused is tried again.
        store().put(f"{_folder()}/{at:%Y%m%dT%H%M%S%fZ}.json", line)
    _append(anchor_file(), line)
    return Anchor(seal.position, seal.total, bytes(seal.hash), at, is_genuine=True)


def _append(file: Path, line: bytes) -> None:
    """Add a line; what a killed process left of an earlier one is taken away first, because it is no anchor."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        content = os.pread(handle, os.fstat(handle).st_size, 0)
        whole, cut = _whole_lines(content)
        if cut:
            os.ftruncate(handle, len(content) - len(cut))
        elif whole and not content.endswith(b"\n"):
            line = b"\n" + line
        os.write(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)


def _whole_lines(content: bytes) -> tuple[list[bytes], bytes]:
    """The lines of the file, and what is left of one that was cut off while it was written."""
    *lines, last = content.split(b"\n")
    if not last:
        return lines, b""
    return ([*lines, last], b"") if _read(last).is_genuine else (lines, last)


def _folder() -> str:
    return f"anchors/{owner_of_scope()}"


def write_anchor_if_due() -> Anchor | None:
    """An anchor when there is none of the last day. Called after sealing, so the first entries already have one.

    A chain without any anchor could be emptied, seals and head too, and nothing would tell it from a new one.
    """
    try:
        written = datetime.fromtimestamp(anchor_file().stat().st_mtime, UTC)
    except FileNotFoundError:
        return write_anchor()
    return write_anchor() if clock.now() - written >= ANCHOR_EVERY else None


def read_anchors() -> list[Anchor]:
    """All anchors of the scope in context, from the file and the bucket. What cannot be read counts as not genuine."""
    file = anchor_file()
    lines, _cut = _whole_lines(file.read_bytes() if file.exists() else b"")
    if settings.STORAGE_URL:
        kept = store()
        lines += [(kept.get(f"{_folder()}/{name}") or b"").strip() for name in kept.names(_folder())]
    return [_read(line) for line in dict.fromkeys(lines)]


def _read(line: bytes) -> Anchor:
    try:
        written = orjson.loads(line)
        signature = bytes.fromhex(written.pop("signature"))
        anchor = Anchor(
            int(written["position"]),
            int(written["total"]),
            bytes.fromhex(written["hash"]),
            datetime.fromisoformat(written["at"]),
            is_genuine=True,
        )
        public_key().verify(signature, _signed_text(written))
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
        return Anchor(0, 0, b"", clock.now(), is_genuine=False)
    return anchor
