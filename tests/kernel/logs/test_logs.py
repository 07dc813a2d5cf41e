"""Log lines say what happened, where and for which hospital, and nothing about people."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from django.db import IntegrityError

from kernel.accounts.models import Account
from kernel.logs.reporting import start_reporting, without_people
from kernel.logs.scrubbing import HIDDEN, scrubbed, scrubbed_text
from kernel.logs.setup import configuration
from kernel.tenancy.context import HospitalContext
from tests.clients import client_for

pytestmark = pytest.mark.requirement("S32")

VISIT = "01a204a1-12d3-70b9-9820-4ec0cb0ee2ae"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What is written, as production writes it."""
    stream = io.StringIO()
    formatter = dict(configuration(as_json=True)["formatters"]["lines"])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    root.addHandler(handler)
    before, root.level = root.level, logging.INFO
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.level = before


def test_a_line_is_json_with_the_hospital_and_the_request(
    in_northfield: HospitalContext, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger("feature").info("visit booked", visit_id="v-1", count=3)

    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "visit booked",
        "visit_id": "v-1",
        "count": 3,
        "level": "info",
        "logger": "feature",
        "hospital": str(in_northfield.id),
        "request_id": "abc",
    }


def test_lines_of_libraries_go_the_same_way(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logging.getLogger("some.library").warning("sent to %s", "ana@example.org", extra={"email": "ana@example.org"})

    (line,) = lines()
    assert (line["event"], line["level"]) == (f"sent to {HIDDEN}", "warning")
    assert "ana@" not in json.dumps(line)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("write to ana.ruiz+x@mail.example.org now", f"write to {HIDDEN} now"),
        ("call +34 600 123 456 or (312) 555-0199", f"call {HIDDEN} or ({HIDDEN}"),
        ("SSN 123-45-6789", f"SSN {HIDDEN}"),
        ("postgres://login:word@db/portico", f"postgres://{HIDDEN}@db/portico"),
        (
            "visit 01a204a1-12d3-70b9-9820-4ec0cb0ee2ae in 250 ms",
            "visit 01a204a1-12d3-70b9-9820-4ec0cb0ee2ae in 250 ms",
        ),
    ],
)
def test_what_could_be_about_a_person_is_hidden(text: str, wanted: str) -> None:
    assert scrubbed_text(text) == wanted


def test_values_are_hidden_by_their_names_at_any_depth() -> None:
    written = {"login": "ana", "deep": [{"family": "Ruiz", "visit_id": "v-1", "Authorization": "Bearer x"}], "count": 2}

    assert scrubbed(written) == {
        "login": HIDDEN,
        "deep": [{"family": HIDDEN, "visit_id": "v-1", "Authorization": HIDDEN}],
        "count": 2,
    }


def test_an_error_shows_its_places_and_neither_values_nor_rows(
    in_northfield: HospitalContext, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    canary = "kingfisher@example.org"
    Account.objects.create(login=canary)
    try:
        Account.objects.create(login=canary)
    except IntegrityError:
        structlog.get_logger("feature").exception("could not write")

    (line,) = lines()
    assert "IntegrityError: duplicate key value violates unique constraint" in line["error"]
    assert "test_logs.py" in line["error"]
    assert "kingfisher" not in json.dumps(line)


def test_a_request_has_an_id_of_ours_in_its_answer_and_its_line(
    hospital_context: Callable[[str], HospitalContext], lines: Callable[[], list[dict[str, Any]]]
) -> None:
    answer = client_for("northfield").get("/sign-in/?next=/kingfisher", headers={"X-Request-Id": "mine"})

    request_id = answer["X-Request-Id"]
    (line,) = [line for line in lines() if line["event"] == "request"]
    assert len(request_id) == 32
    assert (line["request_id"], line["route"], line["status"]) == (request_id, "accounts:sign_in", 200)
    assert line["hospital"] == str(hospital_context("northfield").id)
    assert "kingfisher" not in json.dumps(lines())


def test_an_error_page_carries_the_id(hospital_context: Callable[[str], HospitalContext]) -> None:
    answer = client_for("northfield").get("/nothing-here/")

    assert answer.status_code == 404
    assert answer["X-Request-Id"] in answer.content.decode()


def test_without_an_address_nothing_is_reported(settings: Any) -> None:
    settings.SENTRY_DSN = ""

    assert not start_reporting()


def test_a_report_has_kinds_and_places_and_no_people(in_northfield: HospitalContext) -> None:
    sent: list[dict[str, Any]] = []

    class Nowhere(sentry_sdk.transport.Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sent.extend(item.payload.json for item in envelope.items if item.payload.json)

    client = sentry_sdk.Client(
        dsn="https://key@sentry.example/1",
        transport=Nowhere,
        before_send=without_people,  # type: ignore[arg-type]
        include_local_variables=True,
    )
    kingfisher = "kingfisher"
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(client)
        scope.set_user({"email": "kingfisher@example.org"})
        scope.set_extra("name", kingfisher)
        sentry_sdk.add_breadcrumb(message="kingfisher")
        try:
            raise ValueError(f"no patient called '{kingfisher}'")
        except ValueError:
            sentry_sdk.capture_exception()
        logging.getLogger("x").error("kingfisher@example.org is ill")

    assert len(sent) >= 1
    assert sent[0]["exception"]["values"][0]["type"] == "ValueError"
    assert sent[0]["exception"]["values"][0]["value"] == f"ValueError: no patient called {HIDDEN}"
    assert sent[0]["tags"]["hospital"] == str(in_northfield.id)
    assert "kingfisher" not in json.dumps(sent)
