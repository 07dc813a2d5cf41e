"""Throw-away servers for tests: started once in a home folder, shared by every run and every worker."""

import os
from collections.abc import Mapping

from config.runtime import postgres, redis
from config.runtime.home import Home

# Set for the children of the process that found the servers: by then the other variables name a test's own database.
FOUND = "PORTICO_TEST_SERVICES"


def services(environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """A superuser's PostgreSQL URL and a Redis URL for tests, started when they do not run yet.

    ``DATABASE_ADMIN_URL`` or ``DATABASE_URL`` and ``REDIS_URL`` are used when set. Safe to call from many processes at
    once: a file lock lets one start and the others find. The servers stay for the next run until ``make stop``.
    This process and its children find the fitting ``pg_dump`` in ``PG_DUMP``.
    Raises MachineError when the machine cannot offer them.
    """
    if found := environment.get(FOUND):
        database_url, redis_url = found.split()
        return database_url, redis_url
    home = Home.current(environment).test
    named = {**environment}
    if admin := environment.get("DATABASE_ADMIN_URL"):
        named["DATABASE_URL"] = admin
    database = postgres.ensure(home, durable=False, environment=named)
    if database.bin is not None:
        os.environ.setdefault("PG_DUMP", str(database.bin / "pg_dump"))
    cache = redis.ensure(home, environment=environment)
    os.environ[FOUND] = f"{database.url} {cache.url}"
    return database.url, cache.url
