"""Run the application's processes together: prefix their lines, restart what crashes, stop everything in order."""

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

FIRST_PAUSE = 0.5  # seconds before the first restart; doubled each time
LONGEST_PAUSE = 15.0
STEADY = 60.0  # seconds after which a process counts as healthy again
TICK = 0.1
LOOK_EVERY = 1.0  # seconds between two looks at a service

Write = Callable[[str, str], None]


@dataclass(frozen=True)
class Program:
    """One process to keep running. ``environment`` is all it gets: no credential reaches one that does not need it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path = Path()
    restarts: int = 5


@dataclass(frozen=True)
class Service:
    """A server that is no child of ours and outlives us: ``is_gone`` is asked each second, ``start`` starts it again.

    ``start`` may take long and is called in a thread; it raises MachineError when the server cannot be started, and
    Moved when it runs again but at another address than the programs were given.
    """

    name: str
    is_gone: Callable[[], bool]
    start: Callable[[], object]
    restarts: int = 5
    log: Path | None = None


class Moved(Exception):
    """A service runs again, but not where the programs look for it."""


@dataclass
class _Watched:
    service: Service
    look_at: float = 0.0
    began: float = 0.0
    crashes: int = 0
    starting: threading.Thread | None = None
    failure: Exception | None = None


@dataclass
class _Running:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    crashes: int = 0
    again_at: float = 0.0
    rest: bytes = b""
    how: str = "it was never there"


@dataclass
class Supervisor:
    """Programs are started in the order given and stopped in the reverse order, within ``patience`` seconds in all.

    ``write(program name, line)`` receives what they print and what happens to them; ``remember`` is told the process
    ids after each change, so that a later start can clear away what a killed supervisor left. ``failure`` is a sentence
    when ``run`` has given up: who ended too often, how, and where it says why. ``stopped_by`` is the first signal that
    ended it.
    """

    programs: Sequence[Program]
    write: Write
    patience: float = 30.0
    remember: Callable[[dict[str, int]], None] = field(default=lambda _pids: None)
    services: Sequence[Service] = ()
    ready: Callable[[], bool] | None = None
    on_ready: Callable[[], None] = field(default=lambda: None)
    failure: str = ""
    stopped_by: int = 0
    _signals: int = 0

    def run(self) -> int:
        """Run until SIGINT or SIGTERM (returns 0) or until a program has crashed too often (returns 1).

        A second signal kills at once. Must be called in the main thread.
        """
        self._selector = selectors.DefaultSelector()
        self._all = [_Running(program) for program in self.programs]
        self._watched = [_Watched(service) for service in self.services]
        handlers = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        code = 0
        try:
            for running in self._all:
                self._start(running)
            while not self._signals and not code:
                self._read(TICK)
                code = self._look_after() or self._look_after_services()
                if self.ready is not None and not code and not self._signals and self.ready():
                    self.ready = None
                    self.on_ready()
        finally:
            self._stop_all()
            for number, handler in handlers.items():
                signal.signal(number, handler)
            self._selector.close()
        return code

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.stopped_by = self.stopped_by or number
        self._signals += 1

    def _start(self, running: _Running) -> None:
        program = running.program
        try:
            running.process = subprocess.Popen(
                list(program.command),
                cwd=program.folder,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C of the terminal reaches the supervisor only, which stops in order
            )
        except OSError as error:
            running.process = None
            running.how = f"it does not start: {error}"
            self.write(program.name, f"does not start: {error}")
            self._after_crash(running)
            return
        running.began = time.monotonic()
        running.again_at = 0.0
        if running.process.stdout is not None:
            os.set_blocking(running.process.stdout.fileno(), False)
            self._selector.register(running.process.stdout, selectors.EVENT_READ, running)
        self._tell()

    def _look_after(self) -> int:
        """Restart what has ended; returns 1 when one program has ended too often."""
        now = time.monotonic()
        for running in self._all:
            process = running.process
            if process is None:
                if running.again_at and now >= running.again_at:
                    self._start(running)
                elif not running.again_at:
                    return 1
                continue
            if process.poll() is None:
                if running.crashes and now - running.began > STEADY:
                    running.crashes = 0
                continue
            self._forget(running)
            running.how = _how(process.returncode)
            self.write(running.program.name, f"ended by itself ({running.how})")
            self._after_crash(running)
            if not running.again_at:
                return 1
        return 0

    def _look_after_services(self) -> int:
        """Start again what is gone; returns 1 when that was done too often, or leads elsewhere."""
        for watched in self._watched:
            if watched.starting is not None:
                if watched.starting.is_alive():
                    continue
                watched.starting.join()
                watched.starting = None
                if self._has_failed(watched):
                    return 1
            now = time.monotonic()
            if now < watched.look_at:
                continue
            watched.look_at = now + LOOK_EVERY
            if watched.service.is_gone():
                if not watched.crashes or watched.failure is None:
                    self.write(watched.service.name, "ended by itself and is started again")
                watched.crashes += 1
                watched.starting = threading.Thread(target=_start_service, args=[watched], daemon=True)
                watched.starting.start()
            elif watched.crashes and now - watched.began > STEADY:
                watched.crashes = 0
        return 0

    def _has_failed(self, watched: _Watched) -> bool:
        """Say what came of a start; returns whether everything has to stop."""
        name = watched.service.name
        now = watched.began = time.monotonic()
        if watched.failure is None:
            self.write(name, "runs again")
        elif isinstance(watched.failure, Moved):
            self.write(name, f"{watched.failure}; stopping all")
            self.failure = f"{watched.failure}."
            return True
        else:
            self.write(name, f"does not start: {watched.failure}")
        if watched.crashes > watched.service.restarts:
            self.write(name, f"was started {watched.crashes} times and does not stay up; stopping all")
            why = f"Its log: {watched.service.log}" if watched.service.log else ""
            self.failure = f"{name} was started {watched.crashes} times and does not stay up. {why}".rstrip()
            return True
        watched.look_at = now + min(FIRST_PAUSE * 2 ** (watched.crashes - 1), LONGEST_PAUSE)
        return False

    def _after_crash(self, running: _Running) -> None:
        running.crashes += 1
        if running.crashes > running.program.restarts:
            running.again_at = 0.0
            name = running.program.name
            self.write(name, f"was started {running.crashes} times and does not stay up; stopping all")
            self.failure = (
                f"{name} was started {running.crashes} times and does not stay up ({running.how}). "
                f"Why stands above, in the lines that begin with {name}."
            )
            return
        pause = min(FIRST_PAUSE * 2 ** (running.crashes - 1), LONGEST_PAUSE)
        running.again_at = time.monotonic() + pause
        self.write(running.program.name, f"starts again in {pause:.1f} s")

    def _stop_all(self) -> None:
        end = time.monotonic() + self.patience
        already = self._signals
        for running in reversed(self._all):
            process = running.process
            if process is None:
                continue
            _signal_group(process, signal.SIGTERM, whole=False)
            while process.poll() is None and time.monotonic() < end and self._signals <= max(already, 1):
                self._read(TICK)
        for running in self._all:
            process = running.process
            if process is None:
                continue
            if process.poll() is None:
                self.write(running.program.name, "did not stop in time and was killed")
            _signal_group(process, signal.SIGKILL, whole=True)  # also what it may have left behind
            process.wait()
            self._forget(running)
        self._tell()

    def _forget(self, running: _Running) -> None:
        """Read the last lines of an ended process and close its pipe."""
        process, running.process = running.process, None
        if process is None or process.stdout is None:
            return
        _signal_group(process, signal.SIGKILL, whole=True)
        self._drain(running, process.stdout)
        if running.rest:
            self.write(running.program.name, _line(running.rest))
            running.rest = b""
        self._selector.unregister(process.stdout)
        process.stdout.close()
        self._tell()

    def _read(self, timeout: float) -> None:
        events = self._selector.select(timeout)
        if not events:
            return
        at_end = 0
        for key, _mask in events:
            running: _Running = key.data
            if running.process is not None and running.process.stdout is not None:
                at_end += not self._drain(running, running.process.stdout)
        if at_end == len(events):
            time.sleep(0.01)  # a closed pipe is always readable: do not spin until its process is reaped

    def _drain(self, running: _Running, pipe: IO[bytes]) -> bool:
        """Pass on what the pipe holds; returns whether there was anything."""
        got = False
        while True:
            try:
                chunk = os.read(pipe.fileno(), 65_536)
            except BlockingIOError:
                return True
            if not chunk:
                return got
            got = True
            *lines, running.rest = (running.rest + chunk).split(b"\n")
            for line in lines:
                self.write(running.program.name, _line(line))

    def _tell(self) -> None:
        self.remember({entry.program.name: entry.process.pid for entry in self._all if entry.process is not None})


def _start_service(watched: _Watched) -> None:
    try:
        watched.service.start()
    except Exception as error:
        # Told by the supervisor's own thread, and counted: whatever went wrong, the next try may go well.
        watched.failure = error
    else:
        watched.failure = None


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals, *, whole: bool) -> None:
    """Signal the process, or with ``whole`` everything it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if whole:
            os.killpg(process.pid, number)
        elif process.poll() is None:
            os.kill(process.pid, number)


def _line(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace").rstrip("\r")


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
