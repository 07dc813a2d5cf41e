"""The connection: it follows the scope, whatever happens to it, and the database refuses the rest."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import (
    DatabaseError,
    IntegrityError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connections,
    transaction,
)
from django.db import connection as default_connection
from psycopg import sql

from kernel import clock
from kernel.accounts.models import Account, OneTimeCode
from kernel.ids import uuid7
from kernel.tenancy.backend import watching
from kernel.tenancy.backend.base import HOSPITALS_PER_CONNECTION, DatabaseWrapper, _NamedServerBindingCursor
from kernel.tenancy.backend.watching import SECONDS_TO_ANSWER, WatchedConnection, database_given_up, server_of, silent
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoScope, ScopeRefused
from kernel.tenancy.models import Hospital
from kernel.tenancy.schemas import OWNER, execute, owner_connection
from kernel.tenancy.scope import Scope, activate, deactivate, hospital, schema, shared
from tests.runtime.conftest import wait_until

Contexts = Callable[[str], HospitalContext]
# Our wrapper, whose own attributes Django's type does not know.
connection: Any = default_connection
SLUGS = ("northfield", "santalucia", "alwaha")


@pytest.fixture
def signed(hospital_context_now: Contexts) -> Iterator[dict[str, HospitalContext]]:
    """The three hospitals, each with one committed account whose login says where it lives, on a new connection.

    The one of the tests before may reach its greatest age in the middle of a test, and would be changed for another.
    """
    connections.close_all()
    found = {slug: hospital_context_now(slug) for slug in SLUGS}
    for slug, context in found.items():
        sign(context, slug)
    yield found
    connections.close_all()
    for context in found.values():
        unsign(context)


def sign(context: HospitalContext, slug: str) -> None:
    with hospital(context):
        Account.objects.create(login=f"backend-{slug}")


def unsign(context: HospitalContext) -> None:
    with hospital(context):
        Account.objects.filter(login__startswith="backend-").delete()


def stop(pid: int) -> None:
    """Freeze a process, and come back when it is: a busy machine takes its time, and until then the server answers."""
    os.kill(pid, signal.SIGSTOP)
    state = ["ps", "-o", "state=", "-p", str(pid)]
    wait_until(lambda: subprocess.check_output(state).startswith(b"T"), seconds=20)


def logins() -> list[str]:
    return list(Account.objects.filter(login__startswith="backend-").values_list("login", flat=True))


def physical() -> tuple[str, str]:
    """Search path and role of the server's session, asked past the guard."""
    row = connection.connection.execute("SELECT current_setting('search_path'), current_user").fetchone()
    return row[0], row[1]


@pytest.mark.requirement("S10")
def test_each_scope_sees_its_own_rows(signed: dict[str, HospitalContext]) -> None:
    for slug in SLUGS * 2:
        with hospital(signed[slug]):
            assert logins() == [f"backend-{slug}"]
    with shared():
        assert logins() == []


@pytest.mark.requirement("S10")
def test_the_search_path_of_a_hospital_is_its_schema_and_extensions(signed: dict[str, HospitalContext]) -> None:
    northfield = signed["northfield"]
    with hospital(northfield):
        logins()
    assert physical() == (f"{northfield.schema_name}, extensions", northfield.role_name)


def test_a_switch_is_no_query_of_its_own(
    signed: dict[str, HospitalContext], django_assert_num_queries: Callable[[int], object]
) -> None:
    with hospital(signed["alwaha"]):
        logins()
    with hospital(signed["northfield"]), django_assert_num_queries(1):  # type: ignore[attr-defined]
        logins()


@pytest.mark.parametrize("statement", ["ROLLBACK", "DISCARD ALL", "RESET ALL", "RESET application_name"])
def test_a_raw_reset_of_the_session_is_seen_before_the_next_query(
    signed: dict[str, HospitalContext], statement: str
) -> None:
    with hospital(signed["northfield"]):
        logins()
        connection.connection.execute(statement)
        assert logins() == ["backend-northfield"]


def test_a_lost_connection_is_made_again_in_the_right_scope(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]):
        logins()
        connection.close()
        assert logins() == ["backend-northfield"]


def test_after_a_rollback_the_next_hospital_sees_its_own(signed: dict[str, HospitalContext]) -> None:
    def fail() -> None:
        with hospital(signed["northfield"]), transaction.atomic():
            Account.objects.create(login="backend-undone")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    with hospital(signed["alwaha"]):
        assert logins() == ["backend-alwaha"]
    with hospital(signed["northfield"]):
        assert logins() == ["backend-northfield"]


def test_after_a_rollback_to_a_savepoint_the_same_hospital_is_seen(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]), transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        assert logins() == ["backend-northfield"]


def test_in_a_broken_transaction_nothing_is_answered(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]):
        transaction.set_autocommit(False)
        try:
            with pytest.raises(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")
            with pytest.raises(InternalError):
                logins()
        finally:
            transaction.rollback()
            transaction.set_autocommit(True)
        assert logins() == ["backend-northfield"]


@pytest.mark.requirement("S07")
def test_what_runs_after_commit_runs_in_the_hospital_that_asked_for_it(signed: dict[str, HospitalContext]) -> None:
    seen: list[list[str]] = []
    scope = hospital(signed["northfield"])
    scope.__enter__()
    block = transaction.atomic()
    block.__enter__()
    transaction.on_commit(lambda: seen.append(logins()))
    # The scope ends before the commit: only the hook's own memory can know the hospital.
    scope.__exit__(None, None, None)
    block.__exit__(None, None, None)
    assert seen == [["backend-northfield"]]


def test_what_runs_after_commit_and_was_asked_for_without_a_scope_is_refused(committed: None) -> None:
    with pytest.raises(NoScope):
        transaction.on_commit(lambda: logins())


@pytest.mark.requirement("S07")
def test_threads_without_a_scope_read_nothing(signed: dict[str, HospitalContext]) -> None:
    def look(_number: int) -> str:
        try:
            return str(logins())
        except NoScope:
            return "refused"
        finally:
            connections.close_all()

    with hospital(signed["northfield"]), ThreadPoolExecutor(8) as pool:
        assert list(pool.map(look, range(80))) == ["refused"] * 80


@pytest.mark.requirement("S09")
def test_six_threads_that_switch_hospitals_never_read_a_wrong_row(signed: dict[str, HospitalContext]) -> None:
    wrong: list[object] = []
    done: list[int] = []

    def switch(number: int) -> None:
        try:
            for turn in range(100):
                slug = SLUGS[(number + turn) % 3]
                with hospital(signed[slug]):
                    found = logins()
                if found != [f"backend-{slug}"]:
                    wrong.append((slug, found))
                done.append(1)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=switch, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), wrong) == (600, [])


def test_a_cursor_kept_for_later_is_refused_in_another_scope(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]):
        kept = connection.cursor()
        kept.execute("SELECT login FROM accounts_account")
    with hospital(signed["alwaha"]), pytest.raises(ScopeRefused, match="outside the scope"):
        kept.execute("SELECT login FROM accounts_account")
    with pytest.raises(ScopeRefused, match="outside the scope"):
        kept.execute("SELECT login FROM accounts_account")


@pytest.mark.requirement("S07")
@pytest.mark.parametrize("use", ["execute", "executemany", "copy"])
def test_each_use_of_a_cursor_belongs_to_the_scope_in_which_it_was_opened(
    signed: dict[str, HospitalContext], use: str
) -> None:
    def work(cursor: Any) -> None:
        if use == "copy":
            with cursor.cursor.copy("COPY (SELECT login FROM accounts_account) TO STDOUT") as answer:
                found.extend(bytes(line) for line in answer)
        elif use == "execute":
            cursor.execute("SELECT login FROM accounts_account")
            found.extend(cursor.fetchall())
        else:
            cursor.executemany("UPDATE accounts_account SET language = %s WHERE login = %s", [("es", own), ("es", own)])
            found.append(cursor.rowcount)

    found: list[Any] = []
    own = "backend-northfield"
    with hospital(signed["northfield"]):
        kept = connection.cursor()
        work(kept)
        assert found == {"copy": [b"backend-northfield\n"], "execute": [(own,)], "executemany": [2]}[use]
    for scope in (hospital(signed["alwaha"]), shared()):
        with scope, pytest.raises(ScopeRefused, match="outside the scope"):
            work(kept)


@pytest.mark.requirement("S07")
@pytest.mark.parametrize(
    "fetch",
    [lambda cursor: [cursor.fetchone()], lambda cursor: cursor.fetchmany(1), lambda cursor: cursor.fetchall()],
    ids=["fetchone", "fetchmany", "fetchall"],
)
@pytest.mark.parametrize("binds_on_server", [True, False])
def test_a_cursor_of_the_server_is_read_in_its_own_scope_only(
    signed: dict[str, HospitalContext],
    monkeypatch: pytest.MonkeyPatch,
    fetch: Callable[[Any], list[Any]],
    binds_on_server: bool,
) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "server_side_binding", binds_on_server)
    with hospital(signed["northfield"]):
        kept = connection.chunked_cursor()
        assert isinstance(kept.cursor, psycopg.ServerCursor)
        assert isinstance(kept.cursor, _NamedServerBindingCursor) is binds_on_server
        kept.execute("SELECT login FROM accounts_account WHERE login = %s", ["backend-northfield"])
    with hospital(signed["alwaha"]), pytest.raises(ScopeRefused, match="outside the scope"):
        fetch(kept)
    with pytest.raises(ScopeRefused, match="outside the scope"):
        fetch(kept)
    with hospital(signed["northfield"]):
        assert fetch(kept) == [("backend-northfield",)]
        kept.close()


def test_a_result_read_in_pieces_stops_when_its_scope_has_ended(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]):
        Account.objects.bulk_create(Account(login=f"backend-piece-{number}") for number in range(3))
        pieces = Account.objects.order_by("login").iterator(chunk_size=1)
        next(pieces)
    try:
        with hospital(signed["alwaha"]), pytest.raises(ScopeRefused, match="outside the scope"):
            list(pieces)
    finally:
        connection.close()
        with hospital(signed["northfield"]):
            Account.objects.filter(login__startswith="backend-piece-").delete()


def test_a_result_read_in_pieces_is_whole_in_its_own_scope(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]):
        assert [a.login for a in Account.objects.filter(login="backend-northfield").iterator(chunk_size=1)] == [
            "backend-northfield"
        ]
        with owner_connection().cursor() as cursor:
            cursor.execute("SELECT count(*) FROM accounts_account WHERE login = 'backend-northfield'")
            assert cursor.fetchone() == (1,)


@pytest.mark.requirement("S10")
def test_a_hospital_cannot_read_another_ones_schema_by_its_name(signed: dict[str, HospitalContext]) -> None:
    other = signed["alwaha"].schema_name
    with (
        hospital(signed["northfield"]),
        pytest.raises(ProgrammingError, match="permission denied for schema"),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(other, "accounts_account")))


@pytest.mark.requirement("S10")
def test_a_hospital_cannot_read_another_one_through_a_leaked_search_path(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]):
        logins()
        path = sql.SQL("SET search_path TO {}, extensions").format(sql.Identifier(signed["alwaha"].schema_name))
        connection.connection.execute(path)
        with pytest.raises(ProgrammingError, match="does not exist"):
            logins()
    connection.close()


@pytest.mark.requirement("S10")
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM shared.tenancy_hospital",
        "CREATE TABLE mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "TRUNCATE accounts_account",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
        "DELETE FROM django_migrations",
        "UPDATE django_migrations SET name = 'x'",
        "DROP TABLE accounts_account",
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'x')",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "ALTER TABLE accounts_account DISABLE TRIGGER ALL",
        "SELECT set_config('role', 'none', false)",
        "UPDATE pg_settings SET setting = 'none' WHERE name = 'role'",
        "COPY accounts_account TO '/tmp/accounts'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_database_refuses_a_hospital(signed: dict[str, HospitalContext], statement: str) -> None:
    with (
        hospital(signed["northfield"]),
        pytest.raises(DatabaseError, match=r"permission denied|must be owner|must be superuser|does not exist"),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.requirement("S10")
@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_the_login_role_cannot_become_the_owner(signed: dict[str, HospitalContext], role: str) -> None:
    wanted = f"pt_{_installation()}_owner" if role == "owner" else "postgres"
    with hospital(signed["northfield"]):
        logins()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(wanted)))


@pytest.mark.requirement("S07")
def test_what_libraries_read_of_the_connection_is_the_scope(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]):
        assert (connection.schema_name, connection.tenant) == (signed["northfield"].schema_name, signed["northfield"])
    with shared():
        assert (connection.schema_name, connection.tenant) == ("shared", None)
    for name in ("schema_name", "tenant"):
        with pytest.raises(NoScope):
            getattr(connection, name)


@pytest.mark.requirement("S10")
def test_a_tag_given_by_the_environment_is_not_believed(
    signed: dict[str, HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    """libpq takes the name from PGAPPNAME: a session that was never switched must not look like one that was."""
    northfield = signed["northfield"]
    monkeypatch.setenv("PGAPPNAME", f"portico:{northfield.schema_name}")
    connection.close()
    with hospital(northfield):
        assert logins() == ["backend-northfield"]
        assert physical() == (f"{northfield.schema_name}, extensions", northfield.role_name)


@pytest.mark.requirement("S55")
def test_a_server_that_was_silent_a_moment_ago_is_not_waited_for_and_another_is(
    signed: dict[str, HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    with hospital(signed["northfield"]):
        logins()
        host, port = server_of(connection.connection.pgconn)
        assert connection.connection.longest_statement == connection.settings_dict["PORTICO_LONGEST_STATEMENT"] > 0
        connection.close()
        assert connection.is_usable() is False
        monkeypatch.setattr(silent, "_until", {(host, "1"): time.monotonic() + 60})
        assert logins() == ["backend-northfield"]
        connection.close()
        with monkeypatch.context() as patched:
            patched.setattr(silent, "_until", {(host, port): time.monotonic() + 60})
            with pytest.raises(OperationalError, match="did not answer a moment ago"):
                logins()


@pytest.mark.requirement("S55")
def test_a_server_that_does_not_take_a_connection_in_time_is_avoided_for_a_moment(
    signed: dict[str, HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(**_params: object) -> None:
        raise psycopg.errors.ConnectionTimeout("in time")

    with hospital(signed["northfield"]):
        logins()
        server = server_of(connection.connection.pgconn)
        connection.close()
        with monkeypatch.context() as patched:
            patched.setattr(silent, "_until", {})
            patched.setattr(WatchedConnection, "connect", never)
            with pytest.raises(OperationalError, match="in time"):
                logins()
            assert silent.holds(server)


@pytest.mark.requirement("S55")
def test_a_frozen_session_of_a_server_that_is_silent_too_is_told_to_all_threads(
    signed: dict[str, HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    with hospital(signed["northfield"]):
        logins()
        server, pid = server_of(connection.connection.pgconn), connection.connection.info.backend_pid
        with monkeypatch.context() as patched:
            patched.setattr(silent, "_until", {})
            patched.setattr(watching, "is_alive", lambda _pgconn: False)
            try:
                stop(pid)
                assert connection.is_usable() is False
            finally:
                os.kill(pid, signal.SIGCONT)
            assert silent.holds(server)
    connection.close()


@pytest.mark.requirement("S55")
def test_what_begins_without_the_database_asks_it_nothing(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]):
        with database_given_up(), pytest.raises(OperationalError, match="was gone when this began"):
            logins()
        assert logins() == ["backend-northfield"]


@pytest.mark.requirement("S55")
def test_a_connection_that_was_given_up_fails_as_django_knows_it(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]):
        assert logins() == ["backend-northfield"]
        connection.connection.close()
        with pytest.raises(OperationalError):
            logins()
        connection.close()
        assert logins() == ["backend-northfield"]


def test_a_database_that_was_not_prepared_is_refused_and_the_connection_closed(committed: None) -> None:
    wrapper = connections.create_connection("default")
    wrapper.settings_dict = {**wrapper.settings_dict, "NAME": "postgres"}
    # The first connection of a process asks for the numbers of types on a second one.
    with shared(), pytest.raises(ImproperlyConfigured, match="was not prepared by Portico"):
        wrapper.connect()
    assert wrapper.connection is None


def test_what_fails_after_commit_is_heard_of(signed: dict[str, HospitalContext]) -> None:
    def fail() -> None:
        raise RuntimeError("after commit")

    with hospital(signed["northfield"]), pytest.raises(RuntimeError, match="after commit"), transaction.atomic():
        connection.on_commit(fail)


def test_deferred_checks_can_be_asked_for_at_once(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]), transaction.atomic():
        OneTimeCode.objects.create(account_id=uuid7(), purpose="reset", created_at=clock.now())
        with pytest.raises(IntegrityError, match="foreign key"):
            connection.check_constraints()
        transaction.set_rollback(True)


def test_savepoints_are_set_released_and_gone_as_django_asks(signed: dict[str, HospitalContext]) -> None:
    with hospital(signed["northfield"]), transaction.atomic():
        mark = connection.savepoint()
        connection.savepoint_commit(mark)
        with pytest.raises(DatabaseError, match="does not exist"):
            connection.savepoint_rollback(mark)
    connection.close()


def test_a_savepoint_needs_no_scope_because_it_reads_nothing(committed: None) -> None:
    connection.ensure_connection()
    connection.set_autocommit(False)
    try:
        connection.savepoint_rollback(connection.savepoint())
    finally:
        connection.rollback()
        connection.set_autocommit(True)


@pytest.mark.requirement("S10")
def test_a_connection_is_the_owners_only_when_its_settings_say_so(committed: None) -> None:
    plain = {name: value for name, value in connection.settings_dict.items() if name != "PORTICO_OWNER"}
    assert DatabaseWrapper(plain, "default").is_owner is False
    assert DatabaseWrapper({**plain, "PORTICO_OWNER": True}, "owner").is_owner is True


@pytest.mark.requirement("S10")
def test_what_other_sessions_ask_is_hidden_from_a_hospital(signed: dict[str, HospitalContext]) -> None:
    """The text of a query of another hospital may hold a name; the catalogue of sessions shows it to nobody else."""
    asked: list[str] = []

    def ask() -> None:
        with hospital(signed["alwaha"]), transaction.atomic():
            logins()
            begun.set()
            done.wait(30)
        connections.close_all()

    begun, done = threading.Event(), threading.Event()
    other = threading.Thread(target=ask)
    other.start()
    begun.wait(30)
    try:
        with hospital(signed["northfield"]), connection.cursor() as cursor:
            cursor.execute(
                "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            asked = [row[0] for row in cursor.fetchall()]
    finally:
        done.set()
        other.join()
    assert asked
    assert set(asked) == {"<insufficient privilege>"}


def _installation() -> str:
    with shared():
        owner_connection().ensure_connection()
    return str(owner_connection().installation)


@pytest.mark.requirement("S10")
def test_a_bare_connection_of_the_login_role_sees_nothing(signed: dict[str, HospitalContext]) -> None:
    database: dict[str, Any] = settings.DATABASES["default"]
    with psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
        autocommit=True,
    ) as bare:
        for schema_name in (signed["northfield"].schema_name, "shared"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                bare.execute(sql.SQL("SELECT 1 FROM {}").format(sql.Identifier(schema_name, "django_migrations")))
        with pytest.raises(psycopg.errors.UndefinedTable):
            bare.execute("SELECT 1 FROM accounts_account")


@pytest.mark.requirement("S10")
def test_a_role_that_was_reset_reads_nothing_at_all(signed: dict[str, HospitalContext]) -> None:
    """The server does not report RESET ROLE; the login role simply has no right on anything."""
    with hospital(signed["northfield"]):
        logins()
        connection.connection.execute("RESET ROLE")
        with pytest.raises(ProgrammingError, match=r"does not exist|permission denied"):
            logins()
    connection.close()


@pytest.mark.requirement("S10", "S46")
def test_a_stacked_statement_with_a_parameter_is_refused(signed: dict[str, HospitalContext]) -> None:
    role = signed["alwaha"].role_name
    with (
        hospital(signed["northfield"]),
        pytest.raises(DatabaseError, match="cannot insert multiple commands"),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT 1 WHERE 1 = %s; SET ROLE {role}", [1])


@pytest.mark.requirement("S46")
def test_a_role_cannot_be_changed_inside_one_statement(signed: dict[str, HospitalContext]) -> None:
    with (
        hospital(signed["northfield"]),
        pytest.raises(DatabaseError, match="permission denied for function set_config"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT set_config('role', %s, false)", [signed["alwaha"].role_name])


def test_who_runs_statements_of_his_own_can_change_role_and_we_say_so(signed: dict[str, HospitalContext]) -> None:
    """The limit of the wall, kept as a test so that nobody claims more in the threat model."""
    with hospital(signed["northfield"]):
        logins()
        other = signed["alwaha"]
        connection.connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(other.role_name)))
        row = connection.connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(other.schema_name, "accounts_account"))
        ).fetchone()
    connection.close()
    assert row[0] >= 1


@pytest.mark.requirement("S07")
def test_a_schema_that_does_not_exist_is_an_error_and_the_connection_stays_usable(
    signed: dict[str, HospitalContext],
) -> None:
    nobody = Scope("h_ffffffffffff", f"pt_{_installation()}_ffffffffffff")
    with hospital(signed["northfield"]):
        logins()
    before = physical()
    token = activate(nobody)
    try:
        with pytest.raises(DatabaseError, match="does not exist"):
            logins()
        assert physical() == before
    finally:
        deactivate(token)
    with hospital(signed["alwaha"]):
        assert logins() == ["backend-alwaha"]


@pytest.mark.requirement("S07")
def test_a_hospital_whose_role_cannot_be_taken_is_an_error(signed: dict[str, HospitalContext]) -> None:
    northfield = signed["northfield"]
    token = activate(Scope(northfield.schema_name, f"pt_{_installation()}_owner"))
    try:
        connection.close()
        with pytest.raises(ProgrammingError, match="permission denied to set role"):
            logins()
    finally:
        deactivate(token)


@pytest.mark.requirement("S07")
def test_a_missing_table_is_an_error_and_never_another_schemas_table(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    """A half-migrated hospital: stock django-tenants would read the public schema's accounts here."""
    made = new_hospital()
    with shared():
        Account.objects.create(login="backend-operator")
    try:
        with schema(made.schema_name):
            execute("DROP TABLE accounts_account CASCADE")
        with hospital(made), pytest.raises(ProgrammingError, match='relation "accounts_account" does not exist'):
            logins()
    finally:
        # Past the collector, which would look for the tables that refer to accounts in hospitals only.
        with shared(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM accounts_account WHERE login = 'backend-operator'")


def test_a_schema_whose_tables_are_all_gone_answers_with_an_error(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    made = new_hospital()
    with shared(), transaction.atomic(using=OWNER):
        execute("DROP SCHEMA {schema} CASCADE", schema=made.schema_name)
    with hospital(made), pytest.raises(ProgrammingError, match="does not exist"):
        logins()


def test_a_connection_that_has_seen_many_hospitals_is_closed_between_units_of_work(
    signed: dict[str, HospitalContext],
) -> None:
    with hospital(signed["northfield"]):
        logins()
    connection._schemas_touched = {f"h_{number:012x}" for number in range(HOSPITALS_PER_CONNECTION - 1)}
    connection.close_if_unusable_or_obsolete()
    assert connection.connection is not None
    connection._schemas_touched.add("h_ffffffffffff")
    connection.close_if_unusable_or_obsolete()
    assert connection.connection is None
    with hospital(signed["northfield"]):
        assert logins() == ["backend-northfield"]
    assert connection._schemas_touched == {signed["northfield"].schema_name}


def test_no_hospitals_table_points_outside_its_own_schema(committed: None) -> None:
    with shared(), owner_connection().cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid ="
            " k.confrelid WHERE k.contype = 'f' AND a.relnamespace <> b.relnamespace"
        )
        assert cursor.fetchone() == (0,)


def test_there_is_no_public_schema(committed: None) -> None:
    with shared(), owner_connection().cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('public') IS NULL")
        assert cursor.fetchone() == (True,)


def test_schema_and_role_names_say_nothing_of_the_hospital(in_shared: None) -> None:
    for made in Hospital.objects.all():
        assert made.slug not in made.schema_name
        assert made.role_name == f"pt_{connection.installation}_{made.schema_name.removeprefix('h_')}"


@pytest.mark.requirement("S55")
def test_a_server_that_is_frozen_is_noticed_before_a_page_waits_for_it(signed: dict[str, HospitalContext]) -> None:
    """The network is well and nobody answers: Django's own question at the beginning of a request would never end."""
    with hospital(signed["northfield"]):
        assert Account.objects.filter(login="backend-northfield").exists()
        assert connection.is_usable()
        pid = connection.connection.info.backend_pid
        try:
            stop(pid)
            begun = time.monotonic()
            connection.close_if_unusable_or_obsolete()  # as request_started does
            assert Account.objects.filter(login="backend-northfield").exists()
            assert SECONDS_TO_ANSWER <= time.monotonic() - begun < 3
            assert connection.connection.info.backend_pid != pid
        finally:
            os.kill(pid, signal.SIGCONT)
