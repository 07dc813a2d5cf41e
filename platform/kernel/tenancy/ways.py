"""How a migration reaches a schema, and which migrations cannot be done to hospitals at all."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import Migration, RunPython
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from kernel.tenancy.errors import TenancyError
from kernel.tenancy.schemas import hospital_migrations


class MigrationRefused(TenancyError):
    """A migration cannot be done to all hospitals safely; its author must change it."""


class Way(StrEnum):
    """How a migration reaches a schema."""

    SQL = "sql"
    PYTHON = "python"
    AUTOCOMMIT = "autocommit"


def flattened(operations: Sequence[Operation]) -> Iterator[Operation]:
    """Operations and those inside SeparateDatabaseAndState, which itself pretends to be plain SQL."""
    for operation in operations:
        nested = getattr(operation, "database_operations", None)
        if nested is None:
            yield operation
        else:
            yield from flattened(nested)


def way_of(migration: Migration) -> Way:
    """How ``migration`` must be done. Raises MigrationRefused when it cannot be resumed after a kill."""
    operations = list(flattened(migration.operations))
    concurrent = [op for op in operations if isinstance(op, AddIndexConcurrently | RemoveIndexConcurrently)]
    if not migration.atomic:
        repeatable = [*concurrent, *(op for op in operations if isinstance(op, RunPython))]
        if len(operations) != 1 or not repeatable:
            raise MigrationRefused(
                f"{migration} is not atomic: it may hold one concurrent index or one repeatable RunPython, nothing else"
            )
        return Way.AUTOCOMMIT
    if concurrent:
        raise MigrationRefused(f"{migration} builds an index concurrently: it needs atomic = False")
    if any(not op.reduces_to_sql for op in operations):
        return Way.PYTHON
    return Way.SQL


def require_ways() -> None:
    """Raise MigrationRefused when a migration of this code cannot be done to hospitals."""
    graph = MigrationLoader(None).graph
    for node in sorted(hospital_migrations()):
        way_of(graph.nodes[node])
