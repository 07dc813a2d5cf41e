"""What ``portico import fhir`` refuses before it touches anything."""

from pathlib import Path

import pytest

from config.cli import USAGE, run


@pytest.mark.parametrize("source", ["x" * 65, "", " ", "a\nb"])
def test_a_source_that_cannot_be_stored_is_refused_with_a_sentence(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["import", "fhir", str(tmp_path), "--hospital", "northfield", "--source", source])

    assert code == USAGE
    assert "'--source': is a name of 1 to 64 characters" in capsys.readouterr().err
