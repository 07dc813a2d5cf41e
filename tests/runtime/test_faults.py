"""A running Portico whose servers are frozen and killed: what people read, how soon, and what is there afterwards."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from config.runtime import postgres
from config.runtime.home import Home
from kernel.tenancy.backend.watching import WatchedConnection
from tests.runtime.conftest import remove, wait_until
from tests.runtime.running import Portico, Visitor

# The three seconds, and what a loaded machine needs to draw the page.
SOON = 4.0
HOSPITAL = "northfield.localhost"


# Half a minute on a quiet machine, most of it the making of the installation.
pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def portico() -> Iterator[Portico]:
    """One installation for all tests of this file: to make it takes half a minute."""
    folder = Path(tempfile.mkdtemp(prefix="portico-test-"))
    folder.chmod(0o711)
    home = Home(folder)
    made = Portico(home)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        remove(home)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def patient(portico: Portico) -> Visitor:
    """Signed in, and known to both web processes."""
    wait_until(lambda: is_well(portico))
    visitor = Visitor(portico, HOSPITAL).sign_in("james@northfield.example.com")
    at_once = [threading.Thread(target=portico.get, args=["/sign-in/", HOSPITAL]) for _ in range(16)]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join()
    return visitor


def postmaster(home: Home) -> int:
    return postgres.cluster_pid(Path(postgres.status(home)["data"]))


def redis_pid(portico: Portico) -> int:
    return int(Path(portico.home.read("services.json")["redis"]["pidfile"]).read_text())


@contextmanager
def frozen(*pids: int) -> Iterator[None]:
    """Stop processes and everything they have started, as a machine does that hangs."""
    started = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", ",".join(map(str, pids))], check=False, capture_output=True, text=True
    )
    family = [*pids, *map(int, started.stdout.split())]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)


def readiness(portico: Portico) -> dict[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", portico.port, timeout=10)
    connection.request("GET", "/readyz")
    told: dict[str, str] = json.loads(connection.getresponse().read())
    connection.close()
    return told


def is_well(portico: Portico) -> bool:
    """Whether every process says so: a silence is remembered for two seconds, by the one that met it."""
    return all(readiness(portico) == {"status": "ready", "database": "ok", "redis": "ok"} for _ in range(12))


def says_in_brand_that_it_is_down(visitor: Visitor) -> bool:
    return (
        visitor.status == 503
        and visitor.seconds < SOON
        and "We cannot reach the records at the moment" in visitor.text
        and "tel:911" in visitor.text
        and visitor.headers["x-request-id"] in visitor.text
        and int(visitor.headers["retry-after"]) > 0
    )


@pytest.mark.timeout(400)
@pytest.mark.requirement("S55", "S59")
def test_with_a_frozen_database_every_page_says_so_within_three_seconds(portico: Portico, patient: Visitor) -> None:
    console = Visitor(portico, "console.localhost").sign_in("rekha@portico.example.com")
    with frozen(postmaster(portico.home)):
        for _ in range(4):
            assert says_in_brand_that_it_is_down(patient.get("/")), (patient.status, patient.seconds, patient.text)
        assert patient.get("/api/v1/me").status == 503
        assert patient.seconds < SOON
        assert patient.headers["content-type"] == "application/problem+json"
        assert json.loads(patient.text)["code"] == "unreachable"
        assert console.get("/").status == 503
        assert console.seconds < SOON
        assert "We cannot reach the records at the moment" in console.text
        assert readiness(portico)["database"] == "failing"
        assert portico.get("/readyz", "127.0.0.1") == 503
        assert portico.get("/healthz", "127.0.0.1") == 200
        stranger = Visitor(portico, "never-asked-before.localhost").get("/")
        assert (stranger.status, stranger.headers["content-type"]) == (503, "text/plain; charset=utf-8")
        assert "In an emergency, call 112" in stranger.text
        assert stranger.headers["x-request-id"] in stranger.text

    # Asked of the pages themselves: which process answers a probe is chance, and each remembers the silence by itself.
    wait_until(lambda: (patient.get("/").status, console.get("/").status) == (200, 200))


@pytest.mark.timeout(400)
@pytest.mark.requirement("S55")
def test_what_was_typed_while_the_database_was_gone_is_sent_again_from_the_answer(
    portico: Portico, patient: Visitor
) -> None:
    fields = {"name": "My telephone's key", "scopes": "user/Observation.rs"}
    token = patient.get("/account/keys/").hidden("csrfmiddlewaretoken")
    with frozen(postmaster(portico.home)):
        patient.send("/account/keys/", {**fields, "csrfmiddlewaretoken": token})
        assert says_in_brand_that_it_is_down(patient), (patient.status, patient.seconds)
        assert "What you sent was probably not saved." in patient.text
        assert 'action="/account/keys/"' in patient.text
        assert patient.hidden("name") == "My telephone&#x27;s key"
        assert patient.hidden("csrfmiddlewaretoken") == token
        stranger = Visitor(portico, HOSPITAL)
        stranger.send("/sign-in/", {"login": "james@northfield.example.com", "password": "typed-in-vain"})
        assert "typed-in-vain" not in stranger.text


@pytest.mark.requirement("S55")
def test_a_statement_under_way_ends_soon_when_the_server_freezes(home: Home) -> None:
    server = postgres.ensure(home, durable=False, environment={})
    connection = WatchedConnection.connect(server.url, autocommit=True)
    connection.longest_statement = 60.0
    errors: list[Exception] = []

    def ask() -> None:
        try:
            connection.execute("SELECT pg_sleep(50)")
        except psycopg.OperationalError as error:
            errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    with psycopg.connect(server.url, autocommit=True) as other:
        question = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
        wait_until(lambda: other.execute(question).fetchone() == (1,))
        began = time.monotonic()
        with frozen(postmaster(home)):
            asking.join(timeout=SOON)
            assert not asking.is_alive()
            assert time.monotonic() - began < SOON
    assert [str(error) for error in errors] == ["the database has stopped answering"]
    assert connection.closed


@pytest.mark.timeout(400)
@pytest.mark.requirement("S55", "S56")
def test_a_killed_database_comes_back_by_itself_with_everything_in_it(portico: Portico, patient: Visitor) -> None:
    before = postmaster(portico.home)
    began = time.monotonic()
    os.kill(before, signal.SIGKILL)

    patient.get("/")
    assert patient.status in (200, 503)
    assert patient.seconds < SOON
    wait_until(lambda: is_well(portico), seconds=30)
    assert time.monotonic() - began < 30
    assert postmaster(portico.home) not in (0, before)
    # The same session goes on: it was committed.
    assert patient.get("/").status == 200
    assert [line for line in portico.lines if line.startswith("postgres")][-2:] == [
        "postgres| ended by itself and is started again",
        "postgres| runs again",
    ]


@pytest.mark.timeout(400)
@pytest.mark.requirement("S55")
def test_with_redis_frozen_and_then_killed_people_sign_in_and_read(portico: Portico, patient: Visitor) -> None:
    pid = redis_pid(portico)
    with frozen(pid):
        assert readiness(portico)["redis"] == "failing"
        began = time.monotonic()
        other = Visitor(portico, HOSPITAL).sign_in("denise@northfield.example.com")
        assert time.monotonic() - began < 2 * SOON  # the form, and what it answers
        for path in ("/", "/results/", "/visits/"):
            assert other.get(path).status == 200, path
            assert other.seconds < SOON, path
    wait_until(lambda: is_well(portico))

    os.kill(pid, signal.SIGKILL)
    assert Visitor(portico, HOSPITAL).sign_in("denise@northfield.example.com").get("/").status == 200
    wait_until(lambda: is_well(portico), seconds=30)
    assert redis_pid(portico) != pid
    # What was written meanwhile is sealed: the workers have found the new Redis, or the sweep has found the rows.
    wait_until(lambda: portico.json("audit", "verify")["trails"][0]["unsealed"] == 0, seconds=100)
