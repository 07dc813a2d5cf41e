"""(ii) From the operator's click to the first page on the new host, against our own path by migrations."""

import secrets
from collections.abc import Callable

from django.db import transaction

from kernel.tenancy.fleet.drift import fingerprints
from kernel.tenancy.models import Provisioning, SchemaTemplate
from kernel.tenancy.provisioning import HospitalRequest, request_hospital, run_provisioning
from kernel.tenancy.schemas import OWNER, drop_schema, make_schema, migrate_schema, role_for
from kernel.tenancy.scope import shared
from kernel.tenancy.templates import current_template, dump, new_name, replay
from tests.benchmarks.harness import Result, Spent, exact, interleaved, median, spent, timed
from tests.clients import client_for
from tests.conftest import drop_hospital

ROUNDS = 7
# One replay is too short to tell its CPU from what the machine does beside; it takes a tenth of the other way.
REPLAYS = 20
MIGRATIONS = 2


def create(slug: str) -> Provisioning:
    """Ask for a hospital and make it, as the provisioning worker does."""
    with shared():
        row = request_hospital(HospitalRequest(slug, slug, "b", "B", "US", "America/Chicago", "USD", ("en",)))
    run_provisioning(row.pk)
    return row


def run() -> list[Result]:
    template = current_template()
    made: list[Provisioning] = []

    def to_first_page() -> None:
        slug = f"b{secrets.token_hex(5)}"
        made.append(create(slug))
        answer = client_for(slug).get("/sign-in/")
        assert answer.status_code == 200, answer.status_code

    to_first_page()
    seconds = [timed(to_first_page) / 1000 for _round in range(ROUNDS)]
    ratios, by_replay, by_migrations = _both_ways(template)
    with shared():
        rows = list(Provisioning.objects.filter(pk__in=[row.pk for row in made]))
    schema_name = f"h_{rows[0].hospital_id.hex[-12:]}"
    found = fingerprints([schema_name, template.schema_name])
    with shared():
        one = dump(schema_name, rows=False).replace(schema_name, "x").splitlines()
        two = dump(template.schema_name, rows=False).replace(template.schema_name, "x").splitlines()
    different = len(set(one) ^ set(two))
    for row in rows:
        drop_hospital(row.hospital_id)
    return [
        Result("ii", "create to first page", median(seconds), "s", 2.0, rounds=seconds),
        Result(
            "ii",
            "making the schema: CPU of replay through migrations",
            median(ratios),
            "x",
            0.1,
            rounds=ratios,
            note=f"{template.tables} tables; {_told('replay', by_replay)}; {_told('migrations', by_migrations)}",
        ),
        exact("ii", "lines in which a replay differs from the reference", different, "lines", goal=0),
        exact("ii", "fingerprints that differ", len(set(found.values())) - 1, "", goal=0),
    ]


def _both_ways(template: SchemaTemplate) -> tuple[list[float], list[Spent], list[Spent]]:
    """Rounds of migrations, replay, replay, migrations. What is made is removed at the end, not between the rounds:
    removing hundreds of files slows the making of the next (see ``place``)."""
    names: list[str] = []
    by_replay: list[Spent] = []
    by_migrations: list[Spent] = []

    def replayed() -> float:
        by_replay.append(_each(REPLAYS, lambda: _by_replay(template, names)))
        return by_replay[-1].cpu

    def migrated() -> float:
        by_migrations.append(_each(MIGRATIONS, lambda: _by_migrations(names)))
        return by_migrations[-1].cpu

    # Not counted: imports, caches and statements seen for the first time.
    _by_migrations(names)
    _by_replay(template, names)
    ratios = interleaved(migrated, replayed, ROUNDS)
    for name in names:
        with shared(), transaction.atomic(using=OWNER):
            drop_schema(name, role_for(name))
    return ratios, by_replay, by_migrations


def _each(times: int, work: Callable[[], None]) -> Spent:
    """What ``work`` cost once, done ``times`` times."""

    def repeated() -> None:
        for _time in range(times):
            work()

    together = spent(repeated)
    return Spent(together.python / times, together.database / times, together.wall / times)


def _told(what: str, rounds: list[Spent]) -> str:
    python, database, wall = (median([getattr(one, part) for one in rounds]) for part in ("python", "database", "wall"))
    return f"{what} {python:.0f} ms Python + {database:.0f} ms database, wall {wall:.0f} ms"


def _by_replay(template: SchemaTemplate, names: list[str]) -> None:
    """Make one schema from the template."""
    names.append(new_name())
    with shared(), transaction.atomic(using=OWNER):
        replay(template, names[-1], role_for(names[-1]))


def _by_migrations(names: list[str]) -> None:
    """Make one schema by migrations, as without a template."""
    names.append(new_name())
    with shared(), transaction.atomic(using=OWNER):
        make_schema(names[-1], role_for(names[-1]))
    migrate_schema(names[-1])
