"""Known and unknown people get the same answer in the same time (S18)."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import pytest

from kernel.accounts.models import Throttle
from kernel.accounts.services.register import create_account
from kernel.permissions import Role
from tests.clients import HostClient, client_for
from tests.factories.accounts import SYSTEM, make_account, make_account_with_app
from tests.kernel.accounts.conftest import sign_in

pytestmark = pytest.mark.requirement("S18")
ROUNDS = 9
# S18: the medians differ by less than this.
MILLISECONDS = 30

Send = Callable[[str], Any]


def compared(send: Send, forget: Callable[[], object], known: list[str], unknown: list[str]) -> tuple[float, float]:
    """Median milliseconds for known and for unknown people, asked by turns so that a busy machine is busy for both."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for pair in zip(known, unknown, strict=True):
        for is_known, login in zip((True, False), pair, strict=True):
            forget()
            begun = perf_counter()
            send(login)
            times[is_known].append((perf_counter() - begun) * 1000)
    return median(times[True]), median(times[False])


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/sign-in/", {"password": "wrong wrong wrong"}),
        ("/sign-in/code/", {}),
        ("/sign-in/forgot/", {}),
    ],
)
def test_a_stranger_cannot_tell_known_from_unknown_by_the_clock(
    northfield: HostClient, path: str, more: dict[str, str]
) -> None:
    northfield.inside(make_account)
    northfield.post(path, {"login": "warm@example.org", **more})

    known, unknown = compared(
        lambda login: client_for("northfield").post(path, {"login": login, **more}),
        lambda: northfield.inside(Throttle.objects.all().delete),
        ["ana@example.org"] * ROUNDS,
        ["nobody@example.org"] * ROUNDS,
    )

    assert abs(known - unknown) < MILLISECONDS, (known, unknown)


def test_an_invitation_does_not_tell_who_has_an_account_here(northfield: HostClient, clock: Any) -> None:
    """Who invites staff must not learn from it who is a patient."""
    _account, secret = northfield.inside(make_account_with_app, "mona@example.org", Role.HOSPITAL_ADMIN)
    patients = [f"patient{number}@example.org" for number in range(ROUNDS)]
    strangers = [f"nobodyx{number}@example.org" for number in range(ROUNDS)]
    for login in patients:
        northfield.inside(lambda login=login: create_account(access=SYSTEM, login=login, email=login))
    clock.shift(60)
    sign_in(northfield, "mona@example.org", secret)
    answers: dict[str, Any] = {}

    def send(email: str) -> None:
        form = {"name": "Nia Nurse", "email": email, "roles": ["clinician"]}
        answers[email] = northfield.post("/manage/staff/invite/", form)

    send("warm@example.org")
    known, unknown = compared(send, lambda: None, patients, strangers)

    assert {(answer.status_code, answer["Location"]) for answer in answers.values()} == {(302, "/manage/staff/")}
    shown = northfield.get("/manage/staff/").content.decode()
    told = [f"The invitation is on its way to {email}." for email in (patients[0], strangers[0])]
    assert [sentence in shown for sentence in told] == [True, True]
    assert abs(known - unknown) < MILLISECONDS, (known, unknown)
