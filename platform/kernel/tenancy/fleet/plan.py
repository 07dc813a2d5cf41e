"""What must be done to a schema: each migration once turned into SQL, or kept as Python where SQL cannot say it.

Django's collected SQL drops what it cannot write (a comment remains). So every operation is classified first, nested
ones too, and a migration takes one of three ways:

* SQL: all operations reduce to SQL; collected once, sent to every schema;
* Python: at least one operation is Python; run in this process for each schema, with models rendered once;
* autocommit: the migration is not atomic (indexes built concurrently); run for each schema outside a transaction.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from psycopg import sql

from kernel.tenancy.models import SchemaTemplate
from kernel.tenancy.schemas import (
    OWNER,
    drop_schema,
    execute,
    hospital_migrations,
    owner_connection,
    role_for,
    state_of,
)
from kernel.tenancy.scope import schema, shared
from kernel.tenancy.templates import CLONES, dump, new_name, replay
from kernel.tenancy.ways import MigrationRefused, Way, way_of

Applied = frozenset[tuple[str, str]]
_FOREIGN_NAMES = re.compile(r'\bshared\s*\.|"shared"|\bh_[0-9a-f]{12}\b|\b(template|clone)_[0-9a-f]{16}\b')


@dataclass(frozen=True)
class Step:
    """One migration, ready to be done to any schema that lacks it. ``script`` is filled for the way SQL only."""

    migration: Migration
    way: Way
    script: str = ""
    operations: Sequence[tuple[Operation, ProjectState, ProjectState]] = field(default=(), repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """App and name, as in django_migrations."""
        return self.migration.app_label, self.migration.name


def applied_migrations(cursor: Any, schema_names: Sequence[str]) -> dict[str, Applied]:
    """What each schema says of itself, in one query for 100 schemas."""
    wanted = hospital_migrations()
    found: dict[str, set[tuple[str, str]]] = {name: set() for name in schema_names}
    one = sql.SQL("SELECT {name} AS schema, app, name FROM {table}")
    for start in range(0, len(schema_names), 100):
        query = sql.SQL(" UNION ALL ").join(
            one.format(name=sql.Literal(name), table=sql.Identifier(name, "django_migrations"))
            for name in schema_names[start : start + 100]
        )
        cursor.execute(query.as_string(None))
        for name, app, migration in cursor.fetchall():
            if (app, migration) in wanted:
                found[name].add((app, migration))
    return {name: frozenset(migrations) for name, migrations in found.items()}


class Planner:
    """Makes the steps for schemas in a given state, on a clone of the template in that state."""

    def __init__(self, executor: MigrationExecutor) -> None:
        self._executor = executor
        self._wanted = hospital_migrations()

    def steps_for(self, applied: Applied, example: str) -> list[Step]:
        """The steps that bring a schema with ``applied`` to this code's state; ``example`` is one of these schemas."""
        loader = self._executor.loader
        targets = [node for node in loader.graph.leaf_nodes() if node in self._wanted]
        ordered: list[tuple[str, str]] = []
        for target in targets:
            ordered += [node for node in loader.graph.forwards_plan(target) if node not in ordered]
        missing = [node for node in ordered if node in self._wanted and node not in applied]
        if not missing:
            return []
        before = [node for node in ordered if node not in missing]
        state = loader.project_state(before) if before else ProjectState(real_apps=loader.unmigrated_apps)
        with self._clone(applied, example) as clone:
            return [self._step(loader.graph.nodes[node], state, clone) for node in missing]

    @contextmanager
    def _clone(self, applied: Applied, example: str) -> Iterator[str]:
        """A scratch schema in the state of ``applied``: from the template of that state, else like ``example``."""
        name = new_name(CLONES)
        make_clone(name, applied, example)
        try:
            yield name
        finally:
            drop_clone(name)

    def _step(self, migration: Migration, state: ProjectState, clone: str) -> Step:
        """Classify and prepare one migration, and do it to the clone, so that the next one finds it done.

        Operations look the live catalogue up (names of constraints), which is why this is done one by one.
        """
        way = way_of(migration)
        operations = []
        for operation in migration.operations:
            before = state.clone()
            operation.state_forwards(migration.app_label, state)
            after = state.clone()
            if way is not Way.SQL:
                # Rendering models is most of the cost of a Python step, so it happens once and not in each hospital.
                _ = before.apps, after.apps
            operations.append((operation, before, after))
        step = Step(migration, way, "", operations)
        if way is Way.SQL:
            step = Step(migration, way, _collect(step, clone), operations)
        do_step(step, clone)
        return step


def make_clone(name: str, applied: Applied, example: str) -> None:
    """Fill a new scratch schema. Without the template of that state, the tables of ``example`` without its rows."""
    with shared():
        template = SchemaTemplate.objects.using(OWNER).filter(migration_state=state_of(applied)).first()
        if template is None:
            template = SchemaTemplate(schema_name=example, script=dump(example, rows=False))
        with transaction.atomic(using=OWNER):
            replay(template, name, role_for(name))


def drop_clone(name: str) -> None:
    """Remove a scratch schema."""
    with shared(), transaction.atomic(using=OWNER):
        drop_schema(name, role_for(name))


def _collect(step: Step, clone: str) -> str:
    connection = owner_connection()
    with schema(clone), connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for operation, before, after in step.operations:
            operation.database_forwards(step.migration.app_label, editor, before, after)
    statements = [str(statement) for statement in editor.collected_sql]
    for statement in statements:
        if clone in statement or _FOREIGN_NAMES.search(statement):
            raise MigrationRefused(f"{step.migration} names a schema: {statement[:200]}")
    return "\n".join(statements)


_VERSION_ROW = sql.SQL("INSERT INTO django_migrations (app, name, applied) VALUES ({app}, {name}, now());")


def do_step(step: Step, schema_name: str, also: sql.Composable = sql.SQL("")) -> None:  # noqa: B008  (immutable)
    """Do one step to one schema and write it down, in one transaction (the way AUTOCOMMIT: right after).

    ``also`` is run in that transaction, for what must be true together with it. All text goes in one round trip.
    """
    connection = owner_connection()
    records = sql.SQL("\n").join([_VERSION_ROW.format(app=step.key[0], name=step.key[1]), also]).as_string(None)
    with schema(schema_name):
        if step.way is Way.AUTOCOMMIT:
            _do_in_autocommit(step, schema_name)
        with transaction.atomic(using=OWNER):
            if step.way is Way.PYTHON:
                with connection.schema_editor(atomic=False) as editor:
                    for operation, before, after in step.operations:
                        operation.database_forwards(step.migration.app_label, editor, before, after)
            with connection.cursor() as cursor:
                cursor.execute(f"{step.script}\n{records}")


def _do_in_autocommit(step: Step, schema_name: str) -> None:
    """Build or drop an index concurrently, or run a repeatable RunPython; half-built indexes are removed first.

    A killed CREATE INDEX CONCURRENTLY leaves an index that is INVALID: never used, always maintained.
    """
    connection = owner_connection()
    for name in invalid_indexes(schema_name):
        execute("DROP INDEX CONCURRENTLY IF EXISTS {index}", index=name)
    operation = step.operations[0][0]
    done = False
    if isinstance(operation, AddIndexConcurrently):
        done = _index_exists(schema_name, operation.index.name)
    elif isinstance(operation, RemoveIndexConcurrently):
        done = not _index_exists(schema_name, operation.name)
    if not done:
        with connection.schema_editor(atomic=False) as editor:
            for entry, before, after in step.operations:
                entry.database_forwards(step.migration.app_label, editor, before, after)
    left = invalid_indexes(schema_name)
    if left:
        raise MigrationRefused(f"{step.migration} left the index {left[0]} invalid")


def invalid_indexes(schema_name: str) -> list[str]:
    """Names of the half-built indexes in ``schema_name``. Call it in a scope of the owner's connection."""
    with owner_connection().cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE c.relnamespace = to_regnamespace(%s) AND NOT i.indisvalid ORDER BY 1",
            [schema_name],
        )
        return [name for (name,) in cursor.fetchall()]


def _index_exists(schema_name: str, name: str) -> bool:
    with owner_connection().cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relname = %s AND relkind = 'i'",
            [schema_name, name],
        )
        return cursor.fetchone() is not None
