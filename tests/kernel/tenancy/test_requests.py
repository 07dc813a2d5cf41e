"""Requests: the host alone chooses the hospital, and nothing of one request reaches the next."""

import dataclasses
import json
import math
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from queue import SimpleQueue
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished
from django.db import OperationalError, connection, connections, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import get_urlconf, set_urlconf

from kernel.accounts.models import Account
from kernel.redis_client import redis_client
from kernel.tenancy import resolution
from kernel.tenancy.backend.watching import server_of, silent
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoScope, ScopeRefused
from kernel.tenancy.middleware import HostMiddleware
from kernel.tenancy.models import Domain, Hospital
from kernel.tenancy.provisioning import set_state
from kernel.tenancy.resolution import (
    CHANNEL,
    HostCache,
    announce_change,
    context_for,
    context_for_host,
    hosts,
    normalised_host,
    remembered_context,
)
from kernel.tenancy.scope import current_scope, hospital, peek_scope, shared
from tests.clients import client_for, console_client, network_client
from tests.kernel.tenancy import pages

Contexts = Callable[[str], HospitalContext]
SLUGS = ("northfield", "santalucia", "alwaha")
NOBODY = UUID("00000000-0000-7000-8000-000000000000")


def sign(context: HospitalContext) -> None:
    with hospital(context):
        Account.objects.create(login=f"{pages.PREFIX}{context.slug}")


def unsign(context: HospitalContext) -> None:
    with hospital(context):
        Account.objects.filter(login__startswith=pages.PREFIX).delete()


@pytest.fixture
def careless(settings: Any, hospital_context_now: Contexts) -> Iterator[None]:
    """Every host answers the careless pages; each hospital holds one account named after it."""
    for name in ("ROOT_URLCONF", "HOSPITAL_URLCONF", "CONSOLE_URLCONF", "NETWORK_URLCONF"):
        setattr(settings, name, "tests.kernel.tenancy.pages")
    settings.MIDDLEWARE = [entry for entry in settings.MIDDLEWARE if entry.startswith("kernel.tenancy")]
    contexts = [hospital_context_now(slug) for slug in SLUGS]
    for context in contexts:
        sign(context)
    yield
    for context in contexts:
        unsign(context)
    hosts.clear()


@pytest.mark.requirement("S01")
@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("northfield.localhost", "northfield.localhost"),
        ("NorthField.LOCALHOST", "northfield.localhost"),
        ("northfield.localhost.", "northfield.localhost"),
        ("northfield.localhost:8000", "northfield.localhost"),
        ("NORTHFIELD.localhost.:443", "northfield.localhost"),
        (" northfield.localhost ", "northfield.localhost"),
        ("northfield.localhost..", None),
        ("northfield.localhost:x", None),
        ("northfield.localhost:80:80", None),
        ("northfield.localhost, alwaha.localhost", None),
        ("northfield.localhost/..", None),
        ("user@northfield.localhost", None),
        ("[::1]", None),
        ("", None),
        (".", None),
        ("a\x00b", None),
        ("\u212aey.localhost", None),
        ("n" * 254, None),
        ("northfield_localhost", None),
    ],
)
def test_a_host_header_is_brought_into_the_form_of_the_domain_table(header: str, host: str | None) -> None:
    assert normalised_host(header) == host


@pytest.mark.requirement("S01")
@pytest.mark.parametrize("slug", SLUGS)
def test_each_host_shows_its_own_hospital(careless: None, slug: str) -> None:
    assert client_for(slug).get("/who/").json()["logins"] == [f"{pages.PREFIX}{slug}"]


@pytest.mark.requirement("S01")
@pytest.mark.parametrize(
    "host", ["nobody.localhost", "localhost", "127.0.0.1", "northfield.localhost.evil.example", "shared.localhost", ""]
)
def test_an_unknown_host_gets_a_plain_404_without_brand_or_redirect(careless: None, host: str) -> None:
    answer = client_for("northfield").get("/who/", HTTP_HOST=host)
    assert (answer.status_code, answer.content) == (404, b"Not found\n")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "Location" not in answer


@pytest.mark.requirement("S01")
def test_what_is_no_host_name_is_not_looked_up(careless: None, django_assert_num_queries: Any) -> None:
    hosts.clear()
    with django_assert_num_queries(0):
        assert client_for("northfield").get("/who/", HTTP_HOST="north_field.localhost").status_code == 404


@pytest.fixture
def no_urls() -> Iterator[None]:
    """No URL conf is chosen before the test, and none afterwards."""
    set_urlconf(None)
    yield
    set_urlconf(None)


@pytest.mark.requirement("S01")
@pytest.mark.parametrize(
    ("host", "slug", "urls"),
    [
        ("northfield.localhost", "northfield", "config.urls_hospital"),
        ("console.localhost", None, "config.urls_console"),
        ("network.localhost", None, "config.urls_network"),
    ],
)
def test_each_kind_of_host_has_its_own_pages_also_for_what_fails_before_them(
    hospital_context_now: Contexts, no_urls: None, host: str, slug: str | None, urls: str
) -> None:
    """Whatever else runs inside may fail and ask for an address: Django looks at the request's URL conf only later."""
    seen: list[object] = []

    def look(request: Any) -> HttpResponse:
        name = request.hospital.slug if request.hospital else None
        seen.extend([name, request.urlconf, get_urlconf(), current_scope().schema_name])
        return HttpResponse()

    HostMiddleware(look)(RequestFactory().get("/", HTTP_HOST=host))
    schema_name = hospital_context_now(slug).schema_name if slug else "shared"
    assert seen == [slug, urls, urls, schema_name]


@pytest.mark.requirement("S55")
def test_while_the_database_is_gone_a_host_that_was_known_answers_as_its_hospital_and_asks_it_nothing(
    careless: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it say that the hospital is closed, which it may be no more."""
    northfield = client_for("northfield")
    assert northfield.get("/who/").status_code == 200
    known = context_for_host("northfield.localhost")
    assert known is not None
    hosts.put("northfield.localhost", dataclasses.replace(known, state="suspended"), hosts.generation)
    seen: list[object] = []

    def look(request: Any) -> HttpResponse:
        seen.extend([request.hospital.slug, request.hospital.state, current_scope().schema_name])
        with pytest.raises(OperationalError, match="was gone when this began"):
            pages.logins()
        return HttpResponse("out of memory")

    with monkeypatch.context() as patched:
        _lose_database(patched)
        hosts.clear()
        answer = HostMiddleware(look)(RequestFactory().get("/who/", HTTP_HOST="northfield.localhost"))
        with pytest.raises(OperationalError, match="did not answer a moment ago"):
            HostMiddleware(look)(RequestFactory().get("/who/", HTTP_HOST="never-seen.localhost"))
    assert answer.content == b"out of memory"
    assert seen == ["northfield", "active", known.schema_name]
    assert northfield.get("/who/").json()["logins"] == [f"{pages.PREFIX}northfield"]


def _lose_database(patched: pytest.MonkeyPatch) -> None:
    """As if its server had just been silent: whoever would connect is told so at once."""
    with shared():
        connection.ensure_connection()
    server = server_of(connection.connection.pgconn)
    connection.close()
    patched.setattr(silent, "_until", {server: math.inf})


@pytest.mark.requirement("S01")
def test_no_header_and_no_parameter_can_choose_another_hospital(careless: None) -> None:
    """M1: with USE_X_FORWARDED_HOST a client's header made one host serve another's row."""
    answer = client_for("northfield").post(
        "/who/?tenant=alwaha&hospital=alwaha&host=alwaha.localhost",
        {"tenant": "alwaha", "schema": "shared"},
        headers={
            "X-Forwarded-Host": "alwaha.localhost",
            "X-Forwarded-Server": "alwaha.localhost",
            "X-Host": "alwaha.localhost",
            "X-Original-Host": "alwaha.localhost",
            "X-Tenant": "alwaha",
            "Forwarded": "host=alwaha.localhost",
        },
    )
    assert answer.json()["logins"] == [f"{pages.PREFIX}northfield"]


def test_the_console_and_the_networks_host_work_in_the_shared_schema(careless: None) -> None:
    for client in (console_client(), network_client()):
        assert client.get("/who/").json() == {"logins": [], "scope": "shared"}


@pytest.mark.requirement("S07")
def test_after_a_request_there_is_no_scope(careless: None) -> None:
    """M4: stock django-tenants left the thread on the last hospital and later code read its row."""
    client_for("northfield").get("/who/")
    assert peek_scope() is None
    with pytest.raises(NoScope):
        pages.logins()


@pytest.mark.requirement("S07")
def test_a_receiver_of_request_finished_has_no_hospital(careless: None) -> None:
    found: list[str] = []

    def look(**_kwargs: object) -> None:
        try:
            found.extend(pages.logins())
        except NoScope:
            found.append("refused")

    request_finished.connect(look)
    try:
        _through_wsgi(WSGIHandler(), "northfield.localhost", "/who/")
    finally:
        request_finished.disconnect(look)
    assert found == ["refused"]


@pytest.mark.requirement("S07")
def test_a_streamed_answer_is_its_own_hospitals_to_the_end(careless: None) -> None:
    pages.closed.clear()
    answer = client_for("northfield").get("/stream/")
    assert peek_scope() is None
    with_other_requests = []
    for part in answer:
        with_other_requests.append(json.loads(part))
        client_for("alwaha").get("/who/")
    answer.close()
    assert with_other_requests == [[f"{pages.PREFIX}northfield"]] * 3
    assert pages.closed == [[f"{pages.PREFIX}northfield"]]


def test_a_streamed_answer_that_is_cut_off_cleans_up_in_its_own_hospital(careless: None) -> None:
    pages.closed.clear()
    answer = client_for("northfield").get("/stream/")
    next(iter(answer))
    client_for("alwaha").get("/who/")
    answer.close()
    assert pages.closed == [[f"{pages.PREFIX}northfield"]]


@pytest.mark.requirement("S07")
def test_a_raw_thread_inside_a_page_reads_nothing(careless: None) -> None:
    assert client_for("northfield").get("/thread/").json() == {"found": ["refused"]}


def test_what_a_page_asks_for_after_commit_is_done_in_its_hospital(careless: None) -> None:
    pages.noted.clear()
    client_for("northfield").get("/after-commit/")
    assert pages.noted == [[f"{pages.PREFIX}northfield"]]


def test_a_crashing_page_leaves_nothing_to_the_next_host(careless: None) -> None:
    crashing = client_for("northfield", raise_request_exception=False)
    assert crashing.get("/broken/").status_code == 500
    assert client_for("alwaha").get("/who/").json()["logins"] == [f"{pages.PREFIX}alwaha"]
    assert client_for("northfield").get("/who/").json()["logins"] == [f"{pages.PREFIX}northfield"]


def test_a_page_that_asks_for_a_shared_table_gets_an_error_and_the_next_host_is_right(careless: None) -> None:
    crashing = client_for("northfield", raise_request_exception=False)
    assert crashing.get("/missing/").status_code == 500
    assert client_for("alwaha").get("/who/").json()["logins"] == [f"{pages.PREFIX}alwaha"]


@pytest.mark.requirement("S06")
def test_what_one_host_cached_another_does_not_get(careless: None) -> None:
    """M3: with Django's default key the second hospital received the first one's value."""
    for slug in (*SLUGS, *SLUGS):
        assert client_for(slug).get("/remember/").json() == {"before": f"{pages.PREFIX}{slug}"}


def test_a_request_that_begins_inside_a_scope_is_refused(careless: None, hospital_context_now: Contexts) -> None:
    with hospital(hospital_context_now("northfield")), pytest.raises(ScopeRefused, match="inside somebody's scope"):
        HostMiddleware(pages.who)(RequestFactory().get("/who/", HTTP_HOST="northfield.localhost"))


@pytest.mark.requirement("S09")
@pytest.mark.timeout(120)
def test_1200_requests_of_8_threads_over_3_hospitals_show_no_wrong_row(careless: None) -> None:
    """M5's traffic, without its pooler: pages, streams, threads, crashes and missing tables in any order."""
    handler = WSGIHandler()
    wrong: list[object] = []
    counted: list[int] = []

    def browse(number: int) -> None:
        order = Random(number)
        try:
            for _turn in range(150):
                slug = order.choice(SLUGS)
                page = order.choice(["who"] * 4 + ["stream", "thread", "broken", "missing"])
                status, body = _through_wsgi(handler, f"{slug}.localhost", f"/{page}/")
                counted.append(status)
                own = f"{pages.PREFIX}{slug}"
                if page == "who" and json.loads(body)["logins"] != [own]:
                    wrong.append((slug, body))
                if page == "stream" and [json.loads(line) for line in body.splitlines()] != [[own]] * 3:
                    wrong.append((slug, body))
                if page == "thread" and json.loads(body)["found"] != ["refused"]:
                    wrong.append((slug, body))
                if page in ("broken", "missing") and status != 500:
                    wrong.append((slug, page, status))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=browse, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(counted), wrong) == (1200, [])


def _through_wsgi(handler: WSGIHandler, host: str, path: str) -> tuple[int, bytes]:
    environ: dict[str, Any] = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "wsgi.input": BytesIO()}
    setup_testing_defaults(environ)
    environ["HTTP_HOST"] = host
    started: list[int] = []

    def start(status: str, _headers: object, _error: object = None) -> Any:
        started.append(int(status.split()[0]))

    answer: Any = handler(environ, start)
    try:
        return started[0], b"".join(answer)
    finally:
        answer.close()


# --- The cache of hosts ----------------------------------------------------------------------------------------------


def test_a_suspended_hospital_closes_at_once_and_opens_again(hospital_context_now: Contexts) -> None:
    context = hospital_context_now("alwaha")
    client = client_for("alwaha")
    assert client.get("/sign-in/").status_code == 200
    with shared():
        set_state(context.id, Hospital.State.SUSPENDED)
    try:
        assert client.get("/sign-in/").status_code == 503
        assert client.get("/api/v1/me").status_code == 503
    finally:
        with shared():
            set_state(context.id, Hospital.State.ACTIVE)
    assert client.get("/sign-in/").status_code == 200


def test_a_hospital_that_is_being_made_does_not_answer(careless: None, hospital_context_now: Contexts) -> None:
    context = hospital_context_now("alwaha")
    with shared():
        set_state(context.id, Hospital.State.CREATING)
    try:
        assert client_for("alwaha").get("/who/").status_code == 404
    finally:
        with shared():
            set_state(context.id, Hospital.State.ACTIVE)


class OwnHosts(HostCache):
    """Hosts that only ``thread`` makes forget, and that say so: changes are told to all test workers of a machine."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = threading.current_thread()
        self.times: SimpleQueue[None] = SimpleQueue()

    def clear(self) -> None:
        if threading.current_thread() is self.thread:
            super().clear()
            self.times.put(None)


@pytest.fixture
def own_hosts(monkeypatch: pytest.MonkeyPatch) -> OwnHosts:
    found = OwnHosts()
    monkeypatch.setattr(resolution, "hosts", found)
    return found


def test_a_known_host_costs_no_query(
    hospital_context_now: Contexts, own_hosts: OwnHosts, django_assert_num_queries: Any
) -> None:
    assert context_for_host("northfield.localhost") is not None
    with django_assert_num_queries(0):
        assert context_for_host("northfield.localhost") is not None


def test_what_was_read_before_a_change_is_not_remembered_after_it(
    careless: None, hospital_context_now: Contexts
) -> None:
    cache = HostCache()
    context = hospital_context_now("northfield")
    before = cache.generation
    cache.clear()
    cache.put("northfield.localhost", context, before)
    assert cache.get("northfield.localhost") == (False, None)
    cache.put("northfield.localhost", context, cache.generation)
    assert cache.get("northfield.localhost") == (True, context)


def test_invented_hosts_do_not_fill_the_memory() -> None:
    cache = HostCache()
    for number in range(5000):
        cache.put(f"n{number}.localhost", None, cache.generation)
    assert len(cache._entries) == 4096
    assert cache.get("n4999.localhost") == (True, None)
    assert cache.get("n0.localhost") == (False, None)


def test_who_asks_is_kept_when_invented_hosts_come(hospital_context_now: Contexts) -> None:
    cache, context = HostCache(), hospital_context_now("northfield")

    def invent(count: int, word: str) -> None:
        for number in range(count):
            cache.put(f"{word}{number}.localhost", None, cache.generation)

    cache.put("read.localhost", context, cache.generation)
    cache.put("written.localhost", context, cache.generation)
    invent(4094, "a")
    assert cache.get("read.localhost") == (True, context)
    cache.put("written.localhost", context, cache.generation)
    invent(4094, "b")
    assert cache.get("read.localhost") == (True, context)
    assert cache.get("written.localhost") == (True, context)
    assert cache.get("a4093.localhost") == (False, None)


def test_an_answer_is_kept_for_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(resolution, "time", SimpleNamespace(monotonic=lambda: now))
    cache = HostCache()
    cache.put("nobody.localhost", None, cache.generation)
    now = 110.0
    assert cache.get("nobody.localhost") == (True, None)
    now = 110.1
    assert cache.get("nobody.localhost") == (False, None)


def test_what_a_host_was_last_outlives_the_cache_and_ends_with_the_host(hospital_context_now: Contexts) -> None:
    cache, context = HostCache(), hospital_context_now("northfield")
    assert cache.last_known("northfield.localhost") is None
    cache.put("northfield.localhost", context, cache.generation)
    cache.clear()
    assert cache.get("northfield.localhost") == (False, None)
    assert cache.last_known("northfield.localhost") is context
    cache.put("northfield.localhost", None, cache.generation)
    assert cache.last_known("northfield.localhost") is None


def test_the_hosts_that_were_known_last_are_bounded_too(hospital_context_now: Contexts) -> None:
    cache, context = HostCache(), hospital_context_now("northfield")
    for number in range(4098):
        cache.put(f"n{number}.localhost", context, cache.generation)
    found = [number for number in range(4098) if cache.last_known(f"n{number}.localhost") is context]
    assert found == list(range(2, 4098))


def test_a_hospital_found_by_its_id_has_the_host_that_is_its_first(hospital_context: Contexts) -> None:
    northfield = hospital_context("northfield")
    assert northfield.host == "northfield.localhost"
    with shared():
        Domain.objects.filter(tenant_id=northfield.id).update(is_primary=False)
    found = context_for(northfield.id)
    assert found is not None
    assert (found.id, found.host) == (northfield.id, "")
    assert context_for(NOBODY) is None


def test_a_hospital_of_a_task_is_remembered_until_it_changes(
    hospital_context_now: Contexts, own_hosts: OwnHosts, django_assert_num_queries: Any
) -> None:
    context = hospital_context_now("northfield")
    assert remembered_context(context.id) == context
    with django_assert_num_queries(0):
        assert remembered_context(context.id) == context
    own_hosts.clear()
    with django_assert_num_queries(2):
        assert remembered_context(context.id) == context


@pytest.mark.parametrize("is_made", [True, False])
def test_a_hospital_of_a_task_is_not_remembered_before_it_is_made(
    hospital_context: Contexts, django_assert_num_queries: Any, is_made: bool
) -> None:
    """A task that is sent when it opens may come before the news of it."""
    key = hospital_context("alwaha").id if is_made else NOBODY
    with shared():
        Hospital.objects.filter(pk=key).update(state=Hospital.State.CREATING)
    hosts.clear()
    for _time in range(2):
        with django_assert_num_queries(2 if is_made else 1):
            found = remembered_context(key)
        assert (found.state if found else None) == ("creating" if is_made else None)


def test_a_change_that_redis_cannot_tell_is_done_all_the_same(
    committed: None, own_hosts: OwnHosts, no_redis: None, caplog: pytest.LogCaptureFixture
) -> None:
    with shared(), transaction.atomic():
        announce_change()
        assert own_hosts.generation == 0
    assert own_hosts.generation == 1
    assert caplog.messages == ["hospitals changed and Redis could not tell it; other processes notice in 10.0 s"]


@pytest.fixture
def no_redis(settings: Any) -> None:
    """Nothing answers where Redis should be."""
    _move_redis(settings, "redis://127.0.0.1:1/0")


def _move_redis(settings: Any, location: str) -> None:
    settings.CACHES = {**settings.CACHES, "default": {**settings.CACHES["default"], "LOCATION": location}}


# --- The thread that hears of changes --------------------------------------------------------------------------------


class Listening(resolution._Listener):
    """A listener whose thread waits for the test's word instead of Redis."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = threading.Event()

    def _listen(self) -> None:
        self.may_end.wait(60)


@pytest.mark.parametrize("look_up", [lambda key: context_for_host("northfield.localhost"), remembered_context])
def test_one_thread_of_a_process_listens_and_a_new_one_when_it_has_ended(
    hospital_context_now: Contexts, monkeypatch: pytest.MonkeyPatch, look_up: Callable[[UUID], object]
) -> None:
    key, listener = hospital_context_now("northfield").id, Listening()
    monkeypatch.setattr(resolution, "listener", listener)

    def after_a_look() -> threading.Thread:
        hosts.clear()
        look_up(key)
        assert listener._thread is not None
        return listener._thread

    try:
        first = after_a_look()
        assert (first.name, first.daemon, first.is_alive()) == ("hospital-changes", True, True)
        assert after_a_look() is first
    finally:
        listener.may_end.set()
    first.join()
    # As in a forked child, whose parent's threads are not there.
    listener.may_end.clear()
    try:
        second = after_a_look()
        assert (second is first, second.is_alive()) == (False, True)
    finally:
        listener.may_end.set()


class Ended(Exception):
    """Ends a listener's thread."""


def test_the_listener_forgets_when_it_is_connected_and_told_and_rests_longer_while_redis_is_gone(
    committed: None, own_hosts: OwnHosts, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """Its rests are the test's: each is noted and lasts until the test says so. Redis and its connection are real."""
    rests: SimpleQueue[float] = SimpleQueue()
    ends: SimpleQueue[bool] = SimpleQueue()

    def rest(seconds: float) -> None:
        if threading.current_thread() is not own_hosts.thread:
            threading.Event().wait(seconds)
            return
        rests.put(seconds)
        if not ends.get(timeout=60):
            raise Ended

    def listen() -> None:
        with suppress(Ended):
            resolution._Listener()._listen()

    name = f"listener-{secrets.token_hex(6)}"
    own_hosts.thread = threading.Thread(target=listen, daemon=True)
    monkeypatch.setattr(resolution, "time", SimpleNamespace(sleep=rest, monotonic=time.monotonic))
    monkeypatch.setattr(resolution, "redis_client", lambda **options: redis_client(client_name=name, **options))
    location = settings.CACHES["default"]["LOCATION"]
    _move_redis(settings, "redis://127.0.0.1:1/0")
    own_hosts.thread.start()
    try:
        for expected in (1.0, 2.0, 4.0, 8.0, 16.0, 30.0):
            assert rests.get(timeout=30) == expected
            ends.put(True)
        assert rests.get(timeout=30) == 30.0
        _move_redis(settings, location)
        ends.put(True)
        own_hosts.times.get(timeout=30)
        redis: Any = redis_client()
        redis.publish(CHANNEL, "changed")
        own_hosts.times.get(timeout=30)
        (own,) = [client for client in redis.client_list(_type="pubsub") if client["name"] == name]
        redis.client_kill_filter(_id=own["id"])
        assert rests.get(timeout=30) == 1.0
    finally:
        ends.put(False)
    own_hosts.thread.join(timeout=30)
    assert not own_hosts.thread.is_alive()


def test_a_change_is_told_to_the_other_processes(careless: None, hospital_context_now: Contexts) -> None:
    client: Any = redis_client()
    subscription = client.pubsub(ignore_subscribe_messages=True)
    subscription.subscribe(CHANNEL)
    subscription.get_message(timeout=5)
    with shared():
        set_state(hospital_context_now("northfield").id, Hospital.State.ACTIVE)
    message = subscription.get_message(timeout=5)
    subscription.close()
    assert message is not None
    assert message["data"] == b"changed"


def test_the_connection_is_not_left_in_a_transaction(careless: None) -> None:
    client_for("northfield").get("/who/")
    assert not connection.in_atomic_block
    assert connection.get_autocommit()
