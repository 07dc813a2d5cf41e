"""People at the door: clients that sign in the way browsers do."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail

from kernel.accounts.totp import current_code
from kernel.events.relay import relay_waiting
from tests.clients import HostClient, client_for
from tests.factories.accounts import PASSWORD

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Any:
    """The time stands still at noon and moves when the test says so."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def northfield(db: None) -> HostClient:
    """A browser at Northfield."""
    return client_for("northfield")


def app_code(secret: str) -> str:
    """What the authenticator app shows now."""
    padded = secret + "=" * (-len(secret) % 8)
    return current_code(base64.b32decode(padded), datetime.now(UTC).timestamp())


def type_password(client: HostClient, login: str, password: str = PASSWORD, **more: Any) -> Any:
    """Send the sign-in form."""
    return client.post("/sign-in/", {"login": login, "password": password}, **more)


def sign_in(client: HostClient, login: str, secret: str | None = None) -> None:
    """Sign in with password and, with a ``secret``, the app's code. Fails the test when that does not work."""
    answer = type_password(client, login)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    if secret is not None:
        assert answer["Location"] == "/sign-in/second-step/"
        answer = client.post("/sign-in/second-step/?way=totp", {"code": app_code(secret)})
        assert answer.status_code == 302, answer.content.decode()[:2000]


def is_signed_in(client: HostClient) -> bool:
    """Whether the client's cookie opens a page that only accounts see."""
    return client.get("/account/devices/").status_code == 200


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> Callable[[HostClient], list[Any]]:
    """Deliver what waits in the client's outbox and return the messages sent since the last call."""

    def deliver(client: HostClient) -> list[Any]:
        client.inside(relay_waiting)
        sent = list(mail.outbox)
        mail.outbox.clear()
        return sent

    mail.outbox = []
    return deliver


def code_in(letter: Any) -> str:
    """The digits in a message."""
    return str(letter.body.split("Your code: ")[1].split("\n")[0])
