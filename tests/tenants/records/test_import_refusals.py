"""What an import does not take: single resources, whole bundles, hostile files."""

import codecs
import gzip
import tracemalloc
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from kernel.permissions import Access
from tenants.records import bundles
from tenants.records.bundles import (
    BundleDamaged,
    BundleNotJson,
    BundleNotUtf8,
    BundleRefused,
    BundleTooDeep,
    BundleTooLarge,
    NotABundle,
    pack,
)
from tenants.records.entries import BadPatient
from tenants.records.models import (
    ImportEntry,
    Resource,
)
from tenants.records.services.importing import PatientIdentifierTaken, import_bundle
from tests.tenants.records.samples import (
    bundle,
    condition,
    fhir_id,
    observation,
    patient,
    practitioner,
    without,
)
from tests.tenants.records.stored import everything, stored, told

pytestmark = pytest.mark.usefixtures("in_northfield")

OTHER_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1")


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
        import_bundle(access=importer, content=bundle(observation(about="ben"), thief), source="test")

    assert everything() == before
    kept = ImportEntry.objects.get(state="refused")
    assert [(one["entry"], one["type"]) for one in kept.refusals] == [(1, "Patient")]
    assert kept.refusals[0]["problems"] == [{"path": "Patient.identifier", "fault": "identifier_taken"}]


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
        *((bundle(patient()).decode().encode(other), BundleNotUtf8) for other in OTHER_ENCODINGS),
        *((pack(bundle(patient()).decode().encode(other)), BundleNotUtf8) for other in OTHER_ENCODINGS),
        # Cut off in the middle of a letter, and not in another encoding.
        (bundle(patient()).partition("ú".encode()[1:])[0], BundleNotJson),
        (b"\xef\xbb\xbf" * 2 + bundle(patient()), BundleNotJson),
        (b"<Bundle/>", BundleNotJson),
        (bundle(patient())[:-20], BundleNotJson),
        (b'{"resourceType":"Bundle","type":"transaction","entry":[NaN]}', BundleNotJson),
        (b"[" * 100_000 + b"]" * 100_000, BundleTooDeep),
        (b"[" * 400 + b"]" * 400, BundleTooDeep),
        (b'{"a":' * 60 + b"1" + b"}" * 60, BundleTooDeep),
        (b'{"a":' * 2000 + b"1" + b"}" * 2000, BundleTooDeep),
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


@pytest.mark.parametrize("written", [bytes, pack], ids=["plain", "gzip"])
def test_the_mark_that_windows_puts_before_utf_8_is_ignored(
    importer: Access, written: Callable[[bytes], bytes]
) -> None:
    content = codecs.BOM_UTF8 + bundle(patient(), observation()).replace(b'"value":6.9', b'"value":7.10')

    result = import_bundle(access=importer, content=written(content), source="test")

    assert told(result) == (2, 0, 0, 0)
    assert b'"value":7.10' in bytes(Resource.objects.get(type="Observation").content)


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
