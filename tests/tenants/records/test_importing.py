"""Importing bundles, on the real database."""

import json
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import time_machine
from django.db import connection

from kernel.audit.models import AuditEntry
from kernel.events.models import OutboxEvent
from kernel.permissions import Access, NotPermitted, Role
from kernel.tenancy.context import HospitalContext
from tenants.people.models import Patient
from tenants.records.bundles import (
    BundleNotJson,
)
from tenants.records.models import (
    ImportEntry,
    ImportRun,
    Resource,
    ResourceHistory,
    SearchValue,
    UnresolvedReference,
)
from tenants.records.services.importing import (
    import_bundle,
)
from tests.factories.access import with_roles
from tests.tenants.records.samples import (
    NOON,
    appointment,
    bundle,
    encounter,
    entry,
    fhir_id,
    observation,
    patient,
    practitioner,
    urn,
    without,
)
from tests.tenants.records.stored import everything, stored, told

pytestmark = pytest.mark.usefixtures("in_northfield")


def test_order_of_elements_and_own_stamps_make_no_difference(importer: Access) -> None:
    import_bundle(access=importer, content=bundle(patient(), observation()), source="test")
    before = everything()
    turned = dict(reversed(observation().items())) | {"meta": {"versionId": "9", "lastUpdated": "2020-01-01T00:00:00Z"}}

    result = import_bundle(access=importer, content=bundle(patient(), turned), source="test")

    assert told(result) == (0, 0, 2, 0)
    assert everything() == before


def test_a_changed_resource_gets_a_version_and_the_old_one_stays_in_the_history(importer: Access) -> None:
    import_bundle(access=importer, content=bundle(patient(), observation()), source="test")
    first = bytes(Resource.objects.get(type="Observation").content)

    result = import_bundle(access=importer, content=bundle(patient(), observation(status="corrected")), source="second")

    row = Resource.objects.get(type="Observation")
    assert told(result) == (0, 1, 1, 0)
    assert (row.version, row.status, row.source) == (2, "corrected", "second")
    assert orjson.loads(bytes(row.content))["meta"]["versionId"] == "2"
    kept = ResourceHistory.objects.get()
    assert (kept.resource_id, kept.version, bytes(kept.content), kept.source) == (row.pk, 1, first, "test")
    assert SearchValue.objects.filter(parameter="Observation.value-quantity").count() == 1


def test_decimals_keep_the_digits_they_were_written_with(importer: Access) -> None:
    content = bundle(patient(), observation()).replace(b'"value":6.9', b'"value":7.10')

    import_bundle(access=importer, content=content, source="test")

    assert b'"value":7.10,' in bytes(Resource.objects.get(type="Observation").content)


def test_a_reference_to_a_refused_resource_waits_for_it(importer: Access) -> None:
    visit = encounter()
    seen = observation(encounter={"reference": urn("visit")})
    import_bundle(access=importer, content=bundle(patient(), without(visit, "status"), seen), source="test")

    waiting = UnresolvedReference.objects.get()
    assert (waiting.path, waiting.target) == ("Observation.encounter", f"Encounter/{fhir_id('visit')}")
    before = bytes(Resource.objects.get(type="Observation").content)

    result = import_bundle(access=importer, content=bundle(patient(), visit, seen), source="test")

    assert told(result) == (1, 0, 2, 0)
    assert UnresolvedReference.objects.count() == 0
    assert bytes(Resource.objects.get(type="Observation").content) == before


def test_an_unknown_urn_becomes_a_local_reference_when_its_target_arrives(importer: Access) -> None:
    seen = observation(performer=[{"reference": urn("osei")}])
    import_bundle(access=importer, content=bundle(patient(), seen), source="test")
    assert stored("Observation", "hba1c")["performer"] == [{"reference": urn("osei")}]
    assert UnresolvedReference.objects.get().target == urn("osei")

    import_bundle(access=importer, content=bundle(practitioner()), source="test")

    assert stored("Observation", "hba1c")["performer"] == [{"reference": f"Practitioner/{fhir_id('osei')}"}]
    assert UnresolvedReference.objects.count() == 0
    again = import_bundle(access=importer, content=bundle(patient(), seen), source="test")
    assert told(again) == (0, 0, 2, 0)


@pytest.mark.parametrize("first", ["practitioner", "patient"])
def test_a_reference_by_identifier_finds_its_target_in_any_order(importer: Access, first: str) -> None:
    seen = observation(performer=[{"reference": "Practitioner?identifier=https://hospital.test/staff|S-osei"}])
    files = [bundle(practitioner()), bundle(patient(), seen)]

    for content in files if first == "practitioner" else reversed(files):
        import_bundle(access=importer, content=content, source="test")

    assert stored("Observation", "hba1c")["performer"] == [{"reference": f"Practitioner/{fhir_id('osei')}"}]
    assert UnresolvedReference.objects.count() == 0


def test_what_waited_for_another_source_still_comes_from_its_own(importer: Access) -> None:
    visit = encounter(participant=[{"individual": {"reference": urn("osei")}}])
    with time_machine.travel(NOON, tick=False):
        import_bundle(access=importer, content=bundle(patient(), visit), source="clinic")

    import_bundle(access=importer, content=bundle(practitioner()), source="staff list")

    row = Resource.objects.get(type="Encounter")
    assert stored("Encounter", "visit")["participant"][0]["individual"]["reference"].startswith("Practitioner/")
    assert (row.version, row.source, row.received_at) == (2, "clinic", NOON)


def dated(day: int, **changes: Any) -> dict[str, Any]:
    """A result as its source had it on a day of November."""
    return observation(meta={"lastUpdated": f"2026-11-{day:02d}T10:00:00+01:00"}, **changes)


def test_an_older_export_does_not_undo_a_newer_one(importer: Access) -> None:
    import_bundle(access=importer, content=bundle(patient(), dated(10, status="preliminary")), source="lab")
    import_bundle(access=importer, content=bundle(patient(), dated(12, status="corrected")), source="lab")
    before = everything()

    result = import_bundle(access=importer, content=bundle(patient(), dated(11, status="final")), source="lab")

    assert told(result) == (0, 0, 2, 0)
    assert everything() == before
    newer = import_bundle(access=importer, content=bundle(patient(), dated(13, status="amended")), source="lab")
    assert told(newer) == (0, 1, 1, 0)
    assert Resource.objects.get(type="Observation").source_updated_at == datetime(2026, 11, 13, 9, tzinfo=UTC)


def test_an_older_export_does_not_change_who_a_patient_is(importer: Access) -> None:
    now, then = ({"lastUpdated": f"2026-11-{day}T10:00:00Z"} for day in (12, 11))
    import_bundle(access=importer, content=bundle(patient(gender="other", meta=now)), source="lab")

    import_bundle(access=importer, content=bundle(patient(gender="male", meta=then)), source="lab")

    assert Patient.objects.get().gender == "other"


def test_a_newer_export_that_says_the_same_counts_as_newer(importer: Access) -> None:
    for day in (10, 14):
        import_bundle(access=importer, content=bundle(patient(), dated(day)), source="lab")

    result = import_bundle(access=importer, content=bundle(patient(), dated(12, status="corrected")), source="lab")

    assert told(result) == (0, 0, 2, 0)
    row = Resource.objects.get(type="Observation")
    assert (row.version, row.status) == (1, "final")


@pytest.mark.parametrize(
    ("later", "source"),
    [
        (observation(status="corrected"), "lab"),
        (dated(12, status="corrected"), "lab"),
        (dated(1, status="corrected"), "another lab"),
    ],
    ids=["without a time", "of the same time", "of another source"],
)
def test_what_has_no_time_to_compare_is_taken_as_it_comes(importer: Access, later: dict[str, Any], source: str) -> None:
    import_bundle(access=importer, content=bundle(patient(), dated(12)), source="lab")

    result = import_bundle(access=importer, content=bundle(patient(), later), source=source)

    assert told(result) == (0, 1, 1, 0)
    assert Resource.objects.get(type="Observation").status == "corrected"


def test_a_patient_already_known_may_get_resources_in_a_bundle_of_their_own(importer: Access) -> None:
    import_bundle(access=importer, content=bundle(patient()), source="test")
    later = observation(subject={"reference": f"Patient/{fhir_id('ana')}"})

    result = import_bundle(
        access=importer,
        content=bundle(
            later,
            appointment(participant=[{"actor": {"reference": f"Patient/{fhir_id('ana')}"}, "status": "accepted"}]),
        ),
        source="test",
    )

    assert told(result) == (2, 0, 0, 0)
    assert set(Resource.objects.values_list("patient__fhir_id", flat=True)) == {fhir_id("ana")}


def test_an_entry_without_id_takes_that_of_its_full_url(importer: Access) -> None:
    anonymous = {
        "fullUrl": urn("hba1c").upper().replace("URN:UUID:", "urn:uuid:"),
        "resource": without(observation(), "id"),
    }
    document = {"resourceType": "Bundle", "type": "collection", "entry": [entry(patient()), anonymous]}

    result = import_bundle(access=importer, content=orjson.dumps(document), source="test")

    assert told(result) == (2, 0, 0, 0)
    assert Resource.objects.get(type="Observation").fhir_id == fhir_id("hba1c")


def test_text_too_long_for_an_index_is_stored_whole(importer: Access) -> None:
    long = "x" * 20_000
    seen = observation(
        identifier=[{"system": "https://hospital.test/order", "value": long}],
        code={"coding": [{"system": long, "code": "y" * 9_000}], "text": long},
        valueQuantity={"value": 6.9, "unit": long, "code": long},
    )
    named = patient(name=[{"use": "official", "family": long, "given": [long]}])

    result = import_bundle(access=importer, content=bundle(named, seen), source="test")

    assert told(result) == (2, 0, 0, 0)
    assert stored("Observation", "hba1c")["code"]["text"] == long


def test_statements_do_not_grow_with_the_bundle(
    importer: Access, django_assert_num_queries: Any, in_northfield: HospitalContext
) -> None:
    def cost(count: int, about: str) -> int:
        many = [observation(f"{about}{number}", about=about) for number in range(count)]
        connection.force_debug_cursor = True
        before = len(connection.queries_log)
        import_bundle(access=importer, content=bundle(patient(about), *many), source="test")
        connection.force_debug_cursor = False
        return len(connection.queries_log) - before

    assert cost(2, "few") == cost(200, "many")


@pytest.mark.requirement("S33")
def test_a_bundle_leaves_one_line_in_the_trail_and_one_event(importer: Access) -> None:
    result = import_bundle(access=importer, content=bundle(patient(), observation(), {}), source="lab", name="a.json")

    line = AuditEntry.objects.get()
    kept = ImportEntry.objects.get()
    assert (line.action, line.target_id, line.subject) == ("records.imported", str(kept.pk), result.patients[0])
    assert orjson.loads(line.detail) == {
        "source": "lab",
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "held": 0,
    }
    event = OutboxEvent.objects.get()
    assert event.type_name == "records.BundleImported"
    assert event.payload == {
        "entry_id": str(kept.pk),
        "patients": [str(result.patients[0])],
        "created": 2,
        "updated": 0,
    }


@pytest.mark.requirement("S33")
def test_an_unchanged_bundle_leaves_a_line_and_no_event_and_a_refused_one_says_so(importer: Access) -> None:
    import_bundle(access=importer, content=bundle(patient()), source="lab")
    OutboxEvent.objects.all().delete()

    import_bundle(access=importer, content=bundle(patient()), source="lab")
    with pytest.raises(BundleNotJson):
        import_bundle(access=importer, content=b"{", source="lab")

    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["records.imported", "records.imported", "records.import_refused"]
    assert OutboxEvent.objects.count() == 0


@pytest.mark.requirement("S27")
@pytest.mark.parametrize("role", [Role.PATIENT, Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING])
def test_others_than_admins_may_not_import(role: Role) -> None:
    with pytest.raises(NotPermitted):
        import_bundle(access=with_roles(role), content=bundle(patient()), source="lab")
    assert (Patient.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_stored_bytes_are_json_with_identity_first(importer: Access) -> None:
    import_bundle(access=importer, content=bundle(patient()), source="test")

    content = bytes(Resource.objects.get().content)

    assert list(json.loads(content))[:3] == ["resourceType", "id", "meta"]
    assert json.loads(content)["meta"]["versionId"] == "1"
