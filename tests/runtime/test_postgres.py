"""A PostgreSQL of our own: started, found again, stopped, and never confused with somebody else's process."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from config.runtime import accounts, postgres, processes
from config.runtime.errors import MachineError
from config.runtime.home import Home
from tests.runtime.conftest import outside_environment, wait_until

SOURCES = [
    pytest.param(
        source,
        marks=pytest.mark.skipif(
            not postgres.available({"PORTICO_POSTGRES": source}), reason=f"no {source} PostgreSQL on this machine"
        ),
    )
    for source in ("system", "embedded")
]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")


def pid_of(home: Home) -> int:
    return postgres.cluster_pid(Path(postgres.status(home)["data"]))


def ask(url: str, question: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("source", SOURCES)
def test_it_starts_is_found_again_and_keeps_its_data_over_a_stop(home: Home, source: str) -> None:
    told = {"PORTICO_POSTGRES": source}
    first = postgres.ensure(home, environment=told)
    assert (first.started, first.source, first.own) == (True, source, True)
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    pid = pid_of(home)

    assert postgres.ensure(home, environment=told) == postgres.PostgresServer(
        first.url, source, first.version, started=False, bin=first.bin
    )
    assert pid_of(home) == pid

    assert postgres.stop(home) is True
    assert (postgres.status(home)["running"], processes.command_line(pid)) == (False, "")
    assert postgres.stop(home) is False

    again = postgres.ensure(home, environment=told)
    assert (again.started, again.url) == (True, first.url)
    assert ask(again.url, "SELECT number FROM kept") == "7"


@pytest.mark.parametrize("source", SOURCES)
def test_bytes_decide_the_order_of_texts_and_unicode_their_case(home: Home, source: str) -> None:
    url = postgres.ensure(home, durable=False, environment={"PORTICO_POSTGRES": source}).url

    assert ask(url, "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['b','a','B','é']) AS x") == "Babé"
    assert ask(url, "SELECT upper('é')") == "É"


def test_data_that_is_kept_is_written_through_and_a_throw_away_server_is_not(home: Home) -> None:
    kept = postgres.ensure(home, environment={})
    thrown = postgres.ensure(home.test, durable=False, environment={})

    settings = ("fsync", "full_page_writes", "synchronous_commit")
    assert [ask(kept.url, f"SHOW {name}") for name in settings] == ["on", "on", "on"]
    assert [ask(thrown.url, f"SHOW {name}") for name in settings] == ["off", "off", "off"]
    assert ask(kept.url, "SHOW max_locks_per_transaction") == "512"


def test_it_listens_on_the_loopback_only_and_wants_the_password(home: Home) -> None:
    url = postgres.ensure(home, durable=False, environment={}).url

    assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(url, "SHOW unix_socket_directories") == ""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=postgres.status(home)["port"], user="postgres", password="wrong")
    assert (home.path / "services.json").stat().st_mode & 0o777 == 0o600


def test_its_log_does_not_repeat_what_people_typed(home: Home) -> None:
    url = postgres.ensure(home, durable=False, environment={}).url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        connection.execute("INSERT INTO people VALUES ('canary-of-a-name')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO people VALUES ('canary-of-a-name')")

    log = Path(postgres.status(home)["data"]).parent / "server.log"
    assert "duplicate key" in log.read_text()
    assert "canary-of-a-name" not in log.read_text()


@as_root
def test_root_starts_it_under_an_unprivileged_account(home: Home) -> None:
    postgres.ensure(home, durable=False, environment={})

    assert Path(f"/proc/{pid_of(home)}").stat().st_uid != 0


def test_a_folder_of_path_that_the_account_may_not_enter_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    monkeypatch.setenv("PATH", f"{closed}{os.pathsep}{os.environ['PATH']}")
    before = [one.major for one in postgres.available({})]
    child = os.fork()
    if child == 0:
        # Root may enter every folder; an account without rights asks the same.
        if os.geteuid() == 0:
            os.setuid(65534)
        found = [one.major for one in postgres.available({})] if os.geteuid() else []
        os._exit(0 if found == before else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@as_root
@pytest.mark.parametrize("source", SOURCES)
def test_a_home_that_the_account_cannot_reach_gets_its_data_below_var_tmp(closed_home: Home, source: str) -> None:
    server = postgres.ensure(closed_home, durable=False, environment={"PORTICO_POSTGRES": source})

    assert ask(server.url, "SHOW data_directory").startswith(f"{accounts.fallback(closed_home)}/")
    assert postgres.ensure(closed_home, durable=False, environment={"PORTICO_POSTGRES": source}).started is False


def test_a_pid_file_that_names_another_process_is_not_believed(home: Home) -> None:
    first = postgres.ensure(home, durable=False, environment={})
    data = Path(postgres.status(home)["data"])
    pid = pid_of(home)
    left = (data / "postmaster.pid").read_text().splitlines()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not processes.command_line(pid))
    (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *left[1:]]))

    assert postgres.status(home)["running"] is False
    assert postgres.stop(home) is False  # and this very process still lives
    again = postgres.ensure(home, durable=False, environment={})
    assert (again.started, again.url) == (True, first.url)


def test_a_port_that_was_taken_meanwhile_is_left_to_its_holder(home: Home) -> None:
    postgres.ensure(home, durable=False, environment={})
    port = postgres.status(home)["port"]
    postgres.stop(home)

    with socket.create_server(("127.0.0.1", port)):
        server = postgres.ensure(home, durable=False, environment={})

        assert postgres.status(home)["port"] != port
        assert ask(server.url, "SELECT 1") == "1"


def test_throw_away_data_that_is_broken_is_made_anew_and_kept_data_is_not(home: Home) -> None:
    for place, durable in ((home, True), (home.test, False)):
        postgres.ensure(place, durable=durable, environment={})
        postgres.stop(place)
        (Path(postgres.status(place)["data"]) / "global" / "pg_control").write_bytes(b"broken")

    assert postgres.ensure(home.test, durable=False, environment={}).started is True
    with pytest.raises(MachineError, match="PostgreSQL does not start"):
        postgres.ensure(home, environment={})
    assert (Path(postgres.status(home)["data"]) / "global" / "pg_control").read_bytes() == b"broken"


def test_kept_data_without_its_password_is_refused_and_not_replaced(home: Home) -> None:
    postgres.ensure(home, environment={})
    data = Path(postgres.status(home)["data"])
    postgres.stop(home)
    (home.path / "services.json").unlink()

    with pytest.raises(MachineError, match="whose password is not in"):
        postgres.ensure(home, environment={})
    assert (data / "PG_VERSION").exists()


def test_data_of_a_version_whose_programs_are_gone_is_refused(home: Home) -> None:
    gone = {"data": "/nowhere", "source": "system", "major": 12, "port": 1, "password": "x", "durable": True}
    home.write("services.json", {"postgres-12": gone})

    with pytest.raises(MachineError, match="holds data of PostgreSQL 12, whose programs are gone"):
        postgres.ensure(home, environment={})


def test_a_named_database_is_used_and_nothing_is_started(home: Home) -> None:
    named = postgres.ensure(home.test, durable=False, environment={}).url

    server = postgres.ensure(home, environment={"DATABASE_URL": named})

    assert (server.url, server.source, server.started, server.own) == (named, "DATABASE_URL", False, False)
    assert postgres.status(home) == {}
    with pytest.raises(MachineError, match="DATABASE_URL is set, but the database does not answer"):
        postgres.ensure(home, environment={"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})


def test_an_unknown_source_is_refused(home: Home) -> None:
    with pytest.raises(MachineError, match="PORTICO_POSTGRES is 'cloud'; it may be system or embedded"):
        postgres.ensure(home, environment={"PORTICO_POSTGRES": "cloud"})


def test_two_that_start_at_once_share_one_server(home: Home) -> None:
    code = "from config.runtime.testing import services; print(*services())"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            text=True,
            env=outside_environment(PORTICO_HOME=str(home.path)),
        )
        for _number in range(3)
    ]

    answers = {process.communicate(timeout=90)[0] for process in started}

    assert len(answers) == 1
    database, redis = answers.pop().split()
    assert ask(database, "SELECT 1") == "1"
    assert redis.startswith("redis://:")
