"""Keeping, reading and removing files of the hospital in context."""

import hashlib
import re
from dataclasses import dataclass

from django.db import connection, transaction

from kernel.ids import uuid7
from kernel.keys import decrypt, encrypt
from kernel.keys.envelope import key_number
from kernel.keys.sealed import SealedPlace, sealed_places
from kernel.storage.stores import store
from kernel.tenancy.scope import current_hospital

_AREA = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_KEY = re.compile(r"(?P<owner>[0-9a-f-]{36})/(?P<area>[a-z][a-z0-9_]{0,39})/[0-9a-f-]{36}\Z")
TABLE = "files"


class FileMissing(Exception):
    """There is no such file in this hospital."""


@dataclass(frozen=True)
class StoredFile:
    """Where a file is kept, for the row that describes it: size in bytes and SHA-256 digest of the plain file."""

    key: str
    size: int
    digest: str


def new_key(area: str) -> str:
    """A new key in the hospital's own prefix. Raises NoHospital without a hospital, ValueError for a strange area.

    The key has no part that a person chose: file names are kept in the row and are not paths.
    """
    if not _AREA.match(area):
        raise ValueError(f"{area!r} is not the name of an area: use a feature's name")
    return f"{current_hospital().id}/{area}/{uuid7()}"


def _own_area(key: str) -> str:
    """The area of a key that belongs to the hospital in context. Raises FileMissing for any other text."""
    found = _KEY.match(key)
    if found is None or found["owner"] != str(current_hospital().id):
        raise FileMissing(key)
    return found["area"]


def store_file(content: bytes, *, area: str) -> StoredFile:
    """Keep ``content`` encrypted with the hospital's key. ``area`` is the feature's name, such as ``messaging``.

    Call it before the transaction that stores the key, and remove the file when that fails: an object nobody knows is
    harmless, a row without its object is not.
    """
    key = new_key(area)
    store().put(key, encrypt(content, table=TABLE, column=area, row=key))
    return StoredFile(key, len(content), hashlib.sha256(content).hexdigest())


def read_file(key: str) -> bytes:
    """The plain file. Raises FileMissing, also for another hospital's file, and Undecryptable for a changed one."""
    area = _own_area(key)
    sealed = store().get(key)
    if sealed is None:
        raise FileMissing(key)
    return decrypt(sealed, table=TABLE, column=area, row=key)


def remove_file(key: str) -> None:
    """Remove the file; nothing happens when it is gone. Raises FileMissing for a file of another hospital."""
    _own_area(key)
    with transaction.atomic():
        _lock(key)
        store().delete(key)


def _lock(key: str) -> None:
    """Until the transaction ends nobody else removes the file, or writes it anew under another key of encryption.

    A file that is removed between being read and being written again would come back, and no row would know of it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"portico.files:{key}"])


def _move_files(newest: int) -> int:
    """Encrypt the hospital's files with the newest key; an object is replaced as a whole."""
    kept, moved, own = store(), 0, str(current_hospital().id)
    for area in kept.folders(own):
        for name in kept.names(f"{own}/{area}"):
            key = f"{own}/{area}/{name}"
            if not _KEY.match(key):
                continue
            with transaction.atomic():
                _lock(key)
                sealed = kept.get(key)
                if sealed is not None and key_number(sealed) != newest:
                    content = decrypt(sealed, table=TABLE, column=area, row=key)
                    kept.put(key, encrypt(content, table=TABLE, column=area, row=key))
                    moved += 1
    return moved


sealed_places.register(SealedPlace("files", "", _move_files))
