"""The template of a hospital: migrated once, dumped, and replayed for every hospital after it.

The first replay differs in spelling from what the migrations made (PostgreSQL prints a partial index's condition in
another form), and a replay of a replay does not differ. So the reference is a replayed template.
"""

import os
import re
import secrets
import subprocess
from collections.abc import Callable

from django.db import transaction

from kernel.tenancy.errors import TenancyError
from kernel.tenancy.models import SchemaTemplate
from kernel.tenancy.schemas import (
    OWNER,
    drop_schema,
    execute,
    make_schema,
    migrate_schema,
    migration_state,
    owner_connection,
    role_for,
)
from kernel.tenancy.scope import shared

_SKIPPED = re.compile(r"^(SET |SELECT pg_catalog\.set_config|CREATE SCHEMA |\\)", re.MULTILINE)
ROLE_MARK = "pt_role_of_the_template"


class DumpFailed(TenancyError):
    """pg_dump could not write the template."""


def dump(schema_name: str) -> str:
    """The SQL that makes ``schema_name`` with its rows, without owners and rights.

    Only settings, the CREATE SCHEMA line and psql's backslash lines are left out; anything else may be part of a
    function's body.
    """
    settings = owner_connection().settings_dict
    finished = subprocess.run(
        [
            os.environ.get("PG_DUMP", "pg_dump"),
            f"--schema={schema_name}",
            "--no-owner",
            "--no-privileges",
            "--inserts",
            "--rows-per-insert=500",
            f"--host={settings['HOST']}",
            f"--port={settings['PORT']}",
            f"--username={settings['USER']}",
            str(settings["NAME"]),
        ],
        env={**os.environ, "PGPASSWORD": str(settings["PASSWORD"]), "PGOPTIONS": "-c statement_timeout=0"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if finished.returncode != 0:
        raise DumpFailed(finished.stderr.strip())
    lines = [line for line in finished.stdout.splitlines() if not _SKIPPED.match(line)]
    return "\n".join(lines) + "\n" + _revocations(schema_name)


def _revocations(schema_name: str) -> str:
    """Statements for the tables on which the schema's role has fewer rights than by default (append-only tables)."""
    with owner_connection().cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, r.privilege FROM pg_class c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS r(privilege)"
            " WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p', 'v')"
            " AND NOT has_table_privilege(%s, c.oid, r.privilege) ORDER BY 1, 2",
            [schema_name, role_for(schema_name)],
        )
        rows = cursor.fetchall()
    return "".join(f'REVOKE {right} ON {schema_name}."{table}" FROM {ROLE_MARK};\n' for table, right in rows)


def replay(template: SchemaTemplate, schema_name: str, role_name: str) -> None:
    """Make ``schema_name`` and all its tables from the template. Call it under ``shared()`` in a transaction."""
    script = template.script.replace(template.schema_name, schema_name).replace(ROLE_MARK, role_name)
    make_schema(schema_name, role_name)
    execute("SET LOCAL check_function_bodies = false")
    execute("SET LOCAL search_path TO {schema}, extensions", schema=schema_name)
    with owner_connection().cursor() as cursor:
        cursor.execute(script)
    execute("SET LOCAL search_path TO shared, extensions")


def _new_name() -> str:
    # Long and random, because the replay replaces this name wherever it stands in the script.
    return f"template_{secrets.token_hex(8)}"


def current_template(report: Callable[[str], None] = lambda line: None) -> SchemaTemplate:
    """The template for this code's migrations; builds it when there is none yet. Safe to call from two processes."""
    state = migration_state()
    with shared():
        found = SchemaTemplate.objects.using(OWNER).filter(migration_state=state).first()
    if found is not None:
        return found
    return _build(state, report)


def _build(state: str, report: Callable[[str], None]) -> SchemaTemplate:
    connection = owner_connection()
    with shared():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('portico.template'))")
        try:
            found = SchemaTemplate.objects.using(OWNER).filter(migration_state=state).first()
            if found is not None:
                return found
            first, second = _new_name(), _new_name()
            with transaction.atomic(using=OWNER):
                make_schema(first, role_for(first))
        except BaseException:
            _unlock()
            raise
    try:
        migrate_schema(first, report)
        with shared(), transaction.atomic(using=OWNER):
            migrated = SchemaTemplate(migration_state=state, schema_name=first, script=dump(first), tables=0)
            replay(migrated, second, role_for(second))
        with shared(), transaction.atomic(using=OWNER):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p')",
                    [second],
                )
                (tables,) = cursor.fetchone()
            template = SchemaTemplate(migration_state=state, schema_name=second, script=dump(second), tables=tables)
            template.save(using=OWNER)
            drop_schema(first, role_for(first))
        return template
    finally:
        with shared():
            _unlock()


def _unlock() -> None:
    with owner_connection().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtext('portico.template'))")
