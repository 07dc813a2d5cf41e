"""Texts that come from elsewhere, as they may be shown: without signs that nobody sees and that change what is read.

What is typed here is judged instead (names.py); what other systems send is stored as it came and read through this.
"""

import re
from typing import Any

# Control characters but for tab and the ends of lines, which are all that FHIR R4 allows in a string below 32; the
# overrides, embeddings and isolates of direction (Unicode TR 36, "Bidirectional Text Spoofing"); marks of byte order;
# what has no width and no meaning of its own, by which two texts that look the same differ (soft hyphens, tags).
# Joiners and the marks of direction stay: Persian, Arabic and Hebrew are spelt with them.
_CONTROL = (*range(9), 11, 12, *range(14, 32), *range(127, 160))
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_WIDTHLESS = (0xAD, 0x200B, *range(0x2060, 0x2065), 0xFEFF, *range(0xE0000, 0xE0080))
# A control character may have stood between two words; the others stand between letters.
HIDDEN: dict[int, str] = dict.fromkeys(_CONTROL, " ") | dict.fromkeys((*_TURNING, *_WIDTHLESS), "")
# The same as JSON in UTF-8 has them: most documents have none, and need not be walked through.
_HIDDEN_IN_JSON = re.compile(
    rb"\\u00[01]|\\[bf]|\x7f|\xc2[\x80-\x9f\xad]|\xe2\x80[\x8b\xaa-\xae]|\xe2\x81[\xa0-\xa4\xa6-\xa9]|\xef\xbb\xbf"
    rb"|\xf3\xa0[\x80\x81]"
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
