"""Every route of every side is sent what no browser sends, and never fails (S39). New routes join by themselves."""

import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import connection

from kernel.permissions import Role
from kernel.tenancy.context import HospitalContext
from tests.clients import HostClient
from tests.isolation.routes import SIDES, Route, routes
from tests.isolation.test_routes import own_key
from tests.isolation.world import World, build
from tests.kernel.audit.stage import Stage, furnish

pytestmark = [pytest.mark.requirement("S39"), pytest.mark.timeout(900)]
FULL = bool(os.environ.get("PORTICO_FULL"))
# Who gets furthest at a route, tried in this order.
CALLERS = (Role.PATIENT, Role.CLINICIAN, Role.HOSPITAL_ADMIN)
REFUSALS = {400, 401, 403, 404, 405, 406, 413, 415, 422}
LEADING_ON = {200, 204, 302, 303}
LONG = "a" * 20_000
# Percent-encoded, because several are no text at all.
VALUES = {
    "a NUL byte": "a%00b",
    "20 kB": LONG,
    "invalid UTF-8": "%FF%FE%ED%A0%80",
    "a huge number": "9" * 400,
    "a number beyond 64 bits": "-9223372036854775809",
    "a day that is none": "2026-02-31",
    "a day beyond the calendar": "99999-99-99T99:99:99Z",
    "the last day": "9999-12-31",
    "the first day": "0001-01-01",
    "no number": "NaN",
    "SQL": "%27%3B--%20%28select%201%29",
    "a path": "..%2F..%2Fetc%2Fpasswd",
    "a format": "%7B0.__class__%7D%25s%25%28a%29s",
    "Arabic digits": "%D9%A3%D9%A3",
    "direction marks": "%E2%80%AE%E2%81%A6%F0%9F%92%89",
    "another host": "https:%2F%2Fevil.example%2F",
    "no hexadecimal": "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz",
    "brackets": "%5B%22%5D%7B%28%2A%2B%3F%5C",
    "nothing": "",
}
# Every day: the two that are no text, and all others spread over the names, each name with another one.
SHORT_LIST = tuple(VALUES) if FULL else ("a NUL byte", "invalid UTF-8")
# Names that some list, form or filter reads, beside those that its own page shows.
NAMES = (
    "page", "page_size", "size", "sort", "_sort", "q", "born", "day", "next", "way", "patient", "code", "category",
    "status", "cursor", "since", "until", "actor", "action", "result", "state", "network", "version", "role", "roles",
    "rank", "words", "slug", "person", "lang", "name", "unknown", "id", "__class__",
)  # fmt: skip
DEEP = b"[" * 10_000 + b"]" * 10_000
BODIES: dict[str, tuple[bytes, str]] = {
    "deep JSON": (DEEP, "application/json"),
    "deep JSON objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "application/json"),
    "JSON that is cut off": (b'{"id": "', "application/json"),
    "JSON of another kind": (b'[null, 1e400, "\\ud800"]', "application/json"),
    "JSON that is a number": (b"9" * 5_000, "application/json"),
    "JSON with a NUL": (b'{"login": "a\\u0000b", "id": {}, "response": []}', "application/json"),
    "JSON that is no UTF-8": (b'{"a": "\xff\xfe"}', "application/json"),
    "JSON in UTF-16": ('{"a": 1}'.encode("utf-16"), "application/json; charset=utf-16"),
    "a form that is no UTF-8": (b"login=%FF%00&password=\xff&code=\x00", "application/x-www-form-urlencoded"),
    "a charset that is none": (b"login=a", "application/x-www-form-urlencoded; charset=\x01nothing"),
    "many fields": (b"&".join(b"a%d=1" % n for n in range(2_000)), "application/x-www-form-urlencoded"),
    "parts without a boundary": (b"--x\r\n\r\n", "multipart/form-data"),
    "parts that are cut off": (
        b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\na',
        "multipart/form-data; boundary=x",
    ),
    "a file where a word is asked for": (
        b'--x\r\nContent-Disposition: form-data; name="login"; filename="\x00"\r\n\r\na\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "no kind that exists": (b"\x00\x01", "\x7f/\x7f"),
    "XML with entities": (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "application/xml"),
}  # fmt: skip
BODIES_OF_EVERY_DAY = (
    "deep JSON", "JSON of another kind", "JSON with a NUL", "a form that is no UTF-8", "a charset that is none",
    "parts that are cut off",
)  # fmt: skip
METHODS = ("PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND") if FULL else ("DELETE", "OPTIONS", "TRACE")
_FIELD = re.compile(r'<(?:input|select|textarea|button)[^>]*?\bname="([^"]+)"')


@pytest.fixture
def world(hospital_context: Callable[[str], HospitalContext], caplog: pytest.LogCaptureFixture) -> World:
    # A line for each attempt would be kept in memory for a report that nobody reads.
    caplog.set_level(logging.CRITICAL)
    made = build(hospital_context)
    furnish(made)
    return made


def routes_to_try(side: str) -> list[Route]:
    """Every day, what several sides share is tried at the hospital's only."""
    shared = {id(route.view) for route in routes("hospital")} if side != "hospital" and not FULL else set()
    return [route for route in routes(side) if id(route.view) not in shared]


def spread(names: list[str]) -> str:
    """A query in which each name has another hostile value."""
    values = [value for value in VALUES.values() if len(value) < 1_000]
    given = [f"{quote(name)}={values[number % len(values)]}" for number, name in enumerate(names)]
    return "&".join([*given, f"words={LONG}"])


class Attack:
    """Attempts at one side, each undone, with what went wrong."""

    def __init__(self, world: World, side: str) -> None:
        self.world = world
        self.side = side
        self.answers: Counter[int] = Counter()
        self.wrong: list[str] = []
        self.clients = [self._client(role) for role in (CALLERS if side == "hospital" else (None,))]

    def _client(self, role: Role | None) -> HostClient:
        stage = Stage(self.world, self.side)
        stage.enter(stage.person()[0] if role is None else role)
        stage.client.raise_request_exception = False
        return stage.client

    def send(self, client: HostClient, method: str, address: str, what: str, **more: Any) -> tuple[int, bytes]:
        """One attempt: anything but an honest answer is noted."""
        mark = str(connection.savepoint())
        kept = {name: morsel.value for name, morsel in client.cookies.items()}
        path, _mark, query = address.partition("?")
        try:
            # QUERY_STRING and PATH_INFO as a server hands them over, also where they are no UTF-8.
            answer: Any = client.generic(method, path, QUERY_STRING=query, **more)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        finally:
            connection.savepoint_rollback(mark)
            client.cookies.clear()
            for name, value in kept.items():
                client.cookies[name] = value
        self.answers[answer.status_code] += 1
        said = f"{method} {path[:80]} with {what}: {answer.status_code}"
        if answer.status_code not in REFUSALS | LEADING_ON:
            self.wrong.append(said)
        is_problem = answer.headers.get("Content-Type", "").startswith("application/problem+json")
        if path.startswith("/api/") and answer.status_code >= 400 and not is_problem:
            self.wrong.append(f"{said}, and no problem document")
        if answer.headers.get("Location", "").startswith(("http", "//", "\\")):
            self.wrong.append(f"{said}, and leads to {answer['Location'][:60]}")
        return answer.status_code, body

    def who_gets_in(self, route: Route, address: str) -> tuple[HostClient, bytes]:
        """The first caller whom the route answers, and its page; else the first caller."""
        for client in self.clients:
            status, body = self.send(client, "GET", address, "nothing wrong")
            if status in (200, 405):
                return client, body
        return self.clients[0], b""


def _addresses(route: Route, world: World) -> Iterator[tuple[str, str]]:
    """The route's path with hostile words where names stand in it."""
    others = [name for name, kind in route.parameters.items() if kind != "uuid"]
    if not others and not route.names_an_object:
        return
    for what in VALUES if FULL else ("a NUL byte", "20 kB", "invalid UTF-8", "a path"):
        if VALUES[what]:
            yield (
                what,
                route.address(UUID(int=0), VALUES[what])
                if others
                else route.address(UUID(int=0), "").replace(str(UUID(int=0)), VALUES[what]),
            )


@pytest.mark.parametrize("side", SIDES)
def test_no_route_fails_whatever_it_is_sent(world: World, side: str) -> None:
    attack = Attack(world, side)
    for route in routes_to_try(side):
        address = route.address(own_key(world, route), "northfield" if side == "console" else "conditions")
        client, page = attack.who_gets_in(route, address)
        for what, hostile in _addresses(route, world):
            attack.send(client, "GET", hostile, f"{what} in the path")
        names = [*NAMES, *{name for name in _FIELD.findall(page.decode()) if name != "csrfmiddlewaretoken"}]
        attack.send(client, "GET", f"{address}?{spread(names)}", "a bit of everything in the query")
        for what in SHORT_LIST:
            query = "&".join(
                f"{quote(name)}={VALUES[what]}" for name in (names if len(VALUES[what]) < 999 else names[:40])
            )
            attack.send(client, "GET", f"{address}?{query}", f"{what} in the query")
            status, _body = attack.send(
                client, "POST", address, f"{what} in the form",
                data=query, content_type="application/x-www-form-urlencoded",
            )  # fmt: skip
            if status == 405:
                break
        attack.send(client, "GET", f"{address}?page=1&page=2&sort=a&sort=b&q=a&q=b&q=%00", "names that come twice")
        if not FULL and status == 405:
            continue
        for what in BODIES if FULL else BODIES_OF_EVERY_DAY:
            body, kind = BODIES[what]
            attack.send(client, "POST", address, what, data=body, content_type=kind)
    print(  # noqa: T201
        f"\nhostile input at {side}: {sum(attack.answers.values())}, by status {dict(sorted(attack.answers.items()))}"
    )
    assert attack.wrong == []
    assert (
        sum(attack.answers.values())
        > (
            {"hospital": 700, "console": 280, "network": -1}
            if not FULL
            else {"hospital": 3_000, "console": 2_500, "network": 1_500}
        )[side]
    )


@pytest.mark.parametrize("side", SIDES)
def test_a_method_that_a_route_does_not_have_is_refused_and_does_nothing(world: World, side: str) -> None:
    attack = Attack(world, side)
    for route in routes_to_try(side):
        address = route.address(own_key(world, route), "northfield" if side == "console" else "conditions")
        client, _page = attack.who_gets_in(route, address)
        for method in METHODS:
            status, body = attack.send(client, method, address, "an odd method")
            if status not in (400, 403, 404, 405) and not (method == "OPTIONS" and status == 200 and not body):
                attack.wrong.append(f"{method} {route.key}: {status}")
    assert attack.wrong == []
