"""(iii) What 300 hospitals cost: the check that finds nothing to do, one more column everywhere, one more hospital."""

import os
import tempfile
from pathlib import Path
from typing import Any

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
    made = fleet.call("make", HOSPITALS - 3)
    early, late = made["cpu"][5:15], made["cpu"][-10:]
    checks = [one / 1000 for one in fleet.call("time_check", 7)]
    idle = [fleet.call("run")["seconds"] for _round in range(3)]
    fleet.release("0001_note", CREATE)
    first = fleet.call("run")
    fleet.release("0002_read", ADD)
    second = fleet.call("run")
    assert (first["migrated"], second["migrated"]) == (HOSPITALS, HOSPITALS)
    drift = fleet.call("time_drift")
    assert drift["drifted"] == []
    return [
        Result("iii", f"no-op check at {HOSPITALS} hospitals", median(checks), "s", 1.0, rounds=checks),
        Result("iii", f"no-op run of the fleet, whole, at {HOSPITALS} hospitals", median(idle), "s", 1.0, rounds=idle),
        Result("iii", "additive column, CPU each hospital", _each(second), "ms", 15.0, note=_told(second)),
        Result("iii", "new table with key, CPU each hospital", _each(first), "ms", None, note=_told(first)),
        Result(
            "iii",
            f"onboarding, CPU, the {HOSPITALS}th against the tenth",
            median(late) / median(early),
            "x",
            1.25,
            rounds=[one / median(early) for one in late],
            note=f"CPU {median(early):.0f} ms, {median(late):.0f} ms; wall {median(made['milliseconds'][5:15]):.0f} ms,"
            f" {median(made['milliseconds'][-10:]):.0f} ms",
        ),
        Result("iii", "drift of all schemas, one query", drift["seconds"], "s", None),
    ]


def _each(run: dict[str, Any]) -> float:
    return float(run["hospitals_cpu"]) / HOSPITALS


def _told(run: dict[str, Any]) -> str:
    return f"wall {run['hospitals_seconds'] * 1000 / HOSPITALS:.1f} ms each; whole run {run['seconds']:.2f} s"
