"""From a host name to a hospital: the only way in, cached in the process, told when a hospital changes."""

import logging
import re
import threading
import time
from collections import OrderedDict
from types import MappingProxyType
from uuid import UUID

import redis
from django.db import transaction

from kernel.redis_client import redis_client
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Domain, Hospital
from kernel.tenancy.scope import shared

logger = logging.getLogger(__name__)

CHANNEL = "portico:hospitals-changed"
# Without Redis a change is seen after this many seconds.
SECONDS_KEPT = 10.0
HOSTS_KEPT = 4096
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\Z")


def normalised_host(header: str) -> str | None:
    """The host of a Host header in the form in which domains are stored, or None when it is no host name.

    Case, port and one trailing dot do not matter (RFC 9110 section 7.2, RFC 1034 section 3.1).
    """
    if not header.isascii():
        # Some letters of other scripts become ASCII ones in lower case.
        return None
    host, colon, port = header.strip().lower().partition(":")
    if colon and not port.isdigit():
        return None
    host = host.removesuffix(".")
    return host if _HOST.match(host) else None


def context_from(hospital: Hospital, host: str) -> HospitalContext:
    """The frozen description of ``hospital``, whose network must be loaded with it."""
    return HospitalContext(
        id=hospital.pk,
        slug=hospital.slug,
        name=hospital.name,
        schema_name=hospital.schema_name,
        role_name=hospital.role_name,
        state=hospital.state,
        host=host,
        network_id=hospital.network_id,
        network_name=hospital.network.name,
        country=hospital.country,
        time_zone=hospital.time_zone,
        currency=hospital.currency,
        languages=tuple(hospital.languages),
        digits=hospital.digits,
        brand=MappingProxyType(dict(hospital.brand)),
        brand_version=hospital.brand_version,
        entitlements=frozenset(hospital.entitlements),
        network_settings=MappingProxyType(dict(hospital.network.settings)),
        flags=frozenset(hospital.flags),
        is_demo=hospital.is_demo,
        database_alias=hospital.cell.database_alias,
    )


class HostCache:
    """Host → hospital, also for hosts that are nobody's. Bounded, because anyone can invent host names."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, tuple[float, HospitalContext | None]] = OrderedDict()
        self._last_known: OrderedDict[str, HospitalContext] = OrderedDict()
        self._lock = threading.Lock()
        self._generation = 0

    @property
    def generation(self) -> int:
        """Grows when everything is forgotten. What was read before that must not be remembered after it."""
        return self._generation

    def get(self, host: str) -> tuple[bool, HospitalContext | None]:
        """Whether the answer is known, and the answer."""
        with self._lock:
            entry = self._entries.get(host)
            if entry is None or entry[0] < time.monotonic():
                return False, None
            self._entries.move_to_end(host)
            return True, entry[1]

    def put(self, host: str, context: HospitalContext | None, generation: int) -> None:
        """Remember for a while the answer that was looked up in ``generation``."""
        with self._lock:
            self._last_known.pop(host, None)
            if context is not None:
                self._last_known[host] = context
                while len(self._last_known) > HOSTS_KEPT:
                    self._last_known.popitem(last=False)
            if generation != self._generation:
                return
            self._entries[host] = (time.monotonic() + SECONDS_KEPT, context)
            self._entries.move_to_end(host)
            while len(self._entries) > HOSTS_KEPT:
                self._entries.popitem(last=False)

    def last_known(self, host: str) -> HospitalContext | None:
        """What the host was when it was looked up last, however long ago: for saying in its brand that all is down."""
        with self._lock:
            return self._last_known.get(host)

    def clear(self) -> None:
        """Forget everything that may be relied on."""
        with self._lock:
            self._generation += 1
            self._entries.clear()


hosts = HostCache()


def context_for_host(host: str) -> HospitalContext | None:
    """The hospital that answers at ``host`` (normalised), or None. Reads the shared schema on a miss only."""
    known, context = hosts.get(host)
    if known:
        return context
    listener.ensure_running()
    generation = hosts.generation
    with shared():
        domain = Domain.objects.select_related("tenant__network", "tenant__cell").filter(domain=host).first()
        context = context_from(domain.tenant, host) if domain is not None else None
    if context is not None and context.state == Hospital.State.CREATING:
        context = None
    hosts.put(host, context, generation)
    return context


def context_for(hospital_id: UUID | str) -> HospitalContext | None:
    """The hospital with this id, whatever its state, or None: for tasks and commands."""
    with shared():
        hospital = Hospital.objects.select_related("network", "cell").filter(pk=hospital_id).first()
        if hospital is None:
            return None
        domain = hospital.domains.filter(is_primary=True).first()
        return context_from(hospital, domain.domain if domain else "")


def remembered_context(hospital_id: UUID) -> HospitalContext | None:
    """Like ``context_for``, from the process's memory when it is there: for units of work that come in numbers.

    A hospital that is being made is not remembered: a task sent when it opens may come before the news of it.
    """
    key = f"id {hospital_id}"  # with a space, so that no host can be called so
    known, context = hosts.get(key)
    if known:
        return context
    listener.ensure_running()
    generation = hosts.generation
    context = context_for(hospital_id)
    if context is not None and context.state != Hospital.State.CREATING:
        hosts.put(key, context, generation)
    return context


def announce_change() -> None:
    """Tell all processes, after commit, that a hospital or a domain has changed."""
    transaction.on_commit(_announce)


def _announce() -> None:
    hosts.clear()
    try:
        redis_client().publish(CHANNEL, "changed")
    except redis.RedisError:
        logger.warning(
            "hospitals changed and Redis could not tell it; other processes notice in %s s",
            SECONDS_KEPT,
        )


class _Listener:
    """A daemon thread that clears the cache when a change is announced. It never touches the database."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def ensure_running(self) -> None:
        """Start the thread in this process, once; a forked child starts its own."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._listen, name="hospital-changes", daemon=True)
                self._thread.start()

    def _listen(self) -> None:
        pause = 1.0
        while True:
            try:
                client = redis_client(seconds=None, health_check_interval=30)
                subscription = client.pubsub()  # type: ignore[no-untyped-call]
                subscription.subscribe(CHANNEL)
                # The first message says that Redis has heard us: what changed before it was told to others only.
                for _message in subscription.listen():
                    hosts.clear()
                    pause = 1.0
            except redis.RedisError:
                time.sleep(pause)
                pause = min(pause * 2, 30.0)


listener = _Listener()
