"""Homes of their own for tests that start servers; nothing of them is left behind."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.runtime import accounts, postgres, redis
from config.runtime.home import Home


def wait_until(condition: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Return as soon as ``condition`` holds; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def outside_environment(**more: str) -> dict[str, str]:
    """The environment without the servers that this test run uses, so that a fresh home starts its own."""
    ours = ("DATABASE_URL", "DATABASE_ADMIN_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "PG_DUMP")
    kept = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("PORTICO_")}
    return kept | more


@pytest.fixture
def home() -> Iterator[Home]:
    """An empty home that an unprivileged account can pass through (pytest's own folders are closed to it)."""
    folder = Path(tempfile.mkdtemp(prefix="portico-test-"))
    folder.chmod(0o711)
    made = Home(folder)
    yield made
    remove(made)


@pytest.fixture
def closed_home() -> Iterator[Home]:
    """An empty home below a folder that only its owner may enter, as below /root."""
    folder = Path(tempfile.mkdtemp(prefix="portico-test-"))
    made = Home(folder / "home")
    yield made
    remove(made)
    shutil.rmtree(folder)


def remove(home: Home) -> None:
    """Stop what runs in ``home`` and delete it, with its fallback below /var/tmp."""
    for place in (home, home.test):
        if (place.path / "services.json").exists():
            redis.stop(place)
            postgres.stop(place)
        shutil.rmtree(accounts.fallback(place), ignore_errors=True)
    shutil.rmtree(home.path, ignore_errors=True)
