"""Names of people: how they are shown, and the key under which any spelling of them is found.

Names, preferred name, pronouns, administrative gender and sex are separate facts. Some people have one name, some write
the family name first: nothing here assumes two parts or an order.
"""

import re
import unicodedata

# Letters that Unicode does not take apart into a letter and a mark.
_FOLDED = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ß": "ss",
        "ı": "i",
        # Arabic: people type alef, ya and ta marbuta in several ways for the same name.
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ـ": "",
        "ک": "ك",
        "ی": "ي",
    }
)
_NOT_LETTERS = re.compile(r"[^\w]+")
KEY_LENGTH = 200


def search_key(text: str) -> str:
    """The form in which names are compared: without case, accents, Arabic vowel signs and punctuation.

    ``search_key("José Núñez-O'Neill") == "jose nunez oneill"``. The same function makes the stored key and the key of
    what was typed, so no database function has to agree with it.
    """
    # Twice, because taking a letter apart may give a capital and folding may give a letter with a mark.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    plain = plain.translate(_FOLDED).replace("'", "").replace("\u2019", "").replace("_", " ")
    return _NOT_LETTERS.sub(" ", plain).strip()[:KEY_LENGTH].strip()


def written(given: str, family: str, *, family_first: bool = False) -> str:
    """A name as it is written in its own order; either part may be missing."""
    parts = (family, given) if family_first else (given, family)
    return " ".join(part for part in parts if part)


def digits(text: str) -> str:
    """Only the digits of a telephone or record number, in ASCII, so that differently grouped ones compare equal."""
    return "".join(str(unicodedata.digit(character)) for character in text if character.isdigit())


def number_key(number: str) -> str:
    """The last nine digits: the same telephone is written with and without its country's code."""
    return digits(number)[-9:]
