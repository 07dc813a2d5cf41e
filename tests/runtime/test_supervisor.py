"""The supervisor: what crashes comes back, what ends does so in order, nothing is left running."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.runtime import processes

DRIVER = """
import json, sys
from config.runtime.supervisor import Program, Supervisor

wanted = json.loads(sys.argv[1])

def write(name, line):
    print(name, line, flush=True)

supervisor = Supervisor(
    [Program(**{"environment": {}, **program}) for program in wanted["programs"]],
    write,
    patience=wanted.get("patience", 10),
    ready=(lambda: True) if wanted.get("ready") else None,
    on_ready=lambda: write("-", "ready"),
)
code = supervisor.run()
if code:
    print("failure:", supervisor.failure, flush=True)
sys.exit(code)
"""
# Prints its id, then waits until it is asked to end and says so.
STEADY = "trap 'echo bye; exit 0' TERM; echo pid $$; while :; do sleep 0.05; done"
STUBBORN = "trap '' TERM; echo pid $$; while :; do sleep 0.05; done"


class Supervised:
    """A supervisor in a process of its own, and the lines it prints."""

    def __init__(self, **wanted: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, json.dumps(wanted)], stdout=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []

    def until(self, text: str) -> str:
        """Read on to the next line that holds ``text``."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if text in line:
                return line.rstrip()
        raise AssertionError(f"{text!r} was never printed; lines: {self.lines}")

    def rest(self) -> list[str]:
        """The lines up to the end."""
        assert self.process.stdout is not None
        found = [line.rstrip() for line in self.process.stdout]
        self.process.wait(timeout=20)
        return found

    def pid(self, name: str) -> int:
        return self.pids(name)[0]

    def pids(self, *names: str) -> list[int]:
        """What each of them printed first from here on; which of them is sooner is not said."""
        found: dict[str, int] = {}
        while not found.keys() >= set(names):
            name, _pid, number = self.until(" pid ").split()
            found.setdefault(name, int(number))
        return [found[name] for name in names]


@pytest.fixture
def supervise() -> Iterator[Any]:
    made: list[Supervised] = []

    def start(**wanted: Any) -> Supervised:
        made.append(Supervised(**wanted))
        return made[-1]

    yield start
    for one in made:
        one.process.kill()
        one.process.wait()
        if one.process.stdout is not None:
            one.process.stdout.close()


def shell(name: str, script: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "command": ["/bin/sh", "-c", script], "environment": {"PATH": os.defpath}, **more}


def test_a_killed_program_is_started_again(supervise: Any) -> None:
    running = supervise(programs=[shell("web", STEADY)])
    first = running.pid("web")

    os.kill(first, signal.SIGKILL)

    assert running.until("ended by itself") == "web ended by itself (signal SIGKILL)"
    second = running.pid("web")
    assert second != first
    running.process.send_signal(signal.SIGTERM)
    assert running.rest() == ["web bye"]
    assert running.process.returncode == 0
    assert processes.command_line(second) == ""


def test_programs_stop_in_the_reverse_order_of_their_start(supervise: Any) -> None:
    running = supervise(programs=[shell(name, STEADY) for name in ("worker", "clock", "web")])
    pids = running.pids("worker", "clock", "web")

    running.process.send_signal(signal.SIGINT)

    assert running.rest() == ["web bye", "clock bye", "worker bye"]
    assert running.process.returncode == 0
    assert [processes.command_line(pid) for pid in pids] == ["", "", ""]


def test_a_program_that_keeps_crashing_ends_everything_with_a_failure(supervise: Any) -> None:
    running = supervise(programs=[shell("worker", STEADY), shell("web", "echo once; exit 3", restarts=1)])
    worker = running.pid("worker")

    # What the program itself printed may have come before the worker's line, and was read with it.
    rest = running.rest()
    shown = [line for line in rest if line.startswith("web") and line != "web once"]

    assert shown == [
        "web ended by itself (exit code 3)",
        "web starts again in 0.5 s",
        "web ended by itself (exit code 3)",
        "web was started 2 times and does not stay up; stopping all",
    ]
    assert rest[-1] == (
        "failure: web was started 2 times and does not stay up (exit code 3). "
        "Why stands above, in the lines that begin with web."
    )
    assert running.process.returncode == 1
    assert processes.command_line(worker) == ""


def test_a_program_that_does_not_stop_is_killed_when_patience_ends(supervise: Any) -> None:
    running = supervise(programs=[shell("web", STUBBORN)], patience=0.5)
    pid = running.pid("web")

    running.process.send_signal(signal.SIGTERM)

    assert running.rest() == ["web did not stop in time and was killed"]
    assert (running.process.returncode, processes.command_line(pid)) == (0, "")


def test_a_second_signal_kills_at_once(supervise: Any) -> None:
    running = supervise(programs=[shell("web", STUBBORN)], patience=60)
    pid = running.pid("web")
    began = time.monotonic()

    while running.process.poll() is None and time.monotonic() - began < 20:
        running.process.send_signal(signal.SIGINT)
        time.sleep(0.1)

    assert time.monotonic() - began < 10
    assert processes.command_line(pid) == ""


def test_what_a_killed_program_had_started_dies_with_it(supervise: Any) -> None:
    running = supervise(programs=[shell("web", f"(trap '' TERM; sleep 300) & echo child $!; {STEADY}")])
    child = int(running.until("web child").split()[-1])
    running.pid("web")

    running.process.send_signal(signal.SIGTERM)
    running.rest()

    assert processes.command_line(child) == ""


def test_a_program_gets_its_own_environment_and_nothing_else(supervise: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_ADMIN_URL", "of-the-owner")
    running = supervise(
        programs=[{"name": "web", "command": ["/usr/bin/env"], "environment": {"ONLY": "this"}, "restarts": 0}]
    )

    shown = [line for line in running.rest() if "=" in line]

    assert shown == ["web ONLY=this"]


def test_a_program_that_is_not_there_is_told_and_given_up(supervise: Any) -> None:
    running = supervise(programs=[{"name": "web", "command": ["/nowhere/gunicorn"], "restarts": 0}])

    told = running.rest()
    assert told[0].startswith("web does not start: ")
    assert told[-1].startswith("failure: web was started 1 times and does not stay up (it does not start: ")
    assert running.process.returncode == 1


def test_readiness_is_announced_once(supervise: Any) -> None:
    running = supervise(programs=[shell("web", STEADY)], ready=True)
    running.until("- ready")

    running.process.send_signal(signal.SIGTERM)

    assert "- ready" not in running.rest()


def test_a_long_line_and_broken_bytes_come_through(supervise: Any, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"x" * 200_000 + b"\nbad \xff byte\nno end")
    running = supervise(programs=[shell("web", f"cat {tmp_path}/bytes", restarts=0)])

    shown = running.rest()

    assert [len(shown[0]), *shown[1:3]] == [200_004, "web bad \N{REPLACEMENT CHARACTER} byte", "web no end"]
