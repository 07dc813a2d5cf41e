"""How long a session lives, where it is worth something, and what ends it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from kernel import clock as kernel_clock
from kernel.accounts.doors import Door
from kernel.accounts.models import Account, Device, Session
from kernel.accounts.preferences import PATIENT_IDLE_MINUTES, STAFF_IDLE_MINUTES
from kernel.accounts.services.sign_in import Origin, complete_sign_in
from kernel.accounts.sessions import SessionStore
from kernel.accounts.views.progress import DEVICE_COOKIE
from kernel.permissions import Channel, Role
from kernel.permissions.services import assign_role
from kernel.preferences import Preference
from kernel.preferences.services import ValueUnusable, set_preference
from tests.clients import HostClient, client_for, console_client, network_client
from tests.factories.access import with_roles
from tests.factories.accounts import PASSWORD, SYSTEM, make_account, make_account_with_app
from tests.factories.staff import give
from tests.kernel.accounts.conftest import app_code, is_signed_in, sign_in, type_password

pytestmark = pytest.mark.requirement("S21")
ADMIN = with_roles(Role.HOSPITAL_ADMIN)


@pytest.fixture
def patient(northfield: HostClient, clock: Any) -> HostClient:
    northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")
    return northfield


@pytest.fixture
def doctor(northfield: HostClient, clock: Any) -> HostClient:
    _account, secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    clock.shift(60)
    sign_in(northfield, "dr@example.org", secret)
    return northfield


def test_a_patient_is_signed_out_after_thirty_idle_minutes(patient: HostClient, clock: Any) -> None:
    clock.shift(timedelta(minutes=29, seconds=59))
    assert is_signed_in(patient)
    clock.shift(timedelta(minutes=30))
    assert not is_signed_in(patient)
    assert patient.inside(Session.objects.count) == 0


def test_staff_are_signed_out_after_fifteen_idle_minutes(doctor: HostClient, clock: Any) -> None:
    clock.shift(timedelta(minutes=14, seconds=59))
    assert is_signed_in(doctor)
    clock.shift(timedelta(minutes=15))
    assert not is_signed_in(doctor)


@pytest.mark.parametrize(("who", "preference"), [("patient", PATIENT_IDLE_MINUTES), ("doctor", STAFF_IDLE_MINUTES)])
def test_a_hospital_may_shorten_the_idle_time(
    request: pytest.FixtureRequest, clock: Any, who: str, preference: Preference[int]
) -> None:
    browser: HostClient = request.getfixturevalue(who)
    browser.inside(lambda: set_preference(access=ADMIN, preference=preference, value=5))
    account = browser.inside(lambda: Account.objects.get())
    browser.post("/sign-out/")
    other = client_for("northfield")
    session = SessionStore(door="hospital")
    device = browser.cookies[DEVICE_COOKIE].value
    origin = Origin(Door("hospital", "northfield.localhost", "Northfield", "__Host-portico"), Channel(), "", device)
    methods = ["password", "totp"]
    browser.inside(lambda: complete_sign_in(session=session, account=account, methods=methods, origin=origin))
    other.cookies["__Host-portico"] = str(session.session_key)
    clock.shift(timedelta(minutes=4, seconds=59))
    assert is_signed_in(other)
    clock.shift(timedelta(minutes=5))
    assert not is_signed_in(other)


@pytest.mark.parametrize(("preference", "minutes"), [(PATIENT_IDLE_MINUTES, 31), (STAFF_IDLE_MINUTES, 16)])
def test_no_hospital_may_lengthen_the_idle_time(patient: HostClient, preference: Preference[int], minutes: int) -> None:
    with pytest.raises(ValueUnusable):
        patient.inside(lambda: set_preference(access=ADMIN, preference=preference, value=minutes))


@pytest.mark.parametrize(("who", "step", "steps"), [("patient", 24, 60), ("doctor", 12, 60)])
def test_however_busy_a_session_ends_after_its_limit(
    request: pytest.FixtureRequest, clock: Any, who: str, step: int, steps: int
) -> None:
    client = request.getfixturevalue(who)
    for _step in range(steps - 1):
        clock.shift(timedelta(minutes=step))
        assert client.post("/session/").status_code == 200
    clock.shift(timedelta(minutes=step))
    assert not is_signed_in(client)


def test_the_page_learns_how_many_seconds_are_left_and_can_extend(doctor: HostClient, clock: Any) -> None:
    clock.shift(timedelta(minutes=13))
    assert doctor.get("/account/devices/").context["request"].session_seconds == 900
    clock.shift(timedelta(minutes=13))
    answer = doctor.post("/session/")
    account = doctor.inside(lambda: Account.objects.get().pk)
    assert (answer.status_code, answer.json()) == (200, {"seconds": 900, "account": str(account)})
    clock.shift(timedelta(minutes=14))
    assert is_signed_in(doctor)


def test_a_page_asks_whether_somebody_is_still_signed_in_without_extending_it(doctor: HostClient, clock: Any) -> None:
    account = doctor.inside(lambda: Account.objects.get().pk)
    clock.shift(timedelta(minutes=14))
    left = doctor.get("/session/", HTTP_X_PORTICO_BACKGROUND="1")
    assert left.json() == {"seconds": 60, "account": str(account)}
    clock.shift(60)
    over = doctor.get("/session/", HTTP_X_PORTICO_BACKGROUND="1")
    assert (over.status_code, over.json()) == (200, {"seconds": 0, "account": ""})
    assert doctor.post("/session/").json() == {"seconds": 0, "account": ""}


def test_what_a_page_asks_by_itself_does_not_keep_the_session(doctor: HostClient, clock: Any) -> None:
    for _minute in range(14):
        clock.shift(60)
        assert doctor.get("/account/devices/", HTTP_X_PORTICO_BACKGROUND="1").status_code == 200
    clock.shift(60)
    assert not is_signed_in(doctor)


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_a_picture_on_another_hosts_page_does_not_keep_the_session(doctor: HostClient, clock: Any, site: str) -> None:
    for _minute in range(14):
        clock.shift(60)
        assert doctor.get("/session/", HTTP_SEC_FETCH_SITE=site).status_code == 200
    clock.shift(60)
    assert not is_signed_in(doctor)


def test_signing_out_ends_the_session_on_the_server(patient: HostClient) -> None:
    copied = patient.cookies["__Host-portico"].value
    answer = patient.post("/sign-out/")
    assert answer["Location"] == "/sign-in/?ended=self"
    assert "You are signed out." in patient.get(answer["Location"]).content.decode()
    thief = client_for("northfield")
    thief.cookies["__Host-portico"] = copied
    assert not is_signed_in(thief)


def told_at_the_door(client: HostClient) -> tuple[str, str]:
    """The word in the address to which a page sends who is not signed in, and the notice there."""
    address = client.get("/account/devices/")["Location"]
    assert address.startswith("/sign-in/?next=%2Faccount%2Fdevices%2F")
    return address.partition("&ended=")[2], notice_of(client.get(address).content.decode())


def notice_of(page: str) -> str:
    found = re.search(r'<div class="notice-words">.*?</div>', page, re.DOTALL)
    return " ".join(re.sub("<[^>]*>", "", found[0]).split()) if found else ""


def test_who_was_signed_out_reads_why(doctor: HostClient, clock: Any) -> None:
    cookie = doctor.cookies["__Host-portico"].value
    clock.shift(timedelta(minutes=16))
    doctor.get("/session/", HTTP_X_PORTICO_BACKGROUND="1")
    assert doctor.cookies["__Host-portico"].value == cookie

    assert told_at_the_door(doctor) == (
        "idle",
        "You were signed out because nothing happened for a while. Sign in to go on.",
    )
    assert told_at_the_door(doctor) == ("", "")


def test_who_was_signed_out_from_elsewhere_reads_so(patient: HostClient) -> None:
    patient.inside(lambda: Session.objects.all().delete())

    word, sentence = told_at_the_door(patient)

    assert word == "elsewhere"
    assert "you were signed out from another device" in sentence


def test_a_patient_who_begins_to_work_here_reads_why_they_are_signed_out(patient: HostClient) -> None:
    patient.inside(lambda: give(Account.objects.get(), [Role.CLINICIAN.value]))

    word, sentence = told_at_the_door(patient)

    assert word == "roles"
    assert sentence == "What you may do here has changed, so we signed you out. Sign in to go on."


def test_the_page_says_nothing_that_only_an_address_made_up(northfield: HostClient) -> None:
    page = northfield.get("/sign-in/?ended=<b>pay%20now</b>").content.decode()

    assert "pay now" not in page
    assert notice_of(page) == ""


def test_who_never_signed_in_is_not_told_that_they_were_signed_out(northfield: HostClient, clock: Any) -> None:
    northfield.post("/sign-in/code/", {"login": "nobody@example.org"})
    clock.shift(timedelta(minutes=31))
    assert told_at_the_door(northfield) == ("", "")

    northfield.post("/sign-in/code/", {"login": "nobody@example.org"})
    northfield.inside(lambda: Session.objects.all().delete())
    assert notice_of(northfield.get("/sign-in/").content.decode()) == ""


def test_the_device_in_use_stands_first_in_the_list(patient: HostClient, clock: Any) -> None:
    for _device in range(2):
        clock.shift(60)
        sign_in(client_for("northfield"), "ana@example.org")

    page = patient.get("/account/devices/")

    places = [row.pk == page.context["current_id"] for row in page.context["sessions"]]
    assert places == [True, False, False]


def test_a_new_password_ends_all_other_sessions_and_changes_this_ones_id(patient: HostClient, clock: Any) -> None:
    other = client_for("northfield")
    sign_in(other, "ana@example.org")
    before = patient.cookies["__Host-portico"].value

    answer = patient.post("/account/security/password/", {"present": PASSWORD, "new": "otter lantern basalt 9"})

    assert answer.status_code == 302
    assert is_signed_in(patient)
    assert patient.cookies["__Host-portico"].value != before
    assert not is_signed_in(other)
    assert type_password(client_for("northfield"), "ana@example.org").status_code == 422
    assert type_password(client_for("northfield"), "ana@example.org", "otter lantern basalt 9").status_code == 302


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"present": "wrong", "new": "otter lantern basalt 9"}, "The present password is not right."),
        ({"present": PASSWORD, "new": "otter 9"}, "Use at least 15 characters."),
        ({"present": PASSWORD, "new": "ana@example.org!"}, "too easy to guess"),
    ],
)
def test_a_refused_password_change_changes_nothing(patient: HostClient, typed: dict[str, str], sentence: str) -> None:
    other = client_for("northfield")
    sign_in(other, "ana@example.org")
    answer = patient.post("/account/security/password/", typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert is_signed_in(other)
    assert type_password(client_for("northfield"), "ana@example.org").status_code == 302


def test_a_new_factor_ends_all_other_sessions(patient: HostClient, clock: Any) -> None:
    other = client_for("northfield")
    sign_in(other, "ana@example.org")
    secret = patient.get("/account/security/app/").context["secret"].replace(" ", "")
    assert patient.post("/account/security/app/", {"code": app_code(secret)}).status_code == 302
    assert is_signed_in(patient)
    assert not is_signed_in(other)


def test_devices_are_listed_and_ended_one_by_one_and_together(patient: HostClient) -> None:
    phone = client_for("northfield", HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari")
    tablet = client_for("northfield", HTTP_USER_AGENT="Mozilla/5.0 (iPad) Safari/604.1")
    sign_in(phone, "ana@example.org")
    sign_in(tablet, "ana@example.org")
    page = patient.get("/account/devices/")
    labels = {row.device.label: row for row in page.context["sessions"]}
    assert set(labels) == {"", "Chrome, Android", "Safari, iPad"}
    assert page.content.decode().count("<bdi>Chicago</bdi>") == 3
    assert "Sign out all other devices" in page.content.decode()

    assert patient.post(f"/account/devices/{labels['Safari, iPad'].pk}/end/").status_code == 302
    assert (is_signed_in(patient), is_signed_in(phone), is_signed_in(tablet)) == (True, True, False)
    patient.post("/account/devices/end-others/")
    assert (is_signed_in(patient), is_signed_in(phone)) == (True, False)
    assert "Sign out all other devices" not in patient.get("/account/devices/").content.decode()


def test_a_remembered_device_is_listed_while_it_is_signed_out_and_can_be_forgotten(
    patient: HostClient, clock: Any
) -> None:
    phone = client_for("northfield", HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari")
    sign_in(phone, "ana@example.org")
    key = patient.inside(lambda: Device.objects.get(label="Chrome, Android").pk)
    until = kernel_clock.now() + timedelta(days=30)
    patient.inside(lambda: Device.objects.filter(pk=key).update(trusted_until=until))

    page = patient.get("/account/devices/")
    assert "No second step until" in page.content.decode()
    assert not page.context["remembered"]
    phone.post("/sign-out/")
    page = patient.get("/account/devices/")
    assert [device.pk for device in page.context["remembered"]] == [key]
    assert "Sign out all other devices" in page.content.decode()

    assert patient.post(f"/account/devices/{key}/forget/").status_code == 302
    assert not patient.get("/account/devices/").context["remembered"]
    assert patient.inside(lambda: Device.objects.get(pk=key).trusted_until) is None


@pytest.mark.requirement("S02")
def test_another_persons_device_is_not_found(patient: HostClient) -> None:
    patient.inside(make_account, "ben@example.org")
    ben = client_for("northfield")
    sign_in(ben, "ben@example.org")
    other = patient.inside(lambda: Device.objects.get(account__login="ben@example.org").pk)
    assert patient.post(f"/account/devices/{other}/forget/").status_code == 404


def test_a_device_that_was_signed_out_for_idling_is_not_listed(patient: HostClient, clock: Any) -> None:
    phone = client_for("northfield", HTTP_USER_AGENT="Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari")
    sign_in(phone, "ana@example.org")
    idle = patient.inside(lambda: Session.objects.get(device__label="Chrome, Android").pk)
    for _time in range(2):
        clock.shift(timedelta(minutes=15))
        page = patient.get("/account/devices/")

    assert [row.device.label for row in page.context["sessions"]] == [""]
    assert patient.post(f"/account/devices/{idle}/end/").status_code == 404


@pytest.mark.requirement("S02")
def test_another_persons_session_and_an_invented_one_are_both_not_found(patient: HostClient) -> None:
    from kernel.ids import uuid7

    patient.inside(make_account, "ben@example.org")
    ben = client_for("northfield")
    sign_in(ben, "ben@example.org")
    other = patient.inside(lambda: Session.objects.get(account__login="ben@example.org").pk)
    answers = [patient.post(f"/account/devices/{key}/end/") for key in (other, uuid7())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert is_signed_in(ben)


@pytest.mark.requirement("S20")
def test_sensitive_pages_ask_again_after_ten_minutes(patient: HostClient, clock: Any) -> None:
    assert patient.get("/account/security/password/").status_code == 200
    clock.shift(timedelta(minutes=10, seconds=1))
    answer = patient.get("/account/security/password/")
    assert answer["Location"] == "/account/confirm/?next=%2Faccount%2Fsecurity%2Fpassword%2F"
    assert patient.post("/account/confirm/", {"code": "wrong"}).status_code == 422
    assert patient.get("/account/security/password/").status_code == 302
    before = patient.cookies["__Host-portico"].value
    answer = patient.post("/account/confirm/", {"code": PASSWORD, "next": "/account/security/password/"})
    assert answer["Location"] == "/account/security/password/"
    assert patient.cookies["__Host-portico"].value != before
    assert patient.get("/account/security/password/").status_code == 200


@pytest.mark.requirement("S03")
def test_a_session_of_one_host_is_worth_nothing_at_any_other(patient: HostClient, clock: Any) -> None:
    key = patient.cookies["__Host-portico"].value
    for client in (client_for("santalucia"), client_for("alwaha"), console_client(), network_client()):
        for name in ("__Host-portico", "__Host-portico-console", "__Host-portico-network"):
            client.cookies[name] = key
        assert not is_signed_in(client)
    assert is_signed_in(patient)


@pytest.mark.requirement("S05")
def test_console_and_network_share_a_schema_and_no_sessions(db: None, clock: Any) -> None:
    console, network = console_client(), network_client()
    _account, secret = console.inside(make_account_with_app, "op@example.org", Role.OPERATOR)
    clock.shift(60)
    sign_in(console, "op@example.org", secret)
    assert is_signed_in(console)
    network.cookies["__Host-portico-network"] = console.cookies["__Host-portico-console"].value
    assert not is_signed_in(network)


@pytest.mark.requirement("S04")
def test_the_same_login_and_password_of_one_hospital_is_unknown_in_another(patient: HostClient) -> None:
    assert type_password(client_for("santalucia"), "ana@example.org").status_code == 422
    assert type_password(console_client(), "ana@example.org").status_code == 422


def test_when_the_role_that_opened_the_console_ends_the_session_shows_nothing(db: None, clock: Any) -> None:
    from kernel.permissions.models import RoleMembership
    from kernel.permissions.services import end_role

    console = console_client()
    account, secret = console.inside(make_account_with_app, "op@example.org", Role.OPERATOR)
    console.inside(make_account, "op2@example.org", Role.OPERATOR)
    clock.shift(60)
    sign_in(console, "op@example.org", secret)
    console.inside(
        lambda: end_role(access=SYSTEM, membership=RoleMembership.objects.get(account=account), reason="left")
    )
    assert not is_signed_in(console)


def test_a_role_that_begins_later_ends_the_session_that_was_opened_without_it(patient: HostClient, clock: Any) -> None:
    """A patient who signed in with a password alone, for thirty minutes at a time, has not signed in as staff."""
    patient.inside(
        lambda: assign_role(
            access=SYSTEM,
            account=Account.objects.get(login="ana@example.org"),
            role=Role.CLINICIAN,
            starts=datetime.now(UTC) + timedelta(minutes=10),
        )
    )
    sign_in(patient, "ana@example.org")
    assert is_signed_in(patient)
    clock.shift(timedelta(minutes=10))

    assert not is_signed_in(patient)
    assert patient.inside(lambda: Session.objects.exclude(account=None).count()) == 0
    assert type_password(patient, "ana@example.org")["Location"] == "/sign-in/set-up/"


def test_a_session_ended_elsewhere_does_not_come_back_to_life_by_saving(patient: HostClient) -> None:
    from django.contrib.sessions.backends.base import UpdateError

    from kernel.accounts.sessions import SessionStore

    key = patient.cookies["__Host-portico"].value

    def race() -> None:
        store = SessionStore(key)
        store["x"] = 1
        Session.objects.all().delete()
        with pytest.raises(UpdateError):
            store.save()
        assert Session.objects.count() == 0

    patient.inside(race)


@pytest.mark.requirement("S55")
def test_signing_in_works_with_redis_stopped(
    northfield: HostClient, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    from kernel import doorbell

    dead = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": dead}
    monkeypatch.setattr(doorbell, "_silent_until", 0.0)
    northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")
    assert is_signed_in(northfield)
    assert northfield.post("/sign-out/").status_code == 302


def test_the_settings_name_no_cookie_domain() -> None:
    assert (settings.SESSION_COOKIE_DOMAIN, settings.CSRF_COOKIE_DOMAIN) == (None, None)
    assert settings.CSRF_COOKIE_NAME.startswith("__Host-")
