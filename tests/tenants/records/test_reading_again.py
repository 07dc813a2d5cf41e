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
from tests.tenants.records.samples import LOINC, appointment, condition, fhir_id, observation, urn, without
from tests.tenants.records.test_care import care_team, member
from tests.tenants.records.test_health import order
from tests.tenants.records.test_selectors import HL7_CATEGORY, laboratory_report

pytestmark = pytest.mark.usefixtures("in_northfield")

MIGRATION = import_module("tenants.records.migrations.0004_read_again")
SORTING = import_module("tenants.records.migrations.0005_sort_again")
EDITOR = SimpleNamespace(connection=connection)


def derived() -> list[list[object]]:
    """What is derived from the contents."""
    return [
        list(Resource.objects.order_by("pk").values_list("fhir_id", "ends", "tokens")),
        sorted(SearchValue.objects.values_list("resource", "parameter", "starts", "ends", "unit"), key=str),
    ]


def test_old_rows_get_what_new_ones_have_however_often(
    store: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
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

    for batch in (500, 1):
        monkeypatch.setattr(MIGRATION, "BATCH", batch)
        MIGRATION.read_again(apps, EDITOR)
        assert derived() == wanted


def test_reading_again_holds_no_more_than_a_batch(store: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    store(*(order(id=f"m{number}", doNotPerform=True) for number in range(5)))
    Resource.objects.filter(type="MedicationRequest").update(tokens=[])
    monkeypatch.setattr(MIGRATION, "BATCH", 2)
    sizes = []
    read_batch = MIGRATION.read_batch

    def measured(batch: list[Resource], *others: object) -> None:
        read_batch(batch, *others)
        filled = Resource.objects.filter(type="MedicationRequest").exclude(tokens=[]).count()
        sizes.append((len(batch), filled))

    monkeypatch.setattr(MIGRATION, "read_batch", measured)
    MIGRATION.read_again(apps, EDITOR)

    assert not MIGRATION.Migration.atomic
    assert sizes == [(2, 2), (2, 4), (1, 5)]


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


def test_kinds_of_old_observations_become_those_of_new_ones_however_often(
    store: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SORTING, "BATCH", 2)
    local = {"coding": [{"system": "https://laboratory.test", "code": "X"}]}
    own = {"text": "A test of ours"}
    store(
        observation("local first", category=[local, {"coding": [{**HL7_CATEGORY, "code": "laboratory"}]}], code=own),
        observation("local", category=[local], code=own),
        without(observation("pulse", code={"coding": [{"system": LOINC, "code": "8867-4"}]}), "category"),
        observation("member", category=[local], code=own),
        observation("plain"),
        laboratory_report("member"),
    )
    rows = Resource.objects.exclude(category="").order_by("pk")
    wanted = list(rows.values_list("fhir_id", "category"))
    assert dict(wanted) == {
        fhir_id("local first"): "laboratory",
        fhir_id("local"): "X",
        fhir_id("pulse"): "vital-signs",
        fhir_id("member"): "laboratory",
        fhir_id("plain"): "laboratory",
        fhir_id("panel"): "laboratory",
    }
    first_codes = {"local first": "X", "pulse": "-", "member": "X", "panel": "LAB"}
    for role, category in first_codes.items():
        Resource.objects.filter(fhir_id=fhir_id(role)).update(category=category)

    for _time in range(2):
        SORTING.sort_again(apps, EDITOR)
        assert list(rows.values_list("fhir_id", "category")) == wanted
