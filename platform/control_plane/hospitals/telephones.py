"""The number that patients call, as it is typed."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from kernel.errors import DomainError

# E.164 has at most fifteen digits with the country's code; the shortest local numbers have three.
_MOST_DIGITS = 15
_FEWEST = {True: 8, False: 3}


class TelephoneUnusable(DomainError):
    message = _("Write a telephone number of digits, with or without the country's code, such as +34 900 555 014.")
    code = "telephone-unusable"


def telephone(text: str) -> str:
    """``text`` in Latin digits and single spaces, if somebody can call it. Raises TelephoneUnusable."""
    latin = "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text)
    number = " ".join(latin.split())
    digits, is_international = re.sub("[^0-9]", "", number), number.startswith("+")
    if not re.fullmatch(r"\+?[0-9 ()./-]+", number) or not _FEWEST[is_international] <= len(digits) <= _MOST_DIGITS:
        raise TelephoneUnusable
    if is_international and digits.startswith("0"):
        raise TelephoneUnusable
    return number
