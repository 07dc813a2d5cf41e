"""Tell a worker that something waits in a hospital's tables. A lost bell costs time, never the thing that waits.

The bell is a Celery message with the hospital in its header and nothing else. What waits is a committed row, and a
sweep finds it when Redis was down or the worker died.
"""

import time
from typing import Any

import redis
import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

from kernel.cache import hospital_name
from kernel.redis_client import redis_client
from kernel.tenancy.scope import current_scope

logger = structlog.get_logger(__name__)

# After a refusal by Redis no bell is tried for this long, so that requests do not wait for it one after another.
SECONDS_SILENT = 5.0
# A bell that hangs longer than this was lost with its worker; then the next one may ring.
SECONDS_HANGING = 30
_silent_until = 0.0


class Doorbell:
    """Rings once for many changes: while a bell hangs, another one is not sent.

    ``delay`` seconds pass between the bell and the work, so that the work of a moment is done together.
    """

    def __init__(self, name: str, *, hospital: Any, provider: Any, delay: float = 0.0) -> None:
        self._name = name
        self._tasks = (hospital, provider)
        self._delay = delay
        self._rung: dict[str, float] = {}
        self._client: redis.Redis | None = None

    def ring(self, later: float = 0.0) -> None:
        """Ring after the running transaction has committed, at once outside of one; or ``later`` seconds after it."""
        transaction.on_commit(lambda: self._ring_later(later) if later > 0 else self._ring(), robust=True)

    def answer(self) -> None:
        """Take the bell down. The task calls it before it looks for work, so that later changes ring again."""
        try:
            self._connected().delete(hospital_name(f"bell:{self._name}"))
        except redis.RedisError:
            logger.warning("a doorbell could not be taken down", bell=self._name)

    def _connected(self) -> redis.Redis:
        if self._client is None:
            self._client = redis_client(seconds=0.5)
        return self._client

    def _ring(self) -> None:
        now = time.monotonic()
        schema_name = current_scope().schema_name
        # The bell this process rang less than half the delay ago is answered later than now: it covers this change.
        if now < _silent_until or now - self._rung.get(schema_name, -60.0) < self._delay / 2:
            return
        try:
            if not self._connected().set(hospital_name(f"bell:{self._name}"), b"1", nx=True, ex=SECONDS_HANGING):
                return
            self._send(self._delay)
        except (redis.RedisError, OperationalError):
            self._fall_silent()
            return
        self._rung[schema_name] = now

    def _ring_later(self, seconds: float) -> None:
        if time.monotonic() < _silent_until:
            return
        try:
            self._send(seconds)
        except OperationalError:
            self._fall_silent()

    def _send(self, seconds: float) -> None:
        task = self._tasks[current_scope().hospital is None]
        task.apply_async(countdown=seconds or None, retry=False)

    def _fall_silent(self) -> None:
        global _silent_until
        _silent_until = time.monotonic() + SECONDS_SILENT
        logger.warning("Redis does not take doorbells; the sweep will find what waits", bell=self._name)
