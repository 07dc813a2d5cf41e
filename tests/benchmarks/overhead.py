"""(i) What the guard costs: CPU-ms of a request against the same application without tenancy."""

import json
import math
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from config.runtime.home import CHECKOUT
from kernel.permissions import Role
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Hospital
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import hospital, shared
from tests.benchmarks.harness import WIDEST_SPREAD, Result, Spent, exact, median, spread
from tests.clients import client_for
from tests.factories.staff import sign_in
from tests.isolation.world import House, _fill

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "12"))
# CPU of each arm in a round.
CPU_SECONDS = float(os.environ.get("BENCH_CPU_SECONDS", "2.4"))
# The arms take turns after so much: what the machine does beside lasts longer, and hits all of them alike.
PIECE_SECONDS = 0.1
PAGES = {"hello": ("/bench-hello", 1.30), "results": ("/results/", 1.05), "visits": ("/visits/", 1.05)}


class App:
    """A process that answers, and tells its CPU time."""

    def __init__(self, mode: str, told: dict[str, Any]) -> None:
        # Its log is written as in service, and read only when it ends without an answer.
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.overhead_app", mode],
            cwd=CHECKOUT,
            env={**os.environ, "BENCH_TOLD": json.dumps(told, default=str)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def ask(self, address: str, count: int) -> Spent:
        """The cost of one of ``count`` answers, in milliseconds."""
        python, database, _statements = self._answer(address, count)
        return Spent(python, database, 0.0)

    def statements(self, address: str) -> int:
        """How many statements an answer takes right after another hospital was served, switches included."""
        return int(self._answer(address, 0)[2])

    def _answer(self, address: str, count: int) -> list[float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([address, count]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"the process that answers ended:\n{self._log.read()[-3000:]}")
        found: list[float] = json.loads(line)
        return found

    def close(self) -> None:
        self._process.communicate(timeout=30)
        self._log.close()


@contextmanager
def apps(facts: dict[str, Any]) -> Iterator[tuple[App, App, App]]:
    """Three processes: plain, plain once more (the control), and tenant."""
    plain, same, tenant = App("plain", facts), App("plain", facts), App("tenant", facts)
    try:
        yield plain, same, tenant
    finally:
        for app in (plain, same, tenant):
            app.close()


def answers_in_a_piece(app: App, address: str) -> int:
    """How many answers take ``PIECE_SECONDS`` of CPU."""
    app.ask(address, 20)
    return max(1, math.ceil(PIECE_SECONDS * 1000 / app.ask(address, 20).python))


def compare(first: App, same: App, other: App, address: str, count: int, part: str) -> tuple[float, float]:
    """One round of pieces of ``count`` answers, A A' B B A' A. ``part`` of what they cost: ``python`` or ``cpu``.

    Returns the control, A' through A, and B through the mean of both.
    """
    cost = {first: 0.0, same: 0.0, other: 0.0}
    for app in cost:
        # Not counted: imports, caches and statements seen for the first time.
        app.ask(address, 5)
    for _turn in range(round(CPU_SECONDS / 2 / PIECE_SECONDS)):
        for app in (first, same, other, other, same, first):
            cost[app] += getattr(app.ask(address, count), part)
    return cost[same] / cost[first], 2 * cost[other] / (cost[first] + cost[same])


def told() -> dict[str, Any]:
    with shared():
        key = Hospital.objects.values_list("pk", flat=True).get(slug="northfield")
    context = context_for(key)
    assert context is not None
    house = House(context, f"BENCH{secrets.token_hex(4)}")
    with hospital(context):
        _fill(house)
    client = client_for("northfield")
    sign_in(client, house.accounts[Role.PATIENT], house.door)
    return {
        "schema": context.schema_name,
        "host": context.host,
        "other_host": client_for("alwaha").host,
        "session": client.cookies["__Host-portico"].value,
        "context": _plain(context),
    }


def _plain(context: HospitalContext) -> dict[str, Any]:
    kept = ("entitlements", "flags", "brand", "network_settings")
    return {name: getattr(context, name) for name in context.__slots__ if name not in kept}


def run() -> list[Result]:
    """Each round has processes of its own: two that do the same differ by up to a tenth for as long as they live."""
    facts = told()
    with apps(facts) as (plain, _same, tenant):
        counts = {name: answers_in_a_piece(plain, address) for name, (address, _goal) in PAGES.items()}
        added = {name: tenant.statements(address) - plain.statements(address) for name, (address, _) in PAGES.items()}
    controls: dict[str, list[float]] = {name: [] for name in PAGES}
    ratios: dict[str, list[float]] = {name: [] for name in PAGES}
    for _round in range(ROUNDS):
        with apps(facts) as (plain, same, tenant):
            for name, (address, _goal) in PAGES.items():
                control, ratio = compare(plain, same, tenant, address, counts[name], "python")
                controls[name].append(control)
                ratios[name].append(ratio)
    results = []
    for name, (_address, goal) in PAGES.items():
        result = Result("i", f"{name}, tenant through plain", median(ratios[name]), "x", goal, rounds=ratios[name])
        noise = controls[name]
        result.note = (
            f"{counts[name]} answers in turn, {CPU_SECONDS} s of CPU an arm and round;"
            f" A/A {median(noise):.3f} (spread {spread(noise):.2f})"
        )
        if spread(noise) > WIDEST_SPREAD or abs(median(noise) - 1) > goal - 1:
            # The page differs from itself by more than it may from the other.
            result.verdict = "inconclusive"
        results += [result, exact("i", f"{name}, statements added after a switch", added[name], "statements", goal=1)]
    return results
