"""What machines ask of a process, and what a machine installs."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import OperationalError

from kernel.health import middleware
from tests.clients import HostClient

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("base", "bootstrap", "dev", "run")


@pytest.mark.requirement("S59")
@pytest.mark.parametrize("host", ["northfield.localhost", "nobody.example.com", "10.0.0.7"])
def test_a_living_process_says_so_at_any_host_without_asking_anybody(
    db: None, host: str, django_assert_num_queries: Callable[..., object]
) -> None:
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        answer = HostClient(host).get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.requirement("S59")
def test_a_process_that_can_serve_is_ready(db: None) -> None:
    answer = HostClient("nobody.example.com").get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "database": "ok", "redis": "ok"})


@pytest.mark.requirement("S59")
def test_without_a_database_the_part_is_named_and_nothing_else(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    class Gone:
        def cursor(self) -> None:
            raise OperationalError("connection to 10.1.2.3 failed: password of portico_login")

    monkeypatch.setattr(middleware, "connection", Gone())
    answer = HostClient("nobody.example.com").get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "degraded", "database": "failing", "redis": "ok"})


@pytest.mark.requirement("S47")
@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_version_and_a_hash(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert packages
    assert [
        line for line in packages if not re.match(r"[a-z0-9._\[\]-]+==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", line)
    ] == []
