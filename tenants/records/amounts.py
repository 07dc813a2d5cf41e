"""Numbers with their units as readers know them."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext_lazy as _

from kernel.i18n import formats

PERCENT_IN_ARABIC = "\u066a"
_ANNOTATION = re.compile(r"\{[^{}]*\}")

# UCUM writes units for machines; readers know some of them by other signs.
_UNITS: Mapping[str, str | Promise] = {
    "mm[Hg]": "mmHg",
    "kg/m2": "kg/m²",
    "Cel": "°C",
    "[degF]": "°F",
    "1": "",
    "/min": _("per minute"),
    "[lb_av]": _("lb"),
    "[oz_av]": _("oz"),
    "[in_i]": _("in"),
    "[ft_i]": _("ft"),
    "[IU]/L": "IU/L",
    "[IU]/mL": "IU/mL",
    "k[IU]/L": "kIU/L",
    "m[IU]/L": "mIU/L",
    "m[IU]/mL": "mIU/mL",
    "u[IU]/mL": "µIU/mL",
    "ug/L": "µg/L",
    "ug/dL": "µg/dL",
    "ug/mL": "µg/mL",
    "umol/L": "µmol/L",
    "breaths/minute": _("breaths/minute"),
    "beats/minute": _("beats/minute"),
    "10*3/uL": "10³/µL",
    "10*6/uL": "10⁶/µL",
    "10*9/L": "10⁹/L",
    "10*12/L": "10¹²/L",
    "uL": "µL",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
}


def unit_words(unit: str) -> str:
    """A unit as it is printed: annotations in braces say what was counted and are left out."""
    if unit == "%":
        return PERCENT_IN_ARABIC if formats.reader_digits() == "arab" else "%"
    # A unit is a name: the 1.73 of "m²" stays as it is written everywhere.
    return str(_UNITS.get(unit, _ANNOTATION.sub("", unit)))


def with_unit(number: Decimal, words: str) -> str:
    """A number with its unit as readers write them: ``7.0%``, ``30 mg/g``. ``words`` may be empty."""
    if words in ("", "%", PERCENT_IN_ARABIC):
        return f"{formats.number(number)}{words}"
    return f"{formats.number(number)}\u00a0{left_to_right(words)}"


def left_to_right(words: str) -> str:
    """A unit kept in its order on pages that run the other way, unless its words are of such a script.

    Isolates are characters, as pictures and sentences cannot carry an element around a part of their words.
    """
    return f"\u2066{words}\u2069" if get_language_bidi() and not is_right_to_left(words) else words


def is_right_to_left(words: str) -> bool:
    """Whether there is a letter of a script that runs from right to left."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in words)
