"""One process of the fleet tests: does what it is told and prints one JSON object.

make N            make N more hospitals by replay
run [KILL_AT]     bring the fleet up to date; die like a lost machine when that many hospitals are done
provision SLUG [KILL_AT]
look              what every schema and record says
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()


from kernel.tenancy.fleet import (  # noqa: E402
    FleetStopped,
    MigrationRefused,
    hospitals_behind,
    reconcile,
    run_fleet,
    take_fingerprints,
)
from kernel.tenancy.models import (  # noqa: E402
    FleetRun,
    FleetRunHospital,
    Hospital,
    Provisioning,
    SchemaFingerprint,
    SchemaTemplate,
)
from kernel.tenancy.provisioning import (  # noqa: E402
    HospitalRequest,
    request_hospital,
    run_provisioning,
    unfinished,
)
from kernel.tenancy.schemas import OWNER, migration_state, owner_connection  # noqa: E402
from kernel.tenancy.scope import shared  # noqa: E402
from tests.benchmarks.harness import cpu_of, open_backends, spent  # noqa: E402


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def make(count: int) -> dict[str, Any]:
    made = []

    def one() -> None:
        with shared():
            number = Hospital.objects.count()
            row = request_hospital(wanted(f"fleet-{number:04}"))
        run_provisioning(row.pk)

    for _number in range(count):
        made.append(spent(one))
    return {"milliseconds": [one.wall for one in made], "cpu": [one.cpu for one in made]}


def wanted(slug: str) -> HospitalRequest:
    return HospitalRequest(slug, slug, "fleet", "Fleet", "US", "America/Chicago", "USD", ("en",))


def run(kill_at: int = -1) -> dict[str, Any]:
    """Bring the fleet up to date; die like a lost machine when ``kill_at`` hospitals are done."""
    moments: list[tuple[float, float]] = []
    with shared():
        Hospital.objects.using(OWNER).exists()

    def report(what: str, done: int, total: int) -> None:
        if total and not what.startswith(("template", "preparing")):
            cpu = time.process_time() * 1000 + cpu_of(open_backends())
            moments.append((time.monotonic(), cpu))
        if total and done == kill_at:
            die()

    began = time.monotonic()
    try:
        result = run_fleet(report, started_by="test")
    except FleetStopped as error:
        return {"stopped": error.slug, "ring": error.ring, "failure": error.failure}
    except MigrationRefused as error:
        return {"refused": str(error)}
    seconds = time.monotonic() - began
    return {
        "migrated": result.migrated,
        "unchanged": result.unchanged,
        "seconds": seconds,
        "hospitals_seconds": moments[-1][0] - moments[0][0] if moments else 0.0,
        "hospitals_cpu": moments[-1][1] - moments[0][1] if moments else 0.0,
    }


def provision(slug: str, kill_at: str = "") -> dict[str, Any]:
    """``kill_at`` names the step before which the process dies."""
    with shared():
        row = request_hospital(wanted(slug))

    def report(step: str) -> None:
        if step == kill_at:
            die()

    made = run_provisioning(row.pk, report)
    return {"state": made.state if made else None, "unfinished": len(unfinished())}


def look() -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    with shared():
        found = list(Hospital.objects.using(OWNER).order_by("ring", "slug"))
        with owner_connection().cursor() as cursor:
            for made in found:
                cursor.execute(
                    "SELECT coalesce(array_agg(c.relname || '.' || a.attname ORDER BY c.relname, a.attnum), '{}')"
                    " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT attisdropped"
                    " WHERE c.relnamespace = to_regnamespace(%s) AND c.relname LIKE 'sample_%%' AND c.relkind = 'r'",
                    [made.schema_name],
                )
                (columns,) = cursor.fetchone()
                cursor.execute(
                    "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN"
                    " pg_class t ON t.oid = i.indrelid WHERE c.relnamespace = to_regnamespace(%s)"
                    " AND t.relname LIKE 'sample_%%' ORDER BY 1",
                    [made.schema_name],
                )
                indexes = dict(cursor.fetchall())
                cursor.execute(f"SELECT name FROM {made.schema_name}.django_migrations WHERE app = 'sample' ORDER BY 1")
                applied = [name for (name,) in cursor.fetchall()]
                schemas[made.slug] = {
                    "columns": columns,
                    "indexes": indexes,
                    "applied": applied,
                    "current": made.migration_state == migration_state(),
                    "state": made.state,
                    "schema": made.schema_name,
                }
            cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^(h_|template_|clone_)' ORDER BY 1")
            existing = [name for (name,) in cursor.fetchall()]
            cursor.execute(
                "SELECT rolname FROM pg_roles r WHERE rolname ~ %s ORDER BY 1",
                [f"^pt_{owner_connection().installation}_[0-9a-f]{{12}}$"],
            )
            roles = [name for (name,) in cursor.fetchall()]
        runs = list(
            FleetRun.objects.using(OWNER).order_by("started_at").values("state", "failure", "plan", "started_by")
        )
        rows = [
            [row.hospital.slug, row.state]
            for row in FleetRunHospital.objects.using(OWNER).select_related("hospital").order_by("finished_at")
        ]
        templates = list(SchemaTemplate.objects.using(OWNER).values_list("schema_name", flat=True))
        provisionings = dict(Provisioning.objects.using(OWNER).values_list("slug", "state"))
    return {
        "schemas": schemas,
        "existing": existing,
        "roles": roles,
        "runs": runs,
        "rows": rows,
        "templates": templates,
        "behind": hospitals_behind(),
        "provisionings": provisionings,
    }


def drift() -> list[str]:
    return [found.slug for found in take_fingerprints()]


def sql(text: str, schema_name: str = "shared") -> list[Any]:
    """One statement as the owner, with the search path of a hospital."""
    from kernel.tenancy.schemas import execute

    with shared():
        execute("SET search_path TO {schema}, extensions", schema=schema_name)
        with owner_connection().cursor() as cursor:
            cursor.execute(text)
            found = cursor.fetchall() if cursor.description else []
        # The path was changed behind the guard's back; without its tag it sets everything again.
        execute("RESET application_name")
        return found


def fingerprint(slug: str) -> str:
    take_fingerprints()
    with shared():
        return SchemaFingerprint.objects.using(OWNER).get(hospital__slug=slug).fingerprint


def time_check(rounds: int) -> list[float]:
    """Milliseconds of the check that finds nothing to do."""
    times = []
    for _round in range(rounds):
        began = time.monotonic()
        assert hospitals_behind() == 0
        times.append((time.monotonic() - began) * 1000)
    return times


def time_drift() -> dict[str, Any]:
    began = time.monotonic()
    drifted = drift()
    return {"drifted": drifted, "seconds": time.monotonic() - began}


CALLS: dict[str, Callable[..., Any]] = {
    call.__name__: call
    for call in (make, run, provision, look, drift, reconcile, sql, fingerprint, time_check, time_drift)
}

if __name__ == "__main__":
    for line in sys.stdin:
        name, *given = json.loads(line)
        sys.stdout.write(json.dumps(CALLS[name](*given)) + "\n")
        sys.stdout.flush()
