"""The master key's side: a port, and the local keyring behind it. A key service of a cloud is another adapter."""

import os
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

_NONCE = 12
_KEY = 32


class UnknownMasterKey(Exception):
    """A key was wrapped by a master key that this process does not have, or by none of ours."""


class MasterKeys(Protocol):
    """What wraps the keys of hospitals. ``context`` says whose key it is and is checked on unwrapping."""

    @property
    def current(self) -> str:
        """The name of the master key that wraps new keys."""
        ...

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Encrypt ``key`` by the current master key."""
        ...

    def unwrap(self, name: str, wrapped: bytes, context: bytes) -> bytes:
        """The key again. Raises UnknownMasterKey."""
        ...


class LocalKeyring:
    """Master keys given to the process: ``name:64 hex digits``, several separated by commas, the first one current."""

    def __init__(self, written: str) -> None:
        self._keys: dict[str, AESGCM] = {}
        for part in filter(None, (entry.strip() for entry in written.split(","))):
            name, _colon, digits = part.partition(":")
            try:
                key = bytes.fromhex(digits)
            except ValueError:
                key = b""
            if not name or len(key) != _KEY or name in self._keys:
                # The text of the error must not repeat any part of a key.
                raise ImproperlyConfigured("PORTICO_KEYRING must be name:64 hexadecimal digits, separated by commas")
            self._keys[name] = AESGCM(key)
        if not self._keys:
            raise ImproperlyConfigured("PORTICO_KEYRING is not set; without it nothing can be encrypted")

    @property
    def current(self) -> str:
        return next(iter(self._keys))

    def wrap(self, key: bytes, context: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._keys[self.current].encrypt(nonce, key, context)

    def unwrap(self, name: str, wrapped: bytes, context: bytes) -> bytes:
        if name not in self._keys:
            raise UnknownMasterKey(f"the master key {name!r} is not in PORTICO_KEYRING")
        try:
            return self._keys[name].decrypt(wrapped[:_NONCE], wrapped[_NONCE:], context)
        except InvalidTag:
            raise UnknownMasterKey(f"the master key {name!r} is not the one that wrapped this key") from None


def local_keyring() -> MasterKeys:
    """The keyring written in ``KEYRING``."""
    return LocalKeyring(settings.KEYRING)


@lru_cache(maxsize=1)
def master_keys() -> MasterKeys:
    """The adapter that ``MASTER_KEYS`` names (a callable without arguments); the local keyring by default."""
    adapter: MasterKeys = import_string(settings.MASTER_KEYS)()
    return adapter
