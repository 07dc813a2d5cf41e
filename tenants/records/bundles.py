"""Turning the bytes of a file into a bundle, refusing everything that is hostile, broken or not a bundle.

Nothing here knows the database. Numbers keep the digits they were written with (FHIR R4, decimal: precision matters),
so a value of 7.10 is served as 7.10.
"""

import codecs
import gzip
import json
import re
import zlib
from decimal import Decimal
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from kernel.errors import DomainError
from kernel.nesting import depth_exceeds

MAXIMUM_BYTES = 64 * 1024 * 1024
MAXIMUM_ENTRIES = 50_000
MAXIMUM_DEPTH = 48
# Values in a document, as its commas and brackets count them. Real records have one in 23 bytes; 64 MB of nothing but
# empty objects would take 2 GB of memory before their number could be looked at.
MAXIMUM_VALUES = 4_000_000

GZIP_MAGIC = b"\x1f\x8b"
# A number with a fraction or an exponent, outside of a string as far as a regular expression can tell:
# a false find inside a sentence only costs time.
FRACTION = re.compile(rb"[:\[,]\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?=\s*[,}\]])")


class BundleRefused(DomainError):
    """The file as a whole is not taken. ``code`` is stable, ``message`` is for people."""

    code = "refused"
    message = _("This file cannot be imported.")


class BundleTooLarge(BundleRefused):
    """More bytes or entries than one transaction should carry."""

    code = "too_large"
    message = _("This file is too large. A bundle may have at most 64 MB after unpacking and 50,000 entries.")


class BundleUnreadable(BundleRefused):
    """The system does not let us read the file."""

    code = "unreadable"
    message = _("This file cannot be read. Check its permissions.")


class BundleDamaged(BundleRefused):
    """The compressed file ends early or its checksum is wrong."""

    code = "damaged"
    message = _("This compressed file is damaged or cut off.")


class BundleNotUtf8(BundleRefused):
    """Text in another encoding (RFC 8259, 8.1: JSON between systems is UTF-8)."""

    code = "not_utf8"
    message = _("This file is not UTF-8. Save it as UTF-8, and import it again.")


class BundleNotJson(BundleRefused):
    """Not JSON, or cut off."""

    code = "not_json"
    message = _("This file is not valid JSON, or it is cut off.")


class BundleTooDeep(BundleRefused):
    """Nested deeper than any real record."""

    code = "too_deep"
    message = _("This file is nested too deeply.")


class NotABundle(BundleRefused):
    """JSON, but not a FHIR bundle that can be imported."""

    code = "not_a_bundle"
    message = _("This file is not a FHIR R4 bundle of the type transaction, batch or collection.")


def unpack(content: bytes, limit: int = MAXIMUM_BYTES) -> bytes:
    """The plain bytes of a file that may be gzip, never more than ``limit`` of them in memory.

    Raises BundleTooLarge before a decompression bomb has grown, BundleDamaged for a broken archive.
    """
    if not content.startswith(GZIP_MAGIC):
        if len(content) > limit:
            raise BundleTooLarge
        return content
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = inflater.decompress(content, limit + 1)
    except zlib.error as error:
        raise BundleDamaged from error
    if len(plain) > limit:
        raise BundleTooLarge
    if not inflater.eof or inflater.unused_data:
        raise BundleDamaged
    return plain


def pack(content: bytes) -> bytes:
    """Gzip with a fixed time, so that the same content gives the same bytes."""
    return gzip.compress(content, mtime=0)


def read_bundle(content: bytes, limit: int = MAXIMUM_BYTES) -> dict[str, Any]:
    """Read a ``.json`` or ``.json.gz`` file as a bundle whose ``entry`` is a list.

    Raises a BundleRefused that says why not. Entries themselves are not judged here.
    """
    # RFC 8259, 8.1: a parser may ignore a byte order mark. Editors and exports of Windows write it.
    document = read_json(unpack(content, limit).removeprefix(codecs.BOM_UTF8))
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        raise NotABundle
    if document.get("type") not in ("transaction", "batch", "collection"):
        raise NotABundle
    entries = document.get("entry", [])
    if not isinstance(entries, list):
        raise NotABundle
    if len(entries) > MAXIMUM_ENTRIES:
        raise BundleTooLarge
    return document


def read_json(content: bytes) -> Any:
    """Read JSON exactly: numbers that a float would respell come back as Decimal.

    Raises BundleNotUtf8, BundleNotJson, BundleTooDeep, BundleTooLarge.
    """
    if sum(content.count(sign) for sign in (b",", b"[", b"{")) > MAXIMUM_VALUES:
        raise BundleTooLarge
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        # orjson has a limit of its own, far beyond ours, and tells it in words only.
        if "depth limit" in str(error):
            raise BundleTooDeep from error
        raise (BundleNotJson if _is_utf8(content) else BundleNotUtf8) from error
    if depth_exceeds(document, MAXIMUM_DEPTH):
        raise BundleTooDeep
    if any(_respelled(match.group(1)) for match in FRACTION.finditer(content)):
        return json.loads(content, parse_float=Decimal, parse_int=_integer)
    return document


def _is_utf8(content: bytes) -> bool:
    """Whether this is text in UTF-8, or the beginning of such text; no JSON has the NUL bytes of UTF-16 and UTF-32."""
    if b"\0" in content[:4]:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return False
    return True


def write_json(document: Any, *, sort_keys: bool = False) -> bytes:
    """The bytes that are stored and served. ``sort_keys`` gives the canonical form used to compare."""
    return orjson.dumps(document, default=_write_decimal, option=orjson.OPT_SORT_KEYS if sort_keys else 0)


def _write_decimal(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)


def _integer(number: str) -> int | Decimal:
    return int(number) if len(number) <= 18 else Decimal(number)


def _respelled(number: bytes) -> bool:
    """Whether a float would write this number with other characters."""
    if b"." not in number and b"e" not in number and b"E" not in number:
        # orjson reads integers of 64 bits as integers and larger ones as floats.
        return len(number) > 18
    return repr(float(number)).encode() != number


def reason_in_words(code: str) -> str:
    """The sentence of a refusal's code; empty for a code that is none."""
    kinds: list[type[BundleRefused]] = [BundleRefused, *BundleRefused.__subclasses__()]
    return next((str(kind.message) for kind in kinds if kind.code == code), "")
