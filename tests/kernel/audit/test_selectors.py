"""The patient reads who used the record, in words."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.paginator import Paginator
from django.utils.translation import override

from kernel import audit, clock
from kernel.accounts.models import Account
from kernel.audit.browsing import AUDIT_LIST, actions_known, find_entries, trail_listing, trail_rows
from kernel.audit.selectors import as_looks, by_day, who_looked
from kernel.audit.sentences import ActionSentence, sentence_of, sentences
from kernel.ids import uuid7
from kernel.lists import ListState
from kernel.permissions import Access, Actor, Role, Scope, anonymous_access
from kernel.permissions.models import RoleMembership
from kernel.permissions.services import builtin_role
from kernel.tenancy.context import HospitalContext
from kernel.tenancy.scope import hospital
from tests.factories.access import helping, own, with_roles
from tests.kernel.acting import acting

pytestmark = pytest.mark.requirement("S35")

PATIENT = uuid7()


@pytest.mark.parametrize(
    ("access", "seen"),
    [
        (own(PATIENT), 1),
        (own(uuid7()), 0),
        (helping(PATIENT, *Scope), 0),
        (with_roles(Role.PRIVACY_OFFICER), 0),
        (with_roles(Role.HOSPITAL_ADMIN), 0),
        (with_roles(Role.CLINICIAN), 0),
        (with_roles(Role.FRONT_DESK), 0),
        (with_roles(Role.OPERATOR), 0),
    ],
)
def test_who_may_see_who_looked(in_northfield: HospitalContext, access: Access, seen: int) -> None:
    audit.record(acting(Role.CLINICIAN), action="records.viewed", subject=PATIENT)
    audit.record(acting(Role.CLINICIAN), action="records.viewed", subject=uuid7())

    assert who_looked(access, PATIENT).count() == seen


def test_lines_are_told_newest_first_in_the_patients_words(in_northfield: HospitalContext) -> None:
    reader = own(PATIENT)
    sentences.register(ActionSentence("lamps.seen", "Looked at your lamps"))
    sentences.register(ActionSentence("lamps.counted", "Counted", is_shown=False))
    audit.record(acting(Role.CLINICIAN, name="Dr Ben"), action="lamps.seen", subject=PATIENT, reason="treatment")
    audit.record(acting(Role.CLINICIAN), action="lamps.counted", subject=PATIENT)
    audit.record(acting(Role.CLINICIAN), action="lamps.seen", subject=PATIENT, result="refused")
    audit.record(reader, action="lamps.unknown", subject=PATIENT)

    looks = as_looks(reader, by_day(who_looked(reader, PATIENT)))

    assert [(look.who, look.role, str(look.what), look.reason, look.is_own) for look in looks] == [
        ("Test person", "Patient", str(sentence_of("lamps.unknown")), "", True),
        ("Dr Ben", "Clinician", "Looked at your lamps", "treatment", False),
    ]


def test_what_somebody_did_again_on_a_day_is_one_line_of_the_hospitals_day(in_northfield: HospitalContext) -> None:
    """Northfield's day ends at 06:00 UTC in winter; the last of a day says when."""
    reader = own(PATIENT)
    ben, cy = acting(Role.CLINICIAN, name="Dr Ben"), acting(Role.FRONT_DESK, name="Cy")
    for hour, minute, who, reason in [
        (5, 50, ben, ""),
        (6, 10, ben, ""),
        (6, 20, cy, ""),
        (7, 0, ben, ""),
        (8, 0, ben, "asked"),
    ]:
        with time_machine.travel(datetime(2027, 1, 20, hour, minute, tzinfo=UTC), tick=False):
            audit.record(who, action="records.viewed", subject=PATIENT, reason=reason)

    looks = as_looks(reader, by_day(who_looked(reader, PATIENT)))

    assert [(look.who, look.role, look.at.hour, look.times, look.reason) for look in looks] == [
        ("Dr Ben", "Clinician", 8, 1, "asked"),
        ("Dr Ben", "Clinician", 7, 2, ""),
        ("Cy", "Front desk", 6, 1, ""),
        ("Dr Ben", "Clinician", 5, 1, ""),
    ]


def test_how_often_is_counted_over_all_pages_and_no_line_is_on_two(in_northfield: HospitalContext) -> None:
    reader = own(PATIENT)
    ben = acting(Role.CLINICIAN, name="Dr Ben")
    with time_machine.travel(datetime(2027, 1, 20, 18, tzinfo=UTC), tick=False):
        for reason in ("", "asked", ""):
            audit.record(ben, action="records.viewed", subject=PATIENT, reason=reason)

    pages = Paginator(by_day(who_looked(reader, PATIENT)), 1)

    assert pages.count == 2
    assert [(one.reason, one.times) for page in pages for one in as_looks(reader, page)] == [("", 2), ("asked", 1)]


def test_words_are_looked_for_in_the_last_month_unless_days_are_chosen(in_northfield: HospitalContext) -> None:
    """Without an index for words, a search of all years would only ever end at the limit of time."""
    noon = datetime(2027, 3, 31, 12, tzinfo=UTC)
    for days in (0, 29, 31, 400):
        with time_machine.travel(noon - timedelta(days=days), tick=False):
            audit.record(acting(Role.CLINICIAN, name="Dr Ben"), action="records.viewed", detail={"days": days})

    def found(**query: str) -> tuple[list[int], str]:
        state = ListState.read(query, AUDIT_LIST)
        return [entry.details["days"] for entry in find_entries(state)], str(trail_listing(state).note)

    told = "Words were looked for from %s on. To look further back, choose the days above."
    with time_machine.travel(noon, tick=False):
        assert found() == ([0, 29, 31, 400], "")
        assert found(q="ben") == ([0, 29], told % "Mar 2, 2027")
        assert found(q="ben", since="2026-01-01") == ([0, 29, 31, 400], "")
        assert found(q="ben", until="2027-03-01") == ([31], told % "Jan 31, 2027")


def test_words_are_found_where_a_line_shows_them_and_not_in_codes(in_northfield: HospitalContext) -> None:
    ben = acting(name="Dr Ben")
    audit.record(ben, action="records.home_viewed", detail={"refused": 0, "name": "Ward clerk"}, reason="A call")
    audit.record(ben, action="access.refused", result="refused", detail={"permissions": ["accounts.manage_staff"]})
    audit.record(ben, action="accounts.sign_in_refused", result="refused", detail={"way": "code"})

    def found(words: str) -> list[str]:
        entries = find_entries(ListState.read({"q": words, "sort": "at"}, AUDIT_LIST))
        return sorted(entry.action for entry in entries)

    assert found("refused") == ["access.refused", "accounts.sign_in_refused"]
    assert found("ward CLERK") == found("a call") == ["records.home_viewed"]
    assert found("failed to sign") == ["accounts.sign_in_refused"]
    assert found("invite staff") == ["access.refused"]
    assert found("manage_staff") == found("name") == found("home_viewed") == []


def test_a_person_is_found_among_however_many_have_that_name(in_northfield: HospitalContext) -> None:
    now = clock.now()
    people = [Account(login=f"nia{number}@example.org", display_name="Nia", password="!") for number in range(250)]
    Account.objects.bulk_create(people)
    role = builtin_role(Role.CLINICIAN)
    RoleMembership.objects.bulk_create([RoleMembership(account=one, role=role, starts=now) for one in people])
    for one in people:
        actor = Actor(account_id=one.pk, display_name="A former name", roles=frozenset({Role.CLINICIAN}))
        audit.record(replace(acting(), actor=actor), action="records.viewed")

    assert find_entries(ListState.read({"person": "nia"}, AUDIT_LIST)).count() == 250


def test_a_line_says_once_that_something_was_refused(in_northfield: HospitalContext) -> None:
    ben = acting(name="Dr Ben")
    refused = audit.record(ben, action="access.refused", result="refused")
    failed = audit.record(ben, action="accounts.sign_in_refused", result="refused")

    lines = trail_rows([refused, failed])

    assert [(line.what, line.badge) for line in lines] == [("Was refused", ""), ("Failed to sign in", "Refused")]


def test_the_filter_offers_declared_actions_without_reading_the_trail(in_northfield: HospitalContext) -> None:
    (actions,) = [one for one in trail_listing(ListState.read({}, AUDIT_LIST)).filters if one.name == "action"]

    groups = dict(actions.groups)
    assert ("events.replayed", "Had a failed message sent again") in groups["Other"]


def _offered() -> tuple[set[str], list[str]]:
    """The names of the acts that the filter offers, and the words that it says twice."""
    offered = [pair for _area, group in actions_known() for pair in group]
    words = [said for _name, said in offered]
    return {name for name, _said in offered}, sorted({said for said in words if words.count(said) > 1})


def test_the_filter_groups_acts_by_what_they_are_about_and_the_rest_comes_last(in_northfield: HospitalContext) -> None:
    groups = actions_known()

    assert [area for area, _acts in groups] == [
        "Accounts and signing in", "Encryption keys", "Health records", "Patients", "Programs", "Roles and refusals",
        "Settings", "Staff and audit log", "The provider", "Other",
    ]  # fmt: skip
    told = dict(groups)
    assert ("records.visits_viewed", "Saw the visits") in told["Health records"]
    assert [name for name, _said in told["Roles and refusals"]][:2] == [
        "permissions.role_edited",
        "permissions.role_given",
    ]
    assert {"events.replayed", "files.downloaded"} <= {name for name, _said in told["Other"]}


def test_a_hospital_is_not_offered_what_the_provider_does(in_northfield: HospitalContext) -> None:
    names, said_twice = _offered()

    assert {"setup.audit_exported", "hospital.suspended", "records.home_viewed", "accounts.signed_in"} <= names
    assert [name for name in names if name.partition(".")[0] in ("hospitals", "networks", "operators")] == []
    assert said_twice == []


def test_the_provider_is_not_offered_what_a_hospital_does(in_shared: None) -> None:
    names, said_twice = _offered()

    assert {"operators.audit_exported", "hospitals.requested", "accounts.signed_in"} <= names
    assert [name for name in names if name.partition(".")[0] in ("setup", "records", "people", "api")] == []
    assert said_twice == []


def test_an_account_without_a_role_is_an_account_and_a_visitor_is_not_signed_in(in_northfield: HospitalContext) -> None:
    alone = replace(with_roles(), actor=Actor(account_id=uuid7(), display_name="Ana Quispe"))
    signed_in = audit.record(alone, action="accounts.signed_in")
    refused = audit.record(anonymous_access(), action="accounts.sign_in_refused", result="refused")

    lines = trail_rows([signed_in, refused])

    assert [(line.who, line.kind) for line in lines] == [("Account", ""), ("Somebody not signed in", "")]
    [named] = trail_rows([signed_in], names_patients=True)
    assert (named.who, named.kind) == ("Ana Quispe", "")


def test_counts_of_lines_stand_in_the_readers_digits(hospital_context: Callable[[str], HospitalContext]) -> None:
    with hospital(hospital_context("alwaha")), override("ar"):
        entry = audit.record(with_roles(Role.HOSPITAL_ADMIN), action="setup.staff_exported", detail={"rows": 37})

        assert trail_rows([entry])[0].facts == ["٣٧ سطرًا"]
