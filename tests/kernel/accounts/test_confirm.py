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
from kernel.accounts.models import Account, Factor, OneTimeCode, Session
from kernel.accounts.selectors import confirm_ways
from kernel.accounts.services.confirm import confirm_by_code
from kernel.accounts.services.factors import add_email_factor
from kernel.accounts.services.sign_in import CodeRefused, Origin
from kernel.accounts.sessions import CONFIRMED_AT, SessionStore
from kernel.audit.models import AuditEntry
from kernel.permissions import Channel, Role
from kernel.permissions.models import RoleDefinition
from kernel.permissions.selectors import access_for
from tenants.setup.services import add_role
from tests.clients import HostClient, console_client
from tests.factories.accounts import PASSWORD, SYSTEM, make_account, make_account_with_app
from tests.factories.staff import staff_account
from tests.kernel.accounts.conftest import app_code, code_in, is_signed_in, sign_in, type_password
from tests.kernel.accounts.test_passkeys import Authenticator, send

pytestmark = pytest.mark.requirement("S20")
Letters = Callable[[HostClient], list[Any]]
HOSPITAL = Door("hospital", "northfield.localhost", "Northfield", "__Host-portico")
STRICT = replace(HOSPITAL, needs_passkey=True)
SENSITIVE = "/account/security/password/"
AGAIN = "You have confirmed that it is you. Please press the button again."


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
    assert "A new code is on its way." in browser.get(asked["Location"]).content.decode()
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
    assert "A new code is on its way." in northfield.get("/sign-in/second-step/?way=email").content.decode()

    clock.shift(60)
    code = code_in(letters(northfield)[0])
    assert northfield.post("/sign-in/second-step/?way=email", {"code": code}).status_code == 302
    assert is_signed_in(northfield)


@pytest.fixture
def administrator(northfield: HostClient, clock: Any) -> tuple[HostClient, str]:
    """Somebody who may manage staff and has shown no factor for ten minutes, and the secret of their app."""
    _account, secret = northfield.inside(make_account_with_app, "adm@example.org", Role.HOSPITAL_ADMIN)
    sign_in(northfield, "adm@example.org", secret)
    clock.shift(FRESH + timedelta(seconds=1))
    return northfield, secret


def confirmed_on_the_way(client: HostClient, answer: Any, secret: str) -> Any:
    """Follow the answer to a form to the page that asks, show the app's code, and return where that leads."""
    assert answer["Location"].startswith("/account/confirm/?next=%2F")
    page = client.get(answer["Location"])
    return client.post(answer["Location"], {"code": app_code(secret), "next": page.context["next"]})


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("/manage/staff/invite/", {"name": "Ana Ruiz", "email": "ruiz@example.org", "roles": ["clinician", "billing"]}),
        ("/manage/roles/add/", {"label": "Nurse 5", "based_on": "billing"}),
        ("/account/security/email/", {"email": "new@example.org"}),
        ("/account/keys/", {"name": "Diary", "days": "30", "scopes": ["setup.search_audit"]}),
    ],
)
def test_what_was_typed_is_there_again_after_confirming_and_is_not_sent(
    administrator: tuple[HostClient, str], address: str, sent: dict[str, Any]
) -> None:
    browser, secret = administrator

    answer = confirmed_on_the_way(browser, browser.post(address, sent), secret)

    assert answer["Location"] == address
    page = browser.get(address)
    form = page.context["form"]
    assert (page.status_code, form.is_bound) == (200, False)
    assert {name: form[name].value() for name in sent} == sent
    assert AGAIN in page.content.decode()
    assert browser.inside(Account.objects.count) == 1
    later = browser.get(address)
    assert {name: later.context["form"][name].value() for name in sent} != sent
    assert AGAIN not in later.content.decode()


def test_what_was_sent_after_all_does_not_stand_in_the_form_again(administrator: tuple[HostClient, str]) -> None:
    browser, secret = administrator
    sent = {"email": "new@example.org"}
    confirmed_on_the_way(browser, browser.post("/account/security/email/", sent), secret)

    assert browser.post("/account/security/email/", sent)["Location"] == "/account/security/email/code/"

    assert "new@example.org" not in browser.get("/account/security/email/").content.decode()


def test_the_boxes_of_a_role_are_there_again_and_a_change_meanwhile_is_told(
    administrator: tuple[HostClient, str],
) -> None:
    browser, secret = administrator
    address = "/manage/roles/billing/"
    browser.inside(staff_account, "billing")

    answer = browser.post(address, {"granted": ["accounts.view_staff"], "shown": "setup.view_overview"})
    page = browser.get(confirmed_on_the_way(browser, answer, secret)["Location"])

    lines = [line for section in page.context["sections"] for line in section.lines]
    assert [line.permission.name for line in lines if line.is_granted] == ["accounts.view_staff"]
    assert "This was not saved" in page.content.decode()


def test_the_new_name_of_a_role_is_there_again(administrator: tuple[HostClient, str]) -> None:
    browser, secret = administrator
    ward = browser.inside(lambda: add_role(access=SYSTEM, label="Ward clerk", based_on="front_desk"))
    address = f"/manage/roles/{ward.name}/rename/"

    answer = browser.post(address, {"label": "Ward desk", "shown": "Ward clerk"})
    page = browser.get(confirmed_on_the_way(browser, answer, secret)["Location"])

    assert page.context["form"]["label"].value() == "Ward desk"
    assert browser.inside(lambda: RoleDefinition.objects.get(name=ward.name).label) == "Ward clerk"


@pytest.mark.parametrize("address", ["/manage/staff/invite/", "/manage/roles/%00/", "/manage/roles/%00/rename/"])
def test_what_no_session_can_keep_is_asked_for_again(administrator: tuple[HostClient, str], address: str) -> None:
    browser, secret = administrator

    asked = browser.post(address, {"name": "Zora\x00Ruiz", "label": "Ward\x00desk", "granted": "\x00"})
    answer = confirmed_on_the_way(browser, asked, secret)

    assert answer.status_code == 302
    shown = browser.get(answer["Location"])
    assert (shown.status_code, "Zora" in shown.content.decode()) == (404 if "%00" in address else 200, False)


def test_a_password_is_never_kept(administrator: tuple[HostClient, str]) -> None:
    browser, secret = administrator

    answer = browser.post(SENSITIVE, {"present": PASSWORD, "new": "four words of my own"})

    kept = browser.inside(lambda: json.dumps([row.content for row in Session.objects.all()]))
    assert PASSWORD not in kept
    assert "four words" not in kept
    page = browser.get(confirmed_on_the_way(browser, answer, secret)["Location"]).content.decode()
    assert "You have confirmed that it is you. Please fill in the form again." in page
    assert "four words" not in page


def test_an_export_leads_back_to_its_list_with_what_was_searched_for(administrator: tuple[HostClient, str]) -> None:
    browser, secret = administrator

    asked = browser.post("/manage/audit/export.csv?words=signed&sort=at")
    assert (
        "For this we ask once more: Export the audit log of the hospital."
        in browser.get(asked["Location"]).content.decode()
    )
    answer = confirmed_on_the_way(browser, asked, secret)

    assert answer["Location"] == "/manage/audit/?words=signed&sort=at"
    assert AGAIN in browser.get(answer["Location"]).content.decode()
    assert AGAIN not in browser.get(answer["Location"]).content.decode()
    assert browser.post("/manage/audit/export.csv?words=signed&sort=at")["Content-Type"].startswith("text/csv")


def test_in_the_console_too_what_was_typed_and_searched_for_stays(db: None, clock: Any) -> None:
    console = console_client()
    _account, secret = console.inside(make_account_with_app, "op@example.org", Role.OPERATOR)
    sign_in(console, "op@example.org", secret)
    clock.shift(FRESH + timedelta(seconds=1))

    asked = console.post("/audit/export.csv?words=signed")
    assert confirmed_on_the_way(console, asked, secret)["Location"] == "/audit/?words=signed"

    clock.shift(FRESH + timedelta(seconds=1))
    asked = console.post("/operators/invite/", {"name": "Ana Ruiz", "email": "ruiz@example.org"})
    page = console.get(confirmed_on_the_way(console, asked, secret)["Location"])
    assert 'value="Ana Ruiz"' in page.content.decode()


def test_a_button_without_a_page_of_its_own_leads_back_to_the_page_with_the_button(
    administrator: tuple[HostClient, str], clock: Any
) -> None:
    browser, secret = administrator
    step = browser.inside(lambda: f"/account/security/steps/{Factor.objects.get().pk}/")
    page_of = {"/account/security/email-step/": "/account/security/", f"{step}remove/": step}

    for button, page in page_of.items():
        answer = confirmed_on_the_way(browser, browser.post(button), secret)
        assert answer["Location"] == page
        assert AGAIN in browser.get(page).content.decode()
        clock.shift(FRESH + timedelta(seconds=1))


@pytest.mark.requirement("S25")
@pytest.mark.parametrize("after", ["https://evil.example/", "//evil.example/", "/\\evil.example/"])
def test_confirming_leads_to_no_other_host(administrator: tuple[HostClient, str], after: str) -> None:
    browser, secret = administrator
    browser.post("/account/security/email/", {"email": "new@example.org"})

    answer = browser.post("/account/confirm/", {"code": app_code(secret), "next": after})

    assert answer["Location"] == "/account/security/"


def test_a_script_is_told_which_page_asks(administrator: tuple[HostClient, str]) -> None:
    browser, _secret = administrator

    answer = send(browser, "/account/security/passkey/options/", {})

    assert answer.status_code == 403
    assert answer.json()["next"] == "/account/confirm/?next=%2Faccount%2Fsecurity%2Fpasskey%2F"


def test_the_page_that_asks_says_what_for_and_its_field_has_the_focus(administrator: tuple[HostClient, str]) -> None:
    browser, _secret = administrator

    page = browser.get("/account/confirm/?next=/manage/staff/invite/").content.decode()
    assert "For this we ask once more: Invite staff, connect them with the records, and end their access." in page
    assert "autofocus" in page.split('name="code"')[1].split(">")[0]
    page = browser.get("/account/confirm/?next=/account/security/email/").content.decode()
    assert "This is about your security, so we ask once more." in page
    assert browser.get("/account/confirm/?next=/nowhere/").status_code == 200
