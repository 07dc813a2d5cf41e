"""The template of a hospital: migrated once, dumped, and replayed for every hospital after it.

The first replay differs in spelling from what the migrations made (PostgreSQL prints a partial index's condition in
another form), and a replay of a replay does not differ. So the reference is a replayed template.
"""

import logging
import os
import re
import secrets
import subprocess
from collections.abc import Callable
from contextlib import suppress

from django.db import DatabaseError, transaction
from psycopg import sql

from kernel.tenancy.errors import TenancyError
from kernel.tenancy.folding import folded
from kernel.tenancy.models import Hospital, SchemaTemplate
from kernel.tenancy.schemas import (
    OWNER,
    SomebodyElse,
    drop_schema,
    locked,
    make_schema,
    migrate_schema,
    migration_state,
    owner_connection,
    role_for,
)
from kernel.tenancy.scope import shared
from kernel.tenancy.ways import require_ways

logger = logging.getLogger(__name__)

# Exactly the lines that pg_dump writes for its own session: a line of a function's body may begin with SET as well.
_SESSION_LINES = re.compile(
    r"(SET (statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout|client_encoding"
    r"|standard_conforming_strings|check_function_bodies|xmloption|client_min_messages|row_security"
    r"|default_tablespace|default_table_access_method) = [^;]*;"
    r"|SELECT pg_catalog\.set_config\('search_path', '', false\);"
    r"|CREATE SCHEMA \w+;"
    r"|\\(un)?restrict \w+)\Z"
)
_AFTER = "\nSET LOCAL search_path TO shared, extensions;"
ROLE_MARK = "pt_role_of_the_template"
PREFIX = "template_"
# Scratch schemas of a fleet run begin differently: each kind is cleared by those who hold its own lock.
CLONES = "clone_"
# How many templates stay though no hospital has their state: while a deployment lasts, the code before makes hospitals.
TEMPLATES_KEPT = 2
# Building takes some seconds; a second process waits for the first one's template.
PATIENCE = 180.0


class DumpFailed(TenancyError):
    """pg_dump could not write the template."""


def dump(schema_name: str, *, rows: bool = True) -> str:
    """The SQL that makes ``schema_name`` with its rows and its narrowed rights. Raises DumpFailed.

    ``rows=False`` takes only the list of applied migrations along, and nothing that people wrote. Only what pg_dump
    says for its own session is left out; anything else may be part of a function's body.
    """
    script = _run_pg_dump(f"--schema={schema_name}", *([] if rows else ["--schema-only"]))
    if not rows:
        script += _run_pg_dump(f"--table={schema_name}.django_migrations", "--data-only")
    return script + _revocations(schema_name)


def _run_pg_dump(*chosen: str) -> str:
    settings = owner_connection().settings_dict
    finished = subprocess.run(
        [
            os.environ.get("PG_DUMP", "pg_dump"),
            *chosen,
            "--no-owner",
            "--no-privileges",
            "--inserts",
            "--rows-per-insert=500",
            f"--host={settings['HOST']}",
            f"--port={settings['PORT']}",
            f"--username={settings['USER']}",
            str(settings["NAME"]),
        ],
        env={
            **os.environ,
            # How TLS is done is no argument of pg_dump.
            **settings.get("PORTICO_CLIENT_ENVIRONMENT", {}),
            "PGPASSWORD": str(settings["PASSWORD"]),
            "PGOPTIONS": "-c statement_timeout=0",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if finished.returncode != 0:
        raise DumpFailed(finished.stderr.strip())
    lines = [line for line in finished.stdout.splitlines() if not _SESSION_LINES.match(line)]
    return "\n".join(lines) + "\n"


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
    revoke = sql.SQL("REVOKE {right} ON {table} FROM {role};\n")
    return "".join(
        revoke.format(
            right=sql.SQL(right),
            table=sql.Identifier(schema_name, table),
            role=sql.Identifier(ROLE_MARK),
        ).as_string(None)
        for table, right in rows
    )


def replay(template: SchemaTemplate, schema_name: str, role_name: str) -> None:
    """Make ``schema_name`` and all its tables from the template. Call it under ``shared()`` in a transaction."""
    script = template.script.replace(template.schema_name, schema_name).replace(ROLE_MARK, role_name)
    make_schema(schema_name, role_name)
    before = sql.SQL("SET LOCAL check_function_bodies = false; SET LOCAL search_path TO {schema}, extensions;\n")
    with owner_connection().cursor() as cursor:
        # All in one round trip.
        cursor.execute(before.format(schema=sql.Identifier(schema_name)).as_string(None) + script + _AFTER)


def new_name(prefix: str = PREFIX) -> str:
    """A name for a template's schema: long and random, because the replay replaces it wherever it stands."""
    return f"{prefix}{secrets.token_hex(8)}"


def current_template(
    report: Callable[[str], None] = lambda line: None,
) -> SchemaTemplate:
    """The template for this code's migrations; builds it when there is none yet. Safe to call from two processes.

    An older template is cloned and brought up to date, which takes as long as the new migrations; only the first of all
    is migrated from nothing. Raises DumpFailed, SomebodyElse, or MigrationRefused before anything is built.
    """
    state = migration_state()
    found = _find(state)
    if found is not None:
        return found
    with shared(), locked("template", PATIENCE):
        found = _find(state)
        if found is None:
            require_ways()
            found = _build(state, report)
        return found


def drop_unused_templates() -> None:
    """Remove the templates of states that no hospital has, except the newest. Not while somebody builds one.

    One that cannot be removed stays: a copy of the database on the same server shares its roles.
    """
    with shared(), suppress(SomebodyElse), locked("template", 0.0):
        states = Hospital.objects.using(OWNER).values_list("migration_state", flat=True).distinct()
        rows = SchemaTemplate.objects.using(OWNER).order_by("-created_at").defer("script")
        for row in rows[TEMPLATES_KEPT:]:
            if row.migration_state in states:
                continue
            try:
                with transaction.atomic(using=OWNER):
                    drop_schema(row.schema_name, role_for(row.schema_name))
                    row.delete(using=OWNER)
            except DatabaseError:
                logger.warning("the template %s is not used any more and cannot be removed", row.schema_name)


def _find(state: str) -> SchemaTemplate | None:
    with shared():
        return SchemaTemplate.objects.using(OWNER).filter(migration_state=state).first()


def _build(state: str, report: Callable[[str], None]) -> SchemaTemplate:
    """Migrate one schema, replay it into a second, and keep the second: a replay of a replay no longer differs."""
    drop_leftovers(PREFIX)
    first, second = new_name(), new_name()
    older = SchemaTemplate.objects.using(OWNER).order_by("-created_at").first()
    with transaction.atomic(using=OWNER):
        if older is None:
            make_schema(first, role_for(first))
        else:
            replay(older, first, role_for(first))
    migrate_schema(first, report)
    migrated = SchemaTemplate(migration_state=state, schema_name=first, script=dump(first), tables=0)
    with transaction.atomic(using=OWNER):
        replay(migrated, second, role_for(second))
    script = _quickest(dump(second), second)
    with transaction.atomic(using=OWNER):
        with owner_connection().cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p')",
                [second],
            )
            (tables,) = cursor.fetchone()
        template = SchemaTemplate(migration_state=state, schema_name=second, script=script, tables=tables)
        template.save(using=OWNER)
        drop_schema(first, role_for(first))
    return template


def _quickest(script: str, schema_name: str) -> str:
    """``script``, the dump of ``schema_name``, in its folded form if that makes the same to the letter; else as it is.

    The proof is a third schema: made from the folded form, dumped, and compared.
    """
    quick, third = folded(script), new_name()
    try:
        with transaction.atomic(using=OWNER):
            replay(SchemaTemplate(schema_name=schema_name, script=quick), third, role_for(third))
        is_same = dump(third).replace(third, schema_name) == script
        with transaction.atomic(using=OWNER):
            drop_schema(third, role_for(third))
    except DatabaseError:
        is_same = False
    if not is_same:
        logger.warning("the folded script of the template makes another schema than the plain one, which is kept")
    return quick if is_same else script


def drop_leftovers(prefix: str) -> None:
    """Remove what a killed process left: scratch schemas that no row knows. The lock of those schemas is held.

    One that cannot be removed stays, and stops nothing: a copy of the database on the same server shares its roles.
    """
    known = set(SchemaTemplate.objects.using(OWNER).values_list("schema_name", flat=True))
    with owner_connection().cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [prefix])
        found = [name for (name,) in cursor.fetchall()]
    for name in found:
        if name in known:
            continue
        try:
            with transaction.atomic(using=OWNER):
                drop_schema(name, role_for(name))
        except DatabaseError:
            logger.warning("the scratch schema %s was left behind and cannot be removed", name)
