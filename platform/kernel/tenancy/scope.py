"""Which hospital's data the running code may touch: the one truth, kept in a context variable.

A scope is a hospital, or the shared schema, or nothing. The database backend asks here before every cursor, and the
makers of cache keys, locks, paths and task headers ask here too. Nothing in context means an error, never a default.

New raw threads start with nothing; copies of the context (``asyncio.to_thread``, ``Context.run``) carry theirs along.
"""

import re
import sys
from collections.abc import Callable
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from types import FrameType, TracebackType

from django.db import DEFAULT_DB_ALIAS, connections

from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoHospital, NoScope, ScopeRefused

SHARED_SCHEMA = "shared"
# In place of a role: the bare schema of a template or of a migration, for the owner of all tables.
OWNER_ONLY = "owner_only"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
# The server cuts application_name, in which the backend keeps the schema's name, after 63 bytes.
_LONGEST_SCHEMA_NAME = 50
_GENERATOR_FLAGS = 0x20 | 0x200  # inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


@dataclass(frozen=True, slots=True)
class Scope:
    """One schema and the role that may use it. ``role_name`` empty: the installation's role of the shared schema."""

    schema_name: str
    role_name: str = ""
    hospital: HospitalContext | None = None
    parent: "Scope | None" = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in (self.schema_name, self.role_name or "shared"):
            if not _NAME.match(name) or name == "public" or name.startswith("pg_"):
                raise ScopeRefused(f"{name!r} cannot be the name of a hospital's schema or role")
        if len(self.schema_name) > _LONGEST_SCHEMA_NAME:
            raise ScopeRefused(f"{self.schema_name!r} is too long for a schema's name")

    @property
    def is_shared(self) -> bool:
        """Whether this is the provider's schema and not a hospital's."""
        return self.hospital is None and self.schema_name == SHARED_SCHEMA


_current: ContextVar[Scope | None] = ContextVar("portico_scope", default=None)


def current_scope() -> Scope:
    """The scope in context. Raises NoScope when there is none."""
    scope = _current.get()
    if scope is None:
        raise NoScope("no hospital and no shared() in context: enter one before touching data")
    return scope


def peek_scope() -> Scope | None:
    """The scope in context or None, for logging and for the guard itself; data access uses ``current_scope``."""
    return _current.get()


def current_hospital() -> HospitalContext:
    """The hospital in context. Raises NoHospital outside one, also under ``shared()``."""
    scope = _current.get()
    if scope is None or scope.hospital is None:
        raise NoHospital("this needs a hospital in context and there is none")
    return scope.hospital


def _require_scope_outside_transactions(wanted: Scope) -> None:
    """One transaction, one scope: a deferred trigger would otherwise run at COMMIT under the wrong role.

    The transaction that Django's TestCase wraps around a test is not the code's own and does not count.
    """
    present = _current.get()
    if present is not None and present.schema_name == wanted.schema_name:
        return
    for connection in connections.all(initialized_only=True):
        if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
            raise ScopeRefused("the scope cannot change inside a transaction")


def _is_generator(frame: FrameType | None) -> bool:
    """Whether the code that enters is a generator's, directly or through contextlib (ExitStack)."""
    while frame is not None and frame.f_globals.get("__name__") == "contextlib":
        frame = frame.f_back
    return frame is not None and bool(frame.f_code.co_flags & _GENERATOR_FLAGS)


class entered:  # noqa: N801  (used as a function in a with statement)
    """Context manager that holds a scope. Use ``hospital()`` or ``shared()``; this class is their common body."""

    def __init__(self, make: Callable[[Scope | None], Scope]) -> None:
        self._make = make
        self._token: Token[Scope | None] | None = None
        self._scope: Scope | None = None

    def __enter__(self) -> Scope:
        if _is_generator(sys._getframe(1)):
            # A suspended generator would leave its scope to whoever called it.
            raise ScopeRefused("a scope cannot be entered inside a generator")
        scope = self._make(_current.get())
        _require_scope_outside_transactions(scope)
        self._scope = scope
        self._token = _current.set(scope)
        return scope

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        found = _current.get()
        if self._token is not None:
            _current.reset(self._token)
            self._token = None
        if found is not self._scope and error is None:
            raise ScopeRefused("another scope was left behind inside this one")


def hospital(context: HospitalContext) -> entered:
    """Enter a hospital. Refused inside another hospital, inside a generator and inside a transaction.

    Refused as well for a hospital of another database: no router would lead there, and its schema's name could be
    somebody else's here.
    """

    def make(parent: Scope | None) -> Scope:
        if context.database_alias != DEFAULT_DB_ALIAS:
            raise ScopeRefused(
                f"{context.slug} is in the database {context.database_alias!r}, which is not served here"
            )
        outer = parent
        while outer is not None:
            if outer.hospital is not None and outer.hospital.id != context.id:
                raise ScopeRefused("a hospital cannot be entered inside another hospital")
            outer = outer.parent
        return Scope(context.schema_name, context.role_name, context, parent)

    return entered(make)


def shared() -> entered:
    """Enter the provider's schema: networks, hospitals, domains, plans. No hospital's rows can be seen in it."""
    return entered(lambda parent: Scope(SHARED_SCHEMA, parent=parent))


def schema(name: str) -> entered:
    """Enter a bare schema as its owner: for templates and migrations, on the owner's connection only."""
    return entered(lambda parent: Scope(name, role_name=OWNER_ONLY, parent=parent))


def activate(scope: Scope | None) -> Token[Scope | None]:
    """Set the scope without a ``with`` block, for code that spans calls (task base, commit hooks, test fixtures)."""
    return _current.set(scope)


def deactivate(token: Token[Scope | None]) -> None:
    """Undo ``activate``."""
    _current.reset(token)
