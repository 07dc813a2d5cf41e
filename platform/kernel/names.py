"""Names of hospitals, networks, roles and people, as they may be written: what is read can be trusted."""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

from kernel.errors import DomainError

# Joiners that Persian and the scripts of India spell with. Every other sign of format is unseen or turns text around.
_SPELLED_WITH = "\u200c\u200d"
# Letters to the standard that show nothing: the fillers of Hangul.
_UNSEEN_LETTERS = "\u115f\u1160\u3164\uffa0"
# Alphabets with letters that look alike, by the first word of their letters' names.
_ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK"})
# Control, format, private use, surrogate, and what is no character.
_REFUSED = ("Cc", "Cf", "Co", "Cs", "Cn")


class NameUnreadable(DomainError):
    message = _("Write a name with letters that everybody can see, without hidden signs.")
    code = "name-unreadable"


def readable_name(name: str, longest: int) -> str:
    """``name`` with single spaces and at most ``longest`` characters. Raises NameUnreadable for one without a letter
    that can be seen, or with signs that cannot, such as those that turn the direction of text around."""
    words = " ".join(name.split())[:longest]
    kinds = [
        "Cf" if sign in _UNSEEN_LETTERS else unicodedata.category(sign) for sign in words if sign not in _SPELLED_WITH
    ]
    if not any(kind.startswith("L") for kind in kinds) or any(kind in _REFUSED for kind in kinds):
        raise NameUnreadable
    return words


class AlphabetsMixed(NameUnreadable):
    message = _("Write each word with letters of one alphabet.")
    code = "alphabets-mixed"


def require_one_alphabet(name: str) -> None:
    """Raise AlphabetsMixed for a word with letters of two alphabets that look alike: it only seems to be another."""
    signs = (sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) not in ("Cf", "Mn"))
    for word in re.findall(r"[^\W\d_]+", "".join(signs)):
        if len(_ALIKE.intersection(unicodedata.name(sign, "").partition(" ")[0] for sign in word)) > 1:
            raise AlphabetsMixed


def as_heard(name: str) -> str:
    """What two names that people take for the same one have in common."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", name).casefold() if sign.isalnum())
