"""What all benchmarks share: rounds, ratios, verdicts, and the file that keeps them."""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# Rounds that differ more than this say nothing; the benchmark is to be run again, never passed.
WIDEST_SPREAD = 1.6


@dataclass
class Result:
    """One figure. ``goal`` is a number that ``figure`` may not exceed; None only reports."""

    id: str
    name: str
    figure: float
    unit: str
    goal: float | None = None
    verdict: str = ""
    rounds: list[float] = field(default_factory=list)
    note: str = ""

    def __post_init__(self) -> None:
        if self.verdict:
            return
        if self.goal is None:
            self.verdict = "reported"
        elif self.unit in ("s", "ms") and self.rounds and max(self.rounds) <= self.goal:
            # Noise only adds to a time: when the slowest round is fast enough, all are.
            self.verdict = "pass"
        elif spread(self.rounds) > WIDEST_SPREAD and self.figure <= self.goal * WIDEST_SPREAD:
            # A figure far beyond its goal fails however noisy the machine is.
            self.verdict = "inconclusive"
        else:
            self.verdict = "pass" if self.figure <= self.goal else "fail"


def exact(key: str, name: str, figure: float, unit: str, *, goal: float | None = None, note: str = "") -> Result:
    """A figure that is counted and not timed: its one round says all."""
    return Result(key, name, figure, unit, goal, "", [], note)


def spread(rounds: list[float]) -> float:
    """Largest through smallest round; 1 for a single one."""
    positive = [value for value in rounds if value > 0]
    return max(positive) / min(positive) if len(positive) > 1 else 1.0


def median(values: list[float]) -> float:
    return statistics.median(values)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of wall time."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


@dataclass(frozen=True)
class Spent:
    """What some work cost: milliseconds of CPU in this process and in its database backends, and of wall time."""

    python: float
    database: float
    wall: float

    @property
    def cpu(self) -> float:
        """Both together."""
        return self.python + self.database


def spent(work: Callable[[], object]) -> Spent:
    """Do ``work`` and tell what it cost. Connections that it opens are not counted; open them before."""
    backends = open_backends()
    database, python, wall = cpu_of(backends), time.process_time(), time.perf_counter()
    work()
    wall, python = time.perf_counter() - wall, time.process_time() - python
    return Spent(python * 1000, cpu_of(backends) - database, wall * 1000)


def open_backends() -> list[int]:
    """Process ids of the database backends that this thread is connected to."""
    from django.db import connections

    found = [one.connection for one in connections.all(initialized_only=True)]
    return [connection.info.backend_pid for connection in found if connection is not None]


def cpu_of(pids: Iterable[int]) -> float:
    """Milliseconds of CPU that these processes have used. A database on another machine counts as nothing."""
    return sum(_nanoseconds(pid) for pid in pids) / 1e6


def _nanoseconds(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except FileNotFoundError:
        return 0


def interleaved(first: Callable[[], float], second: Callable[[], float], rounds: int) -> list[float]:
    """``second`` through ``first``, each round measured A B B A, so that a drift of the machine hits both."""
    ratios = []
    for _round in range(rounds):
        one, two, three, four = first(), second(), second(), first()
        ratios.append((two + three) / (one + four))
    return ratios


def machine() -> dict[str, Any]:
    """Where the figures were made."""
    return {
        "storage": os.environ.get("BENCH_STORAGE", "disk"),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": [round(one, 2) for one in os.getloadavg()],
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def write(results: list[Result], path: Path) -> None:
    """Keep the results; those of benchmarks that did not run this time stay."""
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"results": []}
    fresh = {result.id for result in results}
    rows = [row for row in kept["results"] if row["id"] not in fresh]
    here = machine()
    rows += [{**asdict(result), "machine": here} for result in results]
    path.write_text(json.dumps({"results": sorted(rows, key=lambda row: (row["id"], row["name"]))}, indent=2) + "\n")
