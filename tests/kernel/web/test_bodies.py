"""What a stranger sends as JSON, and the headers of every answer."""

from typing import Any

import pytest
import time_machine

from config.runtime import gunicorn
from tests.clients import HostClient, client_for, console_client, network_client

DEEP = [b"[" * 15_000, b'{"a":' * 2_000 + b"1" + b"}" * 2_000, b'{"csp-report":' + b"[" * 500 + b"]" * 500 + b"}"]


@pytest.mark.requirement("S39")
@pytest.mark.parametrize("body", DEEP)
def test_json_that_would_exhaust_the_stack_is_refused_where_nobody_need_sign_in(db: None, body: bytes) -> None:
    for client in (client_for("northfield"), console_client()):
        answer: Any = client.post("/csp-report", body, content_type="application/csp-report")
        assert answer.status_code == 400
        assert client.post("/sign-in/passkey/", body, content_type="application/json").status_code == 422


def headers_of(client: HostClient, path: str, **more: Any) -> dict[str, object]:
    answer: Any = client.get(path, **more)
    wanted = ("Cache-Control", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
    return {name: answer.headers[name] for name in wanted} | {
        "policy": {part.strip() for part in answer.headers["Content-Security-Policy"].split(";")}
        >= {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"},
        "frame": answer.headers["X-Frame-Options"],
    }


@pytest.mark.requirement("S37")
@pytest.mark.requirement("S38")
@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/", "nobody.localhost"),
        ("/", ""),
        ("/healthz", "nobody.localhost"),
        ("/readyz", "127.0.0.1"),
        ("/nothing/", "northfield.localhost"),
        ("/api/v1/nothing", "northfield.localhost"),
        ("/static/nothing.css", "northfield.localhost"),
        ("/nothing/", "console.localhost"),
        ("/nothing/", "network.localhost"),
    ],
)
def test_also_an_answer_about_nothing_bears_the_policies(db: None, path: str, host: str) -> None:
    assert headers_of(client_for("northfield"), path, HTTP_HOST=host) == {
        "Cache-Control": "no-store, private",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "policy": True,
        "frame": "DENY",
    }


@pytest.mark.requirement("S64")
def test_every_host_says_whom_to_tell_about_a_weakness(db: None, settings: Any) -> None:
    settings.SECURITY_CONTACT = "mailto:security@portico.example"
    for client in (client_for("northfield"), console_client(), network_client()):
        with time_machine.travel("2026-12-01T12:00:00Z", tick=False):
            answer: Any = client.get("/.well-known/security.txt")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
        assert answer.content.decode().splitlines() == [
            "Contact: mailto:security@portico.example",
            "Expires: 2026-12-31T12:00:00Z",
            "Preferred-Languages: en, es, ar",
        ]


def test_no_header_of_a_client_moves_the_path() -> None:
    assert gunicorn.forwarder_headers == ""
