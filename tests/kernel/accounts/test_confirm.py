"""Showing once more that it is you, before something sensitive."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kernel import clock as time
from kernel.accounts.confirm import FRESH
from kernel.accounts.doors import Door
from kernel.accounts.models import Account, Factor, OneTimeCode
from kernel.accounts.selectors import confirm_ways
from kernel.accounts.services.confirm import confirm_by_code
from kernel.accounts.services.factors import add_email_factor
from kernel.accounts.services.sign_in import CodeRefused, Origin
from kernel.accounts.sessions import CONFIRMED_AT, SessionStore
from kernel.audit.models import AuditEntry
from kernel.permissions import Channel, Role
from kernel.permissions.selectors import access_for
from tests.clients import HostClient, console_client
from tests.factories.accounts import PASSWORD, SYSTEM, make_account, make_account_with_app
from tests.kernel.accounts.conftest import code_in, is_signed_in, type_password
from tests.kernel.accounts.test_passkeys import Authenticator, send

pytestmark = pytest.mark.requirement("S20")
Letters = Callable[[HostClient], list[Any]]
HOSPITAL = Door("hospital", "northfield.localhost", "Northfield", "__Host-portico")
STRICT = replace(HOSPITAL, needs_passkey=True)
SENSITIVE = "/account/security/password/"


@pytest.mark.parametrize(
    ("role", "has", "password", "door", "ways"),
    [
        (None, "", PASSWORD, HOSPITAL, ["password"]),
        (None, "", None, HOSPITAL, ["email"]),
        (None, "email", PASSWORD, HOSPITAL, ["password"]),
        (None, "totp", PASSWORD, HOSPITAL, ["totp"]),
        (None, "passkey", PASSWORD, HOSPITAL, ["passkey", "password"]),
        (None, "passkey totp", PASSWORD, HOSPITAL, ["passkey", "totp"]),
        (Role.CLINICIAN, "totp", PASSWORD, HOSPITAL, ["totp"]),
        (Role.CLINICIAN, "passkey", PASSWORD, HOSPITAL, ["passkey"]),
        (Role.CLINICIAN, "passkey totp", PASSWORD, HOSPITAL, ["passkey", "totp"]),
        (Role.CLINICIAN, "email", PASSWORD, HOSPITAL, []),
        (Role.CLINICIAN, "", None, HOSPITAL, []),
        (Role.CLINICIAN, "passkey totp", PASSWORD, STRICT, ["passkey"]),
        (Role.CLINICIAN, "totp", PASSWORD, STRICT, []),
    ],
)
def test_nobody_confirms_with_less_than_what_signs_them_in(
    northfield: HostClient, role: Role | None, has: str, password: str | None, door: Door, ways: list[str]
) -> None:
    def asked() -> list[str]:
        account = make_account("x@example.org", *([role] if role else []), password=password)
        for kind in has.split():
            Factor.objects.create(account=account, kind=kind, confirmed_at=time.now())
        return confirm_ways(account, door)

    assert northfield.inside(asked) == ways


def test_where_a_passkey_is_needed_neither_password_nor_app_nor_mailed_code_confirms(
    db: None, settings: Any, clock: Any
) -> None:
    settings.CONSOLE_NEEDS_PASSKEY = True
    console = console_client()
    console.inside(make_account, "op@example.org", Role.OPERATOR)
    type_password(console, "op@example.org")
    device = Authenticator("console.localhost")
    send(console, "/sign-in/set-up/passkey/", device.make(console.post("/sign-in/set-up/passkey/options/").json()))
    assert is_signed_in(console)
    clock.shift(FRESH + timedelta(seconds=1))

    page = console.get("/account/confirm/")
    answer = console.post("/account/confirm/", {"code": PASSWORD})

    assert (page.context["way"], page.context["has_passkey"]) == ("", True)
    assert 'name="code"' not in page.content.decode()
    assert answer.status_code == 422
    assert console.get(SENSITIVE).status_code == 302
    assert console.inside(OneTimeCode.objects.count) == 0
    options = console.post("/sign-in/passkey/options/").json()
    assert send(console, "/account/confirm/passkey/", device.sign(options)).status_code == 200
    assert console.get(SENSITIVE).status_code == 200


@pytest.mark.parametrize("method", ["password", "email", "recovery"])
def test_a_way_that_is_too_weak_is_refused_by_the_service_and_noted(
    northfield: HostClient, clock: Any, method: str
) -> None:
    account, _secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)

    def confirmed() -> None:
        session = SessionStore()
        with pytest.raises(CodeRefused):
            confirm_by_code(
                access=access_for(account),
                account=account,
                session=session,
                method=method,
                code=PASSWORD,
                origin=Origin(HOSPITAL, Channel()),
            )
        assert CONFIRMED_AT not in session
        line = AuditEntry.objects.get(action="accounts.sign_in_refused")
        assert (line.target_id, json.loads(line.detail)) == (str(account.pk), {"method": method})

    northfield.inside(confirmed)


@pytest.fixture
def without_password(northfield: HostClient, letters: Letters, clock: Any) -> HostClient:
    """Somebody who signs in with codes, at the page that asks once more; the first code is in the letters."""
    northfield.inside(lambda: make_account(password=None))
    northfield.post("/sign-in/code/", {"login": "ana@example.org"})
    northfield.post("/sign-in/code/enter/", {"code": code_in(letters(northfield)[0])})
    assert is_signed_in(northfield)
    clock.shift(FRESH + timedelta(seconds=1))
    return northfield


def test_a_code_that_grew_too_old_is_followed_by_another(
    without_password: HostClient, letters: Letters, clock: Any
) -> None:
    browser = without_password
    browser.get("/account/confirm/")
    assert len(letters(browser)) == 1
    browser.get("/account/confirm/")
    assert letters(browser) == []
    clock.shift(timedelta(minutes=10))

    browser.get("/account/confirm/")

    code = code_in(letters(browser)[0])
    assert browser.post("/account/confirm/", {"code": code, "next": SENSITIVE})["Location"] == SENSITIVE
    assert browser.get(SENSITIVE).status_code == 200


def test_after_five_wrong_codes_another_can_be_asked_for(
    without_password: HostClient, letters: Letters, clock: Any
) -> None:
    browser = without_password
    browser.get("/account/confirm/")
    spent = code_in(letters(browser)[0])
    for _try in range(5):
        clock.shift(60)
        assert browser.post("/account/confirm/", {"code": "000000"}).status_code == 422
    clock.shift(60)
    assert browser.post("/account/confirm/", {"code": spent}).status_code == 422

    asked = browser.post("/account/confirm/", {"another": "1", "next": SENSITIVE})

    assert asked["Location"] == "/account/confirm/?next=%2Faccount%2Fsecurity%2Fpassword%2F"
    clock.shift(60)
    code = code_in(letters(browser)[0])
    assert browser.post("/account/confirm/", {"code": code, "next": SENSITIVE})["Location"] == SENSITIVE


def test_another_code_is_slowed_like_every_message(without_password: HostClient, letters: Letters) -> None:
    answers = [without_password.post("/account/confirm/", {"another": "1"}) for _time in range(6)]

    assert answers[-1].status_code == 422
    assert "Too many attempts." in answers[-1].content.decode()
    assert len(letters(without_password)) < 6


def test_at_the_second_step_too_another_code_can_be_asked_for(
    northfield: HostClient, letters: Letters, clock: Any
) -> None:
    northfield.inside(make_account)
    northfield.inside(lambda: add_email_factor(access=SYSTEM, account=Account.objects.get()))
    letters(northfield)
    type_password(northfield, "ana@example.org")
    northfield.get("/sign-in/second-step/")
    spent = code_in(letters(northfield)[0])
    for _try in range(5):
        clock.shift(30)
        northfield.post("/sign-in/second-step/?way=email", {"code": "000000"})
    clock.shift(60)
    assert northfield.post("/sign-in/second-step/?way=email", {"code": spent}).status_code == 422

    assert northfield.post("/sign-in/second-step/?way=email", {"another": "1"})["Location"] == (
        "/sign-in/second-step/?way=email"
    )

    clock.shift(60)
    code = code_in(letters(northfield)[0])
    assert northfield.post("/sign-in/second-step/?way=email", {"code": code}).status_code == 302
    assert is_signed_in(northfield)
