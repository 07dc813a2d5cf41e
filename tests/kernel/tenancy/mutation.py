"""Break the guard in one place at a time and see that a test notices.

``python -m tests.kernel.tenancy.mutation [scope.py base.py ...]`` prints what survived. Each mutant is one change of
one file in a copy of the tree: a condition negated, a comparison turned round, ``and`` for ``or``, a raise or another
statement left out, True for False. Most are killed in processes that have loaded everything once (``trials.py``); what
is not gets a process of its own that loads the changed tree and runs all tests of the file.

An own script because the two kept tools do not fit (tried or read with 3.8.1 and 8.7): mutmut leaves out functions
with decorators, and calls the others through one more frame, which the guard looks at; cosmic-ray leaves out no
statement and no raise, which is how a guard is lost.
"""

import ast
import copy
import importlib
import multiprocessing
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[3]
GUARD = "platform/kernel/tenancy"
HERE = "tests/kernel/tenancy"
# A mutant whose tests neither say nor do anything for so long hangs, which is noticed too.
SECONDS = 60
# File of the guard → its tests, those that notice most first.
FILES: Mapping[str, tuple[str, ...]] = {
    f"{GUARD}/scope.py": ("test_scope", "test_backend", "test_requests", "test_async"),
    f"{GUARD}/backend/base.py": ("test_backend", "test_scope", "test_requests", "test_async", "test_pooler"),
    f"{GUARD}/base.py": ("test_instances",),
    f"{GUARD}/middleware.py": ("test_requests",),
    f"{GUARD}/resolution.py": ("test_requests",),
    f"{GUARD}/router.py": ("test_router",),
    "platform/kernel/tasks.py": ("test_tasks", "../../isolation/test_tasks"),
    "platform/kernel/cache.py": ("test_keys",),
    "platform/kernel/signing.py": ("test_keys",),
}
# What takes long to load and is not ours.
LIBRARIES = (
    "pytest", "_pytest.assertion.rewrite", "hypothesis", "hypothesis.strategies", "psycopg", "redis", "celery",
    "django.db", "django.test", "django.core.handlers.wsgi", "django_tenants", "faker", "playwright.sync_api",
    "structlog", "pydantic", "cryptography.hazmat.primitives.ciphers.aead", "time_machine",
)  # fmt: skip
OPTIONS = ("-q", "-m", "not full", "-p", "no:cacheprovider", "-p", "no:schemathesis", "--tb=no")
# How long all tests may take once, in seconds, on one of the workers.
LONGEST_NOTES = 1200
# Away from the first numbers, which are those of other runs in the same home.
FIRST_WORKER = 10
OURS = ("tests", "config", "kernel", "control_plane", "tenants", "api", "themes", "billing_plans")
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", ".local", "__pycache__", ".*_cache", "screens", "node_modules")
COMPARISONS: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change. ``name`` says where and what, without line numbers, so that it stays true while the file grows.

    ``function``, ``node`` and ``change`` are where it is: numbers in the order of the walk.
    """

    file: str
    name: str
    function: int
    node: int
    change: int

    def changed(self, source: str) -> ast.Module:
        """The file's ``source`` with the change, each function in its line."""
        tree = ast.parse(source)
        node = list(ast.walk(functions_of(tree)[self.function]))[self.node]
        _word, change = list(_changes(node))[self.change]
        _replace(tree, node, change(copy.copy(node)))
        return ast.fix_missing_locations(tree)

    def applied_to(self, source: str) -> str:
        """The file's ``source`` with the change, as text."""
        return ast.unparse(self.changed(source))


Change = Callable[[ast.AST], ast.AST | None]
# A copy of the tree, and the environment of the process that works in it.
Place = tuple[Path, dict[str, str]]


@dataclass(frozen=True)
class Share:
    """What one of the workers has to do: ``wait`` returns when all have called it; ``files`` are those of all."""

    number: int
    workers: int
    files: list[str]
    mutants: Mapping[int, Mutant]
    wait: Callable[[], object]


def _negated(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], ast.AST]]]:
    """What may be done to a node: a word for it, and the change of a copy of the node."""
    if isinstance(node, ast.If | ast.While | ast.IfExp) and not _is_lone_comparison(node.test):

        def negate(found: ast.AST) -> ast.AST:
            found.test = _negated(found.test)  # type: ignore[attr-defined]
            return found

        yield "negated", negate
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:

        def turn(found: ast.AST) -> ast.AST:
            found.ops = [COMPARISONS[type(found.ops[0])]()]  # type: ignore[attr-defined]
            return found

        yield "turned round", turn
    if isinstance(node, ast.BoolOp):

        def swap(found: ast.AST) -> ast.AST:
            found.op = ast.Or() if isinstance(found.op, ast.And) else ast.And()  # type: ignore[attr-defined]
            return found

        yield "and for or", swap
    if isinstance(node, ast.Raise):
        yield "not raised", lambda found: ast.Pass()
    if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant | ast.Yield | ast.YieldFrom):
        yield "left out", lambda found: ast.Pass()
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Delete):
        yield "left out", lambda found: ast.Pass()
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "the other truth", lambda found: ast.Constant(not found.value)  # type: ignore[attr-defined]


def _is_lone_comparison(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and len(test.ops) == 1


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node


def functions_of(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions and methods of a module, in their order."""
    return [function for _name, function in _functions(tree)]


def mutants_of(file: str) -> list[Mutant]:
    """All changes of one file: in the bodies of its functions, one at a time."""
    made: list[Mutant] = []
    seen: Counter[str] = Counter()
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    for function, (place, body) in enumerate(_functions(tree)):
        for at, node in enumerate(ast.walk(body)):
            for number, (word, _change) in enumerate(_changes(node)):
                text = " ".join(ast.unparse(node).split())[:90]
                name = f"{file.removeprefix('platform/kernel/')} {place}: {word}: {text}"
                seen[name] += 1
                again = f" ({seen[name]})" if seen[name] > 1 else ""
                made.append(Mutant(file, name + again, function, at, number))
    return made


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return
            if isinstance(value, list) and any(part is old for part in value):
                value[:] = [new if part is old else part for part in value]
                return
    raise LookupError("the node is not in the tree")


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant. ``killed_by`` is empty when it survived."""

    name: str
    killed_by: str


def run(files: Sequence[str], workers: int = 2, report: Callable[[str], None] | None = None) -> list[Outcome]:
    """Try every mutant of ``files`` in copies of the tree, ``workers`` at a time.

    Call it in a process that has imported nothing of ours but this module: each mutant is a child of it, which has the
    libraries already and loads our code from its copy of the tree. Raises RuntimeError when the tests fail without any
    change.
    """
    for library in LIBRARIES:
        importlib.import_module(library)
    environment = _environment()
    mutants = dict(enumerate(mutant for file in files for mutant in mutants_of(file)))
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="portico-mutation-") as folder:
        places = []
        for number in range(workers):
            tree = Path(shutil.copytree(ROOT, Path(folder) / f"m{number}", ignore=LEFT_OUT))
            places.append((tree, {**environment, "PORTICO_TEST_WORKER": f"mutant{FIRST_WORKER + number}"}))
        for work in (_work_quickly, _work):
            for number, killed_by in _told_by(work, places, mutants):
                if killed_by or work is _work:
                    name = mutants.pop(number).name
                    outcomes.append(Outcome(name, killed_by))
                    (report or _tell)(f"{'killed' if killed_by else 'SURVIVED'} {name}  [{killed_by}]")
    return outcomes


def _told_by(
    work: Callable[..., None], places: list[Place], mutants: Mapping[int, Mutant]
) -> Iterator[tuple[int, str]]:
    """Each mutant's number and what killed it, from a process for each place."""
    forked = multiprocessing.get_context("fork")
    told: Any = forked.SimpleQueue()
    barrier = forked.Barrier(len(places), timeout=LONGEST_NOTES)
    helpers = []
    files = sorted({mutant.file for mutant in mutants.values()})
    for number, place in enumerate(places):
        own = {key: mutants[key] for key in list(mutants)[number :: len(places)]}
        share = Share(number, len(places), files, own, barrier.wait)
        helpers.append(forked.Process(target=work, args=(place, share, told), daemon=True))
    for helper in helpers:
        helper.start()
    working = len(helpers)
    while working:
        number, killed_by = told.get()
        if number is None:
            working -= 1
            if killed_by:
                raise RuntimeError(killed_by)
        else:
            yield number, killed_by
    for helper in helpers:
        helper.join()


def _environment() -> dict[str, str]:
    """The servers and the prepared database of this tree: a changed guard must not make a new one."""
    script = "import tests.database as d; print(d.code_state())"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DATABASE_"))}
    for name in ("PORTICO_TEST_PREPARED", "PORTICO_TEST_SUPERUSER", "PORTICO_TEST_SERVICES", "PORTICO_FULL"):
        kept.pop(name, None)
    kept["PORTICO_HOME"] = os.environ.get("PORTICO_HOME") or str(ROOT / ".local")
    kept["PORTICO_TEST_WORKER"] = "mutants"
    asked = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=kept, capture_output=True, text=True, check=True
    )
    return kept | {"PORTICO_TEST_STATE": asked.stdout.split()[-1], "PYTHONDONTWRITEBYTECODE": "1"}


def _work(place: Place, share: Share, told: Any) -> None:
    for number, mutant in share.mutants.items():
        told.put((number, _killed_by(*place, mutant)))
    told.put((None, ""))


def _work_quickly(place: Place, share: Share, told: Any) -> None:
    tree, environment = place
    _enter(tree, environment, tree / "trials.log")
    import pytest

    from tests.kernel.tenancy.trials import Trials

    names = dict.fromkeys(name for file in share.files for name in FILES[file])
    trials = Trials(tree, share, lambda number, killed_by: told.put((number, killed_by)))
    code = pytest.main([*OPTIONS, *(f"{HERE}/{name}.py" for name in names)], plugins=[trials])
    told.put((None, (tree / "trials.log").read_text("utf-8", "replace")[-3000:] if code else ""))


def _killed_by(tree: Path, environment: dict[str, str], mutant: Mutant) -> str:
    path, log = tree / mutant.file, tree / "mutant.log"
    before = path.read_text("utf-8")
    path.write_text(mutant.applied_to(before))
    child = os.fork()
    if child == 0:
        _test(tree, environment, log, FILES[mutant.file])
    try:
        told, since = _signs_of_life(child, log), time.monotonic()
        while True:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                break
            if (now := _signs_of_life(child, log)) != told:
                told, since = now, time.monotonic()
            if time.monotonic() > since + SECONDS:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return "time"
            select.select([], [], [], 0.05)
    finally:
        path.write_text(before)
    if status == 0:
        return ""
    failed = [line for line in log.read_text("utf-8", "replace").splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].partition("::")[2].partition(" ")[0] if failed else f"exit {os.waitstatus_to_exitcode(status)}"


def _signs_of_life(child: int, log: Path) -> tuple[int, str]:
    """What the child has written, and the time of the processor it has used where the system tells it."""
    stat = Path(f"/proc/{child}/stat")
    used = " ".join(stat.read_text().rpartition(")")[2].split()[11:13]) if stat.exists() else ""
    return log.stat().st_size if log.exists() else 0, used


def _enter(tree: Path, environment: dict[str, str], log: Path) -> None:
    """In a child: forget this tree's code and stand in the copy."""
    os.setpgid(0, 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.clear()
    os.environ.update(environment, PYTHONPATH=f"{tree}:{tree / 'platform'}")
    os.chdir(tree)
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    here = {str(ROOT), str(ROOT / "platform"), ""}
    sys.path[:] = [str(tree), str(tree / "platform"), *(entry for entry in sys.path if entry not in here)]
    sys.dont_write_bytecode = True


def _test(tree: Path, environment: dict[str, str], log: Path, names: tuple[str, ...]) -> NoReturn:
    """In the child: run the tests of the copy."""
    _enter(tree, environment, log)
    import pytest

    code = 99
    try:
        from tests.kernel.tenancy.trials import fresh

        fresh()
        code = int(pytest.main(["-x", *OPTIONS, *(f"{HERE}/{name}.py" for name in names)]))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main(wanted: list[str]) -> int:
    """Try the files whose names end so, or all; 1 when something survived."""
    files = [file for file in FILES if not wanted or any(file.endswith(name) for name in wanted)]
    outcomes = run(files, workers=int(os.environ.get("WORKERS", "2")))
    survived = [outcome.name for outcome in outcomes if not outcome.killed_by]
    _tell(f"{len(outcomes)} mutants, {len(outcomes) - len(survived)} killed, {len(survived)} survived")
    return bool(survived)


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
