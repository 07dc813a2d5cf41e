"""(i) What the guard costs: CPU-ms of a request against the same application without tenancy."""

import json
import os
import subprocess
import sys
from typing import Any

from config.runtime.home import CHECKOUT
from kernel.permissions import Role
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Hospital
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import hospital, shared
from tests.benchmarks.harness import Result, interleaved, median, spread
from tests.clients import client_for
from tests.factories.staff import sign_in
from tests.isolation.world import House, _fill

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "6"))
PAGES = {"hello": ("/bench-hello", 1200, 1.30), "results": ("/results/", 60, 1.05), "visits": ("/visits/", 60, 1.05)}


class App:
    """A process that answers, and tells its CPU time."""

    def __init__(self, mode: str, told: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.overhead_app", mode],
            cwd=CHECKOUT,
            env={**os.environ, "BENCH_TOLD": json.dumps(told, default=str)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, address: str, count: int) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([address, count]) + "\n")
        self._process.stdin.flush()
        return float(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate(timeout=30)


def _told() -> dict[str, Any]:
    with shared():
        key = Hospital.objects.values_list("pk", flat=True).get(slug="northfield")
    context = context_for(key)
    assert context is not None
    house = House(context, f"BENCH{os.getpid():08}")
    with hospital(context):
        _fill(house)
    client = client_for("northfield")
    sign_in(client, house.accounts[Role.PATIENT], house.door)
    return {
        "schema": context.schema_name,
        "host": context.host,
        "session": client.cookies["__Host-portico"].value,
        "context": _plain(context),
    }


def _plain(context: HospitalContext) -> dict[str, Any]:
    kept = ("entitlements", "flags", "brand", "network_settings")
    return {name: getattr(context, name) for name in context.__slots__ if name not in kept}


def run() -> list[Result]:
    told = _told()
    plain, same, tenant = App("plain", told), App("plain", told), App("tenant", told)
    results = []
    try:
        for name, (address, count, goal) in PAGES.items():
            control = interleaved(lambda: plain.ask(address, count), lambda: same.ask(address, count), ROUNDS)  # noqa: B023
            rounds = interleaved(lambda: plain.ask(address, count), lambda: tenant.ask(address, count), ROUNDS)  # noqa: B023
            result = Result("i", f"{name}, tenant through plain", median(rounds), "x", goal, rounds=rounds)
            result.note = f"A/A {median(control):.2f} (spread {spread(control):.2f})"
            results.append(result)
    finally:
        for app in (plain, same, tenant):
            app.close()
    return results
