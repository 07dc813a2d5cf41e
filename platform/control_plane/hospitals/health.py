"""Whether the parts that Portico needs answer, and what stands in for outside services."""

from dataclasses import dataclass

import redis
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from control_plane.hospitals import permissions
from kernel.mail.adapters import postman
from kernel.permissions import Access
from kernel.redis_client import redis_client


@dataclass(frozen=True)
class ServiceState:
    """One part. ``is_double`` marks a local stand-in for an outside service."""

    name: str | Promise
    answer: str | Promise
    is_well: bool
    is_double: bool = False


def platform_services(access: Access) -> list[ServiceState]:
    """PostgreSQL, Redis with its queues, and mail."""
    access.require(permissions.VIEW_HEALTH)
    return [_database(), *_redis(), _mail()]


def _database() -> ServiceState:
    with connection.cursor() as cursor:
        # The connections in use are a fact of the server, not rows of a model. The database's size is not asked: the
        # shared role has no right to it.
        cursor.execute(
            "SELECT current_setting('server_version'),"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),"
            " current_setting('max_connections')"
        )
        version, used, most = cursor.fetchone()
    answer = _("Version %(version)s, %(used)s of %(most)s connections in use") % {
        "version": version,
        "used": used,
        "most": most,
    }
    return ServiceState("PostgreSQL", answer, int(used) < int(most) * 0.9)


def _redis() -> list[ServiceState]:
    client = redis_client()
    try:
        version = client.info("server")["redis_version"]
        waiting = {queue: client.llen(queue) for queue in ("default", "provisioning")}
    except redis.RedisError:
        return [ServiceState("Redis", _("Does not answer. Signing in and reading still work."), is_well=False)]
    backlog = _("%(default)s waiting, %(provisioning)s hospitals to make") % waiting
    return [
        ServiceState("Redis", _("Version %(version)s") % {"version": version}, is_well=True),
        ServiceState(_("Background work"), backlog, is_well=sum(waiting.values()) < 1000),
    ]


def _mail() -> ServiceState:
    """What the worker of this configuration does with a letter, asked of the adapter itself."""
    try:
        leaves = postman().leaves
    except ImproperlyConfigured:
        return ServiceState(_("Mail"), _("No mail server is set, so letters cannot leave"), is_well=False)
    answer = _("Sent by %(kind)s") % {"kind": "SMTP"} if leaves else _("Kept in a local outbox, not sent")
    return ServiceState(_("Mail"), answer, is_well=True, is_double=not leaves)
