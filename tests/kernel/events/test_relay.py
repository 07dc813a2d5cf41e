"""Several relays, killed relays, a worker of its own, and Redis gone: nothing is lost and nothing happens twice."""

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from django.db import connections

from kernel import audit, clock, doorbell
from kernel.accounts.models import Account
from kernel.audit.models import AuditSeal, UnsealedEntry
from kernel.events import publish
from kernel.events.models import OutboxEvent
from kernel.events.relay import HOLD, relay_waiting
from kernel.events.tasks import bell, relay
from kernel.ids import uuid7
from kernel.mail.models import OutgoingMail
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.provisioning import HospitalRequest, request_hospital, run_provisioning
from kernel.tenancy.resolution import context_for
from kernel.tenancy.scope import hospital, shared
from tests.conftest import drop_hospital
from tests.kernel.acting import acting
from tests.kernel.events.lamps import SwitchPressed

ROOT = Path(__file__).resolve().parents[3]
WORKER = "-q -A config.celery worker -P solo -l error --include tests.kernel.events.lamps"


def eventually(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Whether the condition comes true in time; looked at twenty times a second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        threading.Event().wait(0.05)
    return False


def logins() -> list[str]:
    return list(Account.objects.filter(login__contains="-").order_by("login").values_list("login", flat=True))


@pytest.mark.requirement("S51")
def test_relays_beside_each_other_deliver_each_event_once(new_hospital: Callable[..., HospitalContext]) -> None:
    context, count = new_hospital(), 120
    with hospital(context):
        for _number in range(count):
            publish(SwitchPressed(uuid7()))
    errors: list[BaseException] = []

    def relay() -> None:
        try:
            with hospital(context):
                relay_waiting()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=relay) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with hospital(context):
        assert errors == []
        assert len(logins()) == count
        assert all(login.endswith("-1") for login in logins())
        assert OutboxEvent.objects.filter(state="done", attempts=1).count() == count


def test_nothing_leaves_a_hospital_before_it_answers(new_hospital: Callable[..., HospitalContext]) -> None:
    context = new_hospital()
    with hospital(replace(context, state="creating")):
        publish(SwitchPressed(uuid7()))
        relay()
        assert OutboxEvent.objects.get().state == "waiting"
        assert logins() == []
    with hospital(context):
        relay()
        assert len(logins()) == 1


@pytest.mark.requirement("S54")
def test_a_relay_killed_in_the_middle_leaves_its_event_to_the_next_one(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    context, switch = new_hospital(), uuid7()
    with hospital(context):
        publish(SwitchPressed(switch))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kernel.events.lamps", str(context.id)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"written\n"

    process.send_signal(signal.SIGKILL)
    process.wait()

    with hospital(context):
        assert logins() == []
        assert relay_waiting() == 0
        with time_machine.travel(clock.now() + HOLD + timedelta(seconds=1), tick=False):
            assert relay_waiting() == 1
        assert logins() == [f"{switch}-2"]


@pytest.fixture
def worker(new_hospital: Callable[..., HospitalContext]) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker process on this test run's Redis."""
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", *WORKER.split()],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    yield process
    process.terminate()
    process.wait(timeout=30)


def is_woken() -> bool:
    """Whether the worker has taken the only event. Rung again at every look: a bell may be lost on a busy machine, and
    the sweep does not run here."""
    bell.ring()
    return OutboxEvent.objects.get().state == "done"


@pytest.mark.requirement("S34")
@pytest.mark.requirement("S51")
def test_a_worker_relays_and_seals_within_seconds_of_the_act(
    worker: subprocess.Popen[bytes], new_hospital: Callable[..., HospitalContext]
) -> None:
    contexts = [new_hospital() for _number in range(2)]
    with hospital(contexts[0]):
        publish(SwitchPressed(uuid7()))
        assert eventually(is_woken, seconds=90), "the worker has not started"

    for context in contexts:
        with hospital(context):
            audit.record(acting(), action="records.viewed")
            publish(SwitchPressed(uuid7()))
    begun = time.monotonic()

    for context in contexts:
        with hospital(context):
            assert eventually(lambda: not UnsealedEntry.objects.exists())
            assert AuditSeal.objects.exists()
            assert not OutboxEvent.objects.exclude(state="done").exists()
    assert time.monotonic() - begun < 15


@pytest.mark.requirement("S51")
def test_the_first_invitation_leaves_when_the_hospital_opens_and_not_with_the_sweep(
    worker: subprocess.Popen[bytes], new_hospital: Callable[..., HospitalContext]
) -> None:
    with hospital(new_hospital()):
        publish(SwitchPressed(uuid7()))
        assert eventually(is_woken, seconds=90), "the worker has not started"
    administrator = {"name": "Ada Admin", "email": "ada@example.org"}
    with shared():
        row = request_hospital(
            HospitalRequest(
                f"t{secrets.token_hex(6)}", "A Hospital", "test", "Test", "US", "America/Chicago", "USD", ("en",),
                extra={"first_administrator": administrator},
            )
        )  # fmt: skip
    try:
        run_provisioning(row.pk)
        opened = time.monotonic()
        context = context_for(row.hospital_id)
        assert context is not None

        with hospital(context):
            assert eventually(lambda: OutgoingMail.objects.filter(recipient="ada@example.org").exists())
        assert time.monotonic() - opened < 15
    finally:
        drop_hospital(row.hospital_id)


@pytest.mark.requirement("S54")
def test_without_redis_acts_succeed_quickly_and_the_sweep_finds_them(
    new_hospital: Callable[..., HospitalContext], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    context = new_hospital()
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}}
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    for name in ("kernel.events.tasks.bell", "kernel.audit.tasks.bell"):
        monkeypatch.setattr(f"{name}._client", None)
    begun = time.monotonic()

    with hospital(context):
        for _number in range(20):
            publish(SwitchPressed(uuid7()))
            audit.record(acting(), action="records.viewed")
        assert time.monotonic() - begun < 2

        assert relay_waiting() == 20
        assert len(logins()) == 20
