"""The prepared database of a test run: made once, copied for each worker, before Django reads its settings.

Loaded as a pytest plugin (see ``addopts``), because settings are read earlier than any conftest is imported.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from config.runtime.catalogues import compile_all
from config.runtime.home import Home
from config.runtime.testing import services
from kernel.tenancy.bootstrap import Credentials, bootstrap

PASSWORDS = {"login_password": "test-login", "owner_password": "test-owner"}
ROOT = Path(__file__).resolve().parents[1]


def _database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


def code_state() -> str:
    """Changes whenever something changes that the prepared database is made of.

    ``PORTICO_TEST_STATE`` names the database of another tree: that of the one whose mutant this is.
    """
    if named := os.environ.get("PORTICO_TEST_STATE"):
        return named
    digest = hashlib.sha256()
    for path in sorted(
        [
            *ROOT.glob("platform/kernel/tenancy/*.py"),
            *ROOT.glob("*/**/provisioning.py"),
            *ROOT.glob("*/**/migrations/*.py"),
            Path(__file__),
        ]
    ):
        if ".venv" not in path.parts:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _redis_number(worker: str) -> int:
    """Each test worker has a Redis database of its own, so that no task of one is run by another."""
    number = worker.lstrip("abcdefghijklmnopqrstuvwxyz")
    return 1 + int(number) % 15 if number.isdigit() else 0


def _prepare_environment() -> None:
    """Servers, database and credentials, before Django reads its settings."""
    superuser_url, redis_url = services()
    worker = os.environ.get("PORTICO_TEST_WORKER") or os.environ.get("PYTEST_XDIST_WORKER", "main")
    state = code_state()
    prepared, own = f"portico_test_{state}", f"portico_test_{state}_{worker}"
    # A worker inherits the PORTICO_HOME of the process that started it, which is the test's home already.
    home = Home.current().path if "PYTEST_XDIST_WORKER" in os.environ else Home.current().test.path
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        SECRET_KEY=secrets.token_urlsafe(48),
        REDIS_URL=f"{redis_url.rpartition('/')[0]}/{_redis_number(worker)}",
        DJANGO_SETTINGS_MODULE="config.settings.test",
        PORTICO_HOME=str(home),
        PORTICO_KEYRING="test:" + "0" * 64,
    )
    with _one_at_a_time(home):
        # Tests of words in other languages must not depend on what was compiled before.
        compile_all()
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            names = [row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()]
            for old in names:
                if old.startswith("portico_test_") and not old.startswith(prepared):
                    with contextlib.suppress(psycopg.errors.ObjectInUse):
                        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(old)))
        marker = home / f"{prepared}.installation"
        if prepared not in names or not marker.exists():
            with psycopg.connect(superuser_url, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(prepared)))
            made = bootstrap(superuser_url, database=prepared, **PASSWORDS)
            _fill(made.login_url, made.owner_url)
            marker.write_text(made.installation)
    os.environ["PORTICO_TEST_PREPARED"] = f"{prepared} {marker.read_text()}"
    copy = copy_prepared(own)
    os.environ.update(
        DATABASE_URL=copy.login_url,
        DATABASE_ADMIN_URL=copy.owner_url,
        PORTICO_TEST_SUPERUSER=_database(superuser_url, own),
    )


@contextlib.contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    with (home / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def copy_prepared(name: str) -> Credentials:
    """A fresh copy of the prepared database (shared tables, template, three hospitals) called ``name``."""
    superuser_url, _redis_url = services()
    prepared, installation = os.environ["PORTICO_TEST_PREPARED"].split()
    with _one_at_a_time(Home.current().path):
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(prepared)
                )
            )
        return bootstrap(superuser_url, database=name, installation=installation, **PASSWORDS)


def drop_copy(name: str) -> None:
    """Remove a copy, with whoever is still connected to it."""
    superuser_url, _redis_url = services()
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _fill(login_url: str, owner_url: str) -> None:
    """Migrate and make the three hospitals, in a process of its own because Django's settings can be read only once."""
    subprocess.run(
        [sys.executable, "-m", "tests.prepare_database"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": login_url, "DATABASE_ADMIN_URL": owner_url},
        check=True,
    )


_prepare_environment()
