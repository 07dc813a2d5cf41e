"""An import whose process is killed: what was done stays, what was under way is gone, the next call goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection, transaction

from kernel.permissions import system_access
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tenants.people.models import Patient
from tenants.records.models import ImportEntry, ImportRun, Resource
from tenants.records.services.importing import IMPORT_LOCK, import_paths
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
