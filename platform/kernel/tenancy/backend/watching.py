"""Connections whose waits end. A server that is frozen closes nothing: the network is well, and nobody answers.

TCP's own means (keepalives, user timeout) do not notice it, because the kernel of a stopped server's machine goes on
acknowledging. So whoever has waited for a second asks the server's front door on a line of its own, and gives the
statement up when that does not answer either. What was sent then may or may not have been done.
"""

import socket
import struct
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db import OperationalError
from psycopg.pq.abc import PGconn

# How long a server may take to say anything at all. With one second of waiting before it is doubted, and the two
# seconds that connecting anew may take, a page has its answer within three seconds.
SECONDS_TO_ANSWER = 0.8
SECONDS_BEFORE_DOUBT = 1.0
# After a silence nobody else waits for the same server: they would queue before the few threads of a process.
SECONDS_AVOIDED = 2.0
# What a statement may take beyond the server's own limit, which a server that lives enforces itself.
MARGIN = 0.4
# PostgreSQL's question whether it speaks TLS: its length, and a number no version of the protocol has. Any answer is
# the answer of a living server, and it costs neither a login nor a line in the log.
_DOES_IT_SPEAK_TLS = struct.pack("!ii", 8, 80877103)

_patience: ContextVar[float] = ContextVar("portico_patience", default=0.0)
_given_up: ContextVar[bool] = ContextVar("portico_database_given_up", default=False)


class _Silent:
    """The servers of this process that did not answer a moment ago."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def note(self, server: tuple[str, str]) -> None:
        with self._lock:
            self._until[server] = time.monotonic() + SECONDS_AVOIDED

    def holds(self, server: tuple[str, str]) -> bool:
        return time.monotonic() < self._until.get(server, 0.0)


silent = _Silent()


class WatchedConnection(psycopg.Connection[Any]):
    """A connection that gives up when its server has stopped, or when a statement outlasts the server's own limit.

    ``longest_statement`` is that limit in seconds; 0 stands for none, and then nothing is given up: a migration waits.
    """

    longest_statement: float = 0.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is None and self.longest_statement:
            gen = self._watched(gen)
        return super().wait(gen, interval, timeout)

    def _watched(self, gen: Any) -> Generator[Any, Any, Any]:
        """``gen`` itself; each ``interval`` in which nothing came, a look at the clock."""
        now = time.monotonic()
        longest = max(self.longest_statement, _patience.get()) + MARGIN
        end, doubt_at = now + longest, now + SECONDS_BEFORE_DOUBT
        try:
            state = next(gen)
            while True:
                came = yield state
                if not came:
                    now = time.monotonic()
                    if now >= end:
                        self.give_up("the database did not end a statement in time")
                    if now >= doubt_at:
                        self.require_answer()
                        doubt_at = time.monotonic() + SECONDS_BEFORE_DOUBT
                state = gen.send(came or 0)
        except StopIteration as done:
            return done.value

    def require_answer(self) -> None:
        """Raise psycopg.OperationalError, and drop the connection, unless its server answers on a line of its own."""
        if not is_alive(self.pgconn):
            silent.note(server_of(self.pgconn))
            self.give_up("the database has stopped answering")

    def give_up(self, sentence: str) -> None:
        """Drop the connection without a word to the server, which would not hear it. Raises OperationalError."""
        self.pgconn.finish()
        raise psycopg.OperationalError(sentence)


def server_of(pgconn: PGconn) -> tuple[str, str]:
    """Host, as it was named, and port of the server of a connection."""
    return pgconn.host.decode(), pgconn.port.decode()


def is_alive(pgconn: PGconn) -> bool:
    """Whether the server of ``pgconn`` answers a new caller within ``SECONDS_TO_ANSWER``."""
    host, port = (pgconn.hostaddr or pgconn.host).decode(), pgconn.port.decode()
    try:
        if host.startswith("/"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(SECONDS_TO_ANSWER)
                line.connect(f"{host}/.s.PGSQL.{port}")
                return _answers(line)
        with socket.create_connection((host, int(port)), timeout=SECONDS_TO_ANSWER) as line:
            return _answers(line)
    except OSError:
        return False


def _answers(line: socket.socket) -> bool:
    line.sendall(_DOES_IT_SPEAK_TLS)
    return bool(line.recv(1))


@contextmanager
def long_statements(seconds: float) -> Iterator[None]:
    """Let statements take up to ``seconds`` where the server's own limit was raised to as much."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def database_given_up() -> Iterator[None]:
    """Refuse every statement at once: for an answer that begins with a database that is gone.

    What is known of the hospital is old then, and must lead to nobody's rows should the server come back meanwhile.
    """
    token = _given_up.set(True)
    try:
        yield
    finally:
        _given_up.reset(token)


def require_database() -> None:
    """Raises OperationalError within ``database_given_up``."""
    if _given_up.get():
        raise OperationalError("the database was gone when this began")
