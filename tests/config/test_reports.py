"""What the isolation verb, the requirements report and the page of pictures make of what they read."""

import re
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from config.cli.isolation import read_report
from tests.requirements import TESTS, WANTED, identifiers, main, marks
from tests.screens import index

PRINTED = ".\nisolation: 12 attempts (7 as a stranger, 5 at a host)\n"


def cases(text: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(f"<all>{text}</all>").iter("testcase"))  # noqa: S314


def test_a_run_without_a_leak_is_counted() -> None:
    report = read_report(PRINTED, cases('<testcase name="one"/><testcase name="two"/>'))
    assert (report.attempts, report.kinds, report.tests) == (12, {"as a stranger": 7, "at a host": 5}, 2)
    assert (report.leaks, report.failed) == ([], [])


def test_leaks_and_other_deviations_are_told_apart() -> None:
    shown = "assert ['visits/ GET: shows Al-Waha', 'x: in, declared refused']"
    first = f'<testcase name="one"><failure message="wrong\nanswer">E  {shown}</failure>'
    second = "</testcase><testcase name='two'><error>E  'visits/ GET: shows Al-Waha',</error></testcase>"
    report = read_report(PRINTED, cases(first + second))
    assert report.leaks == ["visits/ GET: shows Al-Waha"]
    assert report.failed == ["one: wrong answer", "two: "]


def test_a_run_that_names_no_number_of_attempts_is_no_success() -> None:
    with pytest.raises(click.ClickException, match="did not say how many"):
        read_report("2 passed", cases('<testcase name="one"/>'))


def test_marks_are_read_from_tests_classes_and_modules(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_x.py").write_text(
        "import pytest\n"
        'pytestmark = [pytest.mark.browser, pytest.mark.requirement("S01")]\n'
        'class TestIt:\n    @pytest.mark.requirement("S02", "S03")\n    def test_a(self): ...\n'
        "def test_b(): ...\n"
    )
    assert marks(folder) == {
        "S01": ["tests/test_x.py::TestIt::test_a", "tests/test_x.py::test_b"],
        "S02": ["tests/test_x.py::TestIt::test_a"],
        "S03": ["tests/test_x.py::TestIt::test_a"],
    }


def test_a_requirement_without_a_test_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["S07", "S99"]) == 1
    printed = capsys.readouterr().out
    assert "| S99 | 0 | no test yet |" in printed
    assert printed.endswith("Without a test: S99\n")
    assert main(["seven"]) == 2


def test_the_foundation_names_thirty_requirements() -> None:
    assert len(WANTED) == 30
    assert (WANTED[0], WANTED[-1]) == ("S01", "S63")


def test_the_page_of_pictures_names_page_hospital_width_and_mode() -> None:
    page = index(["ar-najjar-my-day-390-contrast-dark.png"])
    assert "<h2>najjar-my-day: ar</h2>" in page
    assert 'src="ar-najjar-my-day-390-contrast-dark.png" alt="390 contrast dark"' in page


def test_every_requirement_of_the_foundation_has_a_test() -> None:
    borne = marks()
    assert [number for number in WANTED if not borne.get(number)] == []


def test_the_page_of_acceptance_names_tests_that_exist() -> None:
    page = (TESTS.parent / "docs" / "acceptance.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(tests/[^`]+::[^`]+)`", page))
    assert len(named) > 90
    assert named - identifiers() == set()


def test_the_readme_shows_pictures_that_are_there_and_light() -> None:
    readme = (TESTS.parent / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"\]\((docs/screens/[^)]+)\)", readme)
    assert len(pictures) >= 4
    assert [name for name in pictures if (TESTS.parent / name).stat().st_size >= 250_000] == []
