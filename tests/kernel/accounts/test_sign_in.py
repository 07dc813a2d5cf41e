"""Signing in: what works, what is refused, and that refusals tell nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from kernel.accounts.codes import new_recovery_codes, recovery_codes_left
from kernel.accounts.models import Account, Device, Session
from kernel.accounts.sessions import key_hash
from kernel.audit.models import AuditEntry
from kernel.permissions import Role
from kernel.tenancy.resolution import context_for_host
from kernel.tenancy.scope import hospital
from tests.clients import HostClient, client_for
from tests.factories.accounts import PASSWORD, make_account, make_account_with_app
from tests.hosts import known_as
from tests.kernel.accounts.conftest import app_code, code_in, is_signed_in, sign_in, type_password

Letters = Callable[[HostClient], list[Any]]
STAFF = [Role.CLINICIAN, Role.FRONT_DESK, Role.BILLING, Role.HOSPITAL_ADMIN, Role.PRIVACY_OFFICER]


def test_a_patient_signs_in_with_login_and_password(northfield: HostClient) -> None:
    account = northfield.inside(make_account)

    answer = type_password(northfield, " ANA@example.org ")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_signed_in(northfield)
    assert northfield.inside(lambda: Session.objects.get().account_id) == account.pk


def test_who_wanted_a_page_comes_back_to_it_but_never_to_another_host(northfield: HostClient) -> None:
    northfield.inside(make_account)
    asked = northfield.get("/account/devices/?page=2")
    assert asked["Location"] == "/sign-in/?next=%2Faccount%2Fdevices%2F%3Fpage%3D2"

    for wanted, reached in [
        ("/account/devices/?page=2", "/account/devices/?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\x00b", "/"),
    ]:
        client = client_for("northfield")
        answer = client.post("/sign-in/", {"login": "ana@example.org", "password": PASSWORD, "next": wanted})
        assert answer["Location"] == reached


@pytest.mark.requirement("S18")
@pytest.mark.parametrize("login", ["ana@example.org", "nobody@example.org", "", "x" * 400, "a\x00b"])
def test_a_wrong_password_and_an_unknown_login_answer_alike(northfield: HostClient, login: str) -> None:
    northfield.inside(make_account)

    answer = type_password(northfield, login, "wrong wrong wrong")

    assert answer.status_code == 422
    assert not is_signed_in(northfield)
    if login in ("ana@example.org", "nobody@example.org"):
        text = answer.content.decode()
        assert "That did not work. Check what you typed and try again" in text
        assert text.replace(login, "LOGIN").count("LOGIN") == 1


@pytest.mark.requirement("S18")
def test_known_and_unknown_logins_cost_the_same_statements_and_one_hash(
    northfield: HostClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth import hashers
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from kernel.accounts.hashers import Argon2idHasher

    northfield.inside(make_account)
    type_password(northfield, "warm@example.org", "wrong wrong wrong")
    hashes: list[str] = []
    verify = Argon2idHasher.verify

    def counted(self: Argon2idHasher, given: str, stored: str) -> bool:
        hashes.append(given)
        return verify(self, given, stored)

    monkeypatch.setattr(Argon2idHasher, "verify", counted)
    hashers.get_hashers.cache_clear()  # type: ignore[attr-defined]  # not in the stubs
    seen = {}
    for login in ("ana@example.org", "nobody@example.org"):
        hashes.clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            type_password(client_for("northfield"), login, "wrong wrong wrong")
        seen[login] = ([query["sql"].split(" ")[0] for query in queries], len(hashes))
    assert seen["ana@example.org"] == seen["nobody@example.org"]
    assert seen["ana@example.org"][1] == 1


@pytest.mark.requirement("S18")
@pytest.mark.parametrize("path", ["/sign-in/code/", "/sign-in/forgot/"])
def test_asking_for_a_code_costs_known_and_unknown_logins_the_same_statements(
    northfield: HostClient, path: str
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    northfield.inside(make_account)
    northfield.post(path, {"login": "warm@example.org"})
    seen = {}
    for login in ("ana@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            client_for("northfield").post(path, {"login": login})
        statements = [query["sql"].split() for query in queries]
        seen[login] = [words[:1] if "SAVEPOINT" in words else words[:3] for words in statements]
    assert seen["ana@example.org"] == seen["nobody@example.org"]
    assert len(seen["ana@example.org"]) > 5


def test_two_people_who_share_an_address_sign_in_by_login_only(northfield: HostClient) -> None:
    northfield.inside(make_account, "ana", email="family@example.org")
    northfield.inside(make_account, "ben", email="family@example.org")

    assert type_password(northfield, "family@example.org").status_code == 422
    assert type_password(northfield, "ben").status_code == 302


def test_a_closed_account_is_refused_and_its_sessions_end(northfield: HostClient) -> None:
    account = northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")

    northfield.inside(lambda: Account.objects.filter(pk=account.pk).update(is_active=False))

    assert not is_signed_in(northfield)
    assert type_password(northfield, "ana@example.org").status_code == 422
    assert northfield.inside(Session.objects.exclude(account=None).count) == 0


@pytest.mark.requirement("S21")
def test_the_session_id_changes_at_sign_in_and_the_planted_one_is_worth_nothing(northfield: HostClient) -> None:
    northfield.inside(make_account)
    northfield.post("/sign-in/passkey/options/")
    planted = northfield.cookies["__Host-portico"].value

    sign_in(northfield, "ana@example.org")

    assert northfield.cookies["__Host-portico"].value != planted
    thief = client_for("northfield")
    thief.cookies["__Host-portico"] = planted
    assert not is_signed_in(thief)


@pytest.mark.requirement("S05")
def test_cookies_are_host_only_secure_and_closed_to_scripts(northfield: HostClient) -> None:
    northfield.inside(make_account)
    northfield.get("/sign-in/")
    sign_in(northfield, "ana@example.org")

    assert set(northfield.cookies) == {"__Host-portico", "__Host-portico-csrf", "__Host-portico-device"}
    for cookie in northfield.cookies.values():
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["path"]) == (
            True,
            True,
            "Lax",
            "",
            "/",
        )


@pytest.mark.requirement("S05")
@pytest.mark.parametrize(
    ("site", "status"), [("same-site", 403), ("cross-site", 403), ("same-origin", 422), ("none", 422)]
)
def test_other_sites_cannot_send_forms(northfield: HostClient, site: str, status: int) -> None:
    assert type_password(northfield, "x", "y", HTTP_SEC_FETCH_SITE=site).status_code == status


def test_a_form_without_the_token_is_refused(db: None) -> None:
    strict = client_for("northfield", enforce_csrf_checks=True)
    assert type_password(strict, "ana@example.org").status_code == 403


@pytest.mark.requirement("S19")
@pytest.mark.parametrize("role", STAFF)
def test_staff_must_add_a_second_factor_before_anything_else_opens(northfield: HostClient, role: Role) -> None:
    northfield.inside(make_account, "staff@example.org", role)

    answer = type_password(northfield, "staff@example.org")

    assert answer["Location"] == "/sign-in/set-up/"
    assert not is_signed_in(northfield)
    page = northfield.get("/sign-in/set-up/")
    secret = page.context["secret"].replace(" ", "")
    assert northfield.post("/sign-in/set-up/", {"code": "000000"}).status_code in (422,)
    assert not is_signed_in(northfield)
    done = northfield.post("/sign-in/set-up/", {"code": app_code(secret)})
    assert done["Location"] == "/account/security/recovery-codes/"
    assert is_signed_in(northfield)
    goes_on = [northfield.post("/account/security/recovery-codes/").context["next"] for _time in range(2)]
    assert goes_on == ["/", "/account/security/"]


@pytest.mark.requirement("S19")
def test_an_operator_must_have_a_second_factor_and_others_do_not_enter_the_console(db: None) -> None:
    from tests.clients import console_client, network_client

    console, network = console_client(), network_client()
    console.inside(make_account, "op@example.org", Role.OPERATOR)
    console.inside(make_account, "net@example.org", Role.NETWORK_ADMIN)
    console.inside(make_account, "nobody@example.org")

    assert type_password(console, "op@example.org")["Location"] == "/sign-in/set-up/"
    assert type_password(network, "net@example.org")["Location"] == "/sign-in/set-up/"
    for client, login in [
        (console, "net@example.org"),
        (network, "op@example.org"),
        (console, "nobody@example.org"),
        (network, "nobody@example.org"),
    ]:
        answer = type_password(client, login)
        assert answer.status_code == 422
        assert "That did not work. Check what you typed" in answer.content.decode()


@pytest.mark.requirement("S19")
def test_a_code_of_the_app_is_needed_and_works_once(northfield: HostClient, clock: Any) -> None:
    _account, secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    clock.shift(60)
    sign_in(northfield, "dr@example.org", secret)
    assert is_signed_in(northfield)

    second = client_for("northfield")
    assert type_password(second, "dr@example.org")["Location"] == "/sign-in/second-step/"
    replayed = second.post("/sign-in/second-step/?way=totp", {"code": app_code(secret)})
    assert replayed.status_code == 422
    assert not is_signed_in(second)

    clock.shift(30)
    assert second.post("/sign-in/second-step/?way=totp", {"code": app_code(secret)}).status_code == 302
    assert is_signed_in(second)


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("totp", "This code is not right. Check the clock of your device and type the newest code."),
        ("recovery", "This recovery code did not work. Each works once: take another one of your list."),
    ],
)
def test_nobody_is_told_to_ask_for_what_cannot_be_asked_for(
    northfield: HostClient, clock: Any, way: str, sentence: str
) -> None:
    account, _secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    northfield.inside(new_recovery_codes, account)
    type_password(northfield, "dr@example.org")

    answer = northfield.post(f"/sign-in/second-step/?way={way}", {"code": "000000"})

    assert list(answer.context["form"].non_field_errors()) == [sentence]


@pytest.mark.parametrize(("phone", "is_told"), [("+1 312 555 0100", True), ("", False)])
def test_who_can_do_no_second_step_reads_whom_to_call(
    northfield: HostClient, clock: Any, phone: str, is_told: bool
) -> None:
    northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    known = context_for_host("northfield.localhost")
    assert known is not None
    with known_as(replace(known, brand={"phone": phone})):
        type_password(northfield, "dr@example.org")
        page = northfield.get("/sign-in/second-step/").content.decode()

    assert ("None of this works for you? Call us:" in page) is is_told
    assert ('href="tel:+13125550100"' in page) is is_told


def test_the_paper_with_recovery_codes_says_whose_they_are_and_leads_back_to_security(
    northfield: HostClient, clock: Any
) -> None:
    _account, secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    clock.shift(60)
    sign_in(northfield, "dr@example.org", secret)

    page = northfield.post("/account/security/recovery-codes/").content.decode()

    assert "Of <bdi>dr@example.org</bdi> at <bdi>Northfield University Medical Center</bdi>" in page
    assert "<bdi>northfield.localhost</bdi>. Made on March 2, 2026." in page
    assert "data-print" in page
    assert 'href="/account/security/"' in page.split("data-recovery-codes")[1].split("I have kept them")[0]


@pytest.mark.requirement("S19")
def test_each_recovery_code_replaces_the_second_step_once(northfield: HostClient, clock: Any) -> None:
    _account, secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    clock.shift(60)
    sign_in(northfield, "dr@example.org", secret)
    made = northfield.post("/account/security/recovery-codes/").context["made"]
    assert len(set(made)) == 10

    other = client_for("northfield")
    type_password(other, "dr@example.org")
    typed = made[3].lower().replace("-", " ")
    assert other.post("/sign-in/second-step/?way=recovery", {"code": typed}).status_code == 302
    assert is_signed_in(other)

    third = client_for("northfield")
    type_password(third, "dr@example.org")
    assert third.post("/sign-in/second-step/?way=recovery", {"code": made[3]}).status_code == 422
    assert not is_signed_in(third)
    assert third.post("/sign-in/second-step/?way=recovery", {"code": made[4]}).status_code == 302


def test_who_has_no_recovery_codes_left_is_not_asked_for_one(northfield: HostClient, clock: Any) -> None:
    account, _secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    type_password(northfield, "dr@example.org")
    assert northfield.get("/sign-in/second-step/").context["other_ways"] == []

    northfield.inside(new_recovery_codes, account)
    assert northfield.get("/sign-in/second-step/").context["other_ways"] == ["recovery"]


def test_recovery_codes_that_are_renewed_at_the_same_moment_are_one_set(new_hospital: Any) -> None:
    context = new_hospital()
    with hospital(context):
        account = make_account()
    together = Barrier(6)

    def renew(_number: int) -> list[str]:
        try:
            with hospital(context):
                together.wait()
                return new_recovery_codes(account)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(renew, range(6)))

    assert [len(codes) for codes in made] == [10] * 6
    with hospital(context):
        assert recovery_codes_left(account) == 10


def test_recovery_codes_are_stored_as_hashes_and_gone_after_renewal(northfield: HostClient, clock: Any) -> None:
    from kernel.accounts.models import OneTimeCode

    _account, secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    clock.shift(60)
    sign_in(northfield, "dr@example.org", secret)
    first = northfield.post("/account/security/recovery-codes/").context["made"]
    second = northfield.post("/account/security/recovery-codes/").context["made"]

    stored = northfield.inside(lambda: list(OneTimeCode.objects.values_list("code_hash", flat=True)))
    assert len(stored) == 10
    assert all(len(value) == 64 for value in stored)
    other = client_for("northfield")
    type_password(other, "dr@example.org")
    assert other.post("/sign-in/second-step/?way=recovery", {"code": first[0]}).status_code == 422
    assert other.post("/sign-in/second-step/?way=recovery", {"code": second[0]}).status_code == 302


def test_a_code_by_email_signs_a_patient_in_once(northfield: HostClient, letters: Letters) -> None:
    northfield.inside(make_account)
    asked = northfield.post("/sign-in/code/", {"login": "ana@example.org"})
    assert asked["Location"] == "/sign-in/code/enter/"
    (letter,) = letters(northfield)
    assert letter.to == ["ana@example.org"]
    assert letter.subject == "Your code for Northfield University Medical Center"
    code = code_in(letter)

    assert northfield.post("/sign-in/code/enter/", {"code": code})["Location"] == "/"
    assert is_signed_in(northfield)
    again = client_for("northfield")
    again.post("/sign-in/code/", {"login": "ana@example.org"})
    assert again.post("/sign-in/code/enter/", {"code": code}).status_code == 422


@pytest.mark.requirement("S18")
def test_an_unknown_login_gets_the_same_code_page_and_no_letter(northfield: HostClient, letters: Letters) -> None:
    for path in ("/sign-in/code/", "/sign-in/forgot/"):
        answer = northfield.post(path, {"login": "nobody@example.org"})
        assert answer.status_code == 302
        page = northfield.get(answer["Location"])
        assert page.status_code == 200
        assert letters(northfield) == []
        assert northfield.post(answer["Location"], {"code": "123456", "new": PASSWORD}).status_code == 422


def test_a_code_dies_after_five_wrong_tries_and_after_ten_minutes(
    northfield: HostClient, letters: Letters, clock: Any
) -> None:
    northfield.inside(make_account)
    northfield.post("/sign-in/code/", {"login": "ana@example.org"})
    code = code_in(letters(northfield)[0])
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _try in range(5):
        assert northfield.post("/sign-in/code/enter/", {"code": wrong}).status_code == 422
    clock.shift(5)
    assert northfield.post("/sign-in/code/enter/", {"code": code}).status_code == 422

    clock.shift(60)
    northfield.post("/sign-in/code/", {"login": "ana@example.org"})
    code = code_in(letters(northfield)[0])
    clock.shift(600)
    assert northfield.post("/sign-in/code/enter/", {"code": code}).status_code != 200
    assert not is_signed_in(northfield)


def test_two_codes_by_email_are_one_factor(northfield: HostClient, letters: Letters, clock: Any) -> None:
    from kernel.accounts.services.factors import add_email_factor
    from tests.factories.accounts import SYSTEM

    account = northfield.inside(make_account)
    northfield.inside(lambda: add_email_factor(access=SYSTEM, account=account))
    letters(northfield)
    northfield.post("/sign-in/code/", {"login": "ana@example.org"})
    code = code_in(letters(northfield)[0])
    assert northfield.post("/sign-in/code/enter/", {"code": code})["Location"] == "/sign-in/second-step/"
    page = northfield.get("/sign-in/second-step/?way=email")
    assert page.context["way"] == "password"
    assert letters(northfield) == []
    assert northfield.post("/sign-in/second-step/?way=password", {"code": PASSWORD}).status_code == 302
    assert is_signed_in(northfield)


def test_a_patient_with_an_email_step_signs_in_with_password_and_code(
    northfield: HostClient, letters: Letters, clock: Any
) -> None:
    from kernel.accounts.services.factors import add_email_factor
    from tests.factories.accounts import SYSTEM

    account = northfield.inside(make_account)
    northfield.inside(lambda: add_email_factor(access=SYSTEM, account=account))
    letters(northfield)
    type_password(northfield, "ana@example.org")
    northfield.get("/sign-in/second-step/")
    code = code_in(letters(northfield)[0])
    answer = northfield.post("/sign-in/second-step/?way=email", {"code": code, "trust": "on"})
    assert answer.status_code == 302
    assert is_signed_in(northfield)

    # The trusted device is not asked again for thirty days, and then it is.
    northfield.post("/sign-out/")
    assert type_password(northfield, "ana@example.org")["Location"] != "/sign-in/second-step/"
    northfield.post("/sign-out/")
    clock.shift(timedelta(days=30, seconds=1))
    assert type_password(northfield, "ana@example.org")["Location"] == "/sign-in/second-step/"


def test_staff_are_asked_on_every_device_every_time(northfield: HostClient, clock: Any) -> None:
    _account, secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    clock.shift(60)
    sign_in(northfield, "dr@example.org", secret)
    northfield.inside(lambda: Device.objects.update(trusted_until=clock_far()))
    northfield.post("/sign-out/")

    assert type_password(northfield, "dr@example.org")["Location"] == "/sign-in/second-step/"
    assert "trust" not in northfield.get("/sign-in/second-step/").context["form"].fields


def clock_far() -> Any:
    from kernel import clock

    return clock.now() + timedelta(days=30)


def test_a_new_device_is_told_and_the_first_and_known_ones_are_not(northfield: HostClient, letters: Letters) -> None:
    northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")
    assert letters(northfield) == []
    northfield.post("/sign-out/")
    sign_in(northfield, "ana@example.org")
    assert letters(northfield) == []

    other = client_for("northfield", HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Version/17 Safari/604.1")
    sign_in(other, "ana@example.org")
    (letter,) = letters(northfield)
    assert letter.subject == "New sign-in at Northfield University Medical Center"
    assert "Safari, iPhone" in letter.body


@pytest.mark.requirement("S33")
def test_the_trail_knows_sign_ins_refusals_and_sign_outs(northfield: HostClient) -> None:
    account = northfield.inside(make_account)
    type_password(northfield, "ana@example.org", "wrong wrong wrong")
    sign_in(northfield, "ana@example.org")
    northfield.post("/sign-out/")

    rows = northfield.inside(
        lambda: list(
            AuditEntry.objects.exclude(actor_kind="system")
            .order_by("at", "id")
            .values_list("action", "actor_id", "target_id", "result")
        )
    )
    assert rows == [
        ("accounts.sign_in_refused", None, str(account.pk), "refused"),
        ("accounts.signed_in", account.pk, str(account.pk), "done"),
        ("accounts.signed_out", account.pk, str(account.pk), "done"),
    ]


def trail(client: HostClient, action: str) -> list[tuple[Any, str]]:
    """Who acted and on whom, for each line of ``action``."""
    return client.inside(
        lambda: list(AuditEntry.objects.filter(action=action).order_by("at", "id").values_list("actor_id", "target_id"))
    )


@pytest.mark.requirement("S33")
@pytest.mark.parametrize(
    ("asked", "typed"), [("/sign-in/code/", "/sign-in/code/enter/"), ("/sign-in/forgot/", "/sign-in/forgot/code/")]
)
def test_a_wrong_code_is_noted_at_the_account_that_it_was_tried_on(
    northfield: HostClient, asked: str, typed: str
) -> None:
    account = northfield.inside(make_account)
    northfield.post(asked, {"login": "ana@example.org"})
    northfield.post(typed, {"code": "000000", "new": "otter lantern basalt 9"})
    stranger = client_for("northfield")
    stranger.post(asked, {"login": "nobody@example.org"})
    stranger.post(typed, {"code": "000000", "new": "otter lantern basalt 9"})

    assert trail(northfield, "accounts.sign_in_refused") == [(None, str(account.pk)), (None, "")]


@pytest.mark.requirement("S33")
def test_what_somebody_does_who_is_signed_in_is_noted_as_theirs(
    northfield: HostClient, letters: Letters, clock: Any
) -> None:
    account = northfield.inside(lambda: make_account(password=None))
    northfield.post("/sign-in/code/", {"login": "ana@example.org"})
    northfield.post("/sign-in/code/enter/", {"code": code_in(letters(northfield)[0])})
    northfield.post("/account/security/email/", {"email": "new@example.org"})
    northfield.post("/account/security/email/code/", {"code": "000000"})
    clock.shift(timedelta(minutes=11))
    northfield.get("/account/confirm/")
    northfield.post("/account/confirm/", {"code": "000000"})
    northfield.post("/account/confirm/passkey/", "{}", content_type="application/json")

    own = (account.pk, str(account.pk))
    assert trail(northfield, "accounts.code_asked") == [(None, str(account.pk)), own, own]
    assert trail(northfield, "accounts.sign_in_refused") == [own, own, own]


def test_a_code_that_is_too_old_before_it_is_written_is_not_sent(
    northfield: HostClient, letters: Letters, clock: Any
) -> None:
    northfield.inside(make_account)
    northfield.post("/sign-in/code/", {"login": "ana@example.org"})
    clock.shift(timedelta(minutes=10))

    assert letters(northfield) == []


def test_a_session_key_cannot_be_read_from_the_table(northfield: HostClient) -> None:
    northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")
    key = northfield.cookies["__Host-portico"].value
    stored = northfield.inside(lambda: Session.objects.get().key_hash)
    assert stored == northfield.inside(key_hash, key)
    assert key not in stored


def test_pages_of_sign_in_are_kept_nowhere(northfield: HostClient) -> None:
    assert "no-store" in northfield.get("/sign-in/")["Cache-Control"]
