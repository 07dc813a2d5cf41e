"""Tasks for the tests of the task base; a worker loads them with ``--include``."""

import os
from functools import cache
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.db import connection

from kernel.accounts.models import Account
from kernel.tasks import hospital_task, provider_task
from kernel.tenancy.models import Hospital
from kernel.tenancy.scope import current_scope

PREFIX = "task-"


@cache
def doorbell() -> redis.Redis:
    """The Redis where finished tasks ring, so that a test can wait without sleeping."""
    return redis.Redis.from_url(str(settings.CACHES["default"]["LOCATION"]), socket_timeout=90)


class NotNow(Exception):
    """A passing fault."""


@hospital_task(name="tests.write_row", bind=True, default_retry_delay=0)
def write_row(self: Any, number: int, faults: int, bell: str) -> None:
    """Write one row named after the number; the first ``faults`` attempts fail, half of them after the writing."""
    if self.request.retries < faults:
        if number % 2:
            Account.objects.filter(login=f"{PREFIX}{number}").delete()
            Account.objects.create(login=f"{PREFIX}{number}")
        raise self.retry(exc=NotNow(), countdown=0)
    Account.objects.get_or_create(login=f"{PREFIX}{number}")
    doorbell().rpush(bell, f"{number}:{current_scope().schema_name}:{os.getpid()}")


@provider_task(name="tests.count_hospitals")
def count_hospitals(bell: str) -> None:
    """Ring with the number of hospitals in the register."""
    doorbell().rpush(bell, Hospital.objects.filter(slug__in=["northfield", "santalucia", "alwaha"]).count())


@hospital_task(name="tests.count_own")
def count_own() -> int:
    """How many accounts of these tests the hospital has."""
    return Account.objects.filter(login__startswith=PREFIX).count()


@hospital_task(name="tests.break_connection")
def break_connection() -> None:
    """Ask the database something when the server has just ended a connection that was well."""
    count_own()
    with psycopg.connect(os.environ["PORTICO_TEST_SUPERUSER"]) as superuser:
        # Waits until it is gone, for as many milliseconds.
        superuser.execute("SELECT pg_terminate_backend(%s, 30000)", [connection.connection.info.backend_pid])
    count_own()


@hospital_task(name="tests.own_scope")
def own_scope() -> str:
    """The schema in which the task runs."""
    return current_scope().schema_name
