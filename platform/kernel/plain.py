"""Texts that come from elsewhere, as they may be shown: without signs that nobody sees and that change what is read.

What is typed here is judged instead (names.py); what other systems send is stored as it came and read through this.
"""

import re
from typing import Any

# Control characters but for tab and the ends of lines, which are all that FHIR R4 allows in a string below 32; the
# overrides, embeddings and isolates of direction (Unicode TR 36, "Bidirectional Text Spoofing"); marks of byte order.
# Joiners and the marks of direction stay: Persian, Arabic and Hebrew are spelt with them.
_CONTROL = (*range(9), 11, 12, *range(14, 32), *range(127, 160))
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)
# A control character may have stood between two words; the others stand between letters.
HIDDEN: dict[int, str] = dict.fromkeys(_CONTROL, " ") | dict.fromkeys(_TURNING, "")
# The same as JSON in UTF-8 has them: most documents have none, and need not be walked through.
_HIDDEN_IN_JSON = re.compile(
    rb"\\u00[01]|\\[bf]|\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf"
)


def plain_text(text: str) -> str:
    """``text`` with spaces for control characters, and nothing for signs that turn the direction of text around."""
    return text.translate(HIDDEN)


def plain_line(text: str) -> str:
    """``plain_text`` in one line, with single spaces: a name, a number."""
    return " ".join(plain_text(text).split())


def may_hide(content: bytes) -> bool:
    """Whether this JSON may have hidden signs in its texts."""
    return _HIDDEN_IN_JSON.search(content) is not None


def plain_document(document: Any) -> Any:
    """JSON with all its texts as ``plain_text``. Its depth is bounded by whoever read it."""
    if isinstance(document, str):
        return plain_text(document)
    if isinstance(document, dict):
        return {name: plain_document(value) for name, value in document.items()}
    if isinstance(document, list):
        return [plain_document(value) for value in document]
    return document
