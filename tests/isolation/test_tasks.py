"""The task registry and the events: each task × every wrong header × another hospital's identifiers (S03, S08)."""

import dataclasses
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from celery import Task

from config.celery import app
from kernel import clock
from kernel.events import Event
from kernel.events.models import OutboxEvent
from kernel.events.relay import relay_waiting
from kernel.events.subscribers import subscribers_of
from kernel.events.types import _types, payload_of
from kernel.permissions import Role
from kernel.tasks import HOSPITAL_HEADER, SHARED, HospitalTask
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoHospital
from kernel.tenancy.models import Hospital
from kernel.tenancy.scope import hospital, shared
from tests.isolation.attempts import attempts, changed, rows_in, rows_of
from tests.isolation.world import House, World

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
app.loader.import_default_modules()
REGISTERED = sorted(name for name in app.tasks if not name.startswith(("celery.", "tests.")))
NOBODY = "00000000-0000-7000-8000-000000000000"

Arguments = Callable[[World], list[str]]


def no_arguments(world: World) -> list[str]:
    return []


def another_hospitals_id(world: World) -> list[str]:
    return [str(world.other.context.id)]


@dataclasses.dataclass(frozen=True)
class Declared:
    """What a task does when it is run for Northfield, or for the provider, with Al-Waha's identifiers.

    ``writes``: the tables of its own schema, and ``shared`` those of the provider's, that may have changed afterwards.
    """

    arguments: Arguments = no_arguments
    writes: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()


SEALS = frozenset({"audit_unsealed", "audit_auditseal", "audit_audithead"})
KEYS = frozenset({"keys_wrappedkey"})
OUTBOX = frozenset({"events_outboxevent", "mail_outgoingmail"}) | KEYS
OLD = frozenset({"accounts_session", "accounts_onetimecode", "accounts_throttle"})
TASKS: dict[str, Declared] = {
    "accounts.forget_old": Declared(writes=OLD),
    "accounts.forget_old_shared": Declared(shared=OLD),
    "audit.anchor": Declared(),
    "audit.anchor_shared": Declared(),
    "audit.seal": Declared(writes=SEALS | KEYS),
    "audit.seal_shared": Declared(shared=SEALS | KEYS),
    "events.relay": Declared(writes=OUTBOX),
    "events.relay_shared": Declared(shared=OUTBOX),
    "events.remove_old": Declared(writes=frozenset({"events_outboxevent"})),
    "events.remove_old_shared": Declared(shared=frozenset({"events_outboxevent"})),
    "hospitals.report": Declared(shared=frozenset({"hospitals_hospitalreport"})),
    "hospitals.report_provider": Declared(shared=frozenset({"hospitals_providerreport"})),
    "kernel.send_scheduled": Declared(lambda world: ["events.relay"]),
    "mail.remove_old": Declared(writes=frozenset({"mail_outgoingmail"})),
    "mail.remove_old_shared": Declared(shared=frozenset({"mail_outgoingmail"})),
    "tenancy.check_schemas": Declared(shared=frozenset({"tenancy_schemastate"})),
    "tenancy.discard_hospital": Declared(another_hospitals_id),
    "tenancy.provision": Declared(another_hospitals_id),
    "tenancy.resume_provisioning": Declared(),
}


@pytest.fixture(autouse=True)
def _as_in_a_worker(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files go to a folder of the test. A worker's connections are closed around each task, and this one holds the
    test's transaction: Django's own client leaves it alone in the same way."""
    settings.PORTICO_HOME = tmp_path
    monkeypatch.setattr("kernel.tasks.close_old_connections", lambda: None)


@pytest.fixture
def empty_world(hospital_context: Callable[[str], HospitalContext]) -> World:
    """The two hospitals as they are, for what needs nobody in them."""
    own, other = (House(hospital_context(slug), "") for slug in ("northfield", "alwaha"))
    return World(own, other, {})


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The headers of what would have been sent."""
    found: list[dict[str, str]] = []

    def note(self: object, args: object = None, kwargs: object = None, **options: Any) -> None:
        found.append(options["headers"])

    monkeypatch.setattr(Task, "apply_async", note)
    return found


def snapshot(world: World) -> tuple[dict[str, tuple[int, int]], ...]:
    """The rows of Northfield, of Al-Waha and of the provider."""
    return rows_of(world.own.context), rows_of(world.other.context), rows_in(shared())


@pytest.mark.requirement("S03", "S08")
def test_every_registered_task_has_a_declared_outcome() -> None:
    assert sorted(TASKS) == REGISTERED


@pytest.mark.requirement("S08")
@pytest.mark.parametrize("name", REGISTERED)
def test_a_task_without_its_header_or_with_a_wrong_one_is_not_run(empty_world: World, name: str) -> None:
    world = empty_world
    task = app.tasks[name]
    wrong = ["", NOBODY, "nonsense", "*", f"{world.own.context.id},{world.other.context.id}"]
    wrong.append(SHARED if isinstance(task, HospitalTask) else str(world.other.context.id))
    before = snapshot(world)
    for headers in [{}, *({HOSPITAL_HEADER: header} for header in wrong)]:
        attempts["to run a task with no or a wrong header"] += 1
        with pytest.raises(NoHospital):
            task.apply(args=tuple(TASKS[name].arguments(world)), headers=headers, throw=True)
    assert snapshot(world) == before


@pytest.mark.requirement("S08")
@pytest.mark.parametrize("name", REGISTERED)
def test_the_header_of_a_message_is_its_scopes_and_never_the_senders_choice(
    empty_world: World, name: str, sent: list[dict[str, str]]
) -> None:
    world, task = empty_world, app.tasks[name]
    forged = {HOSPITAL_HEADER: str(world.other.context.id)}
    attempts["to send a task in another hospital's name"] += 2
    if isinstance(task, HospitalTask):
        with pytest.raises(NoHospital):
            task.apply_async(headers=forged)
        with pytest.raises(NoHospital):
            task.delay()
        with shared(), pytest.raises(NoHospital):
            task.apply_async(headers=forged)
        assert sent == []
    with hospital(world.own.context):
        task.apply_async(headers=forged)
    own = str(world.own.context.id) if isinstance(task, HospitalTask) else SHARED
    assert sent == [{HOSPITAL_HEADER: own}]


@pytest.mark.requirement("S03", "S08")
@pytest.mark.parametrize("name", REGISTERED)
def test_a_task_that_is_given_another_hospitals_identifiers_writes_nothing_there(
    world: World, name: str, sent: list[dict[str, str]]
) -> None:
    task = app.tasks[name]
    declared = TASKS[name]
    header = str(world.own.context.id) if isinstance(task, HospitalTask) else SHARED
    own, other, provider = snapshot(world)
    attempts["to run a task with another hospital's identifiers"] += 1

    task.apply(args=tuple(declared.arguments(world)), headers={HOSPITAL_HEADER: header}, throw=True)

    own_now, other_now, provider_now = snapshot(world)
    assert changed(other, other_now) == []
    assert set(changed(own, own_now)) <= declared.writes
    assert set(changed(provider, provider_now)) <= declared.shared


@pytest.mark.requirement("S08")
def test_a_scheduled_task_is_sent_under_each_open_hospitals_own_header(
    empty_world: World, sent: list[dict[str, str]]
) -> None:
    app.tasks["kernel.send_scheduled"].apply(args=("events.relay",), headers={HOSPITAL_HEADER: SHARED}, throw=True)
    with shared():
        open_ones = {str(key) for key in Hospital.objects.filter(state="active").values_list("pk", flat=True)}
    assert sorted(header[HOSPITAL_HEADER] for header in sent) == sorted(open_ones)


# --- Events: what one hospital's outbox says is done in that hospital ------------------------------------------------

# Events that tests declare belong to no product, whatever they are called.
EVENTS = sorted(
    name for name, kind in _types.items() if not kind.__module__.startswith("tests") and subscribers_of(name)
)


def made_with_ids_of(world: World, kind: type[Event]) -> Event:
    """An event whose identifiers are all Al-Waha's."""
    values: dict[type, Any] = {str: "made up", int: 1, bool: True, datetime: datetime(2026, 3, 2, tzinfo=UTC)}
    key = world.other.context.id if "hospital" in kind.__name__.lower() else world.other.accounts[Role.PATIENT].pk
    hints = typing.get_type_hints(kind)
    filled = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # each event is a dataclass
        wanted = hints[field.name]
        kinds = [wanted, *typing.get_args(wanted)]
        filled[field.name] = key if UUID in kinds else next((values[one] for one in kinds if one in values), ())
    return kind(**filled)


@pytest.mark.requirement("S03", "S51")
@pytest.mark.parametrize("name", EVENTS)
def test_an_event_with_another_hospitals_identifiers_changes_nothing_there(world: World, name: str) -> None:
    """As if somebody had put it into Northfield's outbox: its subscribers find nobody, or are refused."""
    event = made_with_ids_of(world, _types[name])
    with hospital(world.own.context):
        OutboxEvent.objects.all().delete()
        OutboxEvent.objects.create(
            type_name=name, payload=payload_of(event), published_at=clock.now(), available_at=clock.now()
        )
    own, other, provider = snapshot(world)
    attempts["to publish an event with another hospital's identifiers"] += 1

    with hospital(world.own.context):
        assert relay_waiting() == 1

    own_now, other_now, provider_now = snapshot(world)
    assert changed(other, other_now) == []
    assert changed(provider, provider_now) == []
    assert set(changed(own, own_now)) <= {"events_outboxevent"}


def test_there_are_tasks_of_both_sides_and_events_with_subscribers() -> None:
    """Else all the tables above would prove nothing."""
    assert {isinstance(app.tasks[name], HospitalTask) for name in REGISTERED} == {True, False}
    assert len(EVENTS) >= 8
