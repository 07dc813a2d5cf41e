"""The making of hospitals: asked for once, made once, seen only when whole, refused in plain words."""

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from celery import Task
from django.db import OperationalError, connections, transaction

from kernel.accounts.models import Account
from kernel.errors import DomainError
from kernel.tenancy import provisioning
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.fleet.drift import fingerprints
from kernel.tenancy.models import Domain, Hospital, Provisioning, SchemaTemplate
from kernel.tenancy.provisioning import (
    DATABASE_STEP,
    HospitalRequest,
    ProvisioningStep,
    SlugReserved,
    SlugTaken,
    SlugUnusable,
    discard,
    request_hospital,
    require_usable_slug,
    run_provisioning,
    steps,
    unfinished,
)
from kernel.tenancy.resolution import context_for_host, hosts
from kernel.tenancy.schemas import OWNER, SomebodyElse, locked, migration_state, owner_connection, try_lock
from kernel.tenancy.scope import hospital, shared
from kernel.tenancy.tasks import provision, resume_provisioning
from kernel.tenancy.templates import current_template, dump
from tests.clients import client_for
from tests.conftest import drop_hospital


def wanted(slug: str) -> HospitalRequest:
    return HospitalRequest(slug, "A Hospital", "test", "Test", "US", "America/Chicago", "USD", ("en", "es"))


def ask(slug: str) -> Provisioning:
    with shared():
        return request_hospital(wanted(slug))


def state_of(row: Provisioning) -> Provisioning:
    with shared():
        return Provisioning.objects.get(pk=row.pk)


@pytest.fixture
def slug(committed: None) -> Iterator[str]:
    """A free address; whatever is made under it is dropped."""
    name = f"t{secrets.token_hex(6)}"
    yield name
    for key in made_under(name):
        drop_hospital(key)
    hosts.clear()


def made_under(name: str) -> list[UUID]:
    with shared():
        return list(Provisioning.objects.filter(slug__startswith=name).values_list("hospital_id", flat=True))


@pytest.mark.parametrize(
    "word",
    ["", "A", "1st", "-a", "a-", "a_b", "a.b", "a b", "ñandu", "مستشفى", "a" * 41, "a\n", "h/../x", "x'; drop", "ａｂ"],
)
def test_what_cannot_be_an_address_is_refused_in_plain_words(word: str) -> None:
    with pytest.raises(SlugUnusable) as refusal:
        require_usable_slug(word)
    assert "small letters" in str(refusal.value)


@pytest.mark.parametrize("word", ["console", "network", "www", "api", "pg-catalog", "template-x", "xn--abc", "public"])
def test_a_reserved_address_is_refused(word: str) -> None:
    with pytest.raises(SlugReserved):
        require_usable_slug(word)


@pytest.mark.parametrize("word", ["a", "a1", "st-mary", "a" * 40])
def test_a_plain_address_is_good(word: str) -> None:
    require_usable_slug(word)


def test_an_address_that_another_hospital_has_is_refused_and_nothing_is_written(committed: None) -> None:
    with shared():
        before = Provisioning.objects.count()
        with pytest.raises(SlugTaken):
            request_hospital(wanted("northfield"))
        assert Provisioning.objects.count() == before


def test_a_hospital_answers_on_its_host_when_it_is_made_and_not_before(slug: str) -> None:
    row = ask(slug)
    host = f"{slug}.localhost"
    assert context_for_host(host) is None
    seen: list[str] = []
    run_provisioning(row.pk, lambda step: seen.append(f"{step}:{context_for_host(host) is None}"))
    assert seen[0] == "database:True"
    assert seen[-1] == "open:True"
    context = context_for_host(host)
    assert context is not None
    with hospital(context):
        assert Account.objects.count() == 0
    found = state_of(row)
    assert (found.state, {entry["state"] for entry in found.steps}) == ("done", {"done"})
    assert client_for(slug).get("/nothing-here/").status_code == 404


def test_asked_for_twice_it_is_made_once(slug: str) -> None:
    first, second = ask(slug), ask(slug)
    assert first.pk == second.pk
    run_provisioning(first.pk)
    assert run_provisioning(first.pk) is None
    with shared():
        assert Hospital.objects.filter(slug=slug).count() == 1


def test_another_hospital_at_an_address_that_is_being_made_is_refused(slug: str, failing: list[str]) -> None:
    row = ask(slug)
    with shared(), pytest.raises(SlugTaken):
        request_hospital(replace(wanted(slug), name="Another"))
    with pytest.raises(RuntimeError):
        run_provisioning(row.pk)
    # It is half made now, under the first name.
    with shared(), pytest.raises(SlugTaken):
        request_hospital(replace(wanted(slug), name="Another"))
    assert ask(slug).pk == row.pk


def test_two_clicks_at_the_same_moment_are_one_request(slug: str) -> None:
    found: list[UUID] = []
    together = threading.Barrier(6)

    def click() -> None:
        try:
            together.wait()
            found.append(ask(slug).pk)
        finally:
            connections.close_all()

    in_threads([click] * 6)
    assert len(found) == 6
    assert len(set(found)) == 1


def test_two_workers_at_the_same_request_make_one_hospital(slug: str) -> None:
    row = ask(slug)
    done: list[object] = []
    together = threading.Barrier(2)

    def work() -> None:
        try:
            together.wait()
            done.append(run_provisioning(row.pk))
        finally:
            connections.close_all()

    in_threads([work, work])
    assert sorted(entry is None for entry in done) == [False, True]
    assert state_of(row).state == "done"


def test_four_workers_make_four_hospitals_at_once(slug: str) -> None:
    rows = [ask(f"{slug}-{number}") for number in range(4)]

    def work(row: Provisioning) -> None:
        try:
            run_provisioning(row.pk)
        finally:
            connections.close_all()

    in_threads([lambda row=row: work(row) for row in rows])  # type: ignore[misc]
    assert [state_of(row).state for row in rows] == ["done"] * 4
    with shared():
        names = list(Hospital.objects.filter(slug__startswith=slug).values_list("schema_name", flat=True))
    assert len(set(fingerprints(names).values())) == 1


def in_threads(work: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=entry) for entry in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A registered step that fails as long as its list is empty."""
    works: list[str] = []

    def run(context: HospitalContext, extra: object) -> None:
        Account.objects.get_or_create(login="by-the-step")
        if not works:
            raise RuntimeError("the step failed, with a secret: hunter2")

    step = ProvisioningStep("tests.fails", "A step that fails", run, 50)
    monkeypatch.setitem(steps._entries, step.name, step)
    return works


def test_a_failing_step_is_named_without_its_text_and_asking_again_goes_on_there(slug: str, failing: list[str]) -> None:
    row = ask(slug)
    with pytest.raises(RuntimeError):
        run_provisioning(row.pk)
    failed = state_of(row)
    assert (failed.state, failed.failure) == ("failed", "tests.fails: RuntimeError")
    assert context_for_host(f"{slug}.localhost") is None
    failing.append("now")
    again = ask(slug)
    assert again.pk == row.pk
    run_provisioning(row.pk)
    context = context_for_host(f"{slug}.localhost")
    assert context is not None
    with hospital(context):
        assert Account.objects.filter(login="by-the-step").count() == 1


def test_a_stop_by_hand_leaves_the_work_to_the_next_run(
    slug: str, failing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(row: Provisioning, name: str) -> None:
        raise KeyboardInterrupt

    row = ask(slug)
    with monkeypatch.context() as patched:
        patched.setattr(provisioning, "_run_step", stop)
        with pytest.raises(KeyboardInterrupt):
            run_provisioning(row.pk)
    assert state_of(row).state == "running"
    assert row.pk in unfinished()
    failing.append("now")
    run_provisioning(row.pk)
    assert state_of(row).state == "done"


def test_a_corrected_request_counts_as_long_as_nothing_was_made(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = ask(slug)

    def fail(row: Provisioning) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(provisioning, "_make_in_database", fail)
        with pytest.raises(RuntimeError):
            run_provisioning(row.pk)
    with shared():
        request_hospital(replace(wanted(slug), name="The Right Name"))
    run_provisioning(row.pk)
    with shared():
        assert Hospital.objects.get(slug=slug).name == "The Right Name"


def test_what_a_failed_making_left_can_be_discarded_and_its_address_is_free(slug: str, failing: list[str]) -> None:
    row = ask(slug)
    with pytest.raises(RuntimeError):
        run_provisioning(row.pk)
    with shared():
        schema_name = Hospital.objects.get(slug=slug).schema_name
    discard(row.pk)
    with shared(), owner_connection().cursor() as cursor:
        assert not Hospital.objects.filter(slug=slug).exists()
        assert not Domain.objects.filter(domain=f"{slug}.localhost").exists()
        cursor.execute("SELECT to_regnamespace(%s) IS NULL", [schema_name])
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname LIKE %s", [f"%{schema_name.removeprefix('h_')}"])
        assert cursor.fetchone() == (0,)
    failing.append("now")
    run_provisioning(ask(slug).pk)


def test_an_open_hospital_cannot_be_discarded(new_hospital: Callable[..., HospitalContext]) -> None:
    context = new_hospital()
    with shared():
        row = Provisioning.objects.get(hospital_id=context.id)
    with pytest.raises(DomainError):
        discard(row.pk)
    with hospital(context):
        assert Account.objects.count() == 0


def test_what_a_worker_is_making_cannot_be_discarded(slug: str) -> None:
    row = ask(slug)
    other = connections.create_connection(OWNER)
    try:
        with shared():
            assert try_lock(f"provisioning.{row.pk}", other)
        with pytest.raises(SomebodyElse):
            discard(row.pk)
        assert run_provisioning(row.pk) is None
        # Closing alone would do, but the server notices that a moment later.
        with shared(), other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    with shared():
        Provisioning.objects.filter(pk=row.pk).update(state="failed")
    discard(row.pk)
    with shared():
        assert not Provisioning.objects.filter(pk=row.pk).exists()


def test_what_was_asked_for_again_is_not_discarded(slug: str, failing: list[str]) -> None:
    """Somebody removes it in one window and tries again in another; the removal comes late."""
    row = ask(slug)
    with pytest.raises(RuntimeError):
        run_provisioning(row.pk)
    ask(slug)

    discard(row.pk)

    assert state_of(row).state == "waiting"
    failing.append("now")
    run_provisioning(row.pk)
    assert state_of(row).state == "done"


def test_a_worker_that_could_not_claim_a_making_leaves_it_to_others(slug: str) -> None:
    row = ask(slug)
    other = connections.create_connection(OWNER)
    try:
        with shared(), transaction.atomic():
            list(Provisioning.objects.select_for_update().filter(pk=row.pk))
            with pytest.raises(OperationalError):
                run_provisioning(row.pk)
        with shared():
            assert try_lock(f"provisioning.{row.pk}", other)
    finally:
        other.close()


def test_progress_can_be_read_by_the_web_process_while_it_runs(slug: str) -> None:
    """The web process has the login role only; it reads under shared()."""
    row = ask(slug)
    seen: list[str] = []

    def look(step: str) -> None:
        if step != DATABASE_STEP:
            seen.append(state_of(row).steps[0]["state"])

    run_provisioning(row.pk, look)
    assert set(seen) == {"done"}


def test_the_task_makes_the_hospital_and_the_sweep_finds_what_was_left(
    slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ask(slug)
    sent: list[list[str]] = []
    monkeypatch.setattr(Task, "apply_async", lambda self, args, kwargs, **options: sent.append(args))
    with shared():
        resume_provisioning()
    assert [str(row.pk)] in sent
    with shared():
        provision(str(row.pk))
    assert state_of(row).state == "done"
    assert row.pk not in unfinished()


def test_a_process_without_the_owners_credentials_cannot_make_hospitals(slug: str) -> None:
    row = ask(slug)
    kept = connections.settings.pop(OWNER)
    try:
        with pytest.raises(Exception, match="no DATABASE_ADMIN_URL"):
            run_provisioning(row.pk)
    finally:
        connections.settings[OWNER] = kept
    assert state_of(row).state == "waiting"


def test_a_replayed_hospital_is_its_template_to_the_last_right(new_hospital: Callable[..., HospitalContext]) -> None:
    context = new_hospital()
    template = current_template()
    found = fingerprints([context.schema_name, template.schema_name])
    assert found[context.schema_name] == found[template.schema_name]
    with shared():
        ours = dump(context.schema_name).replace(context.schema_name, "x").splitlines()
        reference = dump(template.schema_name).replace(template.schema_name, "x").splitlines()
    # Registered steps may have written rows; what makes tables, indexes and rights is the same.
    assert [line for line in reference if line not in ours] == []


def test_the_template_is_the_one_of_this_codes_migrations(committed: None) -> None:
    template = current_template()
    assert template.migration_state == migration_state()
    with shared():
        assert SchemaTemplate.objects.filter(migration_state=migration_state()).count() == 1


def test_a_lock_that_somebody_else_holds_is_waited_for_and_then_named(committed: None) -> None:
    other = connections.create_connection(OWNER)
    try:
        with shared():
            assert try_lock("tests", other)
            with pytest.raises(SomebodyElse), locked("tests", 0.3):
                pass
    finally:
        other.close()
    with shared(), locked("tests", 5):
        pass
