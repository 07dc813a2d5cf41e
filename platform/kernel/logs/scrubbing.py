"""Take out of a log line, or of an error report, whatever could be about a person.

Code is expected to log ids; this is the net below it.
"""

import re
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

HIDDEN = "[hidden]"
# Words in the name of a value that make the value a secret or a fact about somebody.
_SENSITIVE = re.compile(
    r"passw|secret|token|cookie|authori[sz]ation|session|csrf|otp|recovery|private|signature|dsn|api_?key|keyring"
    r"|e_?mail|phone|mobile|birth|address_line|street|postcode|given|family|first_?name|last_?name|full_?name"
    r"|display_?name|patient_name|actor_name|login|diagnos|note|comment|message_text|body|payload|query|params|ssn|mrn",
    re.IGNORECASE,
)
# Bounded, so that a long line of hostile signs costs no more than its length; longer addresses do not exist.
_E_MAIL = re.compile(r"[^\s<>\"'(),;:=@]{1,320}@[^\s<>\"'(),;:=@.]{1,63}\.[^\s<>\"'(),;:=@]{1,255}")
# Telephone, record and social security numbers; ids of ours have letters beside their digits and stay.
_NUMBER = re.compile(r"(?<![\w.-])\+?\d(?:[ ./()-]{0,2}\d){6,}(?![\w-])")
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]*(?=@)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|“[^“”]*”|=\([^)]*\)")
# Keys that our own code fills with times and figures; their digits are what is wanted.
_PLAIN = frozenset({"timestamp", "level", "logger", "milliseconds", "status", "hash", "position", "entries", "attempt"})
_DEEPEST = 6


def scrubbed_text(text: str) -> str:
    """``text`` without e-mail addresses, credentials in addresses, and long numbers."""
    text = _CREDENTIALS.sub(HIDDEN, text)
    text = _E_MAIL.sub(HIDDEN, text)
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"\x00{len(kept) - 1}\x00"

    text = _NUMBER.sub(HIDDEN, _UUID.sub(keep, text))
    return re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found.group(1))], text)


def scrubbed(value: Any, depth: int = 0) -> Any:
    """A copy of ``value`` fit for a log."""
    if isinstance(value, str):
        return scrubbed_text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= _DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {str(key): scrubbed_entry(str(key), entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrubbed(entry, depth + 1) for entry in value]
    return scrubbed_text(str(value))


def scrubbed_entry(key: str, value: Any, depth: int = 0) -> Any:
    """``value`` as it may stand under ``key``."""
    if key in _PLAIN:
        return value
    return HIDDEN if _SENSITIVE.search(key) else scrubbed(value, depth)


def described_error(error: BaseException) -> str:
    """The kind of an error and the first line of what it says, without quoted values.

    Databases put the row into the further lines, and names into quotes.
    """
    first = str(error).partition("\n")[0][:200]
    said = scrubbed_text(_QUOTED.sub(HIDDEN, first))
    return f"{type(error).__qualname__}: {said}" if said else type(error).__qualname__


def described_trace(error: BaseException, trace: TracebackType | None) -> str:
    """Where an error came from: files, lines and functions, without source, values and messages of the way."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    because = [f"because of {described_error(cause)}"] if cause is not None else []
    return "\n".join([*places, described_error(error), *because])


def scrub(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor."""
    return {key: scrubbed_entry(key, value) for key, value in event.items()}
