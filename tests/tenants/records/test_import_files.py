"""Importing files and folders: the sample patients, stopped runs, and what is told of each file."""

import gzip
import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from kernel.audit.models import AuditEntry
from kernel.permissions import Access, NotPermitted, anonymous_access
from tenants.people.models import Patient
from tenants.records.models import (
    ImportEntry,
    ImportRun,
    Resource,
    UnresolvedReference,
)
from tenants.records.outcomes import BundleResult, ImportProgress
from tenants.records.services import importing
from tenants.records.services.importing import NothingToImport, import_paths, rehearse_paths
from tests.tenants.records.conftest import read
from tests.tenants.records.samples import (
    bundle,
    fhir_id,
    observation,
    patient,
)
from tests.tenants.records.stored import everything

pytestmark = pytest.mark.usefixtures("in_northfield")


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
    assert (summary.refused_files, summary.refused, summary.results) == (0, 0, [])
    run = ImportRun.objects.get()
    assert (run.state, run.total, run.entries.count()) == ("finished", 5, 5)


def test_what_a_stopped_run_refused_is_told_when_it_goes_on(
    importer: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "1.json").write_bytes(b"{")
    (tmp_path / "2.json").write_bytes(bundle(patient(), observation(status="done")))
    link = [{"other": {"reference": f"Patient/{fhir_id('ben')}"}, "type": "replaced-by"}]
    (tmp_path / "3.json").write_bytes(bundle(patient("cleo", link=link), patient("ben", birthDate="1981-02-28")))
    for name in ("4.json", "5.json"):
        (tmp_path / name).write_bytes(bundle(patient(name)))
    whole = importing.import_bundle
    power = iter([True, True, True, True])

    def until_the_power_fails(**arguments: Any) -> BundleResult:
        if not next(power, False):
            raise KeyboardInterrupt
        return whole(**arguments)

    monkeypatch.setattr(importing, "import_bundle", until_the_power_fails)
    with pytest.raises(KeyboardInterrupt):
        import_paths(access=importer, paths=[tmp_path], source="test")
    monkeypatch.setattr(importing, "import_bundle", whole)

    summary = import_paths(access=importer, paths=[tmp_path], source="test")

    assert (summary.skipped, summary.files, summary.created) == (4, 1, 1)
    assert (summary.refused_files, summary.refused, summary.held) == (1, 1, 1)
    assert [(one.name, one.reason) for one in summary.results] == [
        (f"{tmp_path}/1.json", "not_json"),
        (f"{tmp_path}/2.json", ""),
        (f"{tmp_path}/3.json", ""),
    ]
    assert summary.results[1].refusals[0].problems[0].path == "Observation.status"


def test_names_that_nobody_can_print_and_files_that_cannot_be_read_do_not_stop_the_run(
    importer: Access, tmp_path: Path
) -> None:
    (tmp_path / "a\nb\x1b[31m.json").write_bytes(b"x")
    (tmp_path / os.fsdecode(b"c\xff.json")).write_bytes(b"x")
    (tmp_path / "mem.json").symlink_to("/proc/self/mem")
    (tmp_path / "z.json").write_bytes(bundle(patient()))

    summary = import_paths(access=importer, paths=[tmp_path], source="test")

    assert [(result.name, result.reason) for result in summary.results] == [
        (f"{tmp_path}/a\\nb\\x1b[31m.json", "not_json"),
        (f"{tmp_path}/c\\udcff.json", "not_json"),
        (f"{tmp_path}/mem.json", "unreadable"),
    ]
    assert summary.created == 1
    lines = AuditEntry.objects.filter(action="records.import_refused").order_by("pk")
    assert [line.target_id for line in lines] == [
        str(key)
        for key in ImportEntry.objects.filter(state="refused").order_by("position").values_list("pk", flat=True)
    ]
    assert [orjson.loads(line.detail)["reason"] for line in lines] == ["not_json", "not_json", "unreadable"]


def test_refused_files_and_refused_resources_are_counted_apart(importer: Access, tmp_path: Path) -> None:
    for folder in ("monday", "tuesday"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.json").write_bytes(b"{")
    (tmp_path / "2.json").write_bytes(bundle(patient(gender="femenino")))
    (tmp_path / "3.json").write_bytes(bundle(patient("ben"), observation(about="ben", status="done")))

    summary = import_paths(access=importer, paths=[tmp_path], source="test")

    assert (summary.files, summary.refused_files, summary.created, summary.refused) == (4, 3, 1, 2)
    assert [(one.name, one.reason, [refusal.entry for refusal in one.refusals]) for one in summary.results] == [
        (f"{tmp_path}/2.json", "bad_patient", [0]),
        (f"{tmp_path}/3.json", "", [1]),
        (f"{tmp_path}/monday/1.json", "not_json", []),
        (f"{tmp_path}/tuesday/1.json", "not_json", []),
    ]
    assert summary.results[0].refusals[0].problems[0].path == "Patient.gender"
    assert summary.results[1].refusals[0].problems[0].path == "Observation.status"


def test_a_rehearsal_says_what_an_import_would_do_and_keeps_nothing(
    importer: Access, synthea: list[Path], tmp_path: Path
) -> None:
    import_paths(access=importer, paths=synthea[:1], source="synthea")
    (tmp_path / "broken.json").write_bytes(b'{"half')
    (tmp_path / "partly.json").write_bytes(bundle(patient("p"), {"resourceType": "Observation", "id": "o"}))
    before = [everything(), *(kind.objects.count() for kind in (ImportRun, ImportEntry, Patient, AuditEntry))]

    told: list[int] = []
    summary = rehearse_paths(
        access=importer, paths=[*synthea[:2], tmp_path], source="synthea", progress=lambda at: told.append(at.done)
    )

    assert [everything(), *(kind.objects.count() for kind in (ImportRun, ImportEntry, Patient, AuditEntry))] == before
    assert told == [1, 2, 3, 4]
    assert [(result.name, result.reason, len(result.refusals)) for result in summary.results] == [
        (f"{tmp_path}/broken.json", "not_json", 0),
        (f"{tmp_path}/partly.json", "", 1),
    ]
    assert summary.results[1].refusals[0].entry == 1
    real = import_paths(access=importer, paths=[*synthea[:2], tmp_path], source="synthea")
    assert (summary.files, summary.created, summary.updated, summary.unchanged, summary.refused) == (
        real.files, real.created, real.updated, real.unchanged, real.refused,
    )  # fmt: skip
    assert summary.created > 100


def test_who_may_not_import_may_not_rehearse(tmp_path: Path) -> None:
    with pytest.raises(NotPermitted):
        rehearse_paths(access=anonymous_access(), paths=[tmp_path], source="file")
