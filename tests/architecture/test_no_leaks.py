"""Canaries in every field about a person, and everything that leaves the house searched for them (S32).

Everybody opens every page and does everything that can be done; then log lines, letters, titles, addresses, error
reports and health answers are read.
"""

import io
import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
import sentry_sdk
from django.core import mail
from django.core.signals import got_request_exception
from django.db import connection

from kernel.accounts.models import Account
from kernel.audit import recording
from kernel.events.relay import relay_waiting
from kernel.logs.reporting import without_people
from kernel.logs.setup import configuration
from kernel.permissions import Role
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tests.isolation.routes import routes
from tests.isolation.test_routes import own_key
from tests.isolation.world import ACTORS, OWN_SIDE, World, build
from tests.kernel.audit.acts import ACTS
from tests.kernel.audit.stage import Stage, furnish, undone

# Every day without those whose pages others open as well.
CALLERS = [role for role in ACTORS if os.environ.get("PORTICO_FULL") or role not in (Role.FRONT_DESK, Role.BILLING)]
pytestmark = [pytest.mark.requirement("S32"), pytest.mark.timeout(300)]
_STYLE = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")
LOADED = {"src", "srcset", "poster", "data", "action", "formaction", "background", "manifest", "ping"}
FETCHING_RELATIONS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "manifest",
    "modulepreload",
}


@pytest.fixture
def world(hospital_context: Callable[[str], HospitalContext]) -> World:
    made = build(hospital_context)
    furnish(made)
    with hospital(made.own.context):
        for number, (role, account) in enumerate(made.own.accounts.items()):
            # The addresses and names of patients and their helpers are about people, too. Who works here is none of
            # that: a manager's page is called after the member of staff it is about.
            name = f"Person {made.own.canary}" if role in (Role.PATIENT, Role.HELPER) else f"Staff {number}"
            address = f"{made.own.canary}.{number}@example.org".lower()
            Account.objects.filter(pk=account.pk).update(email=address, display_name=name)
            account.refresh_from_db()
    return made


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, also what is usually too little to be written, as production writes it."""
    stream = io.StringIO()
    formatter = dict(configuration(as_json=True)["formatters"]["lines"])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    root.addHandler(handler)
    before, root.level = root.level, logging.INFO
    yield stream
    root.removeHandler(handler)
    root.level = before


class Page(HTMLParser):
    """Title, addresses that are shown, and addresses that the browser asks by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.title, self.links, self.loaded = "", [], []  # type: ignore[var-annotated]
        self._is_title = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self._is_title = tag == "title"
        self.links += [given[name] for name in ("href", *LOADED) if given.get(name)]
        self.loaded += [given[name] for name in LOADED if given.get(name)]
        if tag == "link" and FETCHING_RELATIONS & set(given.get("rel", "").split()):
            self.loaded.append(given.get("href", ""))
        if given.get("http-equiv", "").lower() == "refresh":
            self.loaded.append(given.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        self._is_title = False

    def handle_data(self, data: str) -> None:
        if self._is_title:
            self.title += data


def is_foreign(address: str) -> bool:
    """Whether a browser would ask another host for it."""
    return re.match(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", address, re.IGNORECASE) is not None


def pages(world: World) -> Iterator[tuple[str, Any, str]]:
    """Everybody at every route of the own side: who and where, the answer, its text."""
    for actor in CALLERS:
        side = OWN_SIDE.get(actor, "hospital")
        stage = Stage(world, side)
        stage.client.raise_request_exception = False
        if actor is not Role.ANONYMOUS:
            stage.enter(stage.person(login=f"{actor.value}@example.org")[0] if side != "hospital" else actor)
        for route in routes(side):
            address = route.address(own_key(world, route), "northfield" if side == "console" else "conditions")
            with undone():
                answer: Any = stage.client.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            yield f"{actor.value} at {route.key}", answer, body.decode(errors="replace")


def test_no_page_carries_a_person_in_its_title_or_addresses_or_asks_another_host(
    world: World, lines: io.StringIO
) -> None:
    canary = world.own.canary
    wrong, shown = [], 0
    for where, answer, text in pages(world):
        shown += canary in text
        told = [answer.headers.get(name, "") for name in ("Location", "Link", "Refresh", "Content-Disposition", "ETag")]
        if any(canary.lower() in value.lower() for value in told):
            wrong.append(f"{where}: a header names a person")
        if any(is_foreign(address) for found in _STYLE.findall(text) for address in found):
            wrong.append(f"{where}: a style asks another host")
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = Page(text)
        if canary.lower() in page.title.lower():
            wrong.append(f"{where}: the title names a person")
        named = [link for link in page.links if canary.lower() in link.lower() and not link.startswith("mailto:")]
        wrong += [f"{where}: {link[:60]} names a person" for link in named]
        wrong += [f"{where}: asks {address}" for address in page.loaded if is_foreign(address)]
    assert wrong == []
    assert canary.lower() not in lines.getvalue().lower()
    assert len(lines.getvalue().splitlines()) > 300
    # Else the silence would prove nothing.
    assert shown > 40


def test_no_letter_and_no_line_names_a_person_whatever_is_done(world: World, lines: io.StringIO) -> None:
    canary = world.own.canary.lower()
    mail.outbox = []
    wrong, letters = [], 0
    for act in ACTS:
        with undone():
            stage = Stage(world, act.side)
            act.run(stage)
            stage.inside(relay_waiting)
            sent, mail.outbox = mail.outbox, []
            for letter in sent:
                letters += 1
                bodies = [letter.body, *(str(part[0]) for part in getattr(letter, "alternatives", []))]
                if any(canary in text.lower() for text in (letter.subject, *bodies)):
                    wrong.append(f"{act.name}: {letter.subject}")
    assert wrong == []
    assert letters > 20
    assert canary not in lines.getvalue().lower()


def test_an_error_report_names_nobody_wherever_a_page_breaks(
    world: World, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trail, which every page about a patient writes, fails with the patient's words in the error."""
    canary = world.own.canary
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

    def break_down(*_given: Any, **_more: Any) -> None:
        note = f"problem {canary}"
        raise ValueError(f"no such thing: '{canary}', \"{note}\"")

    def report(**_more: Any) -> None:
        # Requests run in a context of their own, which knows nothing of the test's.
        with sentry_sdk.isolation_scope() as scope:
            scope.set_client(client)
            sentry_sdk.capture_exception()

    got_request_exception.connect(report)
    monkeypatch.setattr(recording, "_entry", break_down)
    broken = 0
    try:
        for where, answer, text in pages_of_a_patient(world):
            broken += answer.status_code == 500
            assert canary not in text or answer.status_code != 500, where
    finally:
        got_request_exception.disconnect(report)
    assert broken >= 10
    assert len([event for event in sent if "exception" in event]) >= broken
    assert canary not in json.dumps(sent)
    assert canary not in lines.getvalue()


def pages_of_a_patient(world: World) -> Iterator[tuple[str, Any, str]]:
    """The patient and the clinician at every route."""
    for actor in (Role.PATIENT, Role.CLINICIAN):
        stage = Stage(world, "hospital")
        stage.client.raise_request_exception = False
        cookie = _signed_in(stage, actor)
        for route in routes("hospital"):
            mark = str(connection.savepoint())
            answer: Any = stage.client.get(route.address(own_key(world, route), "conditions"))
            connection.savepoint_rollback(mark)
            stage.client.cookies[stage.door.cookie] = cookie
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            yield f"{actor.value} at {route.key}", answer, body.decode(errors="replace")


def _signed_in(stage: Stage, actor: Role) -> str:
    """A session whose own line in the trail need not be written: the trail is what breaks."""
    with pytest.MonkeyPatch.context() as whole:
        whole.setattr("kernel.accounts.services.sign_in.audit.record", lambda *_given, **_more: None)
        stage.enter(actor)
    return str(stage.client.cookies[stage.door.cookie].value)


def test_health_answers_name_nobody(world: World) -> None:
    client = Stage(world, "hospital").client
    for path in ("/healthz", "/readyz"):
        answer = client.get(path)
        assert answer.status_code in (200, 503)
        assert world.own.canary not in answer.content.decode()
        assert world.own.context.slug not in answer.content.decode()
