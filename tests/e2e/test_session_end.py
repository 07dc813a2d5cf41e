"""What a page does at the end of a session, and what becomes of a form that somebody has begun."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from kernel import clock
from kernel.accounts.models import Session
from kernel.accounts.sessions import CONFIRMED_AT
from tests.e2e.conftest import Furnished

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.requirement("S21")]
FORM = "/account/security/email/"
# Sessions of these tests last an hour.
TWO_MINUTES_BEFORE = "58:01"
OVER = "01:00:01"


def sign_in(context: Any, place: Furnished, login: str) -> None:
    """Give the browser the cookie of somebody who has just confirmed who they are."""
    context.add_cookies([place.session(login)])

    def confirm() -> None:
        for row in Session.objects.all():
            Session.objects.filter(pk=row.pk).update(content={**row.content, CONFIRMED_AT: clock.now().isoformat()})

    place.inside(confirm)


def end_all(place: Furnished) -> None:
    place.inside(lambda: Session.objects.all().delete())


@pytest.fixture
def place(furnish: Callable[[str], Furnished]) -> Furnished:
    return furnish("northfield")


@pytest.fixture
def page(chromium: Any, place: Furnished) -> Any:
    """James has begun to write."""
    context = chromium.new_context()
    sign_in(context, place, "james")
    page = context.new_page()
    page.clock.install()
    # The icon of the page comes last, and is a sign of life too.
    page.goto(place.origin + FORM, wait_until="networkidle")
    page.get_by_label("New e-mail address").fill("new@example.org")
    yield page
    context.close()


def asked(page: Any, wait: str) -> None:
    """Let time go by until the page asks how long the session lasts."""
    with page.expect_response("**/session/") as answer:
        page.clock.fast_forward(wait)
    answer.value.finished()


@pytest.mark.requirement("M57")
def test_what_was_written_outlives_the_session_and_is_shown_to_its_author_alone(page: Any, place: Furnished) -> None:
    field = page.get_by_label("New e-mail address")
    over = page.get_by_role("heading", name="You are signed out")
    end_all(place)
    asked(page, OVER)
    over.wait_for()
    assert not field.is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    over.wait_for()
    assert not field.is_visible()

    sign_in(page.context, place, "james")
    page.get_by_role("button", name="Go on here").click()
    field.wait_for()
    assert not over.is_visible()
    assert field.input_value() == "new@example.org"
    page.get_by_role("button", name="Send the code").click()
    page.wait_for_url("**/account/security/email/code/")

    page.go_back()
    field.fill("new@example.org")
    end_all(place)
    asked(page, OVER)
    over.wait_for()
    sign_in(page.context, place, "ana")
    page.get_by_role("button", name="Go on here").click()
    page.wait_for_load_state()
    over.wait_for(state="hidden")
    assert field.input_value() == ""


def test_a_session_that_another_tab_has_extended_is_no_reason_to_ask(page: Any) -> None:
    asked(page, TWO_MINUTES_BEFORE)

    page.wait_for_timeout(100)
    assert not page.get_by_role("dialog").is_visible()
    assert page.get_by_label("New e-mail address").input_value() == "new@example.org"


def test_who_stays_goes_on_where_they_were(page: Any, place: Furnished) -> None:
    place.inside(lambda: Session.objects.update(last_seen_at=F("last_seen_at") - timedelta(minutes=58, seconds=5)))
    asked(page, TWO_MINUTES_BEFORE)
    stay = page.get_by_role("button", name="Stay signed in")
    stay.wait_for()

    stay.click()

    stay.wait_for(state="hidden")
    assert page.get_by_label("New e-mail address").input_value() == "new@example.org"
    assert place.inside(lambda: Session.objects.get().last_seen_at) > clock.now() - timedelta(minutes=1)


def test_a_page_on_which_nothing_was_written_is_left_to_the_server(page: Any, place: Furnished) -> None:
    page.goto(place.origin + "/health/")
    end_all(place)

    asked(page, OVER)

    page.wait_for_url("**/sign-in/?next=%2Fhealth%2F&ended=elsewhere")
    page.get_by_text("You are not signed in any more").wait_for()
