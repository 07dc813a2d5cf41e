"""What ``portico import fhir`` refuses before it touches anything."""

from pathlib import Path

import pytest

from config.cli import USAGE, run
from config.cli.import_ import _as_json, _print
from tenants.people.merges import Obstacle
from tenants.records.entries import Refusal
from tenants.records.outcomes import BundleResult, ImportSummary
from tenants.records.validation import Fault, Problem


@pytest.mark.parametrize("source", ["x" * 65, "", " ", "a\nb"])
def test_a_source_that_cannot_be_stored_is_refused_with_a_sentence(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["import", "fhir", str(tmp_path), "--hospital", "northfield", "--source", source])

    assert code == USAGE
    assert "'--source': is a name of 1 to 64 characters" in capsys.readouterr().err


def test_refused_entries_are_counted_from_one_and_told_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """By a program's answer as well: one that looks the entry up must find what the person reads."""
    summary = ImportSummary()
    problem = Problem("Observation.status", Fault.MISSING)
    summary.add(BundleResult("a.json", refusals=(Refusal(0, "Observation", (problem,)),)))

    _print(summary)

    told = "a.json: entry 1 (Observation): Observation.status: A required element is missing. (missing)"
    assert capsys.readouterr().out.splitlines()[0] == told
    assert _as_json(summary)["results"][0]["refusals"] == [
        {"entry": 1, "type": "Observation", "problems": [{"path": "Observation.status", "fault": "missing"}]}
    ]


@pytest.mark.parametrize("obstacle", Obstacle)
def test_a_held_merge_is_no_refused_resource(obstacle: Obstacle, capsys: pytest.CaptureFixture[str]) -> None:
    summary = ImportSummary()
    held = Refusal(1, "Patient", (Problem("Patient.link", Fault(obstacle)),))
    summary.add(BundleResult("a.json", created=2, refusals=(held,)))
    summary.add(BundleResult("b.json", refusals=(held,), reason="identifier_taken"))

    _print(summary)

    assert capsys.readouterr().out.splitlines()[-2:] == [
        "Resources: 2 created, 0 updated, 0 unchanged, 1 refused.",
        "Merges of two patients: 1 held. Somebody has to look whether they are one.",
    ]
    assert (_as_json(summary)["held"], _as_json(summary)["refused"]) == (1, 1)
