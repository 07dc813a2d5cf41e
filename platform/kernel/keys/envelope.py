"""Encrypt and decrypt with the key of the hospital in context.

The additional data of each ciphertext names hospital, table, column and row, so that a value copied to another place
does not decrypt there. Plain keys live in the process for a few minutes and nowhere else.
"""

import hmac
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction

from kernel.tenancy.scope import current_scope

SECONDS_KEPT = 300.0
KEYS_KEPT = 2048
_FORMAT = b"\x01"
_NONCE = 12
_HEAD = len(_FORMAT) + 2 + _NONCE


class Undecryptable(Exception):
    """The value was not written here (another row, column, table or hospital), was changed, or its key is destroyed."""


class Purpose(StrEnum):
    """What a key is for. The trail's key survives when a hospital's data key is destroyed."""

    DATA = "data"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class PlainKey:
    """An unwrapped key and its number."""

    number: int
    secret: bytes


class _Kept:
    """Plain keys by schema, purpose and number; number 0 stands for the newest."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str, int], tuple[float, PlainKey]] = OrderedDict()
        self._unsettled: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def get(self, name: tuple[str, str, int]) -> PlainKey | None:
        with self._lock:
            entry = self._entries.get(name)
            if entry is None or entry[0] < time.monotonic():
                return None
            self._entries.move_to_end(name)
            return entry[1]

    def put(self, name: tuple[str, str, int], key: PlainKey) -> None:
        with self._lock:
            self._entries[name] = (time.monotonic() + SECONDS_KEPT, key)
            while len(self._entries) > KEYS_KEPT:
                self._entries.popitem(last=False)

    def made(self, schema_name: str, purpose: str) -> None:
        """A key was written by a transaction that may still be rolled back."""
        with self._lock:
            self._unsettled.add((schema_name, purpose))
        transaction.on_commit(lambda: self._settle(schema_name, purpose))

    def _settle(self, schema_name: str, purpose: str) -> None:
        with self._lock:
            self._unsettled.discard((schema_name, purpose))

    def is_settled(self, schema_name: str, purpose: str) -> bool:
        """Whether the keys of that purpose that this process made are there to stay."""
        with self._lock:
            return (schema_name, purpose) not in self._unsettled

    def forget(self, schema_name: str | None = None) -> None:
        with self._lock:
            for name in [name for name in self._entries if schema_name in (None, name[0])]:
                del self._entries[name]


kept = _Kept()


def owner_of_scope() -> str:
    """Whose data is in context, as text that never changes: the hospital's id, or ``shared``. Raises NoScope."""
    scope = current_scope()
    return str(scope.hospital.id) if scope.hospital is not None else scope.schema_name


def plain_key(purpose: Purpose, number: int = 0) -> PlainKey:
    """The key ``number`` of the scope in context, 0 for the newest; the first one is made when there is none."""
    from kernel.keys import services

    schema_name = current_scope().schema_name
    name = (schema_name, purpose.value, number)
    found = kept.get(name)
    if found is None:
        found = services.load_key(purpose, number)
        if kept.is_settled(schema_name, purpose.value):
            kept.put(name, found)
        else:
            # After commit only: a key made in a transaction that is rolled back must not encrypt anything afterwards.
            transaction.on_commit(lambda: kept.put(name, found))
    return found


def derived_key(purpose: Purpose, use: str) -> bytes:
    """32 bytes that belong to one use (such as ``audit-rows``) of the hospital in context: HKDF-Expand of RFC 5869."""
    return hmac.digest(plain_key(purpose).secret, f"portico:{use}\x01".encode(), "sha256")


def _place(number: int, table: str, column: str, row: object) -> bytes:
    parts = (str(number), owner_of_scope(), table, column, str(row))
    return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)


def encrypt(plain: str | bytes, *, table: str, column: str, row: object) -> bytes:
    """``plain`` under the hospital's newest data key, bound to its place. ``row`` is the row's primary key."""
    key = plain_key(Purpose.DATA)
    nonce = os.urandom(_NONCE)
    text = plain.encode() if isinstance(plain, str) else plain
    sealed = AESGCM(key.secret).encrypt(nonce, text, _place(key.number, table, column, row))
    return _FORMAT + key.number.to_bytes(2, "big") + nonce + sealed


def key_number(sealed: bytes) -> int:
    """The number of the key that encrypted ``sealed``. Raises Undecryptable for what is no ciphertext of ours."""
    if len(sealed) < _HEAD or sealed[:1] != _FORMAT:
        raise Undecryptable("this is not an encrypted value")
    number = int.from_bytes(sealed[1:3], "big")
    if not number:
        raise Undecryptable("this is not an encrypted value")
    return number


def decrypt(sealed: bytes, *, table: str, column: str, row: object) -> bytes:
    """The plain bytes that ``encrypt`` was given at the same place. Raises Undecryptable."""
    key = plain_key(Purpose.DATA, key_number(sealed))
    try:
        return AESGCM(key.secret).decrypt(
            sealed[3:_HEAD], sealed[_HEAD:], _place(key_number(sealed), table, column, row)
        )
    except InvalidTag:
        raise Undecryptable("the value does not belong to this row, or was changed") from None
