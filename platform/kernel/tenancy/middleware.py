"""The outermost step of a request: the host chooses the hospital, and everything inside sees only that one."""

from collections.abc import Callable, Iterator
from contextvars import Context, copy_context
from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.urls import set_urlconf

from kernel.tenancy.backend.watching import database_given_up
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import ScopeRefused
from kernel.tenancy.models import Hospital
from kernel.tenancy.resolution import context_for_host, hosts, normalised_host
from kernel.tenancy.scope import hospital, peek_scope, shared


class HostMiddleware:
    """Match the Host header against the domain table and run the rest of the request in the hospital's scope.

    Unknown hosts get a plain 404 without brand and without a redirect (S01). The console's and the networks' hosts run
    under ``shared()`` with URL confs of their own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if peek_scope() is not None:
            raise ScopeRefused("a request began inside somebody's scope")
        host = normalised_host(request.META.get("HTTP_HOST", ""))
        if host is None:
            return _unknown()
        if host == settings.CONSOLE_HOST:
            return self._answer_shared(request, settings.CONSOLE_URLCONF)
        if host == settings.NETWORK_HOST:
            return self._answer_shared(request, settings.NETWORK_URLCONF)
        try:
            context = context_for_host(host)
        except (OperationalError, InterfaceError):
            # What was known of the hospital is good enough for its brand, and for nothing that is in the database. It
            # may have been closed or opened since: what is said is that the database is gone, whichever it was.
            known = hosts.last_known(host)
            if known is None:
                raise
            with database_given_up():
                return self._answer_in(replace(known, state=Hospital.State.ACTIVE), request)
        if context is None:
            return _unknown()
        return self._answer_in(context, request)

    def _answer_in(self, context: HospitalContext, request: HttpRequest) -> HttpResponse:
        request.hospital = context  # type: ignore[attr-defined]
        _choose_urls(request, settings.HOSPITAL_URLCONF)
        with hospital(context):
            response: HttpResponse = _keep_scope_while_streaming(self.get_response(request))
            return response

    def _answer_shared(self, request: HttpRequest, urlconf: str) -> HttpResponse:
        request.hospital = None  # type: ignore[attr-defined]
        _choose_urls(request, urlconf)
        with shared():
            response: HttpResponse = _keep_scope_while_streaming(self.get_response(request))
            return response


def _choose_urls(request: HttpRequest, urlconf: str) -> None:
    """Also for errors of the middleware inside: Django itself looks at the request's URL conf only later."""
    request.urlconf = urlconf
    set_urlconf(urlconf)


def _unknown() -> HttpResponse:
    return HttpResponseNotFound("Not found\n", content_type="text/plain; charset=utf-8")


def _keep_scope_while_streaming(response: Any) -> Any:
    """The server iterates a streaming answer after we have returned: give each step the scope of the request."""
    # A file is read without a query, and the server may hand it to the kernel only as it is.
    if response.streaming and getattr(response, "file_to_stream", None) is None:
        context = copy_context()
        streamed: Any = response  # the kinds of answers that stream have no common type
        streamed.streaming_content = _iterate_in(context, streamed.streaming_content)
        streamed._resource_closers[:] = [partial(context.run, close) for close in streamed._resource_closers]
    return response


def _iterate_in(context: Context, parts: Any) -> Iterator[Any]:
    iterator = iter(parts)
    finished = object()
    while (part := context.run(next, iterator, finished)) is not finished:
        yield part
