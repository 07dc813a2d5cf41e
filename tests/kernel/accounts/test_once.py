"""A form that is sent twice is done once, and both sendings get the same answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from api.auth.models import PersonalKey
from control_plane.console.forms import NEW_NETWORK, theme_choices
from control_plane.operators.ranks import FULL, ensure_ranks
from kernel import clock
from kernel.accounts import once
from kernel.accounts.doors import Door
from kernel.accounts.models import Account, SentForm
from kernel.audit.models import AuditEntry
from kernel.permissions.models import RoleDefinition
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Provisioning
from kernel.tenancy.scope import hospital, shared
from tests.clients import HostClient, console_client
from tests.conftest import drop_hospital
from tests.control_plane.conftest import CONSOLE_DOOR
from tests.factories.staff import sign_in, staff_account

TOKEN = "t" * 64
KEY = {"name": "Spreadsheet", "scopes": ["records.view"], "days": "30", "csrfmiddlewaretoken": TOKEN}


def send_at_once(browser: HostClient, address: str, fields: dict[str, Any], times: int = 2) -> list[Any]:
    """The same form from so many clicks at one moment, each answered by a thread of its own."""
    together = Barrier(times)

    def click(_number: int) -> Any:
        finger = HostClient(browser.host)
        finger.cookies = browser.cookies
        together.wait(10)
        try:
            return finger.post(address, fields)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(click, range(times)))


@pytest.fixture
def manage(new_hospital: Callable[..., HospitalContext]) -> HostClient:
    """The browser of an administrator who treats patients too, at a hospital with real commits."""
    context = new_hospital()
    with hospital(context):
        admin = staff_account("hospital_admin", "clinician", name="Mona Admin")
    browser = HostClient(context.host)
    return sign_in(browser, admin, Door("hospital", context.host, context.name, "__Host-portico"))


@pytest.mark.requirement("S52")
def test_two_clicks_on_make_a_key_make_one_key_and_both_show_it(manage: HostClient) -> None:
    answers = send_at_once(manage, "/account/keys/", KEY, times=4)

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert sorted(once.REPEATED in answer.headers for answer in answers) == [False, True, True, True]
    with manage.scope():
        assert PersonalKey.objects.filter(name="Spreadsheet").count() == 1
        assert AuditEntry.objects.filter(action="api.key_created").count() == 1
        # The page shows the key, so it is not kept in clear.
        key = PersonalKey.objects.get(name="Spreadsheet")
        with connection.cursor() as cursor:
            cursor.execute("SELECT answer FROM accounts_sentform")
            assert [key.prefix.encode() in bytes(row[0]) for row in cursor.fetchall()] == [False]

    again = manage.post("/account/keys/", {**KEY, "csrfmiddlewaretoken": "u" * 64})
    assert again.status_code == 200
    with manage.scope():
        assert PersonalKey.objects.filter(name="Spreadsheet").count() == 2


@pytest.mark.requirement("S52")
@pytest.mark.parametrize(
    ("address", "fields", "made"),
    [
        (
            "/manage/staff/invite/",
            {"name": "Nia Young", "email": "nia@example.org", "roles": ["clinician"]},
            lambda: Account.objects.filter(login="nia@example.org").count(),
        ),
        (
            "/manage/roles/add/",
            {"name": "Night desk", "label": "Night desk", "based_on": "front_desk"},
            lambda: RoleDefinition.objects.filter(is_builtin=False).count(),
        ),
    ],
)
def test_two_clicks_of_an_administrator_are_one(
    manage: HostClient, address: str, fields: dict[str, Any], made: Callable[[], int]
) -> None:
    answers = send_at_once(manage, address, {**fields, "csrfmiddlewaretoken": TOKEN})

    assert [answer.status_code for answer in answers] == [302, 302], answers[0].content.decode()[-3000:]
    assert len({answer["Location"] for answer in answers}) == 1
    with manage.scope():
        assert made() == 1


@pytest.mark.requirement("S52")
def test_two_clicks_on_add_a_hospital_make_one_and_lead_to_the_same_page(committed: None) -> None:
    with shared():
        ensure_ranks()
        browser = sign_in(console_client(), staff_account(FULL), CONSOLE_DOOR)
    slug = f"twice-{clock.now():%H%M%S%f}"
    fields = {
        "name": "Twice",
        "slug": slug,
        "network": NEW_NETWORK,
        "network_name": "Twice",
        "phone": "+34 900 555 0142",
        "country": "ES",
        "time_zone": "Europe/Madrid",
        "currency": "EUR",
        "language": "es",
        "digits": "latn",
        "theme": theme_choices()[0][0],
        "admin_name": "Ada",
        "admin_email": "ada@example.org",
        "csrfmiddlewaretoken": TOKEN,
    }
    try:
        answers = send_at_once(browser, "/hospitals/add/", fields)

        assert [answer.status_code for answer in answers] == [302, 302]
        assert len({answer["Location"] for answer in answers}) == 1
        with shared():
            assert Provisioning.objects.filter(slug=slug).count() == 1
    finally:
        with shared():
            made = list(Provisioning.objects.filter(slug=slug).values_list("hospital_id", flat=True))
        for key in made:
            drop_hospital(key)


def test_a_form_that_was_refused_can_be_sent_again(manage: HostClient) -> None:
    fields = {"name": "", "email": "nia@example.org", "roles": ["clinician"], "csrfmiddlewaretoken": TOKEN}
    first, second = (manage.post("/manage/staff/invite/", fields) for _ in range(2))

    assert (first.status_code, second.status_code) == (422, 422)
    assert once.REPEATED not in second.headers
    assert manage.post("/manage/staff/invite/", {**fields, "name": "Nia"}).status_code == 302


def test_the_same_content_from_somebody_else_or_after_a_minute_is_done_again(manage: HostClient) -> None:
    manage.post("/account/keys/", KEY)
    with manage.scope():
        assert SentForm.objects.update(sent_at=clock.now() - once.ANSWERED_FOR * 1.1) == 1
    assert once.REPEATED not in manage.post("/account/keys/", KEY).headers

    with manage.scope():
        other = staff_account("hospital_admin", "clinician", name="Other Admin")
    door = Door("hospital", manage.host, "Test Hospital", "__Host-portico")
    assert once.REPEATED not in sign_in(HostClient(manage.host), other, door).post("/account/keys/", KEY).headers
    with manage.scope():
        assert PersonalKey.objects.filter(name="Spreadsheet").count() == 3
        SentForm.objects.update(sent_at=clock.now() - once.ANSWERED_FOR * 3)
        once.forget_old()
        assert not SentForm.objects.exists()


def test_a_form_whose_process_was_killed_is_done_by_the_next_sending(manage: HostClient) -> None:
    manage.post("/account/keys/", KEY)
    with manage.scope():
        PersonalKey.objects.all().delete()
        SentForm.objects.update(answer=None, sent_at=clock.now() - once.GIVEN_UP_AFTER * 1.1)
    assert manage.post("/account/keys/", KEY).status_code == 200
    with manage.scope():
        assert PersonalKey.objects.filter(name="Spreadsheet").count() == 1


def test_while_the_first_sending_still_runs_the_second_is_told(
    manage: HostClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "SECONDS_TO_WAIT", 0.1)
    manage.post("/account/keys/", KEY)
    with manage.scope():
        SentForm.objects.update(answer=None, sent_at=clock.now())
    browser = HostClient(manage.host, raise_request_exception=False)
    browser.cookies = manage.cookies
    answer = browser.post("/account/keys/", KEY)
    assert answer.status_code == 503
    assert "What you sent is being done." in answer.content.decode()


@pytest.mark.requirement("S21")
def test_an_answer_that_begins_a_session_is_never_given_twice(manage: HostClient) -> None:
    stranger = HostClient(manage.host)
    fields = {"login": "nobody@example.org", "password": "heron umbrella quartz 7", "csrfmiddlewaretoken": TOKEN}
    assert [stranger.post("/sign-in/", fields).status_code for _ in range(2)] == [422, 422]
    with manage.scope():
        assert not SentForm.objects.exists()


def test_a_file_that_is_asked_for_with_two_clicks_is_the_same_file_twice(manage: HostClient) -> None:
    answers = send_at_once(manage, "/manage/staff/export.csv", {"csrfmiddlewaretoken": TOKEN})

    assert {answer.headers["Content-Disposition"] for answer in answers} == {'attachment; filename="staff.csv"'}
    assert sorted(once.REPEATED in answer.headers for answer in answers) == [False, True]
