"""Under which account servers run, and where that account can reach files.

PostgreSQL refuses to run as root. Started by root, servers run as an existing unprivileged account; a checkout below
``/root`` is closed to it, so data and copied programs then live in ``/var/tmp/portico-<hash of the home folder>``.
"""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.runtime.errors import MachineError
from config.runtime.home import Home

NEW_ACCOUNT = "portico"
CANDIDATES = ("postgres", "nobody", NEW_ACCOUNT)


@dataclass(frozen=True)
class Account:
    """Who a server runs as; ``switch`` is false when that is simply the person who types."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(
        self, command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run ``command`` as this account, away from the caller's folder and terminal. Never raises for a bad exit.

        ``timeout`` in seconds; ``environment`` is added to a minimal one. Raises subprocess.TimeoutExpired.
        """
        clean = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": "/", **(environment or {})}
        return subprocess.run(
            [str(part) for part in command],
            check=False,
            text=True,
            errors="replace",
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=clean,
            timeout=timeout,
            start_new_session=True,
            user=self.uid if self.switch else None,
            group=self.gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def can_run(self, program: Path) -> bool:
        """Whether this account can really start ``program``: asked by starting it, the only answer that counts."""
        try:
            return self.run([program, "--version"], timeout=20).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False

    def can_write(self, folder: Path) -> bool:
        """Whether this account reaches ``folder`` and may write in it."""
        return self.run(["/bin/sh", "-c", 'test -w "$1" && test -x "$1"', "sh", folder], timeout=20).returncode == 0


def server_account() -> Account:
    """The account for servers: the caller's own, or for root an unprivileged one (made when there is none).

    Raises MachineError when root finds no such account and cannot make one.
    """
    if os.geteuid() != 0:
        entry = pwd.getpwuid(os.geteuid())
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=False)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)
    made = subprocess.run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NEW_ACCOUNT],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        raise MachineError(f"PostgreSQL cannot run as root and no account could be made for it: {made.stderr.strip()}")
    entry = pwd.getpwnam(NEW_ACCOUNT)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def folder_for(home: Home, account: Account, name: str) -> Path:
    """The folder ``name`` that ``account`` owns and reaches: inside the home folder, else in the ``/var/tmp`` fallback.

    A folder made before is found again. Raises MachineError when neither place can be used.
    """
    near, far = home.path / name, fallback(home) / name
    for folder in (near, far) if near.exists() or not far.exists() else (far,):
        if folder == far:
            _claim_fallback(home)
        else:
            home.ensure()
        folder.mkdir(mode=0o700, exist_ok=True)
        if account.switch:
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
        if account.can_write(folder):
            return folder
        if folder == near:
            # Data made by another account is never moved or dropped silently.
            if any(folder.iterdir()):
                raise MachineError(f"{folder} cannot be reached by the account {account.name}. Move or remove it.")
            folder.rmdir()
    raise MachineError(f"Neither {near} nor {far} can be written by the account {account.name}.")


def program_for(home: Home, account: Account, source: Path, *, parts: Sequence[Path]) -> Path:
    """``source`` as ``account`` can start it: where it is, or a copy of ``parts`` (folders or files) that contain it.

    ``parts`` are siblings whose relative places must stay (a program finds its libraries through them).
    Raises MachineError when not even the copy runs.
    """
    if account.can_run(source):
        return source
    root = parts[0].parent
    stamp = source.stat()
    target = _claim_fallback(home) / f"programs-{stamp.st_size:x}-{stamp.st_mtime_ns:x}"
    copy = target / source.relative_to(root)
    if not account.can_run(copy):
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(mode=0o755)
        target.chmod(0o755)
        for part in parts:
            if part.is_dir():
                shutil.copytree(part, target / part.name, copy_function=_copy_readable)
            elif part.is_file():
                _copy_readable(str(part), str(target / part.name))
        for folder in [path for path in target.rglob("*") if path.is_dir()]:
            folder.chmod(0o755)
    if not account.can_run(copy):
        raise MachineError(f"{source} cannot be started by the account {account.name}, and neither can its copy.")
    return copy


def fallback(home: Home) -> Path:
    """Where files of ``home`` go that the server's account cannot reach in it."""
    return Path("/var/tmp") / f"portico-{home.digest}"  # owner and kind are checked before use


def _claim_fallback(home: Home) -> Path:
    """The fallback folder, made or found. Its name can be guessed, so one that is not ours is refused."""
    folder = fallback(home)
    folder.mkdir(mode=0o755, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise MachineError(f"{folder} belongs to somebody else. Remove it, or set PORTICO_HOME to another folder.")
    folder.chmod(0o755)
    return folder


def _copy_readable(source: str, target: str) -> str:
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)
    return target
