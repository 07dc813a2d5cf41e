"""(ii) From the operator's click to the first page on the new host, against our own path by migrations."""

import secrets

from django.db import transaction

from kernel.tenancy.fleet.drift import fingerprints
from kernel.tenancy.models import Provisioning, SchemaTemplate
from kernel.tenancy.provisioning import HospitalRequest, request_hospital, run_provisioning
from kernel.tenancy.schemas import OWNER, drop_schema, make_schema, migrate_schema, role_for
from kernel.tenancy.scope import shared
from kernel.tenancy.templates import current_template, dump, new_name, replay
from tests.benchmarks.harness import Result, exact, median, timed
from tests.clients import client_for
from tests.conftest import drop_hospital

ROUNDS = 7


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
    by_migrations = [_by_migrations() / 1000 for _round in range(3)]
    by_replay = [_by_replay(template) / 1000 for _round in range(ROUNDS)]
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
            "making the schema: replay through migrations",
            median(by_replay) / median(by_migrations),
            "x",
            0.1,
            rounds=[one / median(by_migrations) for one in by_replay],
            note=f"{median(by_replay) * 1000:.0f} ms, {median(by_migrations):.2f} s, {template.tables} tables",
        ),
        exact("ii", "lines in which a replay differs from the reference", different, "lines", goal=0),
        exact("ii", "fingerprints that differ", len(set(found.values())) - 1, "", goal=0),
    ]


def _drop(name: str) -> None:
    with shared(), transaction.atomic(using=OWNER):
        drop_schema(name, role_for(name))


def _by_replay(template: SchemaTemplate) -> float:
    """Milliseconds of making one schema from the template."""
    name = new_name()

    def make() -> None:
        with shared(), transaction.atomic(using=OWNER):
            replay(template, name, role_for(name))

    took = timed(make)
    _drop(name)
    return took


def _by_migrations() -> float:
    """Milliseconds of making one schema by migrations, as without a template."""
    name = new_name()

    def make() -> None:
        with shared(), transaction.atomic(using=OWNER):
            make_schema(name, role_for(name))
        migrate_schema(name)

    took = timed(make)
    _drop(name)
    return took
