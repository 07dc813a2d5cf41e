"""The hospital's decisions, read once and kept until its version changes."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.core.cache import cache
from django.db import connection, transaction
from redis import RedisError

from kernel.tenancy.scope import current_scope

logger = structlog.get_logger(__name__)

# How long a process believes what it knows before it asks Redis for the version; a change elsewhere is seen after it.
SECONDS_BELIEVED = 1.0
# How long it is believed when Redis does not answer, or lost a version.
SECONDS_KEPT = 30.0
SCHEMAS_KEPT = 1024
_VERSION = "preferences:version"


@dataclass(frozen=True)
class Decision:
    """One stored value with who, when and why."""

    value: Any
    by: str
    at: str
    reason: str


Decisions = Mapping[tuple[str, UUID | None], Decision]


@dataclass
class _Entry:
    decisions: Decisions
    version: str
    asked_at: float
    loaded_at: float


_entries: dict[str, _Entry] = {}
_lock = threading.Lock()


def decisions() -> Decisions:
    """All decisions of the hospital in context, by key and site."""
    schema_name = current_scope().schema_name
    now = time.monotonic()
    with _lock:
        entry = _entries.get(schema_name)
        believed = entry is not None and now - entry.asked_at < SECONDS_BELIEVED
    if entry is not None and believed:
        return entry.decisions
    version = _version()
    if entry is not None and version == entry.version and now - entry.loaded_at < SECONDS_KEPT:
        entry.asked_at = now
        return entry.decisions
    loaded = _load()
    # What a transaction reads may contain its own changes, which could still be rolled back.
    if not connection.in_atomic_block:
        with _lock:
            if len(_entries) >= SCHEMAS_KEPT:
                _entries.clear()
            _entries[schema_name] = _Entry(loaded, version, now, now)
    return loaded


def forget() -> None:
    """Called by whoever changes a decision: this process forgets now, the others after commit."""
    schema_name = current_scope().schema_name

    def tell() -> None:
        with _lock:
            _entries.pop(schema_name, None)
        try:
            cache.set(_VERSION, time.time_ns(), timeout=None)
        except RedisError:
            logger.warning("Redis was not told of changed settings; other processes see them in half a minute")

    with _lock:
        _entries.pop(schema_name, None)
    transaction.on_commit(tell)


def _version() -> str:
    try:
        return str(cache.get(_VERSION, ""))
    except RedisError:
        return ""


def _load() -> Decisions:
    from kernel.preferences.models import PreferenceValue

    return {
        (row.key, row.site_id): Decision(row.value, row.set_by_name, row.set_at.isoformat(), row.reason)
        for row in PreferenceValue.objects.all()
    }
