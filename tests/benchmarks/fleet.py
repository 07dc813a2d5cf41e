"""(iii) What 300 hospitals cost: the check that finds nothing to do, one more column everywhere, one more hospital."""

import os
import tempfile
from pathlib import Path

from tests.benchmarks.harness import Result, median
from tests.kernel.tenancy.test_fleet import ADD, CREATE, Fleet

HOSPITALS = int(os.environ.get("BENCH_HOSPITALS", "300"))


def run() -> list[Result]:
    with tempfile.TemporaryDirectory() as folder:
        fleet = Fleet(f"{os.environ['DATABASE_URL'].rsplit('/', 1)[1]}_bench", Path(folder))
        try:
            return _measure(fleet)
        finally:
            fleet.close()


def _measure(fleet: Fleet) -> list[Result]:
    made = fleet.call("make", HOSPITALS - 3)["milliseconds"]
    early, late = made[5:15], made[-10:]
    checks = fleet.call("time_check", 7)
    idle = fleet.call("run")["seconds"]
    fleet.release("0001_note", CREATE)
    first = fleet.call("run")
    fleet.release("0002_read", ADD)
    second = fleet.call("run")
    assert (first["migrated"], second["migrated"]) == (HOSPITALS, HOSPITALS)
    each = second["hospitals_seconds"] * 1000 / HOSPITALS
    drift = fleet.call("time_drift")
    assert drift["drifted"] == []
    return [
        Result("iii", f"no-op check at {HOSPITALS} hospitals", median(checks) / 1000, "s", 1.0, rounds=[]),
        Result("iii", "no-op run_fleet, whole", idle, "s", None),
        Result("iii", "additive column, each hospital", each, "ms", 15.0, note=f"whole run {second['seconds']:.2f} s"),
        Result("iii", "new table with key, each hospital", first["hospitals_seconds"] * 1000 / HOSPITALS, "ms", None),
        Result(
            "iii",
            f"onboarding, the {HOSPITALS}th against the tenth",
            median(late) / median(early),
            "x",
            1.25,
            rounds=[one / median(early) for one in late],
            note=f"{median(early):.0f} ms, {median(late):.0f} ms",
        ),
        Result("iii", "drift of all schemas, one query", drift["seconds"], "s", None),
    ]
