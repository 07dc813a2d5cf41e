"""Requests: the host alone chooses the hospital, and nothing of one request reaches the next."""

import json
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from random import Random
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished
from django.db import connection, connections
from django.test import RequestFactory

from kernel.accounts.models import Account
from kernel.redis_client import redis_client
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.errors import NoScope, ScopeRefused
from kernel.tenancy.middleware import HostMiddleware
from kernel.tenancy.models import Hospital
from kernel.tenancy.provisioning import set_state
from kernel.tenancy.resolution import CHANNEL, HostCache, context_for_host, hosts, normalised_host
from kernel.tenancy.scope import hospital, peek_scope, shared
from tests.clients import client_for, console_client, network_client
from tests.kernel.tenancy import pages

Contexts = Callable[[str], HospitalContext]
SLUGS = ("northfield", "santalucia", "alwaha")


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


def test_a_known_host_costs_no_query(careless: None, django_assert_num_queries: Any) -> None:
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
