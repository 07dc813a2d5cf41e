"""``python -m tests.benchmarks``: run all benchmarks, or those named in ONLY (``ONLY=ii,iii``); writes bench.json."""

import logging
import os
import sys
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.harness import Result, write
from tests.benchmarks.place import servers_in_memory

# Each module has a function ``run() -> list[Result]``.
BENCHMARKS = {
    "i": "overhead",
    "ii": "onboarding",
    "iii": "fleet",
    "viii": "statements",
    "x": "memory",
    "xi": "audit",
    "xii": "importing",
    "start": "start",
}
ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Returns 1 when a goal was missed, 3 when rounds of a goal differ too much to say."""
    only = [word for word in os.environ.get("ONLY", "").split(",") if word]
    unknown = set(only) - set(BENCHMARKS)
    if unknown:
        Console(stderr=True).print(f"There is no benchmark {', '.join(sorted(unknown))}: {', '.join(BENCHMARKS)}")
        return 2
    # Tests that run beside have their own copy of the database.
    os.environ.setdefault("PORTICO_TEST_WORKER", "bench")
    with servers_in_memory() as storage:
        os.environ["BENCH_STORAGE"] = storage
        return _run(only or list(BENCHMARKS))


def _run(keys: list[str]) -> int:
    import django

    import tests.database  # noqa: F401  (servers and a database of our own, before Django reads its settings)

    # The log of each request and the warning about a folder that no benchmark needs would bury the figures.
    logging.disable(logging.INFO)
    (Path(os.environ["PORTICO_HOME"]) / "static").mkdir(exist_ok=True)
    django.setup()
    from django.db import connections

    console = Console(width=180)
    results: list[Result] = []
    for key in BENCHMARKS:
        if key in keys:
            console.print(
                f"{key}: {(import_module(f'tests.benchmarks.{BENCHMARKS[key]}').__doc__ or '').splitlines()[0]}"
            )
            results += import_module(f"tests.benchmarks.{BENCHMARKS[key]}").run()
            write(results, ROOT / "bench.json")
    connections.close_all()
    table = Table("id", "what", "figure", "goal", "verdict", "rounds", "note")
    for result in results:
        table.add_row(
            result.id,
            result.name,
            f"{result.figure:.3g} {result.unit}",
            "" if result.goal is None else f"≤ {result.goal:g}",
            result.verdict,
            " ".join(f"{one:.3g}" for one in result.rounds[:8]),
            result.note,
        )
    console.print(table)
    verdicts = {result.verdict for result in results}
    return 1 if "fail" in verdicts else 3 if "inconclusive" in verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
