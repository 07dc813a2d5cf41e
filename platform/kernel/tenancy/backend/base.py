"""The database backend that cannot answer for the wrong hospital.

It stands on django-tenants' backend and turns its rule around: there the connection remembers a schema and falls back
to the public one; here the context variable of ``kernel.tenancy.scope`` decides, the server itself is asked (at no
cost) what the connection is set to, and without a scope there is no cursor.

The trick: ``application_name`` is reported by the server to the client on every change, also when a rollback or a
``DISCARD`` reverts it. It is set together with ``search_path`` and ``ROLE`` in one implicit transaction, so it tells
truly whether the other two are as wanted. No state of ours can go stale.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base as django_base
from django_tenants.postgresql_backend import base as django_tenants_base
from psycopg import IsolationLevel, generators, sql
from psycopg.pq import ExecStatus, TransactionStatus

from kernel.tenancy import scope as scopes
from kernel.tenancy.backend.watching import SECONDS_TO_ANSWER, WatchedConnection, require_database, silent
from kernel.tenancy.errors import PoolerRefused, ScopeRefused
from kernel.tenancy.scope import OWNER_ONLY, SHARED_SCHEMA, Scope

PlainWrapper: Any = django_tenants_base.original_backend.DatabaseWrapper

# A backend keeps about 1.2 MB for each schema it has touched and never gives it back (measured with 57 tables).
HOSPITALS_PER_CONNECTION = 60
NO_TAG = "portico"


@lru_cache(maxsize=2048)
def _switch_statement(schema_name: str, role_name: str, tag: str, as_owner: bool) -> bytes:
    """The one round trip that moves a connection to a scope. A pure function of names, so it may be cached."""
    role = sql.SQL("NONE") if as_owner else sql.Identifier(role_name)
    return (
        sql.SQL("SET search_path TO {schema}, extensions; SET ROLE {role}; SET application_name TO {tag}")
        .format(schema=sql.Identifier(schema_name), role=role, tag=sql.Literal(tag))
        .as_bytes(None)
    )


class _BoundToScope:
    """A cursor that works only in the scope in which it was opened: kept for later, it would speak for another.

    ``portico_schema`` is empty for the statements that Django sends for itself.
    """

    portico_schema = ""

    def _require_own_scope(self) -> None:
        if self.portico_schema:
            scope = scopes.peek_scope()
            if scope is None or scope.schema_name != self.portico_schema:
                raise ScopeRefused("a cursor was used outside the scope in which it was opened")

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        self._require_own_scope()
        return super().execute(*args, **kwargs)  # type: ignore[misc]

    def executemany(self, *args: Any, **kwargs: Any) -> Any:
        self._require_own_scope()
        return super().executemany(*args, **kwargs)  # type: ignore[misc]

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        self._require_own_scope()
        return super().copy(*args, **kwargs)  # type: ignore[misc]


class _NamedBoundToScope(_BoundToScope):
    """A cursor of the server's reads on while it is iterated, so each reading asks again."""

    def fetchone(self) -> Any:
        self._require_own_scope()
        return super().fetchone()  # type: ignore[misc]

    def fetchmany(self, size: int = 0) -> Any:
        self._require_own_scope()
        return super().fetchmany(size)  # type: ignore[misc]

    def fetchall(self) -> Any:
        self._require_own_scope()
        return super().fetchall()  # type: ignore[misc]


class _ServerBindingCursor(_BoundToScope, django_base.ServerBindingCursor):
    pass


class _ClientBindingCursor(_BoundToScope, django_base.Cursor):
    pass


class _NamedServerBindingCursor(_NamedBoundToScope, django_base.CursorMixin, psycopg.ServerCursor):
    pass


class _NamedClientBindingCursor(_NamedBoundToScope, django_base.ServerSideCursor):
    pass


class DatabaseWrapper(django_tenants_base.DatabaseWrapper):  # type: ignore[misc]
    """A PostgreSQL connection that follows the scope in context and refuses to work without one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The parent's own __init__ would select the public schema, in every new thread.
        self.installation = ""
        self._is_plumbing = 0
        self._schemas_touched: set[str] = set()
        PlainWrapper.__init__(self, *args, **kwargs)
        self.introspection = django_tenants_base.DatabaseSchemaIntrospection(self)
        self.is_owner = bool(self.settings_dict.get("PORTICO_OWNER", False))

    # The scope is the only source of these two; django-tenants' code may read them and may not set them.
    @property
    def schema_name(self) -> str:
        return scopes.current_scope().schema_name

    @property
    def tenant(self) -> Any:
        return scopes.current_scope().hospital

    def set_tenant(self, tenant: Any, include_public: bool = True) -> None:
        raise ScopeRefused("use kernel.tenancy.scope.hospital() or shared()")

    def set_schema(self, schema_name: str, include_public: bool = True, tenant_type: Any = None) -> None:
        raise ScopeRefused("use kernel.tenancy.scope.hospital() or shared()")

    def set_schema_to_public(self) -> None:
        raise ScopeRefused("there is no public schema")

    def set_settings_schema(self, schema_name: str) -> None:
        raise ScopeRefused("use kernel.tenancy.scope.hospital() or shared()")

    @contextmanager
    def _plumbing(self) -> Iterator[None]:
        """Statements that Django sends for itself (connect, savepoints, constraint checks) pass without a scope.

        A savepoint must not be preceded by our SETs: in an aborted transaction they would fail, and the rollback to
        the savepoint would never be sent.
        """
        self._is_plumbing += 1
        try:
            yield
        finally:
            self._is_plumbing -= 1

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = PlainWrapper.get_connection_params(self)
        params["application_name"] = NO_TAG
        binds_on_server = self.settings_dict["OPTIONS"].get("server_side_binding") is True
        params["cursor_factory"] = _ServerBindingCursor if binds_on_server else _ClientBindingCursor
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> WatchedConnection:
        """Connect; Django's own version knows pools and levels of isolation, which are not used here."""
        self.isolation_level = IsolationLevel.READ_COMMITTED
        server = (str(conn_params.get("host", "")), str(conn_params.get("port") or "5432"))
        if silent.holds(server):
            raise psycopg.OperationalError("the database did not answer a moment ago")
        try:
            connection = WatchedConnection.connect(**conn_params)
        except psycopg.errors.ConnectionTimeout:
            silent.note(server)
            raise
        connection.longest_statement = float(self.settings_dict.get("PORTICO_LONGEST_STATEMENT", 0.0))
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if not name:
            return PlainWrapper.create_cursor(self)
        binds_on_server = self.settings_dict["OPTIONS"].get("server_side_binding") is True
        named: Any = _NamedServerBindingCursor if binds_on_server else _NamedClientBindingCursor
        # As Django does: outside a transaction the cursor must outlive its statement.
        cursor = named(
            self.connection,
            name=name,
            scrollable=False,
            withhold=self.connection.autocommit,
        )
        loader = self.connection.adapters.get_loader(django_base.TIMESTAMPTZ_OID, psycopg.pq.Format.TEXT)
        if self.timezone != loader.timezone:
            django_base.register_tzloader(self.timezone, cursor)  # type: ignore[attr-defined]
        return cursor

    def connect(self) -> None:
        with self._plumbing():
            PlainWrapper.connect(self)
            self._schemas_touched = set()
            try:
                self._inspect_server()
            except BaseException:
                self.close()
                raise

    def is_usable(self) -> bool:
        """Whether the server answers on this connection, asked before the first statement of a unit of work.

        Django's own question waits for ever when the server is frozen and the network is well.
        """
        if self.connection is None:
            return False
        try:
            question = generators.execute(self.connection.pgconn)
            self.connection.pgconn.send_query(b"SELECT 1")
            answers = self.connection.wait(question, timeout=SECONDS_TO_ANSWER)
        except psycopg.Error:
            self._note_silent_server()
            return False
        # The last words of a session that was ended ("terminating connection ...") come as the answer to the question.
        return [answer.status for answer in answers] == [ExecStatus.TUPLES_OK]

    def _note_silent_server(self) -> None:
        """Note for all threads when it is the server that does not answer, and not only this connection."""
        if not self.connection.closed:
            with suppress(psycopg.Error):
                self.connection.require_answer()

    def _inspect_server(self) -> None:
        """Refuse a transaction pooler (its backend changes between statements) and learn the installation's id.

        A pooler answers the connection request itself, with a process id of its own making.
        """
        with self.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid(), current_setting('portico.installation', true)")
            backend_pid, installation = cursor.fetchone()
        if backend_pid != self.connection.pgconn.backend_pid:
            raise PoolerRefused("connect to PostgreSQL itself: a pooler's connections change their backend unseen")
        if not installation:
            raise ImproperlyConfigured(
                "this database was not prepared by Portico: run `portico up` or `portico bootstrap`"
            )
        self.installation = installation

    def _cursor(self, name: str | None = None) -> Any:
        if self._is_plumbing:
            return PlainWrapper._cursor(self, name)
        scope = scopes.current_scope()
        require_database()
        self.close_if_health_check_failed()
        self.ensure_connection()
        self._follow(scope)
        opened = PlainWrapper._cursor(self, name)
        opened.cursor.portico_schema = scope.schema_name
        return opened

    def _follow(self, scope: Scope) -> None:
        """Make the server's session match ``scope``, unless it reports that it already does."""
        tag = f"{NO_TAG}:{scope.schema_name}"
        pgconn = self.connection.pgconn
        with self.wrap_database_errors:  # a connection that was given up meanwhile has no parameters
            reported = pgconn.parameter_status(b"application_name")
        if reported == tag.encode():
            return
        if scope.role_name == OWNER_ONLY and not self.is_owner:
            raise ScopeRefused("a bare schema can be entered on the owner's connection only")
        if pgconn.transaction_status == TransactionStatus.INTRANS and reported != NO_TAG.encode():
            self._require_test_transaction()
        role_name = scope.role_name or f"pt_{self.installation}_{SHARED_SCHEMA}"
        statement = _switch_statement(scope.schema_name, role_name, tag, self.is_owner)
        with self.wrap_database_errors:
            pgconn.send_query(statement)
            for result in self.connection.wait(generators.execute(pgconn)):
                if result.status != ExecStatus.COMMAND_OK:
                    raise psycopg.errors.error_from_result(result)
        self._schemas_touched.add(scope.schema_name)

    def _require_test_transaction(self) -> None:
        """A transaction that has worked for one scope commits in it: its deferred checks run under its role.

        Only the transaction that Django's TestCase holds around a whole test may see several.
        """
        if not any(getattr(block, "_from_testcase", False) for block in self.atomic_blocks):
            raise ScopeRefused("this transaction belongs to another scope")

    def close_if_unusable_or_obsolete(self) -> None:
        """Between units of work: give the memory of a connection that has seen many hospitals back."""
        # Which closes what stands in a transaction; closing twice is closing once.
        PlainWrapper.close_if_unusable_or_obsolete(self)
        if len(self._schemas_touched) >= HOSPITALS_PER_CONNECTION:
            self.close()

    def on_commit(self, func: Callable[[], Any], robust: bool = False) -> None:
        """Run ``func`` after commit in the scope that is current now, which may have ended by then."""
        scope = scopes.peek_scope()

        def in_scope() -> None:
            token = scopes.activate(scope)
            try:
                func()
            finally:
                scopes.deactivate(token)

        PlainWrapper.on_commit(self, in_scope, robust)

    # Django's own versions: the parent's forget a remembered schema, and here nothing is remembered.
    def close(self) -> None:
        PlainWrapper.close(self)

    def rollback(self) -> None:
        PlainWrapper.rollback(self)

    def savepoint_rollback(self, sid: str) -> None:
        PlainWrapper.savepoint_rollback(self, sid)

    def _savepoint(self, sid: str) -> None:
        scope = scopes.peek_scope()
        if scope is not None and self.connection.pgconn.transaction_status == TransactionStatus.IDLE:
            # The savepoint is what begins the transaction: it must begin in the right scope.
            self._follow(scope)
        with self._plumbing():
            PlainWrapper._savepoint(self, sid)

    def _savepoint_rollback(self, sid: str) -> None:
        with self._plumbing():
            PlainWrapper._savepoint_rollback(self, sid)

    def _savepoint_commit(self, sid: str) -> None:
        with self._plumbing():
            PlainWrapper._savepoint_commit(self, sid)

    def check_constraints(self, table_names: Any = None) -> None:
        with self._plumbing():
            PlainWrapper.check_constraints(self, table_names)
