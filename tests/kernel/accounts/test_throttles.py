"""Guessing is slowed, and no stranger can shut the door."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from kernel.accounts import throttles
from kernel.accounts.models import Throttle
from kernel.accounts.services.factors import renew_recovery_codes
from kernel.accounts.throttles import (
    ADDRESS,
    CODES,
    HOSPITAL,
    LOGIN,
    Bucket,
    TooManyAttempts,
    charge,
    failures_of,
    refund,
)
from kernel.permissions import Role
from tests.clients import HostClient, client_for
from tests.factories.accounts import SYSTEM, make_account, make_account_with_app
from tests.kernel.accounts.conftest import NOON, app_code, code_in, is_signed_in, sign_in, type_password

Letters = Callable[[HostClient], list[Any]]
pytestmark = pytest.mark.requirement("S22")
WRONG = "wrong wrong wrong"


def test_the_delay_begins_after_the_free_attempts_and_doubles_to_its_limit() -> None:
    bucket = Bucket(LOGIN, "ana")
    assert [bucket.delay(failures) for failures in (1, 5, 6, 7, 8, 14, 15, 100)] == [0, 0, 2, 4, 8, 512, 900, 900]


def test_the_sixth_wrong_password_makes_one_wait_longer_each_time(northfield: HostClient, clock: Any) -> None:
    northfield.inside(make_account)
    for _attempt in range(6):
        assert "Check what you typed" in type_password(northfield, "ana@example.org", WRONG).content.decode()

    refused = type_password(northfield, "ana@example.org", WRONG).content.decode()
    assert "Too many attempts. Please wait 2 seconds and try again." in refused
    # Waiting, the right password is not looked at either.
    assert type_password(northfield, "ana@example.org").status_code == 422

    clock.shift(2)
    type_password(northfield, "ana@example.org", WRONG)
    assert "Please wait 4 seconds" in type_password(northfield, "ana@example.org", WRONG).content.decode()
    clock.shift(4)
    assert type_password(northfield, "ana@example.org").status_code == 302


def test_an_unknown_login_waits_in_the_same_way(northfield: HostClient, clock: Any) -> None:
    for _attempt in range(6):
        type_password(northfield, "nobody@example.org", WRONG)
    assert "Please wait 2 seconds" in type_password(northfield, "nobody@example.org", WRONG).content.decode()


def test_a_stranger_cannot_lock_out_a_known_device(northfield: HostClient, clock: Any) -> None:
    northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")
    northfield.post("/sign-out/")
    stranger = client_for("northfield", REMOTE_ADDR="203.0.113.9")
    for _attempt in range(40):
        type_password(stranger, "ana@example.org", WRONG)
    assert "Too many attempts" in type_password(stranger, "ana@example.org").content.decode()

    assert type_password(northfield, "ana@example.org").status_code == 302
    assert is_signed_in(northfield)


def test_the_cookie_of_a_device_helps_its_own_account_only(northfield: HostClient, clock: Any) -> None:
    northfield.inside(make_account)
    northfield.inside(make_account, "eve@example.org")
    sign_in(northfield, "eve@example.org")
    northfield.post("/sign-out/")
    for _attempt in range(6):
        type_password(northfield, "ana@example.org", WRONG)
    assert "Too many attempts" in type_password(northfield, "ana@example.org", WRONG).content.decode()


def test_spraying_one_password_over_sixty_names_is_slowed(northfield: HostClient, clock: Any) -> None:
    outcomes = [type_password(northfield, f"person{n}@example.org", WRONG).content.decode() for n in range(60)]
    looked_at = sum("Check what you typed" in text for text in outcomes)
    assert looked_at == 21
    assert sum("Too many attempts" in text for text in outcomes) == 39


def test_addresses_of_one_ipv6_network_count_together(in_northfield: Any) -> None:
    first = throttles.sign_in_buckets(login="a", address="2001:db8:1:2::1")
    second = throttles.sign_in_buckets(login="b", address="2001:db8:1:2:ffff::9")
    other = throttles.sign_in_buckets(login="b", address="2001:db8:1:3::1")
    assert first[1] == second[1]
    assert other[1] != first[1]


def test_a_hospital_under_attack_still_lets_strangers_try_every_few_seconds(in_northfield: Any, clock: Any) -> None:
    waits = []
    for attempt in range(230):
        try:
            charge(throttles.sign_in_buckets(login=f"login{attempt}", address=f"203.0.113.{attempt}"))
        except TooManyAttempts as refusal:
            waits.append(refusal.seconds)
            clock.shift(refusal.seconds)
    assert waits[0] == 1
    assert max(waits) == 4
    assert len(waits) == 15


def test_an_attempt_is_charged_before_it_is_checked_and_refunded_when_right(in_northfield: Any, clock: Any) -> None:
    buckets = [Bucket(LOGIN, "ana"), Bucket(ADDRESS, "x"), Bucket(HOSPITAL, "all")]
    charge(buckets)
    charge(buckets)
    assert [failures_of(bucket) for bucket in buckets] == [2, 2, 2]
    refund(buckets)
    assert [failures_of(bucket) for bucket in buckets] == [0, 1, 1]


def test_a_refused_attempt_is_not_counted(in_northfield: Any, clock: Any) -> None:
    bucket = Bucket(LOGIN, "ana")
    for _attempt in range(6):
        charge([bucket])
    for _attempt in range(10):
        with pytest.raises(TooManyAttempts):
            charge([bucket])
    assert failures_of(bucket) == 6


def set_failures(client: HostClient, bucket: Bucket, failures: int) -> None:
    """As if so much had been tried, long enough ago to wait no more."""
    kept = {"failures": failures, "last_at": NOON, "blocked_until": NOON}
    client.inside(lambda: Throttle.objects.update_or_create(bucket=bucket.name, defaults=kept))


@pytest.mark.parametrize("name", ["ana", "ana@example.org"])
def test_an_account_fails_a_hundred_times_at_most_before_recovery_is_asked(
    northfield: HostClient, letters: Letters, clock: Any, name: str
) -> None:
    # Two names, fifty failures each (NIST SP 800-63B-4 section 3.2.2: at most 100 consecutive ones).
    northfield.inside(lambda: make_account("ana", email="ana@example.org"))
    sign_in(northfield, name)
    northfield.post("/sign-out/")
    stranger = client_for("northfield", REMOTE_ADDR="203.0.113.9")
    set_failures(northfield, Bucket(LOGIN, name), 49)
    assert "Check what you typed" in type_password(stranger, name, WRONG).content.decode()
    clock.shift(900)

    refused = type_password(stranger, name)

    assert refused.status_code == 422
    assert "Choose a new password by e-mail" in refused.content.decode()
    assert not is_signed_in(stranger)
    # Who has been here before is not asked to recover anything.
    assert type_password(northfield, name).status_code == 302
    clock.shift(900)
    assert type_password(stranger, name).status_code == 422

    stranger.post("/sign-in/forgot/", {"login": "ana"})
    code = code_in(letters(northfield)[-1])
    answer = stranger.post("/sign-in/forgot/code/", {"code": code, "new": "another heron basalt 4"})
    assert answer["Location"] == "/sign-in/?reset=done"
    assert type_password(stranger, name, "another heron basalt 4").status_code == 302


def test_an_unknown_login_is_asked_to_recover_in_the_same_way(northfield: HostClient, clock: Any) -> None:
    set_failures(northfield, Bucket(LOGIN, "nobody@example.org"), 50)
    assert "Choose a new password by e-mail" in type_password(northfield, "nobody@example.org").content.decode()


def test_a_right_password_forgives_no_wrong_code_of_the_app(northfield: HostClient, clock: Any) -> None:
    """Who has somebody's laptop and password could otherwise try all codes of the app, a password between two."""
    _account, secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    clock.shift(60)
    sign_in(northfield, "dr@example.org", secret)
    northfield.post("/sign-out/")
    for _attempt in range(6):
        assert type_password(northfield, "dr@example.org").status_code == 302
        answer = northfield.post("/sign-in/second-step/?way=totp", {"code": "000000"})
        assert "This code is not right" in answer.content.decode()

    type_password(northfield, "dr@example.org")
    answer = northfield.post("/sign-in/second-step/?way=totp", {"code": "000000"})

    assert "Too many attempts. Please wait 2 seconds" in answer.content.decode()


def test_after_fifty_wrong_codes_only_a_printed_one_opens(northfield: HostClient, clock: Any) -> None:
    account, secret = northfield.inside(make_account_with_app, "dr@example.org", Role.CLINICIAN)
    (printed, *_others) = northfield.inside(lambda: renew_recovery_codes(access=SYSTEM, account=account))
    set_failures(northfield, Bucket(LOGIN, f"second:{account.pk}"), 50)
    clock.shift(60)
    type_password(northfield, "dr@example.org")

    refused = northfield.post("/sign-in/second-step/?way=totp", {"code": app_code(secret)})

    assert "one of your printed recovery codes" in refused.content.decode()
    assert not is_signed_in(northfield)
    clock.shift(900)
    type_password(northfield, "dr@example.org")
    assert northfield.post("/sign-in/second-step/?way=recovery", {"code": printed}).status_code == 302
    assert is_signed_in(northfield)


def test_codes_by_email_cannot_be_tried_for_ever(northfield: HostClient, letters: Letters, clock: Any) -> None:
    """Ten codes of five tries each, under either name, are the hundred failures of an account."""
    northfield.inside(make_account)
    stranger = client_for("northfield", REMOTE_ADDR="203.0.113.9")
    for _code in range(10):
        assert stranger.post("/sign-in/code/", {"login": "ana@example.org"}).status_code == 302
        clock.shift(3600)

    refused = stranger.post("/sign-in/code/", {"login": "ana@example.org"})

    assert "Choose a new password by e-mail" in refused.content.decode()


def test_a_right_code_by_email_begins_the_count_anew(northfield: HostClient, letters: Letters, clock: Any) -> None:
    northfield.inside(make_account)
    set_failures(northfield, Bucket(CODES, "ana@example.org"), 9)
    northfield.post("/sign-in/code/", {"login": "ana@example.org"})

    northfield.post("/sign-in/code/enter/", {"code": code_in(letters(northfield)[0])})

    assert is_signed_in(northfield)
    assert northfield.inside(lambda: failures_of(Bucket(CODES, "ana@example.org"))) == 0


def test_a_stranger_who_asks_for_messages_does_not_stop_those_of_a_known_device(
    northfield: HostClient, clock: Any
) -> None:
    northfield.inside(make_account)
    sign_in(northfield, "ana@example.org")
    northfield.post("/sign-out/")
    stranger = client_for("northfield", REMOTE_ADDR="203.0.113.9")
    for path in ("/sign-in/code/", "/sign-in/forgot/"):
        while stranger.post(path, {"login": "ana@example.org"}).status_code == 302:
            pass
        assert northfield.post(path, {"login": "ana@example.org"}).status_code == 302


def test_failures_at_an_account_outlive_a_month_and_those_at_nobody_do_not(northfield: HostClient, clock: Any) -> None:
    account = northfield.inside(make_account)
    mine = [Bucket(LOGIN, "ana@example.org"), Bucket(LOGIN, f"second:{account.pk}"), Bucket(CODES, "ana@example.org")]
    others = [Bucket(LOGIN, "nobody@example.org"), Bucket(ADDRESS, "203.0.113.9")]
    for bucket in [*mine, *others]:
        set_failures(northfield, bucket, 3)
    clock.shift(timedelta(days=31))

    northfield.inside(throttles.forget_old)

    assert [northfield.inside(failures_of, bucket) for bucket in mine] == [3, 3, 3]
    assert [northfield.inside(failures_of, bucket) for bucket in others] == [0, 0]


def test_an_address_is_forgiven_after_a_quarter_of_an_hour(in_northfield: Any, clock: Any) -> None:
    bucket = Bucket(ADDRESS, "x")
    for _attempt in range(20):
        charge([bucket])
    clock.shift(timedelta(minutes=15, seconds=1))
    charge([bucket])
    assert failures_of(bucket) == 1


def test_a_stranger_cannot_make_us_send_messages_without_end(northfield: HostClient, clock: Any) -> None:
    northfield.inside(make_account)
    answers = [northfield.post("/sign-in/code/", {"login": "ana@example.org"}).status_code for _ in range(6)]
    assert answers == [302, 302, 302, 302, 422, 422]


def test_parallel_guesses_are_all_counted(new_hospital: Any) -> None:
    """Twelve guesses at the same moment through real connections: six are looked at, never more."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    from kernel.tenancy.scope import hospital

    context = new_hospital()

    def guess(_number: int) -> bool:
        try:
            with hospital(context):
                charge([Bucket(LOGIN, "ana")])
        except TooManyAttempts:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(guess, range(12))) == 6
