"""Tables as files that a spreadsheet opens, without giving its contents a chance to become formulas (S45)."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

# More rows than this are not one page's business; the person is told to narrow the search.
MOST_ROWS = 10_000
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(value: object) -> str:
    """``value`` as text that no spreadsheet computes: a leading ``= + - @`` tab or return gets a quote before it.

    Spreadsheets skip spaces and line feeds before a formula, so these do not hide one here either.
    """
    text = "" if value is None else str(value)
    begins = text.lstrip(" \n\v\f")
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) or begins.startswith(_BEGINS_A_FORMULA) else text


def csv_text(heading: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A CSV of RFC 4180 with safe cells."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow([safe_cell(cell) for cell in heading])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def csv_file(name: str, heading: Sequence[object], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A download called ``name`` (plain ASCII, ends with .csv). The mark in front lets spreadsheets read UTF-8."""
    response = HttpResponse("\ufeff" + csv_text(heading, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
