"""Events are rows of the transaction that causes them, and reach each subscriber once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import transaction

from config.cli import run
from kernel import clock
from kernel.accounts.models import Account
from kernel.audit.models import AuditEntry
from kernel.events import Event, current_delivery, on, publish, subscribers
from kernel.events.models import OutboxEvent
from kernel.events.publishing import withdraw
from kernel.events.relay import (
    ATTEMPTS,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    pause_after,
    relay_waiting,
    remove_old_events,
)
from kernel.events.selectors import dead_letters, outbox_health
from kernel.events.services import replay_all, replay_event
from kernel.ids import uuid7
from kernel.permissions import NotFound, Role
from kernel.tenancy.context import HospitalContext
from tests.kernel.acting import acting

pytestmark = pytest.mark.requirement("S51")


@dataclass(frozen=True)
class LampLit(Event):
    lamp_id: UUID
    rooms: tuple[UUID, ...] = ()
    on_day: date | None = None
    watts: int = 0


@pytest.fixture(autouse=True)
def _own_subscribers() -> Iterator[None]:
    before = dict(subscribers._subscribers)
    yield
    subscribers._subscribers.clear()
    subscribers._subscribers.update(before)


def test_a_subscriber_gets_the_event_as_it_was_published(in_northfield: HospitalContext) -> None:
    event = LampLit(uuid7(), (uuid7(), uuid7()), date(2027, 2, 3), 60)
    got: list[LampLit] = []
    on(LampLit)(got.append)

    event_id = publish(event)
    assert relay_waiting() == 1

    assert got == [event]
    row = OutboxEvent.objects.get()
    assert (row.pk, row.type_name, row.state, row.attempts) == (event_id, "test_outbox.LampLit", "done", 1)
    assert relay_waiting() == 0


def test_an_event_of_a_rolled_back_act_does_not_exist(in_northfield: HospitalContext) -> None:
    def act() -> None:
        with transaction.atomic():
            publish(LampLit(uuid7()))
            raise KeyError

    with pytest.raises(KeyError):
        act()

    assert OutboxEvent.objects.count() == 0


def test_the_shared_schema_has_an_outbox_of_its_own(in_shared: None) -> None:
    got: list[LampLit] = []
    on(LampLit)(got.append)

    publish(LampLit(uuid7()))
    relay_waiting()

    assert len(got) == 1


def test_a_failing_subscriber_gets_it_again_and_the_others_do_not(in_northfield: HospitalContext) -> None:
    calls: list[tuple[str, UUID, int]] = []

    @on(LampLit)
    def steady(event: LampLit) -> None:
        calls.append(("steady", current_delivery().event_id, current_delivery().attempt))

    @on(LampLit)
    def unsteady(event: LampLit) -> None:
        Account.objects.create(login=f"written-by-attempt-{current_delivery().attempt}")
        calls.append(("unsteady", current_delivery().event_id, current_delivery().attempt))
        if current_delivery().attempt == 1:
            raise ConnectionError("the name of a patient could stand here")

    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as time:
        event_id = publish(LampLit(uuid7()))
        relay_waiting()
        row = OutboxEvent.objects.get()
        assert (row.state, row.failure) == (
            "waiting",
            f"{unsteady.__module__}.{unsteady.__qualname__}: ConnectionError",
        )
        assert relay_waiting() == 0
        time.shift(timedelta(seconds=7))
        assert relay_waiting() == 1

    assert calls == [("steady", event_id, 1), ("unsteady", event_id, 1), ("unsteady", event_id, 2)]
    assert OutboxEvent.objects.get().state == "done"
    # What the failed attempt had written is gone.
    assert list(Account.objects.values_list("login", flat=True)) == ["written-by-attempt-2"]


def test_an_event_that_keeps_failing_is_given_up_seen_and_replayed(in_northfield: HospitalContext) -> None:
    is_mended = False
    got: list[LampLit] = []

    @on(LampLit)
    def broken(event: LampLit) -> None:
        if not is_mended:
            raise ValueError
        got.append(event)

    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as time:
        event_id = publish(LampLit(uuid7()))
        for _attempt in range(ATTEMPTS):
            relay_waiting()
            time.shift(timedelta(hours=2))
        assert relay_waiting() == 0
        assert [row.pk for row in dead_letters()] == [event_id]
        assert (outbox_health().dead, outbox_health().waiting) == (1, 0)

        is_mended = True
        replay_event(access=acting(Role.OPERATOR), event_id=event_id)
        relay_waiting()

    assert len(got) == 1
    assert dead_letters().count() == 0
    assert AuditEntry.objects.get().action == "events.replayed"
    with pytest.raises(NotFound):
        replay_event(access=acting(Role.OPERATOR), event_id=event_id)


def test_an_event_can_be_held_back_and_withdrawn(in_northfield: HospitalContext) -> None:
    got: list[LampLit] = []
    on(LampLit)(got.append)

    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as time:
        kept = publish(LampLit(uuid7(), watts=1), delay=timedelta(seconds=10))
        undone = publish(LampLit(uuid7(), watts=2), delay=timedelta(seconds=10))
        assert relay_waiting() == 0
        assert withdraw(undone)
        time.shift(timedelta(seconds=10))
        assert relay_waiting() == 1

    assert [event.watts for event in got] == [1]
    assert not withdraw(kept)


def test_an_event_of_newer_code_waits_and_is_not_lost(in_northfield: HospitalContext) -> None:
    publish(LampLit(uuid7()))
    OutboxEvent.objects.update(type_name="lamps.NotYetKnown")

    relay_waiting()

    row = OutboxEvent.objects.get()
    assert (row.state, row.failure) == ("waiting", "payload: UnknownEvent")


def test_an_event_that_cannot_be_read_is_told_apart_from_what_waits(
    in_northfield: HospitalContext, capsys: pytest.CaptureFixture[str]
) -> None:
    status = ["outbox", "status", "--hospital", "northfield"]
    publish(LampLit(uuid7()))
    assert run([*status, "--json"]) == 0
    stuck = publish(LampLit(uuid7()))
    OutboxEvent.objects.filter(pk=stuck).update(type_name="lamps.NotYetKnown")
    relay_waiting()
    publish(LampLit(uuid7()))
    # New code is on its way to the processes one after the other: what it publishes is no fault for half an hour.
    assert run([*status, "--json"]) == 0
    half_an_hour_ago = clock.now() - timedelta(minutes=30)
    OutboxEvent.objects.filter(pk=stuck).update(published_at=half_an_hour_ago)
    capsys.readouterr()

    assert run([*status, "--json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)["outboxes"]
    assert (told["waiting"], told["unreadable"], told["dead"], told["given_up"]) == (2, 1, 0, [])
    (event,) = told["not_read"]
    assert (event["id"], event["failure"]) == (str(stuck), "payload: UnknownEvent")
    assert run(status) == 1
    assert str(stuck) in capsys.readouterr().out


def test_an_event_of_newer_code_is_not_given_up_before_two_weeks(in_northfield: HospitalContext) -> None:
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as time:
        publish(LampLit(uuid7()))
        OutboxEvent.objects.update(type_name="lamps.NotYetKnown")
        for _attempt in range(ATTEMPTS + 1):
            assert relay_waiting() == 1
            time.shift(timedelta(minutes=5))
        row = OutboxEvent.objects.get()
        assert (row.state, row.attempts) == ("waiting", 0)

        time.shift(timedelta(days=14))
        relay_waiting()

    assert OutboxEvent.objects.get().state == "dead"


def test_a_subscriber_may_fail_for_ten_hours(in_northfield: HospitalContext) -> None:
    """A mail server that is away for a night's work."""
    begun = datetime(2027, 1, 1, tzinfo=UTC)
    got: list[LampLit] = []

    @on(LampLit)
    def away(event: LampLit) -> None:
        if clock.now() - begun < timedelta(hours=8):
            raise ConnectionError
        got.append(event)

    with time_machine.travel(begun, tick=False) as time:
        publish(LampLit(uuid7()))
        for _minute in range(60 * 12):
            relay_waiting()
            time.shift(timedelta(minutes=1))

    assert len(got) == 1
    shortest = sum((FIRST_PAUSE * 2**number for number in range(10)), timedelta()) + LONGEST_PAUSE * (ATTEMPTS - 11)
    assert shortest * 0.8 > timedelta(hours=8)


def test_a_relay_holds_only_the_event_that_it_delivers(in_northfield: HospitalContext) -> None:
    """Each may take a minute, and what waits behind a slow one is free for another relay."""
    held: list[tuple[int, int]] = []

    @on(LampLit)
    def slow(event: LampLit) -> None:
        time.shift(timedelta(seconds=60))
        waiting = OutboxEvent.objects.filter(state="waiting")
        held.append((waiting.filter(held_until__gt=clock.now()).count(), waiting.filter(attempts=0).count()))

    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as time:
        for _number in range(3):
            publish(LampLit(uuid7()))
        relay_waiting()

    assert held == [(1, 2), (1, 1), (1, 0)]


def test_all_that_was_given_up_is_replayed_at_once(in_northfield: HospitalContext) -> None:
    for _number in range(3):
        publish(LampLit(uuid7()))
    OutboxEvent.objects.update(state="dead", attempts=ATTEMPTS)
    publish(LampLit(uuid7()))

    assert replay_all(access=acting(Role.OPERATOR)) == 3

    assert set(OutboxEvent.objects.values_list("state", "attempts")) == {("waiting", 0)}
    assert [entry.action for entry in AuditEntry.objects.all()] == ["events.replayed"] * 3


def test_the_pauses_double_up_to_an_hour() -> None:
    pauses = [pause_after(attempts).total_seconds() for attempts in (1, 2, 3, 20)]

    for pause, wanted in zip(pauses, (5, 10, 20, 3600), strict=True):
        assert wanted * 0.8 <= pause <= wanted * 1.2


def test_delivered_events_are_forgotten_after_two_weeks(in_northfield: HospitalContext) -> None:
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False) as time:
        publish(LampLit(uuid7()))
        relay_waiting()
        time.shift(timedelta(days=13))
        assert remove_old_events() == 0
        time.shift(timedelta(days=2))
        assert remove_old_events() == 1


def test_two_events_cannot_have_one_name() -> None:
    with pytest.raises(TypeError, match=r"two events are called 'test_outbox\.LampLit'"):
        type("Other", (Event,), {"type_name": "test_outbox.LampLit"})
