"""Make, migrate and drop schemas and their roles. All of it runs on the owner's connection."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from kernel.tenancy.errors import TenancyError
from kernel.tenancy.scope import SHARED_SCHEMA, schema, shared

OWNER = "owner"


class OwnerMissing(TenancyError):
    """This process was not given DATABASE_ADMIN_URL, which provisioning and migrations need."""


def owner_connection() -> Any:
    """The connection that owns all tables. Raises OwnerMissing in web processes and ordinary workers."""
    if OWNER not in connections:
        raise OwnerMissing("this process has no DATABASE_ADMIN_URL")
    return connections[OWNER]


def installation() -> str:
    """The installation's id, which begins the name of each of its roles."""
    connection = owner_connection()
    connection.ensure_connection()
    return str(connection.installation)


def role_for(schema_name: str) -> str:
    """The generated name of the role that belongs to ``schema_name``."""
    return names_of_role(installation(), schema_name)


def execute(statement: str, **names: str) -> None:
    """Run our own SQL with identifiers filled in, on the owner's connection and in the scope in context."""
    composed = sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()})
    with owner_connection().cursor() as cursor:
        cursor.execute(composed.as_string(None))


def names_of_role(installation: str, schema_name: str) -> str:
    """The role of ``schema_name`` in the installation called ``installation``."""
    return f"pt_{installation}_{schema_name.removeprefix('h_')}"


class SomebodyElse(TenancyError):
    """Another process does this work now."""


def try_lock(name: str, connection: Any = None) -> bool:
    """Take the advisory lock ``name`` for the owner's (or the given) connection, unless another process holds it.

    The server gives it back when the connection ends, so the work of a killed process is free at once.
    """
    with (connection or owner_connection()).cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"portico.{name}"])
        (taken,) = cursor.fetchone()
    return bool(taken)


def unlock(name: str) -> None:
    """Give the advisory lock ``name`` back."""
    with owner_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"portico.{name}"])


@contextmanager
def locked(name: str, patience: float) -> Iterator[None]:
    """Hold the advisory lock ``name``, waiting at most ``patience`` seconds for it. Call it under ``shared()``.

    It asks again instead of waiting in the server, where the short lock_timeout of all our sessions would end the wait.
    Raises SomebodyElse.
    """
    end = time.monotonic() + patience
    # On a connection of its own: the one that works may be closed and opened again meanwhile.
    holder = connections.create_connection(OWNER)
    try:
        while not try_lock(name, holder):
            if time.monotonic() >= end:
                raise SomebodyElse(f"another process holds {name}")
            time.sleep(0.1)
        yield
    finally:
        holder.close()


def make_schema(schema_name: str, role_name: str) -> None:
    """Create a schema, its role and the role's rights on whatever will be created in it.

    The default privileges come before the tables: granting on all tables afterwards scans the whole catalogue and
    grew from 4 to 60 ms by 300 hospitals (measured).
    """
    owner, login = (f"pt_{installation()}_{part}" for part in ("owner", "login"))
    names = {"schema": schema_name, "role": role_name, "owner": owner, "login": login}
    modern = owner_connection().pg_version >= 160000
    statements = (
        "CREATE ROLE {role} NOLOGIN NOINHERIT",
        "GRANT {role} TO {login}" + (" WITH INHERIT FALSE, SET TRUE" if modern else ""),
        "CREATE SCHEMA {schema}",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema}"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT USAGE ON SEQUENCES TO {role}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT EXECUTE ON FUNCTIONS TO {role}",
    )
    execute("; ".join(statements), **names)


def drop_schema(schema_name: str, role_name: str) -> None:
    """Remove a schema with all it holds, and its role. Nothing happens when they are already gone."""
    execute("DROP SCHEMA IF EXISTS {schema} CASCADE", schema=schema_name)
    with owner_connection().cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role_name])
        exists = cursor.fetchone()
    if exists:
        execute("DROP ROLE {role}", role=role_name)


def listed_labels(apps_setting: Iterable[str]) -> set[str]:
    """App labels of a list such as ``settings.TENANT_APPS``."""
    from django.apps import apps

    by_name = {config.name: config.label for config in apps.get_app_configs()}
    by_path = {f"{type(c).__module__}.{type(c).__qualname__}": c.label for c in apps.get_app_configs()}
    return {by_name.get(entry) or by_path[entry] for entry in apps_setting}


def migrate_schema(schema_name: str, report: Callable[[str], None] = lambda line: None) -> None:
    """Apply all migrations of the apps that belong in ``schema_name``, one by one, through Django."""
    is_shared = schema_name == SHARED_SCHEMA
    labels = listed_labels(settings.SHARED_APPS if is_shared else settings.TENANT_APPS)

    def progress(action: str, migration: Any = None, fake: bool | None = False) -> None:
        if action == "apply_start":
            report(str(migration))

    with shared() if is_shared else schema(schema_name):
        executor = MigrationExecutor(owner_connection(), progress)
        executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in labels])
        protect_version_rows(role_for(schema_name))


def missing_in_shared() -> list[tuple[str, str]]:
    """The migrations (app, name) of this code that the shared schema lacks, in their order."""
    labels = listed_labels(settings.SHARED_APPS)
    with shared():
        executor = MigrationExecutor(owner_connection())
        plan = executor.migration_plan([node for node in executor.loader.graph.leaf_nodes() if node[0] in labels])
    return [(migration.app_label, migration.name) for migration, _backwards in plan]


def protect_version_rows(role_name: str) -> None:
    """The role of a schema may read which migrations it has and never write them. Call it in that schema's scope."""
    execute("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}", role=role_name)


def state_of(names: Iterable[tuple[str, str]]) -> str:
    """A name for the state of a schema to which exactly these migrations (app, name) are applied."""
    return hashlib.sha256("\n".join(sorted(f"{app}.{name}" for app, name in names)).encode()).hexdigest()[:16]


def hospital_migrations() -> set[tuple[str, str]]:
    """All migrations (app, name) of this code that a hospital's schema needs."""
    labels = listed_labels(settings.TENANT_APPS)
    return {node for node in MigrationLoader(None).graph.nodes if node[0] in labels}


@lru_cache(maxsize=1)
def migration_state() -> str:
    """A name for the state that a hospital's schema has when all migrations of this code are applied."""
    return state_of(hospital_migrations())
