"""The scope: what may be entered where, and what a query without one gets."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from kernel.accounts.models import Account
from kernel.tenancy.base import scope_of
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoHospital, NoScope, ScopeRefused
from kernel.tenancy.models import Hospital
from kernel.tenancy.scope import (
    SHARED_SCHEMA,
    Scope,
    current_hospital,
    current_scope,
    hospital,
    peek_scope,
    schema,
    shared,
)

Contexts = Callable[[str], HospitalContext]


def test_a_hospital_of_another_database_is_not_entered(hospital_context: Contexts) -> None:
    context = replace(hospital_context("northfield"), database_alias="cell_two")
    with pytest.raises(ScopeRefused, match="which is not served here"), hospital(context):
        pass


@pytest.mark.requirement("S07")
def test_a_query_without_a_scope_is_refused(db: None) -> None:
    with pytest.raises(NoScope):
        Account.objects.count()


@pytest.mark.requirement("S07")
def test_a_raw_cursor_without_a_scope_is_refused(db: None) -> None:
    with pytest.raises(NoScope):
        connection.cursor()


@pytest.mark.requirement("S07")
@pytest.mark.parametrize("command", ["showmigrations", "inspectdb", "flush"])
def test_a_command_of_djangos_own_reads_and_writes_nothing_without_a_scope(committed: None, command: str) -> None:
    with pytest.raises((NoScope, CommandError)) as refused:
        call_command(command, **({"interactive": False} if command == "flush" else {}))
    assert "no hospital and no shared() in context" in str(refused.value.__cause__ or refused.value)


@pytest.mark.requirement("S07")
def test_a_query_is_asked_in_the_hospital_where_it_is_evaluated_and_finds_its_rows_only(
    hospital_context: Contexts,
) -> None:
    """A hole that no wrapper closes: the query is carried along. Keys of one hospital are no keys of another."""
    northfield, alwaha = hospital_context("northfield"), hospital_context("alwaha")
    with hospital(northfield):
        own = Account.objects.create(login="carried-northfield")
        everybody = Account.objects.filter(login__startswith="carried-")
        by_key = Account.objects.filter(pk=own.pk)
    with hospital(alwaha):
        Account.objects.create(login="carried-alwaha")
        found = list(everybody)
        assert [account.login for account in found] == ["carried-alwaha"]
        assert [scope_of(account) for account in found] == [alwaha.schema_name]
        assert not by_key.exists()
    with pytest.raises(NoScope):
        list(everybody.all())


def test_the_hospital_in_context_is_the_one_that_was_entered(hospital_context: Contexts) -> None:
    northfield = hospital_context("northfield")
    with hospital(northfield):
        assert current_hospital() == northfield
        assert current_scope().schema_name == northfield.schema_name
    assert peek_scope() is None


def test_there_is_no_hospital_under_shared(db: None) -> None:
    with shared(), pytest.raises(NoHospital):
        current_hospital()


@pytest.mark.requirement("S07")
def test_a_hospital_inside_another_hospital_is_refused(hospital_context: Contexts) -> None:
    northfield, alwaha = hospital_context("northfield"), hospital_context("alwaha")
    with hospital(northfield):
        with pytest.raises(ScopeRefused, match="inside another"), hospital(alwaha):
            pass
        assert current_hospital() == northfield


def test_a_hospital_inside_another_is_refused_also_through_shared(hospital_context: Contexts) -> None:
    northfield, alwaha = hospital_context("northfield"), hospital_context("alwaha")
    with hospital(northfield), shared(), pytest.raises(ScopeRefused, match="inside another"), hospital(alwaha):
        pass


def test_shared_inside_a_hospital_reads_the_register_and_returns(hospital_context: Contexts) -> None:
    northfield = hospital_context("northfield")
    with hospital(northfield):
        with shared():
            assert Hospital.objects.get(slug="northfield").pk == northfield.id
        assert current_hospital() == northfield
        assert Account.objects.count() == 0


@pytest.mark.requirement("S07")
def test_a_scope_inside_a_generator_is_refused(hospital_context: Contexts) -> None:
    alwaha = hospital_context("alwaha")

    def rows() -> Iterator[int]:
        with hospital(alwaha):
            yield 1

    with pytest.raises(ScopeRefused, match="generator"):
        next(rows())
    assert peek_scope() is None


def test_a_scope_inside_a_generator_is_refused_also_through_an_exit_stack(hospital_context: Contexts) -> None:
    alwaha = hospital_context("alwaha")

    def rows() -> Iterator[int]:
        with ExitStack() as stack:
            stack.enter_context(hospital(alwaha))
            yield 1

    with pytest.raises(ScopeRefused, match="generator"):
        next(rows())
    assert peek_scope() is None


def test_an_exit_stack_outside_a_generator_may_hold_a_scope(hospital_context: Contexts) -> None:
    northfield = hospital_context("northfield")
    with ExitStack() as stack:
        stack.enter_context(hospital(northfield))
        assert current_hospital() == northfield
    assert peek_scope() is None


def test_a_scope_left_behind_inside_another_is_reported(hospital_context: Contexts) -> None:
    northfield = hospital_context("northfield")
    with pytest.raises(ScopeRefused, match="left behind"), shared():
        hospital(northfield).__enter__()
    assert peek_scope() is None


def test_a_scope_is_left_once(hospital_context: Contexts) -> None:
    northfield = hospital_context("northfield")
    scope = shared()
    scope.__enter__()
    scope.__exit__(None, None, None)
    with hospital(northfield), pytest.raises(ScopeRefused, match="left behind"):
        scope.__exit__(None, None, None)
    assert peek_scope() is None


@pytest.mark.parametrize("name", ["public", "pg_toast", "", "Shared", "a-b", 'x"; drop schema shared', "ä", "h" * 51])
def test_a_name_that_is_no_schema_of_ours_is_refused_before_any_query(name: str) -> None:
    with pytest.raises(ScopeRefused):
        Scope(name)


def test_the_longest_name_of_a_schema_is_the_one_that_the_tag_has_room_for() -> None:
    assert Scope("h" * 50).schema_name == "h" * 50


def test_only_the_providers_schema_is_shared(hospital_context: Contexts) -> None:
    with shared() as scope:
        assert scope.is_shared
    with hospital(hospital_context("northfield")) as scope:
        assert not scope.is_shared
    with schema("h_000000000000") as scope:
        assert not scope.is_shared


@pytest.mark.requirement("S07")
def test_the_scope_cannot_change_inside_a_transaction(committed: None, hospital_context_now: Contexts) -> None:
    northfield = hospital_context_now("northfield")
    with (
        hospital(northfield),
        transaction.atomic(),
        pytest.raises(ScopeRefused, match="inside a transaction"),
        shared(),
    ):
        pass


def test_the_same_scope_may_be_entered_again_inside_a_transaction(
    committed: None, hospital_context_now: Contexts
) -> None:
    northfield = hospital_context_now("northfield")
    with hospital(northfield), transaction.atomic(), hospital(northfield):
        assert Account.objects.count() == 0


def test_a_transaction_that_outlives_its_scope_is_refused_by_the_next_one(
    committed: None, hospital_context_now: Contexts
) -> None:
    """Left by hand, without a ``with`` block, the transaction is still seen by the connection itself."""
    northfield = hospital_context_now("northfield")
    with shared():
        with hospital(northfield):
            transaction.set_autocommit(False)
            assert Account.objects.count() == 0
        try:
            with pytest.raises(ScopeRefused, match="belongs to another scope"):
                Hospital.objects.count()
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)
        assert Hospital.objects.count() >= 3


@pytest.mark.requirement("S07")
def test_a_new_thread_has_no_scope(hospital_context: Contexts) -> None:
    northfield = hospital_context("northfield")
    found: list[BaseException | int] = []

    def look() -> None:
        try:
            found.append(Account.objects.count())
        except NoScope as error:
            found.append(error)

    with hospital(northfield):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert [type(entry) for entry in found] == [NoScope]


def test_a_copied_context_carries_its_hospital(hospital_context: Contexts) -> None:
    northfield = hospital_context("northfield")
    with hospital(northfield):
        copied = copy_context()
    assert peek_scope() is None
    assert copied.run(current_hospital) == northfield


def test_a_bare_schema_is_refused_on_the_web_workers_connection(hospital_context: Contexts) -> None:
    northfield = hospital_context("northfield")
    with schema(northfield.schema_name), pytest.raises(ScopeRefused, match="owner"):
        connection.cursor()


@pytest.mark.parametrize("call", ["set_schema", "set_tenant", "set_schema_to_public", "set_settings_schema"])
def test_the_switches_of_django_tenants_are_refused(call: str) -> None:
    arguments = [] if call == "set_schema_to_public" else ["h_000000000000"]
    with pytest.raises(ScopeRefused):
        getattr(connection, call)(*arguments)


def test_a_hospital_is_no_context_manager_of_its_own(in_shared: None) -> None:
    found = Hospital.objects.get(slug="northfield")
    with pytest.raises(TypeError):
        found.__enter__()
    with pytest.raises(TypeError):
        found.activate()
    assert current_scope().schema_name == SHARED_SCHEMA
