"""One process of benchmarks (i) and (xi): answers a page many times and says what CPU time each answer took.

``tenant``: the application as it is. ``plain``: the same application, models, sign-in and audit on Django's own
database backend with a fixed search path; the host is not looked up and nothing guards the cursor. ``silent``: the
application as it is, except that the audit trail writes nothing.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import django
from django.conf import settings

from tests.benchmarks.harness import cpu_of, open_backends

MODE = sys.argv[1]


def make_plain(schema_name: str) -> None:
    """Before ``django.setup``: take the guard out, and leave all the rest."""
    from kernel.tenancy import checks

    # The application refuses to start without its guard.
    checks.require_closed_guard = lambda: None
    database: dict[str, Any] = settings.DATABASES["owner"]
    database["ENGINE"] = "django.db.backends.postgresql"
    login: dict[str, Any] = settings.DATABASES["default"]
    options: dict[str, Any] = {**login["OPTIONS"]}
    options["options"] += f" -c search_path={schema_name},extensions"
    del database["PORTICO_OWNER"]
    settings.DATABASES = {"default": {**database, "OPTIONS": options}}
    settings.MIDDLEWARE = [
        f"{__name__}.FixedHost" if entry == "kernel.tenancy.middleware.HostMiddleware" else entry
        for entry in settings.MIDDLEWARE
    ]


def make_silent() -> None:
    """After ``django.setup``: what is recorded is forgotten."""
    from kernel import audit

    audit.record = audit.record_each = lambda *given, **named: None  # type: ignore[assignment]


class FixedHost:
    """Stands where the host middleware stands, and knows the answer."""

    context: Any = None

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        from kernel.tenancy.scope import hospital

        request.hospital = self.context
        request.urlconf = settings.HOSPITAL_URLCONF
        with hospital(self.context):
            return self.get_response(request)


def stay_on_one_core() -> None:
    """All that are compared answer on the same core, and only one at a time: cores of a virtual machine differ."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main() -> None:
    stay_on_one_core()
    told = json.loads(os.environ["BENCH_TOLD"])
    if MODE == "plain":
        make_plain(told["schema"])
    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpResponse
    from django.urls import path

    from kernel.tenancy.context import HospitalContext

    if MODE == "plain":
        facts = told["context"]
        sys.modules["tests.benchmarks.overhead_app"] = sys.modules["__main__"]
        FixedHost.context = HospitalContext(
            **{**facts, "languages": tuple(facts["languages"]), "entitlements": frozenset(), "flags": frozenset()}
        )
    from importlib import import_module

    conf = import_module(settings.HOSPITAL_URLCONF)
    conf.urlpatterns.insert(0, path("bench-hello", lambda request: HttpResponse("hello")))
    handler = WSGIHandler()
    if MODE == "silent":
        make_silent()

    def answer(address: str, host: str = told["host"]) -> None:
        environ: dict[str, Any] = {"PATH_INFO": address, "REQUEST_METHOD": "GET", "wsgi.input": BytesIO()}
        setup_testing_defaults(environ)
        environ["HTTP_HOST"] = host
        environ["HTTP_COOKIE"] = f"__Host-portico={told['session']}" if address != "/bench-hello" else ""
        status: list[str] = []

        def start(line: str, _headers: object, _error: object = None) -> Any:
            status.append(line)

        response: Any = handler(environ, start)
        b"".join(response)
        response.close()
        if not status[0].startswith("200"):
            raise SystemExit(f"{address} answered {status[0]}")

    def statements(address: str) -> int:
        if MODE != "plain":
            answer("/sign-in/", told["other_host"])
            for _call in range(3):
                answer(address)
                answer("/sign-in/", told["other_host"])
        counter = Counter()
        with counter:
            answer(address)
        return counter.found

    for line in sys.stdin:
        address, count = json.loads(line)
        backends = open_backends()
        python, database = time.process_time(), cpu_of(backends)
        for _number in range(count):
            answer(address)
        python, database = (time.process_time() - python) * 1000, cpu_of(backends) - database
        told_back = [python / max(count, 1), database / max(count, 1), statements(address) if count == 0 else 0]
        sys.stdout.write(json.dumps(told_back) + "\n")
        sys.stdout.flush()


class Counter:
    """Counts what is sent to the database: statements of the application, and the guard's switches of the hospital."""

    def __init__(self) -> None:
        from django.db import connection

        from kernel.tenancy.backend import base

        self.found = 0
        self._base: Any = base
        self._switch = base._switch_statement
        self._wrapper = connection.execute_wrapper(self._statement)

    def __enter__(self) -> None:
        self._wrapper.__enter__()
        self._base._switch_statement = self._switched

    def __exit__(self, *_error: object) -> None:
        self._wrapper.__exit__(None, None, None)
        self._base._switch_statement = self._switch

    def _statement(self, execute: Any, *given: Any) -> Any:
        self.found += 1
        return execute(*given)

    def _switched(self, *given: Any) -> bytes:
        self.found += 1
        return self._switch(*given)


if __name__ == "__main__":
    main()
