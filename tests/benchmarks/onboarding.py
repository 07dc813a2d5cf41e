"""(ii) From the operator's click to the first page on the new host, against our own path by migrations."""

import secrets

from django.db import transaction

from kernel.tenancy.fleet.drift import fingerprints
from kernel.tenancy.models import Provisioning
from kernel.tenancy.provisioning import HospitalRequest, request_hospital, run_provisioning
from kernel.tenancy.schemas import OWNER, drop_schema, make_schema, migrate_schema, role_for
from kernel.tenancy.scope import shared
from kernel.tenancy.templates import current_template, dump
from tests.benchmarks.harness import Result, exact, median, timed
from tests.clients import client_for
from tests.conftest import _drop_hospital

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
    by_migrations = [timed(_by_migrations) / 1000 for _round in range(2)]
    with shared():
        rows = list(Provisioning.objects.filter(pk__in=[row.pk for row in made]))
    schema_name = f"h_{rows[0].hospital_id.hex[-12:]}"
    found = fingerprints([schema_name, template.schema_name])
    with shared():
        one = dump(schema_name, rows=False).replace(schema_name, "x").splitlines()
        two = dump(template.schema_name, rows=False).replace(template.schema_name, "x").splitlines()
    different = len(set(one) ^ set(two))
    for row in rows:
        _drop_hospital(row.hospital_id)
    faster = [median(by_migrations) / one_second for one_second in seconds]
    return [
        Result("ii", "create to first page", median(seconds), "s", 2.0, rounds=seconds),
        Result(
            "ii",
            "share of our own migrations path",
            median(seconds) / median(by_migrations),
            "x",
            0.1,
            rounds=[1 / one for one in faster],
            note=f"migrations {median(by_migrations):.2f} s, {template.tables} tables",
        ),
        exact("ii", "lines in which a replay differs from the reference", different, "lines", goal=0),
        exact("ii", "fingerprints that differ", len(set(found.values())) - 1, "", goal=0),
    ]


def _by_migrations() -> None:
    name = f"template_{secrets.token_hex(8)}"
    with shared(), transaction.atomic(using=OWNER):
        make_schema(name, role_for(name))
    migrate_schema(name)
    with shared(), transaction.atomic(using=OWNER):
        drop_schema(name, role_for(name))
