"""(xii) Importing a generated corpus: resources a second and core, validated, indexed and stored. Reported only."""

import os
import secrets

import carebundle

from kernel.permissions import system_access
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import hospital
from tenants.records.models import Resource
from tenants.records.services.importing import import_bundle
from tests.benchmarks.harness import Result, spent
from tests.benchmarks.onboarding import create
from tests.conftest import drop_hospital

PATIENTS = int(os.environ.get("BENCH_PATIENTS", "300"))
WARM_UP = 5
ROUNDS = 5
SYSTEM = system_access("a benchmark's import", app="command")


def corpus(patients: int) -> list[bytes]:
    """One bundle a patient: laboratory panels, vital signs, conditions and medicines, the same in every run."""
    profiles = sorted(carebundle.PROFILES)
    return [
        str(
            carebundle.to_json(
                carebundle.generate_bundle(
                    profile=profiles[number % len(profiles)],
                    seed=number,
                    sex="FM"[number % 2],
                    age_range=(25, 80),
                    index=number,
                )
            )
        ).encode()
        for number in range(patients)
    ]


def run() -> list[Result]:
    bundles = corpus(WARM_UP + PATIENTS)
    key = create(f"b{secrets.token_hex(5)}").hospital_id
    try:
        context = context_for(key)
        assert context is not None
        with hospital(context):
            return _measure(bundles)
    finally:
        drop_hospital(key)


def _measure(bundles: list[bytes]) -> list[Result]:
    def take(some: list[bytes]) -> None:
        for content in some:
            result = import_bundle(access=SYSTEM, content=content, source="benchmark")
            assert result.refused == 0, result.refusals

    take(bundles[:WARM_UP])
    rates, walls, python, database = [], [], 0.0, 0.0
    before = first = Resource.objects.count()
    size = PATIENTS // ROUNDS
    for number in range(ROUNDS):
        part = bundles[WARM_UP + number * size : WARM_UP + (number + 1) * size]
        cost = spent(lambda: take(part))  # noqa: B023
        stored = Resource.objects.count() - before
        before += stored
        rates.append(stored * 1000 / cost.cpu)
        walls.append(stored * 1000 / cost.wall)
        python, database = python + cost.python, database + cost.database
    stored = before - first
    again = spent(lambda: take(bundles[WARM_UP:]))
    assert Resource.objects.count() == before
    whole = python + database
    return [
        Result(
            "xii",
            f"import of {PATIENTS} patients, each core",
            stored * 1000 / whole,
            "resources/s",
            None,
            rounds=rates,
            note=f"{stored} resources; {python / stored:.2f} ms Python + {database / stored:.2f} ms database each;"
            f" wall {sum(walls) / len(walls):.0f} resources/s",
        ),
        Result("xii", "the same again, nothing changed", stored * 1000 / again.cpu, "resources/s", None),
    ]
