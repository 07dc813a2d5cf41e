"""A right that no page and no program of a hospital asks for is not offered where roles are edited.

Which ones are asked for is read from the code: from the routes' marks, and from all that the routes' views, and what
features register, can lead to by the names they use.
"""

import inspect
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from kernel import registries
from kernel.permissions import Permission, permissions
from kernel.permissions.declarations import STAFF_ROLES
from kernel.registries import Registry
from tenants.setup.roles import assignable
from tests.isolation.routes import routes

OURS = ("kernel", "tenants", "api")


def _names(code: CodeType) -> set[str]:
    """The names that a function uses, with those of the functions inside it."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _uses(function: FunctionType) -> Iterator[Any]:
    """The objects that a function can lead to: its globals, parts of modules among them, and what it closes over."""
    names = _names(function.__code__)
    for name in names & set(function.__globals__):
        found = function.__globals__[name]
        yield found
        if isinstance(found, ModuleType):
            yield from (vars(found)[part] for part in names & set(vars(found)))
    for cell in function.__closure__ or ():
        yield cell.cell_contents


def _parts(one: Any) -> Iterable[Any]:
    if isinstance(one, FunctionType):
        return _uses(one)
    if isinstance(one, dict):
        return one.values()
    if isinstance(one, (list, tuple, set, frozenset, Registry)):
        return one
    if isinstance(one, (staticmethod, classmethod)):
        return [one.__func__]
    if isinstance(one, property):
        return [one.fget]
    if isinstance(one, type):
        return [part for base in one.__mro__ if base.__module__.startswith(OURS) for part in vars(base).values()]
    return vars(one).values() if hasattr(one, "__dict__") else ()


def _asked_for() -> set[str]:
    waiting: list[Any] = [one for one in vars(registries).values() if isinstance(one, Registry)]
    for route in routes("hospital"):
        waiting += [route.view, getattr(route.view, "cls", None), getattr(route.view, "portico_permission", None)]
    seen, found = set(), set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, Permission):
            found.add(one.name)
        home = one.__module__ if hasattr(one, "__module__") else type(one).__module__
        is_ours = isinstance(home, str) and home.startswith(OURS)
        is_plain = isinstance(one, (dict, list, tuple, set, frozenset, staticmethod, classmethod, property))
        if id(one) in seen or one is permissions or inspect.ismodule(one) or not (is_ours or is_plain):
            continue
        seen.add(id(one))
        waiting += _parts(one)
    return found


def test_every_right_that_is_offered_is_asked_for_somewhere_and_no_other_is_held_back() -> None:
    asked = _asked_for()
    of_staff = {one.name for one in permissions if not STAFF_ROLES.isdisjoint(one.reaches)}
    of_staff = {name for name in of_staff if not name.startswith("testing.")}

    offered = {one.name for one in assignable()} & of_staff

    assert sorted(offered - asked) == []
    assert sorted((of_staff - offered) & asked) == []
