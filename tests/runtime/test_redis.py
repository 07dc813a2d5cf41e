"""A Redis of our own: started, found again, stopped, closed to strangers."""

import os
import signal
import socket
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from config.runtime import processes, redis
from config.runtime.errors import MachineError
from config.runtime.home import Home
from tests.runtime.conftest import wait_until


def pid_of(home: Home) -> int:
    return int(Path(home.read("services.json")["redis"]["pidfile"]).read_text())


def test_it_starts_is_found_again_and_stops(home: Home) -> None:
    first = redis.ensure(home, environment={})
    assert (first.started, first.own) == (True, True)
    pid = pid_of(home)

    again = redis.ensure(home, environment={})
    assert (again.started, again.url, pid_of(home)) == (False, first.url, pid)

    assert redis.stop(home) is True
    assert (processes.command_line(pid), redis.status(home)["running"]) == ("", False)
    assert redis.stop(home) is False
    assert redis.ensure(home, environment={}).url == first.url


def test_it_listens_on_the_loopback_only_and_wants_the_password(home: Home) -> None:
    server = redis.ensure(home, environment={})
    port = redis.status(home)["port"]

    with Redis.from_url(server.url, decode_responses=True) as client:
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
    with Redis(port=port) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()
    assert server.url.split(":")[2].split("@")[0] not in processes.command_line(pid_of(home))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
def test_root_starts_it_under_an_unprivileged_account(home: Home, closed_home: Home) -> None:
    for place in (home, closed_home):
        redis.ensure(place, environment={})

        assert Path(f"/proc/{pid_of(place)}").stat().st_uid != 0


def test_a_pid_file_that_names_another_process_is_not_believed(home: Home) -> None:
    first = redis.ensure(home, environment={})
    pid = pid_of(home)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not processes.command_line(pid))
    Path(home.read("services.json")["redis"]["pidfile"]).write_text(str(os.getpid()))

    assert redis.stop(home) is False
    again = redis.ensure(home, environment={})
    assert (again.started, again.url) == (True, first.url)


def test_a_port_that_was_taken_meanwhile_is_left_to_its_holder(home: Home) -> None:
    redis.ensure(home, environment={})
    port = redis.status(home)["port"]
    redis.stop(home)

    with socket.create_server(("127.0.0.1", port)):
        redis.ensure(home, environment={})

        assert redis.status(home)["port"] != port


def test_a_named_server_is_used_and_nothing_is_started(home: Home) -> None:
    named = redis.ensure(home.test, environment={}).url

    server = redis.ensure(home, environment={"REDIS_URL": named})

    assert (server.url, server.source, server.started, server.own) == (named, "REDIS_URL", False, False)
    assert redis.status(home) == {}
    with pytest.raises(MachineError, match="REDIS_URL is set, but no Redis answers there"):
        redis.ensure(home, environment={"REDIS_URL": "redis://127.0.0.1:1/0"})
