"""A pooler in transaction mode changes the server's session under our feet: we refuse it at the door."""

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections

from config.runtime.processes import free_port, stop_process
from kernel.accounts.models import Account
from kernel.tenancy.errors import PoolerRefused
from kernel.tenancy.scope import shared

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")

pytestmark = pytest.mark.skipif(
    PGBOUNCER is None, reason="NOT RUN: pgbouncer is not installed (apt-get install pgbouncer); S09 is unproven here"
)


@pytest.fixture(params=["transaction", "session"])
def pooler(request: pytest.FixtureRequest, committed: None, tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A pgbouncer of our own in front of the test database."""
    database = settings.DATABASES["default"]
    port = free_port()
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwnam(getpass.getuser())
    folder = Path(tempfile.gettempdir()) / f"portico-pgbouncer-{os.getpid()}"  # the account must reach it
    folder.mkdir(mode=0o700)
    (folder / "users").write_text(f'"{database["USER"]}" "{database["PASSWORD"]}"\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host={database['HOST']} port={database['PORT']}\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = plain\nauth_file = {folder}/users\n"
        f"pool_mode = {request.param}\ndefault_pool_size = 2\nunix_socket_dir =\nlogfile = {folder}/log\n"
        "ignore_startup_parameters = options,extra_float_digits\n"
    )
    for path in (folder, folder / "users", folder / "ini"):
        os.chown(path, account.pw_uid, account.pw_gid)
    assert PGBOUNCER is not None
    running = subprocess.Popen(
        [PGBOUNCER, "-q", folder / "ini"],
        user=account.pw_uid if os.geteuid() == 0 else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            _connect(port).close()
            break
        except psycopg.OperationalError:
            assert running.poll() is None, (folder / "log").read_text()
    yield request.param, port
    stop_process(running.pid, "pgbouncer")
    running.wait()
    shutil.rmtree(folder)


def _connect(port: int) -> psycopg.Connection:
    database: dict[str, Any] = settings.DATABASES["default"]
    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
        autocommit=True,
    )


def _read_through(port: int) -> int:
    wrapper = connections.create_connection("default")
    wrapper.settings_dict = {**wrapper.settings_dict, "HOST": "127.0.0.1", "PORT": str(port)}
    kept = connections["default"]
    connections["default"] = wrapper
    try:
        with shared():
            return Account.objects.count()
    finally:
        wrapper.close()
        connections["default"] = kept


@pytest.mark.requirement("S09")
def test_a_connection_through_a_pooler_is_refused_before_any_row_is_read(pooler: tuple[str, int]) -> None:
    with pytest.raises(PoolerRefused):
        _read_through(pooler[1])


@pytest.mark.requirement("S09")
def test_without_the_check_transaction_pooling_would_lose_the_session(pooler: tuple[str, int]) -> None:
    """Why it is refused: two statements of one client may meet two sessions, and SETs stay with the other's."""
    mode, port = pooler
    with _connect(port) as first, _connect(port) as second:
        first.execute("SET search_path TO shared")
        second.execute("SET search_path TO extensions")
        found = first.execute("SHOW search_path").fetchone()
    assert found == (("extensions",) if mode == "transaction" else ("shared",))
