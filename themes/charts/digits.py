"""Numbers inside words: the digit pass of ``kernel.i18n`` for text that holds more than one number.

For measured values only: never for versions, codes or telephone numbers, whose points are no decimal points.
"""

import re

from kernel.i18n.digits import write_number

# What is isolated from left to right is a unit: its digits stay.
_NUMBER = re.compile(r"(?P<isolated>\u2066[^\u2066\u2069]{0,80}\u2069)|\d+(?:[.,]\d+)*%?")


def write_numbers(text: str, system: str) -> str:
    """``text`` with each of its numbers, written with Latin digits, in the digits and separators of ``system``."""
    return _NUMBER.sub(lambda match: match["isolated"] or write_number(match.group(), system), text)
