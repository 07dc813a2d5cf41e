"""Importing bundles, on the real database."""

import gzip
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connection

from kernel.audit.models import AuditEntry
from kernel.events.models import OutboxEvent
from kernel.permissions import Access, NotPermitted, Role
from kernel.tenancy.context import HospitalContext
from tenants.people.models import ContactPoint, Patient, PatientIdentifier
from tenants.records import bundles
from tenants.records.bundles import (
    BundleDamaged,
    BundleNotJson,
    BundleRefused,
    BundleTooDeep,
    BundleTooLarge,
    NotABundle,
)
from tenants.records.models import (
    ImportEntry,
    ImportRun,
    Resource,
    ResourceHistory,
    SearchValue,
    UnresolvedReference,
)
from tenants.records.services import importing
from tenants.records.services.importing import (
    BadPatient,
    BundleResult,
    ImportProgress,
    NothingToImport,
    PatientIdentifierTaken,
    import_bundle,
    import_paths,
)
from tests.factories.access import with_roles
from tests.tenants.records.conftest import read
from tests.tenants.records.samples import (
    appointment,
    bundle,
    condition,
    encounter,
    entry,
    fhir_id,
    observation,
    patient,
    practitioner,
    urn,
    without,
)

pytestmark = pytest.mark.usefixtures("in_northfield")


def everything() -> dict[str, list[Any]]:
    """All that an import may change, for comparing before and after."""
    return {
        "resources": list(Resource.objects.order_by("pk").values_list("pk", "version", "content", "patient", "tokens")),
        "values": list(SearchValue.objects.order_by("pk").values_list()),
        "history": list(ResourceHistory.objects.order_by("pk").values_list()),
        "patients": list(Patient.objects.order_by("pk").values_list()),
        "identifiers": list(PatientIdentifier.objects.order_by("pk").values_list()),
        "contacts": list(ContactPoint.objects.order_by("pk").values_list()),
        "unresolved": list(UnresolvedReference.objects.order_by("pk").values_list()),
    }


def told(result: BundleResult) -> tuple[int, int, int, int]:
    return result.created, result.updated, result.unchanged, result.refused


def stored(kind: str, role: str) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(bytes(Resource.objects.get(type=kind, fhir_id=fhir_id(role)).content))
    return content


@pytest.mark.requirement("M16")
def test_the_ten_synthea_patients_are_imported_whole(importer: Access, synthea: list[Path]) -> None:
    summary = import_paths(access=importer, paths=[synthea[0].parent], source="synthea")

    # 1,164 entries; an organisation and a practitioner come twice.
    assert (summary.files, summary.created, summary.updated, summary.unchanged) == (10, 1162, 0, 2)
    assert (summary.refused, summary.results) == (0, [])
    assert Patient.objects.count() == 10
    assert Patient.objects.filter(is_deceased=True).get().family_names == "Abbott"
    assert Patient.objects.get(family_names="Mejía").given_names == "Gustavo"
    assert Resource.objects.filter(type="Observation", category="laboratory").count() == 241
    assert UnresolvedReference.objects.count() == 0
    assert Resource.objects.filter(patient=None).exclude(type__in=["Practitioner", "Organization"]).count() == 0
    for path in synthea:
        for original in read(path)["entry"]:
            row = Resource.objects.get(type=original["resource"]["resourceType"], fhir_id=original["resource"]["id"])
            assert _as_sent(orjson.loads(bytes(row.content))) == _as_sent(_rewritten(original["resource"], path))


def _rewritten(resource: dict[str, Any], path: Path) -> dict[str, Any]:
    text = orjson.dumps(resource).decode()
    for one in read(path)["entry"]:
        text = text.replace(f'"{one["fullUrl"]}"', f'"{one["resource"]["resourceType"]}/{one["resource"]["id"]}"')
    rewritten: dict[str, Any] = orjson.loads(text)
    return rewritten


def _as_sent(resource: dict[str, Any]) -> dict[str, Any]:
    meta = {key: value for key, value in resource["meta"].items() if key not in {"versionId", "lastUpdated"}}
    return {**resource, "meta": meta}


def test_a_second_import_changes_nothing(importer: Access, synthea: list[Path]) -> None:
    import_paths(access=importer, paths=synthea, source="synthea")
    before = everything()

    summary = import_paths(access=importer, paths=synthea, source="synthea")

    assert (summary.created, summary.updated, summary.unchanged, summary.refused) == (0, 0, 1164, 0)
    assert everything() == before


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


def test_a_bad_resource_is_listed_with_its_path_and_the_others_are_stored(importer: Access) -> None:
    bad = observation("bad", status="finished", effectiveDateTime="2026-02-30")

    result = import_bundle(
        access=importer, content=bundle(patient(), bad, observation()), source="test", name="ana.json"
    )

    assert told(result) == (2, 0, 0, 1)
    kept = ImportEntry.objects.get()
    assert (kept.name, kept.state, kept.created, kept.refused) == ("ana.json", "imported", 2, 1)
    assert kept.refusals == [
        {
            "entry": 1,
            "type": "Observation",
            "problems": [
                {"path": "Observation.status", "fault": "wrong_code"},
                {"path": "Observation.effectiveDateTime", "fault": "wrong_format"},
            ],
        }
    ]


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


def test_a_bad_patient_refuses_the_whole_bundle(importer: Access) -> None:
    before = everything()

    with pytest.raises(BadPatient):
        import_bundle(access=importer, content=bundle(observation(), patient(birthDate="1980-02-30")), source="test")

    assert everything() == before
    kept = ImportEntry.objects.get()
    assert (kept.state, kept.reason) == ("refused", "bad_patient")
    assert kept.refusals[-1]["problems"] == [{"path": "Patient.birthDate", "fault": "wrong_format"}]


def test_a_number_of_another_patient_refuses_the_bundle(importer: Access) -> None:
    import_bundle(access=importer, content=bundle(patient()), source="test")
    before = everything()
    thief = patient("ben", identifier=patient()["identifier"])

    with pytest.raises(PatientIdentifierTaken):
        import_bundle(access=importer, content=bundle(thief, observation(about="ben")), source="test")

    assert everything() == before


def test_a_resource_cannot_move_to_another_patient(importer: Access) -> None:
    import_bundle(access=importer, content=bundle(patient(), patient("ben"), observation()), source="test")
    before = everything()

    result = import_bundle(
        access=importer, content=bundle(patient(), patient("ben"), observation(about="ben")), source="test"
    )

    assert told(result) == (0, 0, 2, 1)
    assert result.refusals[0].problems[0].fault == "other_patient"
    assert everything() == before


def test_what_is_about_nobody_we_know_is_refused(importer: Access) -> None:
    result = import_bundle(
        access=importer, content=bundle(observation(), without(condition(), "subject"), practitioner()), source="test"
    )

    assert told(result) == (1, 0, 0, 2)
    assert [(one.entry, one.problems[0].path, one.problems[0].fault) for one in result.refusals] == [
        (0, "Observation.subject", "no_patient"),
        (1, "Condition.subject", "missing"),
    ]


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


@pytest.mark.parametrize(
    ("broken", "path", "fault"),
    [
        (None, "", "not_an_object"),
        (7, "", "not_an_object"),
        ({}, "resourceType", "missing"),
        ({"resourceType": "Spaceship", "id": "1"}, "Spaceship", "unknown_type"),
        ({"resourceType": ["Patient"]}, "resourceType", "missing"),
        (observation() | {"id": "../../etc"}, "Observation.id", "no_identity"),
        (observation(subject="ana"), "Observation.subject", "wrong_type"),
        (observation(code={"text": "a\x00b"}), "Observation.code.text", "nul_byte"),
        (observation(code=None), "Observation.code", "null"),
        (observation(code={}), "Observation.code", "empty"),
        (observation(category=[]), "Observation.category", "empty"),
        (observation(valueString="6.9"), "Observation.value[x]", "two_choices"),
        (observation(issued="2026-11-18"), "Observation.issued", "wrong_format"),
        (observation(valueQuantity={"value": "6.9"}), "Observation.valueQuantity.value", "wrong_type"),
        (observation(valueQuantity={"value": 1e300}), "Observation.valueQuantity.value", "too_long"),
        (observation(note=[{"text": 5}]), "Observation.note[0].text", "wrong_type"),
        (observation(meta=True), "Observation.meta", "wrong_type"),
        (observation(performer=[None]), "Observation.performer[0]", "wrong_type"),
        (observation() | {"x<script>": 1}, "Observation.?", "wrong_format"),
    ],
)
def test_each_kind_of_broken_resource_is_refused_alone(importer: Access, broken: Any, path: str, fault: str) -> None:
    result = import_bundle(access=importer, content=bundle(patient(), broken, condition()), source="test")

    assert told(result) == (2, 0, 0, 1)
    assert (result.refusals[0].problems[0].path, result.refusals[0].problems[0].fault) == (path, fault)


def test_of_two_entries_with_one_identity_the_second_is_refused(importer: Access) -> None:
    result = import_bundle(
        access=importer, content=bundle(patient(), observation(), observation(status="amended")), source="test"
    )

    assert told(result) == (2, 0, 0, 1)
    assert stored("Observation", "hba1c")["status"] == "final"


def test_deletions_are_not_taken(importer: Access) -> None:
    import_bundle(access=importer, content=bundle(patient(), observation()), source="test")
    document = orjson.loads(bundle(patient(), observation()))
    document["entry"][1]["request"] = {"method": "DELETE", "url": f"Observation/{fhir_id('hba1c')}"}

    result = import_bundle(access=importer, content=orjson.dumps(document), source="test")

    assert told(result) == (0, 0, 1, 1)
    assert Resource.objects.filter(type="Observation").count() == 1


@pytest.mark.requirement("S39")
@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", BundleNotJson),
        (b"\xff\xfe{}", BundleNotJson),
        (b"<Bundle/>", BundleNotJson),
        (bundle(patient())[:-20], BundleNotJson),
        (b'{"resourceType":"Bundle","type":"transaction","entry":[NaN]}', BundleNotJson),
        (b"[" * 100_000 + b"]" * 100_000, BundleNotJson),
        (b"[" * 400 + b"]" * 400, BundleTooDeep),
        (b'{"a":' * 60 + b"1" + b"}" * 60, BundleTooDeep),
        (rb'{"resourceType":"Bundle","type":"transaction","entry":["\ud800"]}', BundleNotJson),
        (b"[]", NotABundle),
        (b'"Bundle"', NotABundle),
        (b"null", NotABundle),
        (b'{"resourceType":"Bundle","type":"searchset","entry":[]}', NotABundle),
        (b'{"resourceType":"Bundle","type":["transaction"],"entry":[]}', NotABundle),
        (b'{"resourceType":"Bundle","type":"transaction","entry":{}}', NotABundle),
        (gzip.compress(bundle(patient()), mtime=0)[:-4], BundleDamaged),
        (gzip.compress(bundle(patient()), mtime=0)[:40], BundleDamaged),
        (gzip.compress(bundle(patient()), mtime=0) + b"more", BundleDamaged),
        (b"\x1f\x8b" + b"\x00" * 50, BundleDamaged),
    ],
)
def test_a_hostile_or_broken_file_is_refused_as_a_whole(
    importer: Access, content: bytes, refusal: type[BundleRefused]
) -> None:
    before = everything()

    with pytest.raises(refusal):
        import_bundle(access=importer, content=content, source="test", name="x.json")

    assert everything() == before
    assert list(ImportEntry.objects.values_list("state", "reason")) == [("refused", refusal.code)]


@pytest.mark.requirement("S40")
def test_a_decompression_bomb_is_stopped_before_it_grows(importer: Access) -> None:
    bomb = gzip.compress(b" " * (bundles.MAXIMUM_BYTES + 1024 * 1024), mtime=0)
    assert len(bomb) < 100_000

    with pytest.raises(BundleTooLarge):
        import_bundle(access=importer, content=bomb, source="test")


def test_an_oversized_plain_file_is_refused(importer: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BundleTooLarge):
        import_bundle(access=importer, content=b" " * (bundles.MAXIMUM_BYTES + 1), source="test")


@pytest.mark.requirement("S40")
@pytest.mark.parametrize("value", [b"{}", b"[]", b"1", b"1.10", b'""'])
def test_a_file_of_nothing_but_tiny_values_is_refused_before_it_fills_the_memory(
    importer: Access, value: bytes
) -> None:
    many = b",".join([value] * (bundles.MAXIMUM_VALUES + 1))
    content = b'{"resourceType":"Bundle","type":"transaction","entry":[{"resource":[' + many + b"]}]}"
    tracemalloc.start()
    try:
        with pytest.raises(BundleTooLarge):
            import_bundle(access=importer, content=content, source="test")
        assert tracemalloc.get_traced_memory()[1] < 10 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_too_many_entries_are_refused(importer: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAXIMUM_ENTRIES", 2)

    with pytest.raises(BundleTooLarge):
        import_bundle(access=importer, content=bundle(patient(), observation(), condition()), source="test")


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


def test_folders_and_compressed_files_are_found_and_others_are_left_alone(importer: Access, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.json").write_bytes(bundle(patient("a")))
    (tmp_path / "b.JSON.GZ").write_bytes(gzip.compress(bundle(patient("b")), mtime=0))
    (tmp_path / "readme.txt").write_text("not for import")

    summary = import_paths(access=importer, paths=[tmp_path], source="test")

    assert (summary.files, summary.created) == (2, 2)


def test_paths_without_files_are_refused(importer: Access, tmp_path: Path) -> None:
    with pytest.raises(NothingToImport):
        import_paths(access=importer, paths=[tmp_path, tmp_path / "missing.json"], source="test")
    assert ImportRun.objects.count() == 0


def test_a_stopped_run_goes_on_where_it_was(importer: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        (tmp_path / f"{number}.json").write_bytes(bundle(patient(f"p{number}")))
    whole = importing.import_bundle
    power = iter([True, True])

    def until_the_power_fails(**arguments: Any) -> BundleResult:
        if not next(power, False):
            raise KeyboardInterrupt
        return whole(**arguments)

    monkeypatch.setattr(importing, "import_bundle", until_the_power_fails)
    with pytest.raises(KeyboardInterrupt):
        import_paths(access=importer, paths=[tmp_path], source="test")
    assert (Patient.objects.count(), ImportRun.objects.get().state) == (2, "running")
    monkeypatch.setattr(importing, "import_bundle", whole)
    seen: list[ImportProgress] = []

    summary = import_paths(access=importer, paths=[tmp_path], source="test", progress=seen.append)

    assert (summary.skipped, summary.files, summary.created) == (2, 3, 3)
    assert [(one.done, one.total) for one in seen] == [(3, 5), (4, 5), (5, 5)]
    run = ImportRun.objects.get()
    assert (run.state, run.total, run.entries.count()) == ("finished", 5, 5)


def test_names_that_nobody_can_print_and_files_that_cannot_be_read_do_not_stop_the_run(
    importer: Access, tmp_path: Path
) -> None:
    (tmp_path / "a\nb\x1b[31m.json").write_bytes(b"x")
    (tmp_path / os.fsdecode(b"c\xff.json")).write_bytes(b"x")
    (tmp_path / "mem.json").symlink_to("/proc/self/mem")
    (tmp_path / "z.json").write_bytes(bundle(patient()))

    summary = import_paths(access=importer, paths=[tmp_path], source="test")

    assert [(result.name, result.reason) for result in summary.results] == [
        ("a\\nb\\x1b[31m.json", "not_json"),
        ("c\\udcff.json", "not_json"),
        ("mem.json", "unreadable"),
    ]
    assert summary.created == 1


def test_a_refused_file_does_not_stop_the_run(importer: Access, tmp_path: Path) -> None:
    (tmp_path / "1.json").write_bytes(b"{")
    (tmp_path / "2.json").write_bytes(bundle(patient(gender="femenino")))
    (tmp_path / "3.json").write_bytes(bundle(patient("ben")))

    summary = import_paths(access=importer, paths=[tmp_path], source="test")

    assert (summary.files, summary.created) == (3, 1)
    assert [(one.name, one.reason) for one in summary.results] == [("1.json", "not_json"), ("2.json", "bad_patient")]
    assert summary.results[1].refusals[0].problems[0].path == "Patient.gender"


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
    assert orjson.loads(line.detail) == {"source": "lab", "created": 2, "updated": 0, "unchanged": 0, "refused": 1}
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
