"""Try each mistake on stock django-tenants and print what it answered, as one JSON object."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.kernel.tenancy.stock.settings"
    django.setup()

from asgiref.sync import sync_to_async
from django.core import signing
from django.core.cache import cache
from django.db import connection, connections
from django.http import HttpRequest, JsonResponse
from django.test import Client
from django.urls import path
from django_tenants.utils import schema_context

from tests.kernel.tenancy.stock.models import Address, Person, Tenant


def people() -> list[str]:
    return list(Person.objects.order_by("pk").values_list("name", flat=True))


def page(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"people": people()})


def thread_page(request: HttpRequest) -> JsonResponse:
    with ThreadPoolExecutor(1) as pool:
        return JsonResponse({"people": pool.submit(_elsewhere).result()})


def async_page(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"people": asyncio.run(sync_to_async(_elsewhere, thread_sensitive=False)())})


def cache_page(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"people": cache.get_or_set("people", people)})


def _elsewhere() -> list[str]:
    try:
        return people()
    finally:
        connections.close_all()


urlpatterns = [
    path("page/", page),
    path("thread/", thread_page),
    path("async/", async_page),
    path("cache/", cache_page),
]


def prepare() -> None:
    """Schemas a and b with one person each, a schema ``half`` without tables, and the operator in public."""
    with connection.schema_editor() as editor:
        for model in (Tenant, Address, Person):
            editor.create_model(model)
    Person.objects.create(name="operator")
    for name in ("a", "b"):
        tenant = Tenant(schema_name=name, name=name)
        tenant.save()
        Address.objects.create(domain=f"{name}.test", tenant=tenant)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {name}")
        with schema_context(name):
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE TABLE {name}.stock_person (LIKE public.stock_person INCLUDING ALL)")
            Person.objects.create(pk=1, name=f"person of {name}")
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA half")


def ask(url: str, host: str = "a.test", **headers: str) -> list[str]:
    answer = Client().get(url, HTTP_HOST=host, headers=headers)
    found: list[str] = answer.json()["people"] if answer.status_code == 200 else [f"status {answer.status_code}"]
    return found


def in_schema(name: str) -> list[str]:
    with schema_context(name):
        return people()


def after_request() -> list[str]:
    ask("/page/")
    return people()


def saved_across() -> list[str]:
    with schema_context("a"):
        person = Person.objects.get()
    with schema_context("b"):
        person.save()
        found = people()
        Person.objects.update(name="person of b")
    return found


def suspended_generator() -> list[str]:
    def rows():  # type: ignore[no-untyped-def]
        with schema_context("b"):
            yield 1

    with schema_context("a"):
        kept = rows()
        next(kept)
        found = people()
        kept.close()
    return found


def cached_elsewhere() -> list[str]:
    ask("/cache/", "a.test")
    return ask("/cache/", "b.test")


def signed_elsewhere() -> list[str]:
    with schema_context("a"):
        link = signing.dumps(Person.objects.get().pk)
    with schema_context("b"):
        return [Person.objects.get(pk=signing.loads(link)).name]


def qualified() -> list[str]:
    with schema_context("a"), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM b.stock_person")
        return [name for (name,) in cursor.fetchall()]


def with_block_in_threads() -> list[str]:
    """The stack of ``with tenant:`` belongs to the class: two threads pop each other's tenant."""
    connection.set_schema_to_public()
    a, b = Tenant.objects.get(schema_name="a"), Tenant.objects.get(schema_name="b")
    entered, leave, found = threading.Event(), threading.Event(), []

    def other() -> None:
        connection.set_tenant(b)
        with a:
            entered.set()
            leave.wait(10)
        found.append(connection.schema_name)
        connections.close_all()

    worker = threading.Thread(target=other)
    worker.start()
    entered.wait(10)
    connection.set_tenant(a)
    b.__enter__()
    leave.set()
    worker.join()
    connection.set_schema_to_public()
    return found


CASES: dict[str, Callable[[], list[str]]] = {
    "missing table": lambda: in_schema("half"),
    "missing schema": lambda: in_schema("nobody"),
    "thread in a page": lambda: ask("/thread/"),
    "async without thread_sensitive": lambda: ask("/async/"),
    "after a request": after_request,
    "no scope": lambda: (connection.set_schema_to_public(), people())[1],  # type: ignore[func-returns-value]
    "object saved across": saved_across,
    "suspended generator": suspended_generator,
    "cached elsewhere": cached_elsewhere,
    "signed elsewhere": signed_elsewhere,
    "qualified name": qualified,
    "with tenant in threads": with_block_in_threads,
    "forwarded host": lambda: ask("/page/", "a.test", **{"X-Forwarded-Host": "b.test"}),
    "trailing dot": lambda: ask("/page/", "a.test."),
    "capital letters": lambda: ask("/page/", "A.TEST"),
    "own page": lambda: ask("/page/", "b.test"),
}

if __name__ == "__main__":
    prepare()
    json.dump({name: case() for name, case in CASES.items()}, sys.stdout)
