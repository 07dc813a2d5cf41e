"""What may not stand in our source, found in its syntax tree and not by its letters (S46, S06)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOTS = ("platform", "tenants", "api", "themes", "billing_plans")
# The escaped, tested helpers that S46 excepts by name, and the only places for what they do.
MAY_MARK_SAFE = ("themes/",)
MAY_COMPOSE_SQL = ("platform/kernel/tenancy/",)
# Every file that sends SQL of its own (S46 excepts by name), and why the ORM does not do. A new one is added here.
RAW_SQL = {
    "platform/config/runtime/postgres.py": "asks a server whose folder it is, before Django is there",
    "platform/control_plane/hospitals/health.py": "the server's own catalogues",
    "platform/control_plane/hospitals/selectors.py": "the server's own catalogues, for the probes of the guard",
    "platform/control_plane/hospitals/services.py": "an advisory lock",
    "platform/kernel/audit/migrations/0001_trail.py": "functions and triggers of the trail",
    "platform/kernel/audit/sealing.py": "a lock, and a deletion that returns what it took",
    "platform/kernel/audit/verification.py": "rows as the server writes them, which is what seals are made of",
    "platform/kernel/events/relay.py": "one atomic append to an array",
    "platform/kernel/health/middleware.py": "one look at one row, for /readyz",
    "platform/kernel/storage/files.py": "an advisory lock",
    "platform/kernel/tenancy/backend/base.py": "the switch to a hospital's role and schema",
    "platform/kernel/tenancy/bootstrap.py": "roles, schemas and rights of an empty server",
    "platform/kernel/tenancy/fleet/drift.py": "the server's own catalogues",
    "platform/kernel/tenancy/fleet/plan.py": "changes of tables, made by Django's schema editor",
    "platform/kernel/tenancy/fleet/run.py": "changes of tables, in each hospital's schema",
    "platform/kernel/tenancy/operations.py": "rights on tables, as a migration",
    "platform/kernel/tenancy/schemas.py": "making and dropping schemas and roles",
    "platform/kernel/tenancy/templates.py": "replaying the template of a hospital",
    "tenants/people/selectors.py": "one recursive look along merged patients",
    "tenants/records/migrations/0005_sort_again.py": "one statement over rows of two types, as a migration",
    "tenants/records/selectors/results.py": "reports by the kind of what they list, in one pass",
    "tenants/records/services/importing.py": "an advisory lock",
    "tenants/records/services/storing.py": "upserts that return what they changed",
}
SENDS_SQL = {"execute", "executemany", "executescript", "raw", "mogrify", "RunSQL", "callproc"}
# The resolver of addresses can be waited for in no other way; its thread asks neither database nor scope.
MAY_START_THREADS = ("platform/kernel/tenancy/resolution.py", "platform/kernel/http/addresses.py",
                     "platform/config/runtime/", "platform/config/cli/")  # fmt: skip
MAY_SET_COOKIES = ("platform/kernel/web/cookies.py",)
MAY_SIGN = ("platform/kernel/signing.py",)
# What watches processes from outside has nothing to wait on but their state.
MAY_SLEEP = ("tests/benchmarks/", "tests/runtime/", "tests/e2e/server.py")
FORBIDDEN_CALLS = {
    "extra": "a queryset's extra() takes raw SQL",
    "RawSQL": "raw SQL in an expression",
    "eval": "eval",
    "exec": "exec",
    "mark_safe": "mark_safe outside the tested helpers of themes",
    "SafeString": "SafeString outside the tested helpers of themes",
}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "yaml"}


def python_files(*roots: str) -> Iterator[tuple[str, ast.Module]]:
    for root in roots:
        for path in sorted((ROOT / root).rglob("*.py")):
            if ".venv" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def owner_of(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        return node.func.value.id
    return ""


def is_text_put_together(node: ast.AST) -> bool:
    """Whether the expression joins text with values: an f-string with fields, %, + or format()."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        sides = [side for side in ast.walk(node) if isinstance(side, ast.Constant | ast.JoinedStr | ast.Name)]
        return any(isinstance(side, ast.Name | ast.JoinedStr) for side in sides)
    return isinstance(node, ast.Call) and called(node) == "format" and isinstance(node.func.value, ast.Constant)  # type: ignore[attr-defined]


def findings() -> Iterator[str]:
    for name, tree in python_files(*ROOTS):
        for node in ast.walk(tree):
            line = f"{name}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                for module in modules:
                    if module.split(".")[0] in FORBIDDEN_MODULES:
                        yield f"{line} {module} is forbidden"
            if not isinstance(node, ast.Call | ast.With):
                continue
            if isinstance(node, ast.With):
                for item in node.items:
                    if isinstance(item.context_expr, ast.Name) and item.context_expr.id in ("tenant", "hospital"):
                        yield f"{line} with {item.context_expr.id}: the stack of it is shared by all threads"
                continue
            word = called(node)
            if word in FORBIDDEN_CALLS and not _is_excepted(word, node, name):
                yield f"{line} {FORBIDDEN_CALLS[word]}"
            sends = word in ("execute", "executemany", "raw", "mogrify") and not name.startswith(MAY_COMPOSE_SQL)
            if sends and node.args and is_text_put_together(node.args[0]):
                yield f"{line} SQL put together from text"
            if word == "Thread" and not name.startswith(MAY_START_THREADS):
                yield f"{line} a raw thread"
            if word in ("ThreadPoolExecutor", "ProcessPoolExecutor", "start_new_thread", "Timer"):
                yield f"{line} a raw thread or process pool"
            for keyword in node.keywords:
                if keyword.arg == "thread_sensitive" and getattr(keyword.value, "value", True) is False:
                    yield f"{line} thread_sensitive=False"
                if keyword.arg == "shell" and getattr(keyword.value, "value", False) is True:
                    yield f"{line} shell=True"
            signs = word in ("dumps", "loads", "Signer", "TimestampSigner") and owner_of(node) == "signing"
            if word in ("set_cookie", "set_signed_cookie", "delete_cookie") and not name.startswith(MAY_SET_COOKIES):
                yield f"{line} a cookie that nobody binds to its host: use kernel.web.cookies"
            if signs and not name.startswith(MAY_SIGN):
                yield f"{line} signed without its hospital: use kernel.signing"


def _is_excepted(word: str, node: ast.Call, name: str) -> bool:
    if word in ("mark_safe", "SafeString"):
        return name.startswith(MAY_MARK_SAFE)
    if word in ("eval", "exec"):
        return isinstance(node.func, ast.Attribute)
    return word == "extra" and not _is_on_queryset(node)


def _is_on_queryset(node: ast.Call) -> bool:
    """``.extra(select=..., where=...)`` of a queryset takes these keywords; other methods of the name do not."""
    return any(keyword.arg in ("select", "where", "tables", "order_by", "params") for keyword in node.keywords)


@pytest.mark.requirement("S46")
def test_no_forbidden_construct_stands_in_our_source() -> None:
    assert list(findings()) == []


@pytest.mark.requirement("S46")
@pytest.mark.parametrize(
    ("source", "is_joined"),
    [
        ('f"SELECT {name}"', True),
        ('"SELECT " + name', True),
        ('"SELECT %s" % name', True),
        ('"SELECT {}".format(name)', True),
        ('"SELECT %s"', False),
        ('f"SELECT 1"', False),
        ('"SELECT " "1"', False),
        ("composed", False),
    ],
)
def test_text_that_is_put_together_is_recognised(source: str, is_joined: bool) -> None:
    assert is_text_put_together(ast.parse(source, mode="eval").body) is is_joined


@pytest.mark.requirement("S46", "S10")
def test_files_that_send_sql_of_their_own_are_named_with_a_reason() -> None:
    found = {
        name
        for name, tree in python_files(*ROOTS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in SENDS_SQL
    }
    assert found == set(RAW_SQL)


@pytest.mark.requirement("S06")
def test_functions_that_remember_are_declared() -> None:
    """``lru_cache`` and ``cache`` outlive a request: what they hold is every hospital's.

    A new use must be a pure function of its arguments, know nothing of a hospital, and be excepted here with a reason.
    """
    found = set()
    for name, tree in python_files(*ROOTS):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
                    word = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
                    if word in ("lru_cache", "cache"):
                        touches = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                        if touches & {"current_hospital", "current_scope", "peek_scope", "objects", "access"}:
                            found.add(f"{name}:{node.name} remembers what belongs to a hospital")
                        if any(isinstance(part, ast.Attribute) and part.attr == "objects" for part in ast.walk(node)):
                            found.add(f"{name}:{node.name} remembers rows")
    assert found == set()


def test_no_test_sleeps() -> None:
    sleeping = [
        f"{name}:{node.lineno}"
        for name, tree in python_files("tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) == "sleep" and not name.startswith(MAY_SLEEP)
    ]
    assert sleeping == []


_UNSAFE_IN_TEMPLATES = re.compile(
    r"\|\s*safe\b|\|\s*safeseq\b|{%\s*autoescape\s+off|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\bsrc=)"
)


@pytest.mark.requirement("S46", "S37")
def test_no_template_switches_escaping_off_or_holds_script_or_style() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0).strip()}"
        for root in ROOTS
        for path in sorted((ROOT / root).rglob("templates/**/*.html"))
        for match in _UNSAFE_IN_TEMPLATES.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_every_link_to_a_telephone_dials_a_number_without_spaces() -> None:
    """RFC 3966 allows none in a ``tel:`` address."""
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)}"
        for root in ROOTS
        for path in sorted((ROOT / root).rglob("templates/**/*.html"))
        for match in re.finditer(r'tel:(?!{{ [a-z.]+\|dialled }}"|[0-9]+")[^"]*', path.read_text("utf-8"))
    ]
    assert found == []


def test_the_folder_platform_is_no_package() -> None:
    """It would shadow the standard library's module of that name."""
    assert not (ROOT / "platform/__init__.py").exists()
