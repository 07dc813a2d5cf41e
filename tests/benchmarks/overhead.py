"""(i) What the guard costs: CPU-ms of a request against the same application without tenancy."""

import json
import math
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from config.runtime.home import CHECKOUT
from kernel.permissions import Role
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Hospital
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import hospital, shared
from tests.benchmarks.harness import WIDEST_SPREAD, Result, Spent, exact, median, spread, together
from tests.clients import client_for
from tests.factories.staff import sign_in
from tests.isolation.world import House, _fill

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "10"))
# CPU of each arm in a round: the pair that is compared takes twice as much.
CPU_SECONDS = float(os.environ.get("BENCH_CPU_SECONDS", "2.5"))
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


def count_for(app: App, address: str, seconds: float) -> int:
    """How many answers take ``seconds`` of CPU."""
    app.ask(address, 20)
    return max(10, math.ceil(seconds * 1000 / app.ask(address, 20).python))


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
    facts = told()
    plain, same, tenant = App("plain", facts), App("plain", facts), App("tenant", facts)
    results = []
    try:
        for name, (address, goal) in PAGES.items():
            count = count_for(plain, address, CPU_SECONDS / 2)
            arms: list[Callable[[], float]] = [
                lambda app=app: app.ask(address, count).python  # type: ignore[misc]  # noqa: B023
                for app in (plain, same, tenant)
            ]
            control, rounds = together(arms, ROUNDS)
            result = Result("i", f"{name}, tenant through plain", median(rounds), "x", goal, rounds=rounds)
            result.note = (
                f"{count} answers an arm, twice a round; A/A {median(control):.3f} (spread {spread(control):.2f})"
            )
            if spread(control) > WIDEST_SPREAD:
                result.verdict = "inconclusive"
            added = tenant.statements(address) - plain.statements(address)
            results += [result, exact("i", f"{name}, statements added after a switch", added, "statements", goal=1)]
    finally:
        for app in (plain, same, tenant):
            app.close()
    return results
