"""Files that spreadsheets open."""

import pytest

from kernel.exports import csv_file, csv_text, safe_cell


@pytest.mark.requirement("S45")
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1"])
def test_a_cell_that_would_be_computed_begins_with_a_quote(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Ana", "1.5", "a=b", "", "مستشفى"])
def test_other_cells_stay_as_they_are(value: str) -> None:
    assert safe_cell(value) == value


def test_nothing_is_an_empty_cell() -> None:
    assert csv_text(["a", "b"], [(None, 3)]) == "a,b\r\n,3\r\n"


def test_a_file_is_marked_as_utf8_and_not_kept() -> None:
    response = csv_file("x.csv", ["a"], [("é",)])

    assert response.content.decode() == "\ufeffa\r\né\r\n"
    assert response["Content-Disposition"] == 'attachment; filename="x.csv"'
    assert response["Cache-Control"] == "no-store"
