"""What bounds size and time, asked of the real server and the real processes (S40)."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.core.signals import got_request_exception
from django.db import DatabaseError, connection, transaction

from kernel.lists import PAGE_SIZES
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tenants.portal.views import statements
from tests.clients import HostClient, client_for

pytestmark = pytest.mark.requirement("S40")
ASK = """
import json, django
django.setup()
from django.db import connection
from kernel.tenancy.scope import shared
with shared(), connection.cursor() as cursor:
    found = {}
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        cursor.execute("SELECT current_setting(%s)", [name])
        found[name] = cursor.fetchone()[0]
print(json.dumps(found))
"""
LARGEST = 2 * 1024 * 1024


@pytest.mark.parametrize(("queue", "statement"), [("", "5s"), ("default", "1min")], ids=["web", "worker"])
def test_each_kind_of_process_tells_the_server_its_limits(queue: str, statement: str) -> None:
    """The same variable as `portico up` and the compose file give to workers."""
    answer = subprocess.run(
        [sys.executable, "-c", ASK],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PORTICO_QUEUE": queue},
        timeout=100,
    )
    assert json.loads(answer.stdout) == {
        "statement_timeout": statement,
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "15s",
    }


def _slow(seconds: int) -> Callable[..., Any]:
    def work(*_given: Any, **_more: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s::float)", [seconds])
        raise AssertionError("the statement was not ended")

    return work


def test_a_slow_statement_is_ended_and_the_page_says_so(
    hospital_context: Callable[[str], HospitalContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital_context("northfield")
    monkeypatch.setattr(statements, "render", _slow(60))
    client = client_for("northfield", raise_request_exception=False)
    failures: list[BaseException] = []

    def note(**_more: Any) -> None:
        error = sys.exc_info()[1]
        assert error is not None
        failures.append(error)

    got_request_exception.connect(note)
    begun, mark = time.monotonic(), str(connection.savepoint())
    try:
        answer = client.get("/accessibility/")
    finally:
        got_request_exception.disconnect(note)
        connection.savepoint_rollback(mark)
    assert 5 <= time.monotonic() - begun < 15
    assert "statement timeout" in str(failures[0])
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "We cannot reach the records at the moment" in page
    assert answer["X-Request-Id"] in page
    assert "pg_sleep" not in page


def test_a_lock_that_somebody_else_holds_is_waited_for_two_seconds(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    context = new_hospital()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with psycopg.connect(os.environ["PORTICO_TEST_SUPERUSER"]) as other:
            other.execute(
                psycopg.sql.SQL("LOCK TABLE {}.accounts_throttle IN ACCESS EXCLUSIVE MODE").format(
                    psycopg.sql.Identifier(context.schema_name)
                )
            )
            held.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(10)
        client = HostClient(context.host, raise_request_exception=False)
        answer = client.post("/sign-in/", {"login": "ana@example.org", "password": "whatever it is"})
    finally:
        done.set()
        holder.join()
    assert answer.status_code == 503
    assert "nothing is lost" in answer.content.decode() or "probably not saved" in answer.content.decode()


@pytest.mark.full
@pytest.mark.timeout(60)
def test_a_transaction_that_does_nothing_for_fifteen_seconds_is_ended(
    new_hospital: Callable[..., HospitalContext],
) -> None:
    context = new_hospital()
    never = threading.Event()

    def wait() -> None:
        with hospital(context), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            never.wait(17)
            cursor.execute("SELECT 1")

    with pytest.raises(DatabaseError, match="idle-in-transaction timeout"):
        wait()


@pytest.mark.parametrize("path", ["/sign-in/", "/csp-report", "/api/v1/me"])
def test_a_body_of_more_than_two_megabytes_is_not_read(
    hospital_context: Callable[[str], HospitalContext], path: str
) -> None:
    hospital_context("northfield")
    client = client_for("northfield")
    assert client.post(path, b"a" * (LARGEST + 1), content_type="application/json").status_code == 413
    assert client.post(path, b"a" * 1000, content_type="application/json").status_code != 413


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 30, "٣"])
def test_a_length_that_is_no_length_is_refused(hospital_context: Callable[[str], HospitalContext], length: str) -> None:
    hospital_context("northfield")
    answer = client_for("northfield").post("/csp-report", b"{}", content_type="application/json", CONTENT_LENGTH=length)
    assert answer.status_code == 413


def test_lists_of_pages_offer_at_most_200_rows() -> None:
    assert max(PAGE_SIZES) <= 200
