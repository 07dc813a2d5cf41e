"""The one digit pass: whatever was formatted with Latin digits is rewritten in the reader's digits.

Babel never writes native digits (it gives Arabic separators with Latin digits), so text is formatted first and passed
through here last, on pages and in charts alike.
"""

import re
from typing import Literal

Digits = Literal["latn", "arab", "arabext", "deva"]

_ROWS: dict[str, str] = {"arab": "٠١٢٣٤٥٦٧٨٩", "arabext": "۰۱۲۳۴۵۶۷۸۹", "deva": "०१२३४५६७८९"}
_TABLES = {system: str.maketrans("0123456789", row) for system, row in _ROWS.items()}
_NUMBER = re.compile(r"\d[\d.,]*\s?%?")


def write_digits(text: str, system: str) -> str:
    """``text`` with its Latin digits written in ``system``; separators stay. An unknown system is ``latn``."""
    table = _TABLES.get(system)
    return text.translate(table) if table else text


def write_number(text: str, system: str) -> str:
    """Like ``write_digits``, and the decimal point, thousands comma and percent sign of a number follow the digits.

    For measured values only: never for versions, codes or telephone numbers, whose points are no decimal points.
    """
    if system not in {"arab", "arabext"}:
        return write_digits(text, system)

    def rewrite(match: re.Match[str]) -> str:
        number = match.group().replace(" %", "%")
        number = re.sub(r"(?<=\d),(?=\d{3})", "٬", number)
        number = re.sub(r"(?<=\d)\.(?=\d)", "٫", number)
        return write_digits(number.replace("%", "٪"), system)

    return _NUMBER.sub(rewrite, text)
