"""The run over all hospitals, ring after ring, from where the last one stopped."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, OperationalError
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from kernel import clock
from kernel.ids import uuid7
from kernel.tenancy.errors import TenancyError
from kernel.tenancy.fleet.plan import Applied, Planner, Step, applied_migrations, do_step
from kernel.tenancy.models import FleetRun, FleetRunHospital, Hospital, SchemaTemplate
from kernel.tenancy.resolution import announce_change
from kernel.tenancy.schemas import OWNER, locked, migrate_schema, migration_state, owner_connection, state_of
from kernel.tenancy.scope import SHARED_SCHEMA, schema, shared
from kernel.tenancy.templates import CLONES, current_template, drop_leftovers, drop_unused_templates

logger = logging.getLogger(__name__)

# How often a hospital whose tables are busy is tried, each try waiting for the session's lock_timeout.
TRIES = 3
# Called with what happens, how many hospitals are done, and of how many.
Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class FleetResult:
    """How a run ended: hospitals brought up to date by it, and those that were so already."""

    migrated: int
    unchanged: int
    migration_state: str


class FleetStopped(TenancyError):
    """A hospital failed; its ring and the later ones were left as they are. ``slug`` names it."""

    def __init__(self, slug: str, ring: int, failure: str) -> None:
        self.slug, self.ring, self.failure = slug, ring, failure
        super().__init__(f"{slug} (ring {ring}): {failure}")


def hospitals_behind() -> int:
    """How many hospitals lack migrations of this code: one query on the shared schema, however many there are."""
    with shared():
        return Hospital.objects.exclude(migration_state=migration_state()).count()


def _is_needed() -> bool:
    with shared():
        behind = Hospital.objects.using(OWNER).exclude(migration_state=migration_state()).exists()
        return behind or not SchemaTemplate.objects.using(OWNER).filter(migration_state=migration_state()).exists()


def run_fleet(
    report: Report = lambda what, done, total: None, *, started_by: str, patience: float = 5.0
) -> FleetResult:
    """Migrate the shared schema, renew the template, then bring each hospital to this code's migrations.

    ``started_by`` is written into the run's record. Hospitals go ring by ring (0 first, the canaries). Killed at any
    moment, the next call goes on with the rest. Raises FleetStopped, MigrationRefused, OwnerMissing, or SomebodyElse
    when another run does not end within ``patience`` seconds.
    """
    with shared(), locked("fleet", patience):
        _migrate_shared(report)
        if not _is_needed():
            total = Hospital.objects.using(OWNER).count()
            return FleetResult(0, total, migration_state())
        return _run(report, started_by)


def _migrate_shared(report: Report) -> None:
    migrate_schema(SHARED_SCHEMA, lambda line: report(f"shared: {line}", 0, 0))


def _run(report: Report, started_by: str) -> FleetResult:
    target = migration_state()
    FleetRun.objects.using(OWNER).filter(state=FleetRun.State.RUNNING).update(
        state=FleetRun.State.INTERRUPTED, finished_at=clock.now()
    )
    behind = list(Hospital.objects.using(OWNER).exclude(migration_state=target).order_by("ring", "created_at", "pk"))
    unchanged = Hospital.objects.using(OWNER).filter(migration_state=target).count()
    run = FleetRun(migration_state=target, started_by=started_by)
    run.save(using=OWNER)
    drop_leftovers(CLONES)
    try:
        plans = _plans(run, behind, report)
        # Only now: a refused migration must not become the template of new hospitals.
        current_template(lambda line: report(f"template: {line}", 0, len(behind)))
        for done, made in enumerate(behind):
            report(made.slug, done, len(behind))
            _migrate_hospital(run, made, plans)
        report("done", len(behind), len(behind))
    except BaseException as error:
        # A stop by hand is no failure of a hospital, and a lost database cannot be written to.
        _end(run, FleetRun.State.STOPPED if isinstance(error, Exception) else FleetRun.State.INTERRUPTED, str(error))
        raise
    _end(run, FleetRun.State.DONE, "")
    drop_unused_templates()
    announce_change()
    return FleetResult(len(behind), unchanged, target)


def _end(run: FleetRun, state: FleetRun.State, failure: str) -> None:
    run.state, run.failure, run.finished_at = state, failure, clock.now()
    try:
        run.save(using=OWNER, update_fields=["state", "failure", "finished_at"])
    except DatabaseError:
        logger.warning("the end of a fleet run could not be recorded; the next run will mark it")


def _plans(run: FleetRun, behind: list[Hospital], report: Report) -> dict[str, tuple[Applied, list[Step]]]:
    """For each schema what it has and what it lacks. Schemas in the same state share their steps."""
    with owner_connection().cursor() as cursor:
        applied = applied_migrations(cursor, [made.schema_name for made in behind])
    by_state: dict[Applied, list[Step]] = {}
    planner: Planner | None = None
    for schema_name, migrations in applied.items():
        if migrations not in by_state:
            report("preparing", 0, len(behind))
            planner = planner or Planner(_executor(schema_name))
            by_state[migrations] = planner.steps_for(migrations, schema_name)
    run.plan = [
        {"app": step.key[0], "name": step.key[1], "way": step.way}
        for step in max(by_state.values(), key=len, default=[])
    ]
    run.save(using=OWNER, update_fields=["plan"])
    return {name: (migrations, by_state[migrations]) for name, migrations in applied.items()}


def _executor(schema_name: str) -> MigrationExecutor:
    with schema(schema_name):
        return MigrationExecutor(owner_connection())


def _migrate_hospital(run: FleetRun, made: Hospital, plans: dict[str, tuple[Applied, list[Step]]]) -> None:
    """All steps of one hospital. Each is a transaction with both version records, so a kill loses nothing."""
    began = time.monotonic()
    applied, steps = plans[made.schema_name]
    reached = set(applied)
    try:
        if not steps:
            # Its own rows are right and only the index was behind, which somebody's hand has done.
            with owner_connection().cursor() as cursor:
                cursor.execute(sql.SQL("\n").join([_state(made, reached), _done(run, made, began)]).as_string(None))
        for step in steps:
            reached.add(step.key)
            records = [_state(made, reached)]
            if step is steps[-1]:
                records.append(_done(run, made, began))
            _try(step, made, sql.SQL("\n").join(records))
    except Exception as error:
        failure = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
        FleetRunHospital(
            run=run,
            hospital=made,
            ring=made.ring,
            state=FleetRunHospital.State.FAILED,
            failure=failure,
            milliseconds=_milliseconds(began),
        ).save(using=OWNER)
        raise FleetStopped(made.slug, made.ring, failure) from error


def _try(step: Step, made: Hospital, records: sql.Composable) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            do_step(step, made.schema_name, records)
        except OperationalError as error:
            # Somebody uses the table; waiting longer in the queue would block everybody behind us.
            if attempt == TRIES or "lock timeout" not in str(error):
                raise
        else:
            return


def _milliseconds(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _state(made: Hospital, reached: set[tuple[str, str]]) -> sql.Composed:
    """The index of version records, which changes together with the hospital's own."""
    return sql.SQL("UPDATE shared.tenancy_hospital SET migration_state = {state} WHERE id = {key};").format(
        state=state_of(reached), key=str(made.pk)
    )


def _done(run: FleetRun, made: Hospital, began: float) -> sql.Composed:
    """The run's record of a hospital that is finished, in the transaction that finishes it."""
    return sql.SQL(
        "INSERT INTO shared.tenancy_fleetrunhospital (id, run_id, hospital_id, ring, state, failure, milliseconds,"
        " finished_at) VALUES ({key}, {run}, {hospital}, {ring}, {state}, '', {milliseconds}, now());"
    ).format(
        key=str(uuid7()),
        run=str(run.pk),
        hospital=str(made.pk),
        ring=made.ring,
        state=str(FleetRunHospital.State.DONE.value),
        milliseconds=_milliseconds(began),
    )
