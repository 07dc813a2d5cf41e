"""What ``portico import fhir`` refuses before it touches anything."""

from pathlib import Path

import pytest

from config.cli import USAGE, run
from config.cli.import_ import _print
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
    summary = ImportSummary()
    problem = Problem("Observation.status", Fault.MISSING)
    summary.add(BundleResult("a.json", refusals=(Refusal(0, "Observation", (problem,)),)))

    _print(summary)

    told = "a.json: entry 1 (Observation): Observation.status: A required element is missing. (missing)"
    assert capsys.readouterr().out.splitlines()[0] == told
