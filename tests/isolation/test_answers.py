"""Every answer of every route: headers, content security policy, cookies, markup. New routes join by themselves."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.cookies import SimpleCookie
from importlib import import_module
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse

from config.settings import base
from kernel.permissions import Role
from kernel.tenancy.context import HospitalContext
from tests.clients import HostClient, client_for, console_client, network_client
from tests.factories.accounts import PASSWORD, make_account, make_account_with_app
from tests.isolation.answers import POLICY, Form, Page, cookie_faults, header_faults
from tests.isolation.routes import SIDES, Route, routes
from tests.isolation.test_routes import own_key
from tests.isolation.world import ACTORS, OWN_SIDE, World, build
from tests.kernel.accounts.conftest import app_code
from themes.registry import THEMES
from themes.styleguide.views import SCREENS

WALKS = [
    *((side, Role.ANONYMOUS) for side in SIDES),
    *((OWN_SIDE.get(actor, "hospital"), actor) for actor in ACTORS if actor is not Role.ANONYMOUS),
]
HOSTS: dict[str, Callable[[], HostClient]] = {
    "hospital": lambda: client_for("northfield"),
    "console": console_client,
    "network": network_client,
}
# Words of addresses that are no identifiers, so that the pages behind them are seen and not only their absence.
WORDS: dict[str, tuple[dict[str, str], ...]] = {
    "hospital /health/<slug:name>/": tuple(
        {"name": name} for name in ("conditions", "allergies", "medicines", "vaccines", "procedures", "documents")
    ),
    "hospital /manage/roles/<str:name>/": ({"name": "clinician"},),
    "console /networks/<slug:slug>/": ({"slug": "demo"},),
    "console /hospitals/at/<slug>/<tab>/": tuple(
        {"slug": "northfield", "tab": tab} for tab in ("health", "people", "events")
    ),
    "console /_styleguide/theme/<slug:key>.css": tuple({"key": key} for key in THEMES),
    "console /_styleguide/<slug:screen>/": tuple({"screen": screen} for screen in SCREENS),
}
HOSPITALS_PAGE = ({"slug": "northfield"},)
LEAKY = (
    "/.env", "/.git/config", "/.git/HEAD", "/.hg/store", "/.svn/entries", "/.DS_Store", "/.htaccess", "/.aws/config",
    "/admin/", "/admin/login/", "/__debug__/", "/debug/", "/metrics", "/server-status", "/server-info", "/actuator/env",
    "/phpinfo.php", "/wp-login.php", "/backup.sql", "/dump.sql", "/db.sqlite3", "/manage.py", "/pyproject.toml",
    "/requirements.txt", "/Dockerfile", "/docker-compose.yml", "/config.json", "/settings.py", "/media/", "/static/",
    "/static/../manage.py", "/static/%2e%2e/manage.py", "/crossdomain.xml", "/trace.axd",
    "/healthz/", "/readyz/details", "/demo-accounts.json", "/api/v1/schema", "/graphql", "/swagger.json", "/console",
)  # fmt: skip
_IDENTIFIER = re.compile(r"[0-9a-f-]{36}")
seen: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _print_the_number() -> Iterator[None]:
    yield
    print(f"\nanswers: {', '.join(f'{count} {kind}' for kind, count in sorted(seen.items()))}")  # noqa: T201


@pytest.fixture
def world(hospital_context: Callable[[str], HospitalContext]) -> World:
    return build(hospital_context)


def visit(client: HostClient, method: str, address: str, **more: Any) -> tuple[Any, str]:
    """One request, undone afterwards, as a page of another site would send it: the answer and its text."""
    mark = str(connection.savepoint())
    kept = {name: morsel.value for name, morsel in client.cookies.items()}
    try:
        answer: Any = client.generic(method, address, headers={"Origin": "https://evil.example"}, **more)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer, body.decode("utf-8", errors="replace")
    finally:
        connection.savepoint_rollback(mark)
        client.cookies = SimpleCookie(kept)


def faults_of(answer: Any, text: str, address: str) -> list[str]:
    """All that is wrong with one answer."""
    seen["answers"] += 1
    seen["cookies"] += len(answer.cookies)
    found = [*header_faults(answer, address), *cookie_faults(answer.cookies)]
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        seen["pages"] += 1
        found += Page(text).faults
    if answer.status_code >= 500:
        found.append(f"status {answer.status_code}")
    return found


def addresses(world: World, route: Route) -> list[str]:
    """The addresses of a route: one with identifiers of Northfield, or one for each of its known words."""
    words = WORDS.get(route.key) or (HOSPITALS_PAGE if "/hospitals/at/<slug:slug>/" in route.key else ({},))
    return [route.with_words(given).address(own_key(world, route), "nothing") for given in words]


def send(client: HostClient, target: str, values: dict[str, list[str]]) -> tuple[Any, str]:
    """A form, sent as browsers do."""
    body = urlencode(values, doseq=True)
    return visit(client, "POST", target, data=body, content_type="application/x-www-form-urlencoded")


@pytest.mark.requirement("S05", "S37", "S38")
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("side", "actor"), WALKS, ids=lambda value: getattr(value, "value", value))
def test_every_answer_bears_exact_policies_and_bound_cookies_and_pages_without_script_or_style(
    world: World, side: str, actor: Role
) -> None:
    client = world.client(actor, at=side)
    wrong: list[str] = []
    forms: dict[tuple[str, ...], tuple[str, Form]] = {}
    for route in routes(side):
        for address in addresses(world, route):
            for method in ("GET", "POST", "OPTIONS"):
                answer, text = visit(client, method, address)
                wrong += [f"{method} {route.key}: {fault}" for fault in faults_of(answer, text, address)]
                if method == "GET" and answer.headers.get("Content-Type", "").startswith("text/html"):
                    for form in Page(text).forms:
                        target = form.action or address
                        forms.setdefault((_IDENTIFIER.sub("", target), *sorted(form.values)), (target, form))
    for target, form in forms.values():
        if form.method == "post":
            seen["forms"] += 1
            answer, text = send(client, target, form.values)
            wrong += [f"form {target}: {fault}" for fault in faults_of(answer, text, target)]
    assert sorted(set(wrong)) == []
    assert seen["pages"] > 0


@pytest.mark.requirement("S05", "S37", "S38")
def test_each_step_of_signing_in_bears_them_too_and_gives_bound_cookies(db: None) -> None:
    """Steps that stand only in the middle of a sign-in, and the cookie of a device that is known from then on."""
    wrong: list[str] = []
    given: set[str] = set()

    def look(client: HostClient, method: str, address: str, values: dict[str, str] | None = None) -> Any:
        answer: Any = client.generic(method, address, urlencode(values or {}), "application/x-www-form-urlencoded")
        wrong.extend(f"{method} {address}: {fault}" for fault in faults_of(answer, answer.content.decode(), address))
        given.update(answer.cookies)
        return answer

    def begin(client: HostClient, login: str) -> str:
        return str(look(client, "POST", "/sign-in/", {"login": login, "password": PASSWORD})["Location"])

    for host in HOSTS.values():
        client = host()
        for address in ("/sign-in/code/", "/sign-in/forgot/"):
            follows = look(client, "POST", address, {"login": "nobody@example.org"})["Location"]
            assert look(client, "GET", follows).status_code == 200
    client = client_for("northfield")
    _account, secret = client.inside(make_account_with_app, "app@example.org")
    client.inside(make_account, "new@example.org", Role.CLINICIAN)
    assert begin(client, "new@example.org") == "/sign-in/set-up/"
    assert look(client, "GET", "/sign-in/set-up/").status_code == 200
    client = client_for("northfield")
    assert begin(client, "app@example.org") == "/sign-in/second-step/"
    assert look(client, "GET", "/sign-in/second-step/").status_code == 200
    answer = look(client, "POST", "/sign-in/second-step/?way=totp", {"code": app_code(secret), "trust": "on"})
    assert answer.status_code == 302
    look(client, "POST", "/language/", {"lang": "es", "next": "/"})
    look(client, "POST", "/account/settings/", {"language": "en", "size": "large"})
    assert wrong == []
    assert given == {f"__Host-portico{name}" for name in ("", "-csrf", "-device", "-language", "-reading")} | {
        "__Host-portico-console", "__Host-portico-network",
    }  # fmt: skip


@pytest.mark.requirement("S38")
@pytest.mark.parametrize("side", HOSTS)
def test_addresses_at_which_others_leak_have_nothing(db: None, side: str) -> None:
    found = []
    for path in LEAKY:
        answer: Any = HOSTS[side]().get(path)
        words = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code != 404 or b"Traceback" in words:
            found.append((path, answer.status_code))
    assert found == []


class _Failing:
    """The innermost middleware: fails in the place of the view, with what ``X-Fail`` names."""

    ERRORS: ClassVar = {
        "400": BadRequest("secret of the code"),
        "403": PermissionDenied("secret of the code"),
        "404": Http404("secret of the code"),
        "500": RuntimeError("secret of the code"),
    }

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        raise self.ERRORS[request.headers["X-Fail"]]


@pytest.mark.requirement("S38")
@pytest.mark.parametrize("side", HOSTS)
@pytest.mark.parametrize("status", _Failing.ERRORS)
def test_an_error_says_nothing_but_a_sentence_and_the_id_of_the_request(
    db: None, settings: Any, side: str, status: str
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}._Failing"]
    client = HOSTS[side]()
    client.raise_request_exception = False

    answer: Any = client.get("/sign-in/", headers={"X-Fail": status})

    page = answer.content.decode()
    assert answer.status_code == int(status)
    assert answer.headers["X-Request-Id"] in page
    assert "secret of the code" not in page
    assert "Error" not in page
    faults = faults_of(answer, page, "/sign-in/")
    assert [fault for fault in faults if fault != "status 500"] == []


@pytest.mark.requirement("S38")
def test_in_production_every_known_host_demands_https_and_nothing_is_answered_without(
    db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "ENV", replace(base.ENV, email_url="smtps://mail.example.org"))
    production = import_module("config.settings.production")
    for name in ("SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS"):
        setattr(settings, name, getattr(production, name))
    wrong = []
    for side, host in HOSTS.items():
        client = host()
        client.raise_request_exception = False
        for route in routes(side):
            address = route.address(UUID(int=0), "nothing")
            answer: Any = client.get(address, secure=True)
            if answer.headers.get("Strict-Transport-Security") != "max-age=31536000; includeSubDomains":
                wrong.append(f"{route.key}: {answer.headers.get('Strict-Transport-Security')}")
            plain: Any = client.get(address)
            if (plain.status_code, plain.content) != (301, b"") or not plain["Location"].startswith("https://"):
                wrong.append(f"{route.key}: without https {plain.status_code}")
    assert wrong == []


@pytest.mark.requirement("S05")
@pytest.mark.parametrize("site", ["same-site", "cross-site", "invented"])
@pytest.mark.parametrize("side", SIDES)
def test_no_route_takes_what_another_sites_page_sends(world: World, side: str, site: str) -> None:
    actor = {"hospital": Role.PATIENT, "console": Role.OPERATOR, "network": Role.NETWORK_ADMIN}[side]
    client = world.client(actor, at=side)
    wrong = []
    for route in routes(side):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            address = route.address(own_key(world, route), "nothing")
            answer: Any = client.generic(method, address, headers={"Sec-Fetch-Site": site})
            seen["from other sites"] += 1
            if answer.status_code != 403:
                wrong.append(f"{method} {route.key}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ('<p onclick="x()">', "<p onclick>: a handler"),
        ('<p hx-on:click="x()">', "<p hx-on:click>: a handler"),
        ('<svg><path style="fill:red"/></svg>', "<path style>"),
        ("<style>p{}</style>", "<style>"),
        ("<script src='/static/a.js'>1</script>", "<script> with words"),
        ("<script></script>", "<script> without a file of ours"),
        ("<script src='https://evil.example/a.js'></script>", "<script> without a file of ours"),
        ('<a href=" JavaScript:x()">', "<a href>:  JavaScript:x()"),
        ('<img src="//evil.example/a.png">', "<img src>: //evil.example/a.png is another party's"),
        ('<base href="/x/">', "<base>"),
    ],
)
def test_faults_of_a_page_are_recognised(markup: str, fault: str) -> None:
    assert fault in Page(f"<html>{markup}</html>").faults


def test_faults_of_headers_and_cookies_are_recognised() -> None:
    answer = HttpResponse(headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=60"})
    answer.headers["Content-Security-Policy"] = "; ".join(
        f"{name} {value}" for name, value in {**POLICY, "script-src": "'self' 'unsafe-inline'"}.items()
    )
    answer.set_cookie("reading", "x")
    found = list(header_faults(answer, "/"))
    assert {
        "policy: script-src is 'self' 'unsafe-inline'",
        "Access-Control-Allow-Origin is told",
        "may be kept: max-age=60",
        "no request id",
    } <= set(found)
    assert len([fault for fault in found if fault.startswith("policy:")]) == 1
    assert list(cookie_faults(answer.cookies)) == [
        "cookie reading has no prefix",
        "cookie reading is (False, False, '', '', '/')",
    ]
