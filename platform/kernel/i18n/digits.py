"""The digit pass: what was written with Latin digits is rewritten in the reader's own, last and once.

Babel never writes native digits: its "default" numbering gives Arabic separators with Latin digits.
"""

_ROWS = {
    "arab": "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669",
    "arabext": "\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9",
    "deva": "\u0966\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f",
}
_TABLES = {system: str.maketrans("0123456789", row) for system, row in _ROWS.items()}
# Languages that are written with these digits; a hospital's choice applies to them only, so that its English pages
# keep Latin digits.
_LANGUAGES = {"arab": ("ar",), "arabext": ("fa", "ur"), "deva": ("hi", "mr", "ne")}
_SEPARATORS = str.maketrans({".": "\u066b", ",": "\u066c", "%": "\u066a"})
_TO_LATIN = str.maketrans({digit: str(value) for row in _ROWS.values() for value, digit in enumerate(row)})


def digits_for(language: str, wanted: str) -> str:
    """The digit system of a page: what the hospital wants where the language is written with it, else ``latn``."""
    return wanted if language.split("-")[0] in _LANGUAGES.get(wanted, ()) else "latn"


def write_digits(text: str, system: str) -> str:
    """``text`` with its Latin digits written in ``system``. Separators stay: it may be a date or a telephone number."""
    table = _TABLES.get(system)
    return text.translate(table) if table else text


def write_number(text: str, system: str) -> str:
    """One number, formatted with Latin digits, in ``system`` with that system's decimal and group separators."""
    if system in {"arab", "arabext"}:
        text = text.translate(_SEPARATORS)
    return write_digits(text, system)


def read_digits(text: str) -> str:
    """What somebody typed, with any script's digits as Latin ones."""
    return text.translate(_TO_LATIN)
