"""Background work: a task runs in the hospital that sent it, on real workers, or it does not run."""

import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

import pytest
from celery import Task
from celery.exceptions import Retry
from django.db import OperationalError, connection, transaction
from kombu.exceptions import OperationalError as BrokerGone

from config.celery import app
from config.runtime.home import CHECKOUT
from kernel.accounts.models import Account
from kernel.tasks import HOSPITAL_HEADER, SHARED, Schedule, beat_schedule, schedules, send_scheduled
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoHospital, NoScope, ScopeRefused
from kernel.tenancy.models import Hospital
from kernel.tenancy.scope import hospital, peek_scope, shared
from tests.kernel.tenancy.background import (
    PREFIX,
    break_connection,
    count_hospitals,
    count_own,
    doorbell,
    own_scope,
    write_row,
)

Contexts = Callable[[str], HospitalContext]
SLUGS = ("northfield", "santalucia", "alwaha")


def clean(context: HospitalContext) -> None:
    with hospital(context):
        Account.objects.filter(login__startswith=PREFIX).delete()


def numbers(context: HospitalContext) -> list[int]:
    with hospital(context):
        found = Account.objects.filter(login__startswith=PREFIX).values_list("login", flat=True)
        return sorted(int(login.removeprefix(PREFIX)) for login in found)


@pytest.fixture
def contexts(hospital_context_now: Contexts) -> Iterator[dict[str, HospitalContext]]:
    found = {slug: hospital_context_now(slug) for slug in SLUGS}
    for context in found.values():
        clean(context)
    yield found
    for context in found.values():
        clean(context)


@pytest.fixture
def queue() -> Iterator[str]:
    """A queue of its own with a real worker of four processes."""
    name = f"tests-{secrets.token_hex(6)}"
    command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "-Q", name, "-n", f"{name}@%h"]
    command += ["--concurrency", "4", "--loglevel", "CRITICAL", "--without-gossip", "--without-mingle"]
    command += ["--include", "tests.kernel.tenancy.background"]
    worker = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield name
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=30)
    doorbell().delete(name, f"{name}-bell")


@pytest.mark.requirement("S08")
@pytest.mark.timeout(180)
def test_1000_tasks_of_3_hospitals_on_4_workers_all_write_in_their_own_hospital(
    contexts: dict[str, HospitalContext], queue: str
) -> None:
    order = Random(8)
    plan = [(number, SLUGS[number % 3], order.choice([0, 0, 0, 0, 0, 0, 0, 0, 1, 2])) for number in range(1000)]
    order.shuffle(plan)
    bell = f"{queue}-bell"
    for number, slug, faults in plan:
        with hospital(contexts[slug]):
            write_row.apply_async(args=[number, faults, bell], queue=queue)
    # What carries no hospital, or the other side's word, is refused by the worker.
    app.send_task("tests.write_row", args=[5001, 0, bell], queue=queue)
    app.send_task("tests.write_row", args=[5002, 0, bell], queue=queue, headers={HOSPITAL_HEADER: SHARED})
    app.send_task("tests.count_hospitals", args=[bell], queue=queue)
    app.send_task(
        "tests.count_hospitals", args=[bell], queue=queue, headers={HOSPITAL_HEADER: str(contexts["alwaha"].id)}
    )

    rings: list[str] = []
    while len(rings) < 1000:
        answer = doorbell().blpop([bell], timeout=60)
        assert answer is not None, f"only {len(rings)} of 1000 tasks have finished"
        rings.append(answer[1].decode() if isinstance(answer[1], bytes) else answer[1])

    with shared():
        count_hospitals.apply_async(args=[bell], queue=queue)
    last = doorbell().blpop([bell], timeout=60)
    assert last is not None
    assert last[1] == b"3"
    found = {slug: numbers(contexts[slug]) for slug in SLUGS}
    assert found == {slug: sorted(n for n, owner, _faults in plan if owner == slug) for slug in SLUGS}
    schemas = Counter(ring.split(":")[1] for ring in rings)
    assert schemas == {contexts[slug].schema_name: len(found[slug]) for slug in SLUGS}
    assert len({ring.split(":")[2] for ring in rings}) == 4


@pytest.mark.requirement("S08")
def test_a_task_cannot_be_sent_without_a_hospital(committed: None) -> None:
    with pytest.raises(NoHospital):
        write_row.delay(1, 0, "nobody")
    with pytest.raises(NoHospital):
        write_row.apply_async(args=[1, 0, "nobody"])
    with shared(), pytest.raises(NoHospital):
        write_row.delay(1, 0, "nobody")


@pytest.mark.requirement("S08")
@pytest.mark.parametrize("header", [None, "", SHARED, "00000000-0000-7000-8000-000000000000", "nonsense"])
def test_a_hospitals_task_with_no_or_a_wrong_header_is_not_run(committed: None, header: str | None) -> None:
    said = "was sent for a hospital that does not exist" if header else "arrived without a hospital and is not run"
    with pytest.raises(NoHospital, match=f"tests.own_scope {said}"):
        own_scope.apply(headers={HOSPITAL_HEADER: header} if header is not None else {}, throw=True)


@pytest.mark.requirement("S07", "S08")
@pytest.mark.parametrize("sent_for", ["alwaha", SHARED, None])
def test_a_message_that_arrives_inside_a_scope_left_behind_is_not_run_for_it(
    contexts: dict[str, HospitalContext], sent_for: str | None
) -> None:
    """A worker in which an earlier task forgot its scope: the next message says whose it is."""
    headers = {HOSPITAL_HEADER: str(contexts[sent_for].id) if sent_for in contexts else sent_for} if sent_for else {}
    with hospital(contexts["northfield"]), pytest.raises(ScopeRefused if sent_for else NoHospital):
        own_scope.apply(headers=headers, throw=True)


@pytest.mark.requirement("S08")
def test_a_message_that_arrives_inside_its_own_scope_is_run_in_it(contexts: dict[str, HospitalContext]) -> None:
    northfield, bell = contexts["northfield"], f"tests-{secrets.token_hex(6)}"
    with hospital(northfield):
        answer = own_scope.apply(headers={HOSPITAL_HEADER: str(northfield.id)}, throw=True)
    assert answer.get() == northfield.schema_name
    with shared():
        count_hospitals.apply(args=[bell], headers={HOSPITAL_HEADER: SHARED}, throw=True)
    assert doorbell().lpop(bell) == b"3"


@pytest.mark.requirement("S07", "S08")
def test_after_a_task_also_one_that_failed_there_is_no_scope(contexts: dict[str, HospitalContext]) -> None:
    headers = {HOSPITAL_HEADER: str(contexts["northfield"].id)}
    assert own_scope.apply(headers=headers, throw=True).get() == contexts["northfield"].schema_name
    assert peek_scope() is None
    with pytest.raises(Retry):
        write_row.apply(args=[1, 9, "nobody"], headers=headers, throw=True)
    assert peek_scope() is None
    with pytest.raises(NoScope):
        Account.objects.count()


def test_a_connection_that_broke_is_given_to_no_task_and_one_that_a_task_broke_to_nobody_after_it(
    contexts: dict[str, HospitalContext],
) -> None:
    northfield = contexts["northfield"]
    headers = {HOSPITAL_HEADER: str(northfield.id)}
    try:
        with hospital(northfield), pytest.raises(OperationalError):
            break_connection()
        assert count_own.apply(headers=headers, throw=True).get() == 0
        with pytest.raises(OperationalError):
            break_connection.apply(headers=headers, throw=True)
        assert connection.connection is None
    finally:
        connection.close()


@pytest.mark.requirement("S08")
def test_a_task_of_the_other_side_cannot_be_called_like_a_function(contexts: dict[str, HospitalContext]) -> None:
    with shared(), pytest.raises(NoHospital):
        own_scope()
    with hospital(contexts["northfield"]), pytest.raises(NoHospital):
        count_hospitals("nobody")


def test_a_task_called_like_a_function_runs_in_its_callers_hospital(contexts: dict[str, HospitalContext]) -> None:
    with hospital(contexts["northfield"]):
        assert own_scope() == contexts["northfield"].schema_name


def test_a_sender_cannot_forge_the_hospital_of_a_task(
    contexts: dict[str, HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, str]] = []
    monkeypatch.setattr(Task, "apply_async", lambda self, args, kwargs, headers, **options: sent.append(headers))
    with hospital(contexts["northfield"]):
        own_scope.apply_async(headers={HOSPITAL_HEADER: str(contexts["alwaha"].id)})
    assert sent == [{HOSPITAL_HEADER: str(contexts["northfield"].id)}]


@pytest.mark.requirement("S08")
def test_a_task_is_sent_for_its_hospital_when_the_transaction_has_committed_and_never_when_it_was_undone(
    contexts: dict[str, HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[object, object, object]] = []
    monkeypatch.setattr(
        Task, "apply_async", lambda self, args, kwargs, headers, **options: sent.append((args, kwargs, headers))
    )
    northfield = contexts["northfield"]
    with hospital(northfield):
        with transaction.atomic():
            write_row.delay(1, 0, bell="nobody")
            assert sent == []
        with transaction.atomic():
            write_row.delay(2, 0, bell="nobody")
            transaction.set_rollback(True)
    assert sent == [((1, 0), {"bell": "nobody"}, {HOSPITAL_HEADER: str(northfield.id)})]


def test_a_schedule_of_hospitals_is_sent_once_to_each_open_one(
    contexts: dict[str, HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = Schedule("tests.own_scope", own_scope, timedelta(minutes=10))
    monkeypatch.setitem(schedules._entries, schedule.name, schedule)
    sent: list[tuple[str, float]] = []
    monkeypatch.setattr(
        Task,
        "apply_async",
        lambda self, headers, countdown, **options: sent.append((headers[HOSPITAL_HEADER], countdown)),
    )
    with shared():
        send_scheduled(schedule.name)
        open_ones = {str(key) for key in Hospital.objects.filter(state="active").values_list("pk", flat=True)}
    assert {key for key, _delay in sent} == open_ones
    assert len(sent) == len(open_ones)
    assert all(0 <= delay <= 60 for _key, delay in sent)
    assert beat_schedule()[schedule.name] == {
        "task": "kernel.send_scheduled",
        "args": (schedule.name,),
        "schedule": timedelta(minutes=10),
        "options": {"headers": {HOSPITAL_HEADER: SHARED}, "expires": 600.0},
    }


def test_a_schedule_of_the_provider_is_sent_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = Schedule("tests.count_hospitals", count_hospitals, timedelta(minutes=5))
    monkeypatch.setitem(schedules._entries, schedule.name, schedule)
    assert beat_schedule()[schedule.name] == {
        "task": "tests.count_hospitals",
        "args": (),
        "schedule": timedelta(minutes=5),
        "options": {"headers": {HOSPITAL_HEADER: SHARED}, "expires": 300.0},
    }


def test_what_is_sent_on_schedule_ends_before_the_next_and_is_never_handed_out_twice(
    contexts: dict[str, HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[float, float]] = []
    monkeypatch.setattr(
        Task,
        "apply_async",
        lambda self, headers, countdown, expires, **options: sent.append((countdown, expires)),
    )
    for every, longest in ((timedelta(minutes=1), 6), (timedelta(days=1), 1800)):
        schedule = Schedule("tests.own_scope", own_scope, every)
        monkeypatch.setitem(schedules._entries, schedule.name, schedule)
        sent.clear()
        for _round in range(20):
            with shared():
                send_scheduled(schedule.name)
        assert 0.8 * longest < max(countdown for countdown, _expires in sent) <= longest
        assert {expires for _countdown, expires in sent} == {every.total_seconds() + longest}
        assert beat_schedule()[schedule.name]["options"]["expires"] == every.total_seconds()
    assert longest < app.conf.broker_transport_options["visibility_timeout"]


def test_what_keeps_the_trail_and_the_outbox_moving_is_sent_to_suspended_hospitals_too(
    contexts: dict[str, HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    app.loader.import_default_modules()
    sent: list[str] = []
    monkeypatch.setattr(Task, "apply_async", lambda self, **options: sent.append(options["headers"][HOSPITAL_HEADER]))
    key = contexts["alwaha"].id
    reached = set()
    with shared():
        Hospital.objects.filter(pk=key).update(state=Hospital.State.SUSPENDED)
        try:
            for schedule in schedules:
                if schedule.is_for_hospitals:
                    sent.clear()
                    send_scheduled(schedule.name)
                    if str(key) in sent:
                        reached.add(schedule.name)
        finally:
            Hospital.objects.filter(pk=key).update(state=Hospital.State.ACTIVE)
    assert reached == {
        "accounts.forget_old",
        "audit.anchor",
        "audit.seal",
        "events.relay",
        "events.remove_old",
        "hospitals.report",
        "mail.remove_old",
    }


def test_a_task_that_cannot_be_sent_after_the_commit_does_not_fail_the_act(
    contexts: dict[str, HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*args: object, **options: object) -> None:
        raise BrokerGone

    monkeypatch.setattr(Task, "apply_async", gone)
    with hospital(contexts["northfield"]), transaction.atomic():
        write_row.delay(1, 0, "nobody")


def test_every_declared_task_is_a_hospitals_or_the_providers() -> None:
    app.loader.import_default_modules()
    own = {name: type(task).mro() for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert "tenancy.provision" in own
    strangers = [name for name, mro in own.items() if not any(c.__name__ == "_ScopedTask" for c in mro)]
    assert strangers == []
