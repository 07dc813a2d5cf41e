"""An import whose process is killed: what was done stays, what was under way is gone, the next call goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction

from kernel.permissions import system_access
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tenants.people.models import Patient
from tenants.records.models import ImportEntry, ImportRun, Resource
from tenants.records.outcomes import ImportSummary
from tenants.records.services.importing import IMPORT_LOCK, import_paths
from tests.runtime.conftest import wait_until
from tests.tenants.records.samples import bundle, observation, patient

ROOT = Path(__file__).resolve().parents[3]
FILES = 12
SCRIPT = """
import sys
from pathlib import Path
from uuid import UUID

import django

django.setup()

from kernel.permissions import system_access
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import hospital
from tenants.records.services.importing import IMPORT_LOCK, import_paths

with hospital(context_for(UUID(sys.argv[1]))):
    import_paths(
        access=system_access("A test imports", app="command"),
        paths=[Path(sys.argv[2])],
        source="test",
        progress=lambda told: print(told.done, flush=True),
    )
"""


@pytest.mark.requirement("S54")
def test_a_killed_import_is_finished_by_the_next_call(
    new_hospital: Callable[..., HospitalContext], tmp_path: Path
) -> None:
    for number in range(FILES):
        about = f"p{number}"
        many = [observation(f"{about}-{one}", about=about) for one in range(150)]
        (tmp_path / f"{number:02d}.json").write_bytes(bundle(patient(about), *many))
    context = new_hospital()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(context.id), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "3":
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    assert process.returncode == -signal.SIGKILL

    with hospital(context):
        with transaction.atomic(), connection.cursor() as cursor:
            # The server may still be busy with what the killed process had sent.
            cursor.execute(IMPORT_LOCK)
        done = ImportEntry.objects.count()
        assert 3 <= done < FILES
        assert ImportRun.objects.get().state == ImportRun.State.RUNNING
        # Whole files only: the one under way has left nothing.
        assert (Patient.objects.count(), Resource.objects.count()) == (done, done * 151)
        summary = import_paths(access=system_access("A test imports", app="command"), paths=[tmp_path], source="test")
        assert (summary.skipped, summary.files, summary.created) == (done, FILES - done, (FILES - done) * 151)
        assert (Patient.objects.count(), Resource.objects.count()) == (FILES, FILES * 151)
        assert ImportRun.objects.get().state == ImportRun.State.FINISHED


def test_two_processes_that_import_the_same_files_share_the_work(
    new_hospital: Callable[..., HospitalContext], tmp_path: Path
) -> None:
    (tmp_path / "0.json").write_bytes(b"{")
    for number in range(1, 5):
        (tmp_path / f"{number}.json").write_bytes(bundle(patient(f"p{number}")))
    context = new_hospital()

    def bring_in(_number: int) -> ImportSummary:
        try:
            with hospital(context):
                return import_paths(access=system_access("A test imports"), paths=[tmp_path], source="test")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        with hospital(context), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(IMPORT_LOCK)
            one = threads.submit(bring_in, 1)
            wait_until(lambda: _waiting() == 1)
            other = threads.submit(bring_in, 2)
            wait_until(lambda: _waiting() == 2)
        summaries = [one.result(timeout=60), other.result(timeout=60)]

    assert [summary.files + summary.skipped for summary in summaries] == [5, 5]
    assert sum(summary.files for summary in summaries) == 5
    assert sum(summary.created for summary in summaries) == 4
    assert [summary.refused_files for summary in summaries] == [1, 1]
    with hospital(context):
        assert ImportEntry.objects.count() == 5
        assert ImportRun.objects.get().state == "finished"


def _waiting() -> int:
    """How many sessions wait for an advisory lock of this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        (found,) = cursor.fetchone()
    return int(found)
