"""The folder of one installation: its secrets, its servers' data, its locks. Nothing is written outside it but the
``/var/tmp`` fallback that ``config.runtime.accounts`` explains."""

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.runtime.errors import MachineError

CHECKOUT = Path(__file__).resolve().parents[3]


class Busy(MachineError):
    """Another process holds the lock."""


@dataclass(frozen=True)
class Home:
    """``PORTICO_HOME``: several copies of Portico run side by side when each has its own."""

    path: Path

    @classmethod
    def current(cls, environment: Mapping[str, str] = os.environ) -> "Home":
        """The folder named by ``PORTICO_HOME``, or ``.local`` in the checkout. Relative names start at the checkout."""
        path = (CHECKOUT / (environment.get("PORTICO_HOME") or ".local")).resolve()
        return cls(path)

    @property
    def test(self) -> "Home":
        """The folder of the throw-away servers that tests use; removing it loses nothing."""
        return Home(self.path / "test")

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that name this folder where its own path cannot be used."""
        return hashlib.sha256(str(self.path).encode()).hexdigest()[:12]

    def ensure(self) -> Path:
        """The folder, made when missing. Others may pass through it but not list it. Raises MachineError."""
        try:
            if not self.path.is_dir():
                self.path.mkdir(parents=True, exist_ok=True)
                self.path.chmod(0o711)
        except OSError as error:
            raise MachineError(f"{self.path} cannot be made ({error.strerror}). Name another PORTICO_HOME.") from error
        return self.path

    def read(self, name: str) -> dict[str, Any]:
        """The JSON object stored as ``name``, or an empty one.

        Raises MachineError when the file is there and cannot be read as an object: guessing would lose secrets.
        """
        try:
            content = json.loads((self.path / name).read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise MachineError(f"{self.path / name} cannot be read ({error}). Repair it or remove it.") from error
        if not isinstance(content, dict):
            raise MachineError(f"{self.path / name} does not hold a JSON object. Repair it or remove it.")
        return content

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Store ``content`` as JSON, readable by the owner only; a reader sees the old file or the new one, whole."""
        self.ensure()
        handle, temporary = tempfile.mkstemp(dir=self.path, prefix=f".{name}.")  # mkstemp: 0600 from the first byte
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2, sort_keys=True, ensure_ascii=False)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def locked(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold the lock ``name`` of this folder; the kernel frees it when the process dies, so it never goes stale.

        Raises Busy when ``wait`` is false and another process holds it.
        """
        self.ensure()
        handle = os.open(self.path / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Busy(f"another process holds {self.path / name}.lock") from error
            yield
        finally:
            os.close(handle)
