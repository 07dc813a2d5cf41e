"""What may be a password, and checking one in the same time whether or not the account exists (S17, S18)."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache

from django.contrib.auth import hashers
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kernel.accounts.models import Account
from kernel.errors import DomainError
from kernel.i18n.formats import in_digits

SHORTEST_ALONE = 15
SHORTEST_WITH_FACTOR = 8
LONGEST = 256
# A remainder this short around a known word adds nothing.
_REMAINDER = 4
_SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
# Words of this house that a general list of common passwords does not hold, in the languages we ship.
_HOUSE_WORDS = frozenset(
    [
        "portico",
        "hospital",
        "patient",
        "paciente",
        "enfermera",
        "doctor",
        "doctora",
        "clinic",
        "clinica",
        "medical",
        "salud",
        "health",
        "nurse",
        "welcome",
        "bienvenido",
        "bienvenida",
        "contraseña",
        "contrasena",
        "clave",
        "password",
        "passphrase",
        "secret",
        "secreto",
        "changeme",
        "temporal",
        "مرحبا",
        "مستشفى",
        "مريض",
        "طبيب",
        "صحة",
        "كلمةالسر",
        "كلمةالمرور",
    ]
)
# Without those that are mistaken for others. No digits: where few letters are left, a password is refused.
LETTERS = "abcdefghjkmnpqrstuvwxyz"
_LOOKALIKES = str.maketrans("0134578@$!", "oleastbasi")


class PasswordRefused(DomainError):
    """The chosen password is too short or too well known; the sentence says which."""

    code = "password-refused"


def normalised(password: str) -> str:
    """The form in which passwords are compared: Unicode NFC, so that two keyboards write the same one."""
    return unicodedata.normalize("NFC", password)


@cache
def _common() -> frozenset[str]:
    """The 20,000 most common passwords that Django ships, and our own words."""
    return frozenset(CommonPasswordValidator().passwords) | _HOUSE_WORDS


def _parts(words: Iterable[str]) -> set[str]:
    """Words of names and addresses that a password must not be made of."""
    return {part for word in words for part in re.split(r"[\W_]+", word.casefold()) if len(part) > 2}


def _without(text: str, words: set[str]) -> int:
    """How many letters are left when all ``words`` are taken out of ``text``."""
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, " ")
    return sum(sign.isalpha() for sign in text)


def _is_sequence(text: str) -> bool:
    return any(text in line or text in line[::-1] for line in _SEQUENCES)


def _is_repetition(text: str) -> bool:
    """The same few characters again and again: ``abcabcabcabcabc``."""
    found = re.fullmatch(r"(.{1,8}?)\1+(.{0,7})", text)
    return found is not None and found[1].startswith(found[2])


def is_known(password: str, context: Iterable[str] = ()) -> bool:
    """Whether somebody who guesses would try ``password`` early: listed, a sequence, a repetition, or a known word
    with a few characters around it. ``context``: the hospital's name, the person's name, login and e-mail."""
    text = normalised(password).casefold()
    words = _parts(context)
    for form in (text, text.translate(_LOOKALIKES)):
        core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", form)
        if form in _common() or core in _common() or core in words or len(core) < _REMAINDER:
            return True
        if _without(form, words | _HOUSE_WORDS) < _REMAINDER:
            return True
        squeezed = re.sub(r"[\W_]+", "", form)
        if _is_sequence(squeezed) or _is_repetition(squeezed):
            return True
        half = core[: len(core) // 2]
        if len(core) % 2 == 0 and core == half * 2 and half in _common():
            return True
    return False


def either_length() -> str:
    """The rule of length for somebody whose second step is not known yet."""
    return in_digits(_("At least 15 characters, or 8 when you sign in with a second step."))


def require_good_password(password: str, *, shortest: int, context: Iterable[str] = ()) -> None:
    """Raise PasswordRefused for one shorter than ``shortest`` characters, longer than 256, or known.

    There are no rules of composition and no expiry (NIST SP 800-63B-4 section 3.1.1.2).
    """
    length = len(normalised(password))
    if length < shortest:
        sentence = ngettext(
            "Use at least %(count)d character. A few words that only you would put together work well.",
            "Use at least %(count)d characters. A few words that only you would put together work well.",
            shortest,
        )
        raise PasswordRefused(in_digits(sentence % {"count": shortest}))
    if length > LONGEST:
        raise PasswordRefused(in_digits(_("Use at most 256 characters.")))
    if is_known(password, context):
        raise PasswordRefused(
            _(
                "This password is too easy to guess: it is well known, or made of your name or the hospital's."
                " Choose another."
            )
        )


def random_password() -> str:
    """Four groups of five letters: about 90 bits, easy to type, and nothing that ``is_known``."""
    return "-".join("".join(secrets.choice(LETTERS) for _sign in range(5)) for _group in range(4))


def hashed(password: str) -> str:
    """How ``password`` is stored."""
    return hashers.make_password(normalised(password))


@cache
def _nobodys() -> str:
    """The hash that is checked when there is no account, so that the work is the same."""
    return hashers.make_password("nobody has this password")


def fits(account: Account | None, password: str) -> bool:
    """Whether ``password`` is the account's. Without one of them, False after equal work."""
    stored = account.password if account is not None else ""
    usable = bool(stored) and hashers.is_password_usable(stored)
    right = hashers.check_password(normalised(password)[: LONGEST + 1], stored if usable else _nobodys())
    return right and usable and account is not None
