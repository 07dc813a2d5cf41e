"""The migration that derives anew what older rows lack."""

from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection

from tenants.people.models import Patient
from tenants.records.models import Resource, SearchValue
from tests.tenants.records.samples import appointment, condition, fhir_id, urn
from tests.tenants.records.test_care import care_team, member
from tests.tenants.records.test_health import order

pytestmark = pytest.mark.usefixtures("in_northfield")

MIGRATION = import_module("tenants.records.migrations.0004_read_again")
EDITOR = SimpleNamespace(connection=connection)


def derived() -> list[list[object]]:
    """What is derived from the contents."""
    return [
        list(Resource.objects.order_by("pk").values_list("fhir_id", "ends", "tokens")),
        sorted(SearchValue.objects.values_list("resource", "parameter", "starts", "ends", "unit"), key=str),
    ]


def test_old_rows_get_what_new_ones_have_however_often(store: Callable[..., UUID]) -> None:
    declined = {"actor": {"reference": urn("osei")}, "status": "declined"}
    store(
        appointment(participant=[*appointment()["participant"], declined]),
        care_team(participant=[member(start="2020-01-01T00:00:00Z", end="2021-01-01T00:00:00Z")]),
        order(doNotPerform=True),
    )
    wanted = derived()
    for row in Resource.objects.filter(type__in=MIGRATION.READ_AGAIN):
        row.tokens = [
            one for one in row.tokens if one.split("=")[0] not in ("declined", "for-a-time", "do-not-perform")
        ]
        row.ends = row.starts if row.type == "Appointment" else row.ends
        row.save()
    SearchValue.objects.filter(parameter="time-in-team").delete()
    assert derived() != wanted

    for _time in range(2):
        MIGRATION.read_again(apps, EDITOR)
        assert derived() == wanted


def test_resources_of_merged_patients_follow_them_and_circles_stay(store: Callable[..., UUID]) -> None:
    roles = ("ana", "ben", "cleo", "dora", "emma")
    keys = {role: store(condition(f"{role}s", about=role), about=role) for role in roles}
    for role, by in [("ana", "ben"), ("ben", "cleo"), ("dora", "emma"), ("emma", "dora")]:
        Patient.objects.filter(pk=keys[role]).update(replaced_by=keys[by])

    MIGRATION.follow_merges(apps, EDITOR)

    owners = dict(Resource.objects.filter(type="Condition").values_list("fhir_id", "patient"))
    assert [owners[fhir_id(f"{role}s")] for role in roles] == [
        keys[role] for role in ("cleo", "cleo", "cleo", "dora", "emma")
    ]
