"""(x) What one more hospital costs in memory, in the web process and in its database backend. Reported only."""

import os
import re
import secrets
from pathlib import Path
from uuid import UUID

from django.db import connection

from kernel.accounts.models import Account
from kernel.tenancy.models import Hospital
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import hospital, shared
from tests.benchmarks.harness import Result, exact
from tests.benchmarks.onboarding import create
from tests.clients import client_for
from tests.conftest import drop_hospital

HOSPITALS = int(os.environ.get("BENCH_HOSPITALS_IN_MEMORY", "40"))


def kilobytes(pid: int | str) -> int:
    """The proportional share of a process's memory."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0


def touch(key: UUID) -> None:
    context = context_for(key)
    assert context is not None
    with hospital(context):
        Account.objects.count()
    client_for(context.slug).get("/sign-in/")


def run() -> list[Result]:
    made = [create(f"b{secrets.token_hex(5)}").hospital_id for _number in range(HOSPITALS)]
    try:
        touch(made[0])
        touch(made[1])
        with shared():
            assert Hospital.objects.exists()
        backend = connection.connection.info.backend_pid
        web_before = kilobytes("self")
        backend_before = kilobytes(backend)
        for key in made[2:]:
            touch(key)
        grown = HOSPITALS - 2
        same = connection.connection.info.backend_pid == backend
        backend_after = kilobytes(backend) if same else backend_before
        return [
            exact("x", "web process, each hospital", (kilobytes("self") - web_before) / grown, "kB", note="PSS"),
            exact("x", "database backend, each hospital", (backend_after - backend_before) / grown, "kB", note="PSS"),
        ]
    finally:
        for key in made:
            drop_hospital(key)
