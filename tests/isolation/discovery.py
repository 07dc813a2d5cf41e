"""Where our source makes something that has a key, or keeps something between two requests, read from its syntax tree.

A function that calls one of these must be declared in ``makers.py``, so that none can be added without somebody saying
what becomes of it in another hospital.
"""

import ast
from collections.abc import Iterator

from tests.architecture.test_source import ROOTS, called, owner_of, python_files

# What a call makes, by the word that is called. Of ``cache`` and of hashes the owner's name decides.
KINDS = {
    "redis_client": "redis",
    "store": "storage",
    "apply_async": "queue",
    "send_task": "queue",
    "bound_contextvars": "log",
    "bind_contextvars": "log",
    "peek_scope": "log",
    "Signer": "signature",
    "TimestampSigner": "signature",
    "AESGCM": "encryption",
    "derived_key": "encryption",
    "blake2b": "digest",
}
OWNERS = {"hmac": "digest", "hashlib": "digest", "signing": "signature", "cache": "cache", "caches": "cache"}
REMEMBERING = ("lru_cache", "cache", "cached_property")
CONTAINERS = ("dict", "list", "set", "OrderedDict", "defaultdict", "deque", "WeakValueDictionary", "WeakKeyDictionary")
# A comparison makes nothing.
HARMLESS = ("compare_digest",)
# Commands and servers of the machine run for no hospital.
OUTSIDE = ("platform/config/",)
# The guard itself asks for the scope everywhere, and its tests are beside this folder.
GUARD = "platform/kernel/tenancy/"
# Names that stand for whose data is in context: who asks for one to make a text makes a key.
OWNER_TEXTS = ("owner_of_scope", "scope_label", "current_scope")
SIGNERS = ("sign", "unsign")


def findings() -> dict[str, set[str]]:
    """``module:function`` → what it makes or keeps, by the words above."""
    found: dict[str, set[str]] = {}
    for name, tree in python_files(*ROOTS):
        if name.startswith(OUTSIDE) or "/migrations/" in name:
            continue
        module = name.removeprefix("platform/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for place, kind in in_source(tree):
            if name.startswith(GUARD) and kind in ("log", "owner"):
                continue
            found.setdefault(f"{module}:{place}", set()).add(kind)
    return found


def in_source(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each place of a file with a kind of what it makes."""
    signs = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "kernel.signing"
        and any(alias.name in SIGNERS for alias in node.names)
        for node in ast.walk(tree)
    )
    yield from _in_body(tree.body, "", signs)


def _in_body(body: list[ast.stmt], prefix: str, signs: bool) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _in_body(node.body, f"{prefix}{node.name}.", signs)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            place = f"{prefix}{node.name}"
            for decorator in node.decorator_list:
                inner = decorator.func if isinstance(decorator, ast.Call) else decorator
                if (inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")) in REMEMBERING:
                    yield place, "memory"
            yield from ((place, kind) for kind in _in_code(node, signs))
            if node.name == "__init__" and any(_fills_itself(line) for line in ast.walk(node)):
                yield place, "memory"
        else:
            names = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names = [node.target.id]
            place = f"{prefix}{names[0]}" if names else f"{prefix}line"
            yield from ((place, kind) for kind in _in_code(node, signs))
            if not prefix and names and _is_written_later(getattr(node, "value", None)):
                yield place, "memory"


def _in_code(node: ast.AST, signs: bool) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and "_advisory_" in part.value:
            yield "lock"
        if isinstance(part, ast.Attribute) and part.attr == "PORTICO_HOME":
            yield "storage"
        of_hospital = isinstance(part, ast.Attribute) and part.attr in ("id", "schema_name", "slug")
        if of_hospital and isinstance(part.value, ast.Call) and called(part.value) == "current_hospital":  # type: ignore[attr-defined]
            yield "owner"
        if isinstance(part, ast.Call):
            word = called(part)
            if word in OWNER_TEXTS:
                yield "owner"
            elif word in KINDS:
                yield KINDS[word]
            elif _owner(part) in OWNERS and word not in HARMLESS:
                yield OWNERS[_owner(part)]
            elif signs and word in SIGNERS and isinstance(part.func, ast.Name):
                yield "signature"
            elif word == "lru_cache":
                yield "memory"


def _owner(call: ast.Call) -> str:
    """The name before the dot, also of ``caches["default"].get``."""
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Subscript):
        return getattr(call.func.value.value, "id", "")
    return owner_of(call)


def _fills_itself(line: ast.AST) -> bool:
    """``self.x = {}``: an object that lives as long as the process remembers with it."""
    targets = line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
    return (
        any(isinstance(target, ast.Attribute) for target in targets)
        and isinstance(line, ast.Assign | ast.AnnAssign)
        and _is_written_later(line.value)
    )


def _is_written_later(value: ast.expr | None) -> bool:
    """A container that begins empty at the head of a module is there to be filled."""
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.List | ast.Set):
        return not value.elts
    if isinstance(value, ast.Call) and (called(value), owner_of(value)) == ("local", "threading"):
        return True
    return isinstance(value, ast.Call) and (
        called(value) == "ContextVar" or (called(value) in CONTAINERS and not value.args)
    )
