"""(xi) What the audit trail costs: CPU of a request with and without it, and how fast a trail is verified."""

import os
import secrets
from uuid import uuid4

from kernel import audit
from kernel.audit.sealing import seal_waiting
from kernel.audit.verification import verify
from kernel.permissions import system_access
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import hospital
from tests.benchmarks.harness import Result, median, spent, spread
from tests.benchmarks.onboarding import create
from tests.benchmarks.overhead import App, answers_in_a_piece, compare, told
from tests.conftest import drop_hospital

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "10"))
PAGES = {"results": "/results/", "visits": "/visits/"}
ENTRIES = int(os.environ.get("BENCH_ENTRIES", "20000"))
A_STATEMENT = 500
SYSTEM = system_access("a benchmark's trail", app="command")


def run() -> list[Result]:
    return [*_requests(), *_verification()]


def _requests() -> list[Result]:
    facts = told()
    off, same, on = App("silent", facts), App("silent", facts), App("tenant", facts)
    results = []
    try:
        for name, address in PAGES.items():
            count = answers_in_a_piece(off, address)
            found = [compare(off, same, on, address, count, "cpu") for _round in range(ROUNDS)]
            control, rounds = [pair[0] for pair in found], [pair[1] for pair in found]
            result = Result("xi", f"{name}, CPU with audit through without", median(rounds), "x", None, rounds=rounds)
            result.note = f"Python and database; A/A {median(control):.3f} (spread {spread(control):.2f})"
            results.append(result)
    finally:
        for app in (off, same, on):
            app.close()
    return results


def _verification() -> list[Result]:
    key = create(f"b{secrets.token_hex(5)}").hospital_id
    try:
        context = context_for(key)
        assert context is not None
        with hospital(context):
            return _verify()
    finally:
        drop_hospital(key)


def _verify() -> list[Result]:
    def write() -> None:
        for _batch in range(ENTRIES // A_STATEMENT):
            audit.record_each(SYSTEM, action="records.viewed", subjects=[uuid4() for _line in range(A_STATEMENT)])

    written, sealed = spent(write), spent(lambda: seal_waiting())
    rates = []
    for _round in range(5):
        found = []
        cost = spent(lambda: found.append(verify()))  # noqa: B023
        assert found[0].is_intact
        assert found[0].sealed >= ENTRIES
        rates.append(found[0].sealed * 1000 / cost.cpu)
    note = f"write {written.cpu * 1000 / ENTRIES:.0f} µs and seal {sealed.cpu * 1000 / ENTRIES:.0f} µs of CPU a row"
    return [
        Result(
            "xi", f"verification of {ENTRIES} rows, each core", median(rates), "rows/s", None, rounds=rates, note=note
        )
    ]
