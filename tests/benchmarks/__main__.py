"""``python -m tests.benchmarks``: run all benchmarks, or those named in ONLY (``ONLY=ii,iii``); writes bench.json."""

import os
import sys
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

os.environ.setdefault("PORTICO_TEST_WORKER", "bench")  # tests that run beside have their own copy of the database

import tests.database  # noqa: F401  (servers and a database of our own, before Django reads its settings)
from tests.benchmarks.harness import Result, write

# Each module has a function ``run() -> list[Result]``.
BENCHMARKS = {"i": "overhead", "ii": "onboarding", "iii": "fleet", "x": "memory"}
ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Returns 1 when a goal was missed."""
    import django

    django.setup()
    only = [word for word in os.environ.get("ONLY", "").split(",") if word]
    unknown = set(only) - set(BENCHMARKS)
    if unknown:
        Console(stderr=True).print(f"There is no benchmark {', '.join(sorted(unknown))}: {', '.join(BENCHMARKS)}")
        return 2
    results: list[Result] = []
    for key, module in BENCHMARKS.items():
        if only and key not in only:
            continue
        results += import_module(f"tests.benchmarks.{module}").run()
        write(results, ROOT / "bench.json")
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
    Console(width=180).print(table)
    return 1 if any(result.verdict == "fail" for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
