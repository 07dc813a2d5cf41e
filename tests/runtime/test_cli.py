"""The command line, in processes of its own: exit codes, JSON, and the whole life of a ``portico up``."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from config.runtime import processes
from config.runtime.home import Home
from tests.runtime.conftest import outside_environment, wait_until

HOSPITAL = ["--name", "Test Hospital", "--network", "test", "--country", "ES", "--time-zone", "Europe/Madrid"]
HOSPITAL += ["--currency", "EUR", "--language", "es", "--language", "en"]


class Portico:
    """``portico`` with a home and a port of its own."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.port = processes.free_port()
        self.environment = outside_environment(PORTICO_HOME=str(home.path), PORTICO_PORT=str(self.port))
        self.command = [sys.executable, "-m", "config.cli"]
        self.up: subprocess.Popen[str] | None = None
        self.lines: list[str] = []

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        done = subprocess.run(
            [*self.command, *arguments], check=False, capture_output=True, text=True, env=self.environment, timeout=100
        )
        return done.returncode, done.stdout, done.stderr

    def json(self, *arguments: str) -> Any:
        code, shown, problem = self(*arguments, "--json")
        assert code == 0, problem
        return json.loads(shown)

    def start(self) -> float:
        """Start ``portico up`` and return the seconds until it said that it is ready."""
        began = time.monotonic()
        self.lines = []
        self.up = subprocess.Popen(
            [*self.command, "up"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment
        )
        threading.Thread(target=self._read, args=[self.up], daemon=True).start()
        wait_until(self._ready_or_over, seconds=100)
        assert self.up.poll() is None, "\n".join(self.lines)
        return time.monotonic() - began

    def _ready_or_over(self) -> bool:
        assert self.up is not None
        return any("Ctrl-C stops" in line for line in self.lines) or self.up.poll() is not None

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line.rstrip())

    def get(self, path: str, host: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={"Host": f"{host}:{self.port}"})
        return connection.getresponse().status


@pytest.fixture
def portico(home: Home) -> Iterator[Portico]:
    """A command line whose application and servers end with the test."""
    made = Portico(home)
    yield made
    if made.up is not None and made.up.poll() is None:
        made.up.send_signal(signal.SIGTERM)
        made.up.wait(timeout=60)
    made("stop")


def test_help_is_there_for_every_verb_without_an_installation(portico: Portico) -> None:
    code, shown, _problem = portico("--help")
    assert code == 0
    verbs = re.findall(r"^  (\w+)", shown.partition("Verbs:")[2], re.MULTILINE)
    assert {"hospital", "migrate", "status", "stop", "up"} <= set(verbs)

    for verb in verbs:
        code, shown, _problem = portico(verb, "--help")
        assert (code, f"portico {verb}" in shown) == (0, True)
    assert not (portico.home.path / "secrets.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["hospital", "create"],
        ["status", "--nothing"],
        ["hospital", "create", "x", *HOSPITAL, "--country", "spain"],
    ],
)
def test_wrong_usage_ends_with_2(portico: Portico, arguments: list[str]) -> None:
    assert portico(*arguments)[0] == 2


def test_an_empty_folder_is_told_and_hospitals_cannot_be_asked_for(portico: Portico) -> None:
    assert portico.json("status")["application"] == "stopped"
    assert portico.json("stop") == {"stopped": {"application": False, "postgres": False, "redis": False}}

    code, shown, problem = portico("hospital", "list", "--json")

    assert (code, shown) == (1, "")
    assert json.loads(problem) == {
        "error": f"Nothing is set up in {portico.home.path} yet. Start it with: make run",
        "exit_code": 1,
    }


def test_a_second_up_in_the_same_folder_is_refused(portico: Portico) -> None:
    with portico.home.locked("up"):
        code, _shown, problem = portico("up")

    assert code == 3
    assert problem.startswith(f"Portico already runs in {portico.home.path}")


@pytest.mark.timeout(300)
def test_from_an_empty_folder_to_hospitals_and_back(portico: Portico) -> None:
    first = portico.start()
    assert portico.get("/readyz", "127.0.0.1") == 200
    assert portico.get("/", "nobody.localhost") == 404

    code, shown, problem = portico("hospital", "create", "test-one", *HOSPITAL)
    assert (code, problem) == (0, "")
    assert f"Test Hospital answers at http://test-one.localhost:{portico.port}" in shown
    for slug, sentence in (
        ("test-one", "Another hospital already has this address. Please choose another."),
        ("console", "This address is reserved. Please choose another."),
    ):
        assert portico("hospital", "create", slug, *HOSPITAL) == (3, "", f"{sentence}\n")
    assert portico.json("hospital", "create", "test-two", *HOSPITAL, "--dry-run") == {
        "slug": "test-two",
        "created": False,
    }
    assert portico("hospital", "suspend", "nobody", "--reason", "x")[0] == 3
    assert portico.json("hospital", "suspend", "test-one", "--reason", "unpaid")["state"] == "suspended"

    told = portico.json("status")
    mine = next(entry for entry in told["hospitals"] if entry["slug"] == "test-one")
    assert (told["application"], told["console_address"]) == ("running", f"http://console.localhost:{portico.port}")
    assert (mine["state"], mine["network"]) == ("suspended", "test")
    assert portico.json("hospital", "resume", "test-one") == {"slug": "test-one", "state": "active", "changed": True}

    kept = portico.home.read("processes.json")["programs"]
    assert {"web", "worker", "maker", "clock"} == set(kept)
    assert portico.up is not None
    portico.up.send_signal(signal.SIGINT)
    assert portico.up.wait(timeout=40) == 0
    assert [processes.command_line(entry["pid"]) for entry in kept.values()] == [""] * 4
    assert told["services"]["postgres"].startswith("running")

    again = portico.start()
    assert "was running" in "\n".join(portico.lines)
    assert [entry["slug"] for entry in portico.json("hospital", "list")["hospitals"]].count("test-one") == 1
    assert portico.json("stop")["stopped"] == {"application": True, "postgres": True, "redis": True}
    assert portico.up.wait(timeout=40) == 0
    assert portico.json("status")["problem"] == "The database does not answer. Start everything with: make run"
    assert (first < 100, again < 15) == (True, True), (first, again)


@pytest.mark.timeout(200)
def test_what_a_killed_up_left_running_is_cleared_by_the_next(portico: Portico) -> None:
    portico.start()
    left = portico.home.read("processes.json")["programs"]
    assert portico.up is not None
    os.kill(portico.up.pid, signal.SIGKILL)
    portico.up.wait()

    portico.start()

    now = portico.home.read("processes.json")["programs"]
    assert not {entry["pid"] for entry in left.values()} & {entry["pid"] for entry in now.values()}
    assert [processes.command_line(entry["pid"]) for entry in left.values()] == [""] * 4
    assert portico.get("/readyz", "127.0.0.1") == 200
