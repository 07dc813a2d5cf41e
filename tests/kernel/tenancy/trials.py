"""Tries mutants where everything is loaded already: each in a forked child, by the tests that reach its statement.

A pytest plugin of ``mutation.py``. It runs each test once unchanged, noting which statements of the guard it reaches
and how long it takes. A mutant's function then gets the changed code in a child of this process, and the tests that
reach the statement run there, the shortest first, until one fails. What this does not kill is not judged here: code
that runs while modules are loaded, other processes and long tests are left to a whole run of its own.
"""

import ast
import builtins
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from urllib.parse import urlsplit

import pytest
import redis

from tests.database import copy_prepared
from tests.kernel.tenancy.mutation import Mutant, Share, functions_of

# A test that takes longer is left to the whole run.
LONGEST = 4.0
# A test that takes so many seconds more than so many times as long as without the change hangs, which is noticed too.
SLOWER, SECONDS = 5, 60
KILLED, HANGS = "killed by ", "time"

Statement = tuple[str, int, int]


class Trials:
    """``told`` is called with the number of each mutant and the test that killed it, or "" when none did."""

    def __init__(self, tree: Path, share: Share, told: Callable[[int, str], None]) -> None:
        self._tree = tree
        self._share = share
        self._told = told
        self._failed: list[str] = []
        self._alone: dict[str, bool] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for file in self._share.files:
            importlib.import_module(file.removeprefix("platform/").removesuffix(".py").replace("/", "."))
        self._live = _live_functions({str(self._tree / file) for file in self._share.files})
        self._items = {item.nodeid: item for item in session.items}
        notes = self._notes(session.items)
        for number, mutant in self._share.mutants.items():
            self._told(number, self._killed_by(mutant, notes))
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.append(report.nodeid)

    def _notes(self, items: Sequence[pytest.Item]) -> list[tuple[float, str, set[Statement]]]:
        """Seconds, name and reached statements of each test, the shortest first. Raises when one fails unchanged."""
        folder = self._tree.parent
        child = os.fork()
        if child == 0:
            with _leaving(), (folder / f"notes{self._share.number}").open("w") as notes:
                reached: set[Statement] = set()
                builtins.__reached__ = lambda *statement: reached.add(statement)  # type: ignore[attr-defined]
                for file in self._share.files:
                    self._put(compile(_noting(file, self._source(file)), str(self._tree / file), "exec"))
                for item, following in _with_next(items[self._share.number :: self._share.workers]):
                    reached.clear()
                    began = time.monotonic()
                    item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                    found = [time.monotonic() - began, item.nodeid, sorted(reached), self._failed]
                    notes.write(json.dumps(found) + "\n")
        os.waitpid(child, 0)
        self._share.wait()
        lines = [line for number in range(self._share.workers) for line in (folder / f"notes{number}").open()]
        notes_of = [
            (seconds, name, {(f, r, c) for f, r, c in reached})
            for seconds, name, reached, _failed in map(json.loads, lines)
        ]
        if failed := {name for line in lines for name in json.loads(line)[3]}:
            raise RuntimeError(f"without any change these fail: {sorted(failed)}")
        if len(notes_of) != len(items):
            raise RuntimeError("the tests did not come to their end without any change")
        return sorted(notes_of, key=lambda note: note[0])

    def _source(self, file: str) -> str:
        return (self._tree / file).read_text("utf-8")

    def _killed_by(self, mutant: Mutant, notes: list[tuple[float, str, set[Statement]]]) -> str:
        source = self._source(mutant.file)
        statement = _statement_of(mutant, source)
        chosen = [(seconds, name) for seconds, name, reached in notes if statement in reached and seconds <= LONGEST]
        path = self._tree / mutant.file
        code = compile(_with_its_class(mutant, source), str(path), "exec")
        while chosen:
            # Other processes that a test starts load the change from the file.
            path.write_text(mutant.applied_to(source))
            try:
                killer = self._try(code, chosen)
            finally:
                path.write_text(source)
            if killer in ("", HANGS) or self._passes_alone(killer):
                return killer.partition("::")[2] or killer
            chosen = [one for one in chosen if one[1] != killer]
        return ""

    def _passes_alone(self, name: str) -> bool:
        """Whether the test passes unchanged when no other has run before it: else it has said nothing of a mutant."""
        if name not in self._alone:
            self._alone[name] = self._try(None, [(LONGEST, name)]) == ""
        return self._alone[name]

    def _try(self, code: CodeType | None, chosen: list[tuple[float, str]]) -> str:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            with _leaving():
                os.setpgid(0, 0)
                fresh()
                if code is not None:
                    self._put(code)
                for number, (item, following) in enumerate(
                    _with_next([self._items[name] for _seconds, name in chosen])
                ):
                    os.write(writing, f"{number}\n".encode())
                    item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                    if self._failed:
                        os.write(writing, f"{KILLED}{self._failed[0]}\n".encode())
                        break
        os.close(writing)
        heard, patience = "", float(SECONDS)
        try:
            while True:
                if not select.select([reading], [], [], patience)[0]:
                    return HANGS
                if not (part := os.read(reading, 4096)):
                    break
                heard = part.decode().splitlines()[-1]
                patience = SECONDS + SLOWER * chosen[int(heard)][0] if heard.isdigit() else SECONDS
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(reading)
        return heard.removeprefix(KILLED) if heard.startswith(KILLED) else ""

    def _put(self, code: CodeType) -> None:
        """Give the functions that are loaded the code of the same functions of the module's ``code``."""
        for made in _codes_in(code):
            for function in self._live.get((made.co_filename, made.co_firstlineno, made.co_name), ()):
                if function.__code__.co_freevars == made.co_freevars:
                    function.__code__ = made


def _with_next(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None], strict=True)


def fresh() -> None:
    """The worker's database and Redis as at the beginning: what another mutant has left must kill no second one."""
    copy_prepared(urlsplit(os.environ["DATABASE_URL"]).path.removeprefix("/"))
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()


@contextlib.contextmanager
def _leaving() -> Iterator[None]:
    """End a forked child here, whatever happens: 0 when nothing was raised."""
    code = 1
    try:
        yield
        code = 0
    finally:
        os._exit(code)


def _live_functions(paths: set[str]) -> dict[tuple[str, int, str], list[FunctionType]]:
    """All functions of these files that are in memory, also decorated ones and accessors of properties."""
    found: dict[tuple[str, int, str], list[FunctionType]] = {}
    for thing in gc.get_objects():
        if type(thing) is FunctionType and thing.__code__.co_filename in paths:
            code = thing.__code__
            found.setdefault((code.co_filename, code.co_firstlineno, code.co_name), []).append(thing)
    return found


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes_in(constant)


def _noting(file: str, source: str) -> ast.Module:
    """The module with a note before each statement of its functions."""
    tree = ast.parse(source)
    for function in functions_of(tree):
        for parent in list(ast.walk(function)):
            for field in ("body", "orelse", "finalbody"):
                if isinstance(statements := getattr(parent, field, None), list):
                    noted = [part for one in statements for part in (_note(file, one), one)]
                    setattr(parent, field, noted)
    return ast.fix_missing_locations(tree)


def _note(file: str, statement: ast.stmt) -> ast.stmt:
    values: list[ast.expr] = [ast.Constant(part) for part in (file, statement.lineno, statement.col_offset)]
    note = ast.Expr(ast.Call(ast.Name("__reached__", ast.Load()), values, []))
    return ast.copy_location(note, statement)


def _with_its_class(mutant: Mutant, source: str) -> ast.Module:
    """The changed module. A method that has lost its ``super()`` names its class still: it must keep that cell."""
    had_class = any(
        isinstance(node, ast.Name) and node.id in ("super", "__class__")
        for node in ast.walk(functions_of(ast.parse(source))[mutant.function])
    )
    tree = mutant.changed(source)
    if had_class:
        never = ast.If(ast.Constant(False), [ast.Expr(ast.Name("__class__", ast.Load()))], [])
        functions_of(tree)[mutant.function].body.append(never)
    return ast.fix_missing_locations(tree)


def _statement_of(mutant: Mutant, source: str) -> Statement | None:
    """Where the innermost statement around the mutant is; None when it is the function's own line."""
    function = functions_of(ast.parse(source))[mutant.function]
    wanted = list(ast.walk(function))[mutant.node]
    around = [node for node in ast.walk(function) if isinstance(node, ast.stmt) and wanted in ast.walk(node)]
    innermost = around[-1]
    return None if innermost is function else (mutant.file, innermost.lineno, innermost.col_offset)
