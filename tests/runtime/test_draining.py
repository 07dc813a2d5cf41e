"""SIGTERM: what is being answered is answered, and the server is gone within 30 seconds (S59)."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from config.runtime import gunicorn, processes
from config.runtime.home import CHECKOUT
from config.runtime.supervisor import Supervisor
from tests.runtime.conftest import wait_until

LONGEST = 30.0  # seconds that S59 gives


@dataclass
class Server:
    """A real gunicorn with the settings that are shipped, and a request that it has not answered yet."""

    process: subprocess.Popen[bytes]
    port: int
    pipe: Path
    answers: list[Any] = field(default_factory=list)

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask for ``path``. Raises OSError when nobody takes the connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answers_to(self, path: str) -> bool:
        """Whether somebody answers there with 200."""
        try:
            return self.get(path)[0] == 200
        except OSError:
            return False

    def workers(self) -> int:
        """How many worker processes there are."""
        return len(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split())

    def ask_and_wait(self) -> threading.Thread:
        """Send a request whose answer waits, and return when the server is at work on it."""
        thread = threading.Thread(target=self._keep, daemon=True)
        thread.start()
        wait_until(self.pipe.with_suffix(".reached").exists)
        return thread

    def _keep(self) -> None:
        try:
            self.answers.append(self.get("/waiting"))
        except (OSError, http.client.HTTPException) as error:
            self.answers.append(type(error).__name__)


@pytest.fixture
def server(db: None, tmp_path: Path) -> Iterator[Server]:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    port = processes.free_port()
    process = subprocess.Popen(
        [Path(sys.executable).parent / "gunicorn", "-c", "python:config.runtime.gunicorn",
         "tests.runtime.waiting_app:application"],
        cwd=CHECKOUT,
        env={**os.environ, "PORTICO_BIND": f"127.0.0.1:{port}", "WAIT_FOR": str(pipe)},
    )  # fmt: skip
    made = Server(process, port, pipe)
    wait_until(lambda: made.answers_to("/readyz"))
    yield made
    process.kill()
    process.wait()


@pytest.mark.requirement("S59")
def test_a_request_in_flight_is_answered_before_the_server_ends(server: Server) -> None:
    waiting = server.ask_and_wait()
    began = time.monotonic()

    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: server.workers() < gunicorn.workers)  # the one that had nothing to do is gone
    assert (server.answers, server.process.poll()) == ([], None)
    server.pipe.write_bytes(b"the whole answer")

    waiting.join(LONGEST)
    assert server.answers == [(200, b"the whole answer")]
    assert server.process.wait(LONGEST) == 0
    assert not server.answers_to("/healthz")
    assert time.monotonic() - began < LONGEST


@pytest.mark.full
@pytest.mark.requirement("S59")
def test_a_request_that_never_ends_does_not_keep_the_server_longer_than_30_seconds(server: Server) -> None:
    waiting = server.ask_and_wait()
    began = time.monotonic()

    server.process.send_signal(signal.SIGTERM)

    server.process.wait(LONGEST)
    assert gunicorn.graceful_timeout <= time.monotonic() - began + 1 < LONGEST
    waiting.join(LONGEST)
    assert [type(answer) for answer in server.answers] == [str]


@pytest.mark.requirement("S59")
def test_whoever_stops_the_server_waits_as_long_as_it_drains() -> None:
    compose = (CHECKOUT / "docker/compose.yaml").read_text(encoding="utf-8")
    assert gunicorn.graceful_timeout < Supervisor([], lambda _name, _line: None).patience <= LONGEST
    assert "stop_grace_period: 30s" in compose.partition("x-environment")[0]
