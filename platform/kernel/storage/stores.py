"""The port to where bytes are kept, and its two adapters: a folder of this machine, and S3."""

import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile


class Store(Protocol):
    """Keeps bytes under keys. A reader sees a whole object or none."""

    def put(self, key: str, content: bytes) -> None:
        """Keep ``content``; an object that has the key is replaced."""
        ...

    def get(self, key: str) -> bytes | None:
        """The bytes, or None when there is no such object."""
        ...

    def delete(self, key: str) -> None:
        """Forget the object; nothing happens when there is none."""
        ...

    def names(self, folder: str) -> list[str]:
        """The last parts of the keys directly under ``folder``, in order."""
        ...

    def folders(self, folder: str) -> list[str]:
        """The last parts of the folders directly under ``folder``, in order."""
        ...


class FolderStore:
    """Objects as files of one folder, readable by this account only."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def _path(self, key: str) -> Path:
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root) or path == self._root:
            raise ValueError("this is not the key of an object")
        return path

    def put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def get(self, key: str) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        path = self._path(folder)
        return sorted(file.name for file in path.iterdir() if file.is_file()) if path.is_dir() else []

    def folders(self, folder: str) -> list[str]:
        path = self._path(folder)
        return sorted(one.name for one in path.iterdir() if one.is_dir()) if path.is_dir() else []


class S3Store:
    """Objects in a private bucket. ``url``: ``s3://bucket``, with ``?region=``, ``?endpoint=`` for what speaks S3, and
    ``?kms_key=`` for encryption by the cloud on top of our own. Credentials come from the machine's role or the
    usual AWS variables."""

    def __init__(self, url: str) -> None:
        from botocore.config import Config
        from storages.backends.s3 import S3Storage

        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc:
            raise ImproperlyConfigured("PORTICO_STORAGE_URL must be s3:// and the name of a bucket")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": asked["kms_key"]} if "kms_key" in asked else {}
        self._storage = S3Storage(
            bucket_name=parts.netloc,
            region_name=asked.get("region"),
            endpoint_url=asked.get("endpoint"),
            default_acl=None,
            file_overwrite=True,
            object_parameters=encryption,
            client_config=Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 3}),
        )

    def put(self, key: str, content: bytes) -> None:
        self._storage.save(key, ContentFile(content))

    def get(self, key: str) -> bytes | None:
        try:
            with self._storage.open(key) as file:
                found: bytes = file.read()
        except FileNotFoundError:
            return None
        return found

    def delete(self, key: str) -> None:
        self._storage.delete(key)

    def names(self, folder: str) -> list[str]:
        _folders, files = self._storage.listdir(folder)
        return sorted(files)

    def folders(self, folder: str) -> list[str]:
        folders, _files = self._storage.listdir(folder)
        return sorted(folders)


@lru_cache(maxsize=4)
def _store(url: str, folder: Path) -> Store:
    return S3Store(url) if url else FolderStore(folder)


def store() -> Store:
    """The adapter of this process: S3 when ``STORAGE_URL`` is set, else a folder of the installation."""
    return _store(settings.STORAGE_URL, Path(settings.PORTICO_HOME) / "files")
