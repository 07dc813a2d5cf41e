"""Pages that do what a careless programmer might do, for the tests of the guard."""

import json
import threading
from collections.abc import Callable, Iterator

from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

from kernel.accounts.models import Account
from kernel.tenancy.errors import NoScope
from kernel.tenancy.scope import current_scope

PREFIX = "wsgi-"


def logins() -> list[str]:
    return list(Account.objects.filter(login__startswith=PREFIX).values_list("login", flat=True))


def who(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"logins": logins(), "scope": current_scope().schema_name})


def stream(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[str]:
        try:
            for _part in range(3):
                yield json.dumps(logins()) + "\n"
        finally:
            closed.append(logins())

    return StreamingHttpResponse(parts(), content_type="text/plain")


closed: list[list[str]] = []


def thread(request: HttpRequest) -> HttpResponse:
    found: list[str] = []

    def look() -> None:
        try:
            found.extend(logins())
        except NoScope:
            found.append("refused")
        finally:
            connection.close()

    worker = threading.Thread(target=look)
    worker.start()
    worker.join()
    return JsonResponse({"found": found})


def broken(request: HttpRequest) -> HttpResponse:
    logins()
    with transaction.atomic():
        Account.objects.create(login=f"{PREFIX}undone")
        raise RuntimeError("on purpose")


def missing_table(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenancy_hospital")
    return HttpResponse("read the register")


def remember(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"before": cache.get_or_set("who", ",".join(logins()))})


def command(request: HttpRequest) -> HttpResponse:
    call_command("migrate")
    return HttpResponse("migrated")


def after_commit(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        transaction.on_commit(lambda: noted.append(logins()))
    return HttpResponse("noted")


noted: list[list[str]] = []

_PAGES: dict[str, Callable[[HttpRequest], HttpResponse | StreamingHttpResponse]] = {
    "who": who,
    "stream": stream,
    "thread": thread,
    "broken": broken,
    "missing": missing_table,
    "remember": remember,
    "command": command,
    "after-commit": after_commit,
}
urlpatterns = [path(f"{name}/", view) for name, view in _PAGES.items()]
