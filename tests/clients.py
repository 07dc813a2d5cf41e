"""Clients that speak to one host, the way a browser does: nothing of the test's own scope reaches the request.

``client_for("northfield")`` talks to a hospital, ``console_client()`` to the provider's console and
``network_client()`` to the network admins' host. A request runs in an empty context, so the test may hold a scope.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from typing import Any, TypeVar

from django.conf import settings
from django.core import signals
from django.db import close_old_connections
from django.test import Client

from kernel.tenancy.resolution import context_for_host
from kernel.tenancy.scope import entered, hospital, shared

Answer = TypeVar("Answer")


class HostClient(Client):
    """Django's test client, bound to one host."""

    def __init__(self, host: str, **options: Any) -> None:
        self.host = host
        super().__init__(HTTP_HOST=host, **options)

    def scope(self) -> entered:
        """The scope in which this host's requests run, for arranging and for looking at what they did."""
        if self.host in (settings.CONSOLE_HOST, settings.NETWORK_HOST):
            return shared()
        context = context_for_host(self.host)
        if context is None:
            raise LookupError(f"no hospital answers at {self.host}")
        return hospital(context)

    def inside(self, work: Callable[..., Answer], *args: Any, **kwargs: Any) -> Answer:
        """Call ``work`` in this host's scope, whatever the test's own is."""

        def enter_and_work() -> Answer:
            with self.scope():
                return work(*args, **kwargs)

        return Context().run(enter_and_work)

    def request(self, **request: Any) -> Any:
        return Context().run(super().request, **request)

    def force_login(self, user: Any, backend: str | None = None) -> None:
        self.inside(super().force_login, user, backend)

    def login(self, **credentials: Any) -> bool:
        return self.inside(super().login, **credentials)

    def logout(self) -> None:
        self.inside(super().logout)


def client_for(slug: str, **options: Any) -> HostClient:
    """A client of the hospital called ``slug``."""
    return HostClient(f"{slug}.{settings.BASE_DOMAIN}", **options)


def console_client(**options: Any) -> HostClient:
    """A client of the provider's console."""
    return HostClient(settings.CONSOLE_HOST, **options)


def network_client(**options: Any) -> HostClient:
    """A client of the network admins' host."""
    return HostClient(settings.NETWORK_HOST, **options)


def in_empty_context(application: Callable[..., Answer], host: str) -> Callable[..., Answer]:
    """A WSGI application asked at ``host``. Its calls begin without the caller's scope, as in a server's thread.

    The transaction of the test stays open: use it with ``keeping_the_connection``.
    """

    def call(environ: Any, start_response: Any) -> Answer:
        return Context().run(application, {**environ, "HTTP_HOST": host}, start_response)

    return call


@contextmanager
def keeping_the_connection() -> Iterator[None]:
    """A request's end does not close the connection, which holds the test's transaction (as Django's client does)."""
    changing = (signals.request_started, signals.request_finished)
    for signal in changing:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in changing:
            signal.connect(close_old_connections)
