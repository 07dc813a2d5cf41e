"""Second steps: which one counts for whom, and which one may be taken away."""

from collections.abc import Callable
from typing import Any

import pytest

from kernel.accounts.models import Account, Factor
from kernel.accounts.services.factors import add_email_factor
from kernel.permissions import Role
from kernel.permissions.services import assign_role
from tests.clients import HostClient, console_client
from tests.factories.accounts import SYSTEM, make_account, make_account_with_app
from tests.kernel.accounts.conftest import app_code, code_in, is_signed_in, sign_in, type_password

pytestmark = pytest.mark.requirement("S19")
Letters = Callable[[HostClient], list[Any]]


def kinds(client: HostClient) -> list[str]:
    return client.inside(lambda: sorted(Factor.objects.values_list("kind", flat=True)))


def remove(client: HostClient, kind: str) -> Any:
    key = client.inside(lambda: Factor.objects.get(kind=kind).pk)
    return client.post(f"/account/security/steps/{key}/remove/", follow=True)


def work_here(client: HostClient, login: str = "ana@example.org") -> None:
    """Give somebody who was a patient a role of staff."""
    client.inside(lambda: assign_role(access=SYSTEM, account=Account.objects.get(login=login), role=Role.CLINICIAN))


@pytest.fixture
def patient_with_email_step(northfield: HostClient, letters: Letters, clock: Any) -> HostClient:
    account = northfield.inside(make_account)
    northfield.inside(lambda: add_email_factor(access=SYSTEM, account=account))
    letters(northfield)
    return northfield


def test_staff_cannot_make_a_code_by_email_their_second_step(northfield: HostClient, clock: Any) -> None:
    _account, secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    clock.shift(60)
    sign_in(northfield, "dr@example.org", secret)

    answer = northfield.post("/account/security/email-step/", follow=True)

    assert "A code by e-mail is not enough." in answer.content.decode()
    assert kinds(northfield) == ["totp"]


def test_a_code_by_email_that_nobody_has_tried_is_not_said_to_work(northfield: HostClient, clock: Any) -> None:
    northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")

    page = northfield.post("/account/security/email-step/", follow=True).content.decode()

    assert "From now on we ask for a code too, and send it to ana@example.org." in page
    assert "works." not in page


def test_the_picture_of_an_app_is_not_scrolled_away_by_the_focus(northfield: HostClient, clock: Any) -> None:
    northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")

    assert "autofocus" not in northfield.get("/account/security/app/").content.decode()


def test_staff_keep_their_app_when_a_code_by_email_is_all_they_have_besides(
    patient_with_email_step: HostClient, clock: Any, letters: Letters
) -> None:
    browser = patient_with_email_step
    work_here(browser)
    type_password(browser, "ana@example.org")
    browser.get("/sign-in/second-step/")
    browser.post("/sign-in/second-step/?way=email", {"code": code_in(letters(browser)[0])})
    secret = browser.get("/sign-in/set-up/").context["secret"].replace(" ", "")
    browser.post("/sign-in/set-up/", {"code": app_code(secret)})
    assert is_signed_in(browser)

    answer = remove(browser, "totp")

    assert "Add another one before you remove this one." in answer.content.decode()
    assert kinds(browser) == ["email", "totp"]
    remove(browser, "email")
    assert kinds(browser) == ["totp"]


def test_a_password_alone_makes_no_passkey_for_an_operator_who_has_a_code_by_email(
    db: None, letters: Letters, settings: Any
) -> None:
    settings.CONSOLE_NEEDS_PASSKEY = True
    console = console_client()

    account = console.inside(make_account, "op@example.org")
    console.inside(lambda: add_email_factor(access=SYSTEM, account=account))
    console.inside(lambda: assign_role(access=SYSTEM, account=account, role=Role.OPERATOR))
    letters(console)

    assert type_password(console, "op@example.org")["Location"] == "/sign-in/second-step/"
    assert console.get("/sign-in/set-up/")["Location"] == "/sign-in/"
    assert console.get("/sign-in/second-step/").context["way"] == "email"
    answer = console.post("/sign-in/second-step/?way=email", {"code": code_in(letters(console)[0])})
    assert answer["Location"] == "/sign-in/set-up/"
    assert console.get("/sign-in/set-up/").context["needs_passkey"] is True
    assert not is_signed_in(console)


def test_a_password_alone_makes_no_app_for_a_new_member_of_staff_who_has_a_code_by_email(
    patient_with_email_step: HostClient, letters: Letters
) -> None:
    browser = patient_with_email_step
    work_here(browser)

    assert type_password(browser, "ana@example.org")["Location"] == "/sign-in/second-step/"

    assert browser.get("/sign-in/set-up/")["Location"] == "/sign-in/"
    assert browser.get("/sign-in/second-step/").context["way"] == "email"
    answer = browser.post("/sign-in/second-step/?way=email", {"code": code_in(letters(browser)[0])})
    assert answer["Location"] == "/sign-in/set-up/"
    assert not is_signed_in(browser)
