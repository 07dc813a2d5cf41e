"""Where the servers of the benchmarks keep their data: in memory if there is room, so that no disk's past is measured.

Making a schema is making some 200 files. On ext4 without a journal each new file searches past all that were removed
within the last minutes, and a replay took 170 ms of CPU in place of 35 after a few databases had been dropped.
"""

import hashlib
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.runtime.home import CHECKOUT, Home
from config.runtime.postgres import stop as stop_postgres
from config.runtime.redis import stop as stop_redis

MEMORY = Path("/dev/shm")  # noqa: S108  (the memory file system of Linux, not a place for temporary files)
NEEDED_BYTES = 6 * 1024**3
# Whoever names servers or a home of their own gets those.
_NAMED = ("PORTICO_HOME", "DATABASE_URL", "DATABASE_ADMIN_URL")


def has_room(folder: Path) -> bool:
    """Whether ``folder`` is there and the machine can spare what 300 hospitals need."""
    try:
        available = next(line for line in Path("/proc/meminfo").read_text().splitlines() if "MemAvailable" in line)
        return shutil.disk_usage(folder).free > NEEDED_BYTES and int(available.split()[1]) * 1024 > NEEDED_BYTES
    except (OSError, StopIteration):
        return False


@contextmanager
def servers_in_memory() -> Iterator[str]:
    """Let ``config.runtime`` start its test servers in memory, and remove them in the end; yields where they are.

    It is ``memory``, or ``disk`` where there is no room or somebody has named servers. The folder's name is the
    checkout's, so the next run removes what a killed one left.
    """
    if any(os.environ.get(name) for name in _NAMED) or not has_room(MEMORY):
        yield "disk"
        return
    folder = MEMORY / f"portico-bench-{hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]}"
    _remove(folder)
    folder.mkdir(mode=0o711)
    os.environ["PORTICO_HOME"] = str(folder)
    # The default of a termination ends the process without a word, and the servers would stay.
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(SystemExit(143)))
    try:
        yield "memory"
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    if folder.exists():
        home = Home(folder).test
        stop_postgres(home)
        stop_redis(home)
        shutil.rmtree(folder)
