"""Two patients of whom the source says later that they are one, and that they are not."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import audit
from kernel.accounts.models import Account
from kernel.audit.browsing import AUDIT_LIST, find_entries
from kernel.audit.models import AuditEntry
from kernel.audit.selectors import who_looked
from kernel.lists import ListState
from kernel.permissions import SELF, Access, Role, Scope
from kernel.permissions.directory import same_people
from kernel.permissions.selectors import access_for
from tenants.people.links import AlreadyLinked, end_link, link_account
from tenants.people.models import Patient, PatientIdentifier, PatientLink
from tenants.people.selectors import find_patients, patients
from tenants.records.models import ImportEntry, Resource
from tenants.records.outcomes import BundleResult
from tenants.records.selectors import health
from tenants.records.services.importing import PatientIdentifierTaken, import_bundle
from tenants.records.validation import Fault, Problem
from tenants.setup.patients import patients_asked
from tests.factories.access import own, with_roles
from tests.factories.accounts import make_account
from tests.tenants.records.samples import Resource as Fhir
from tests.tenants.records.samples import bundle, condition, fhir_id, patient, without
from tests.tenants.records.stored import everything, told

pytestmark = pytest.mark.usefixtures("in_northfield")


def merged(role: str = "ana", into: str = "ben", kind: str = "replaced-by", **changes: Any) -> Fhir:
    """A patient whom the source has merged into another."""
    return patient(role, link=[{"other": {"reference": f"Patient/{fhir_id(into)}"}, "type": kind}], **changes)


def numbered(*roles: str) -> dict[str, Any]:
    """The numbers of these, those after the first of them retired."""
    return {
        "identifier": [
            {"system": "https://hospital.test/mrn", "value": f"MRN-{role}", **({"use": "old"} if position else {})}
            for position, role in enumerate(roles)
        ]
    }


def numbers() -> dict[str, str]:
    """Whose each number is."""
    return {value: role for role in ("ana", "ben", "cleo") for value in _values(role)}


def _values(role: str) -> list[str]:
    return list(PatientIdentifier.objects.filter(patient__fhir_id=fhir_id(role)).values_list("value", flat=True))


@pytest.fixture
def put(importer: Access) -> Callable[..., Any]:
    """Import resources."""

    def store(*resources: Fhir) -> tuple[int, int, int, int]:
        result = import_bundle(access=importer, content=bundle(*resources), source="test")
        assert result.refusals == ()
        return told(result)

    return store


@pytest.fixture
def send(importer: Access) -> Callable[..., BundleResult]:
    """Import resources of which some may not be taken."""
    return lambda *resources: import_bundle(access=importer, content=bundle(*resources), source="test")


@pytest.fixture
def account(importer: Access, put: Callable[..., Any]) -> Account:
    """Ana's account; Ana and Ben each have one problem."""
    put(patient("ana"), condition("anas"))
    put(patient("ben"), condition("bens", about="ben"))
    account = make_account("ana@example.org")
    link_account(access=importer, account_id=account.pk, patient=named("ana"), is_self=True)
    return account


def named(role: str) -> Patient:
    return Patient.objects.get(fhir_id=fhir_id(role))


def problems(account: Account) -> dict[str, list[str]]:
    """What the account may open, and whose problems it reads there."""
    access = access_for(account)
    roles = {fhir_id(role): role for role in ("ana", "ben", "cleo", "anas", "bens", "cleos", "late")}
    return {
        roles[one.fhir_id]: sorted(roles[row.origin.fhir_id] for row in health.conditions(access, one.pk).items)
        for one in patients(access)
    }


def test_a_merged_record_is_read_under_the_one_that_replaced_it_and_the_account_still_opens_it(
    put: Callable[..., Any], account: Account
) -> None:
    assert problems(account) == {"ana": ["anas"]}

    put(merged("ana", into="ben"))

    assert access_for(account).patients == {named("ben").pk: frozenset({SELF})}
    assert problems(account) == {"ben": ["anas", "bens"]}
    lines = AuditEntry.objects.filter(action="people.merged")
    assert {line.subject for line in lines} == {named("ana").pk, named("ben").pk}
    assert {line.target_id for line in lines} == {str(named("ana").pk)}


def test_what_comes_about_a_merged_patient_is_stored_with_the_rest_and_again_changes_nothing(
    put: Callable[..., Any], account: Account
) -> None:
    both = (merged("ana", into="ben"), condition("late"), condition("anas"))
    put(*both)

    assert problems(account) == {"ben": ["anas", "bens", "late"]}
    assert put(*both) == (0, 0, 3, 0)
    assert AuditEntry.objects.filter(action="people.merged").count() == 2


def test_a_merge_that_the_source_takes_back_is_taken_back(put: Callable[..., Any], account: Account) -> None:
    put(merged("ana", into="ben"), condition("late"))
    put(patient("ana"))

    assert problems(account) == {"ana": ["anas", "late"]}
    assert list(Resource.objects.filter(type="Condition", patient=named("ben")).values_list("fhir_id", flat=True)) == [
        fhir_id("bens")
    ]
    assert AuditEntry.objects.filter(action="people.unmerged").count() == 2


@pytest.mark.parametrize("together", [True, False], ids=["in one file", "another day"])
def test_the_one_that_replaces_may_come_after_the_one_that_is_replaced(
    put: Callable[..., Any], account: Account, together: bool
) -> None:
    first, then = [merged("ana", into="cleo")], [patient("cleo"), condition("cleos", about="cleo")]
    for some in [first + then] if together else [first, then]:
        put(*some)

    assert problems(account) == {"cleo": ["anas", "cleos"]}


@pytest.mark.parametrize("is_first", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(
    ("today", "then"),
    [
        (patient("ana"), {"ana": ["anas"]}),
        (merged("ana", into="ben"), {"ben": ["anas", "bens"]}),
    ],
    ids=["taken back", "into another"],
)
def test_a_merge_that_was_waiting_is_forgotten_when_its_own_file_says_otherwise(
    put: Callable[..., Any], account: Account, today: Fhir, then: dict[str, list[str]], is_first: bool
) -> None:
    """What is stored of the one who was to be replaced is older than what comes with the one who was to replace."""
    put(merged("ana", into="cleo"))
    both = [today, patient("cleo")]
    put(*(both if is_first else reversed(both)), condition("cleos", about="cleo"))

    assert problems(account) == then
    put(today, patient("cleo"), patient("ben"))
    assert problems(account) == then


def test_a_merge_of_a_merge_is_followed_to_its_end_and_back(put: Callable[..., Any], account: Account) -> None:
    put(patient("cleo"), condition("cleos", about="cleo"))
    put(merged("ana", into="ben"))
    put(merged("ben", into="cleo"))
    assert problems(account) == {"cleo": ["anas", "bens", "cleos"]}

    put(patient("ben"))
    assert problems(account) == {"ben": ["anas", "bens"]}


@pytest.mark.parametrize("together", [True, False], ids=["in one file", "in several"])
@pytest.mark.parametrize("circle", [["ana"], ["ana", "ben"], ["ana", "ben", "cleo"]], ids=len)
def test_of_those_who_replace_each_other_in_a_circle_one_stays(
    put: Callable[..., Any], account: Account, send: Callable[..., BundleResult], circle: list[str], together: bool
) -> None:
    put(patient("cleo"))
    entries = [merged(role, into=circle[position - 1]) for position, role in enumerate(circle)]
    results = [send(*entries)] if together else [send(entry) for entry in entries]

    assert [one.problems for result in results for one in result.refusals] == [
        (Problem("Patient.link", Fault.MERGE_CIRCLE),)
    ]
    assert Patient.objects.filter(fhir_id__in=map(fhir_id, circle), replaced_by=None).count() == 1
    assert len(problems(account)) == 1
    assert "anas" in next(iter(problems(account).values()))
    stands = Patient.objects.order_by("pk").values_list("fhir_id", "replaced_by")
    before = list(stands)
    for entry in entries:
        send(entry)
    assert list(stands) == before
    assert AuditEntry.objects.filter(action="people.merge_held").count() == (1 if len(circle) == 1 else 2)


def test_a_merge_may_turn_round(put: Callable[..., Any], account: Account, send: Callable[..., BundleResult]) -> None:
    put(merged("ana", into="ben"))
    assert len(send(merged("ben", into="ana")).refusals) == 1

    put(patient("ana"))

    assert problems(account) == {"ana": ["anas", "bens"]}


@pytest.mark.parametrize("is_forward", [True, False], ids=["forward", "backward"])
def test_a_chain_of_merges_has_no_longest_length(
    put: Callable[..., Any], account: Account, importer: Access, is_forward: bool
) -> None:
    links = list(itertools.pairwise(["ana", *(f"p{number}" for number in range(25)), "ben"]))
    for role, _into in links[1:]:
        put(patient(role))
    for role, into in links if is_forward else reversed(links):
        put(merged(role, into=into))

    assert problems(account) == {"ben": ["anas", "bens"]}
    assert [one.pk for one in find_patients(importer, "MRN-ana")] == [named("ben").pk]
    put(patient("p20"))
    assert {one.fhir_id for one in patients(access_for(account))} == {fhir_id("p20")}


def test_a_link_of_another_kind_merges_nobody(put: Callable[..., Any], account: Account) -> None:
    put(merged("ana", into="ben", kind="seealso"))

    assert problems(account) == {"ana": ["anas"]}


def test_a_helper_of_one_and_owner_of_the_other_is_the_owner_of_both(
    put: Callable[..., Any], account: Account, importer: Access
) -> None:
    link_account(access=importer, account_id=account.pk, patient=named("ben"), scopes=[Scope.VISITS])
    put(merged("ana", into="ben"))

    assert access_for(account).patients == {named("ben").pk: frozenset({SELF})}


def test_a_helper_of_a_merged_record_helps_with_the_other_only_when_somebody_says_so(
    put: Callable[..., Any], account: Account, importer: Access
) -> None:
    ana, ben, lina = named("ana"), named("ben"), make_account("lina@example.org")
    link_account(access=importer, account_id=lina.pk, patient=ana, scopes=[Scope.VISITS, Scope.RESULTS])
    assert access_for(lina).patients == {ana.pk: frozenset({Scope.VISITS, Scope.RESULTS})}

    put(merged("ana", into="ben"))
    assert (access_for(lina).patients, access_for(lina).actor.roles) == ({}, frozenset())

    link_account(access=importer, account_id=lina.pk, patient=ben, scopes=[Scope.VISITS])
    assert access_for(lina).patients == {ben.pk: frozenset({Scope.VISITS})}

    put(patient("ana"))
    assert access_for(lina).patients == {
        ana.pk: frozenset({Scope.VISITS, Scope.RESULTS}),
        ben.pk: frozenset({Scope.VISITS}),
    }


def called(given: str, family: str = "", **others: Any) -> dict[str, Any]:
    """An official name."""
    return {"use": "official", "given": given.split(), **({"family": family} if family else {}), **others}


OLD_NAME = {"use": "old", "given": ["Ana", "María"], "family": "Núñez"}


@pytest.mark.requirement("S26")
@pytest.mark.parametrize(
    "ben",
    [
        patient("ben", birthDate="1980-03-01"),
        patient("ben", birthDate="1980-02"),
        without(patient("ben"), "birthDate"),
        patient("ben", name=[called("Ana María", "Soto")]),
        patient("ben", name=[called("Luz", "Núñez")]),
        patient("ben", name=[called("Luz", "Núñez"), {"use": "nickname", "given": ["Ana María"], "family": "Núñez"}]),
        patient("ben", birthDate="1980-03-01", name=[called("Luz", "Soto"), OLD_NAME]),
    ],
    ids=["another day", "a month", "no day", "another family", "a twin", "a nickname", "an old name, another day"],
)
def test_somebody_elses_record_opens_to_nobody_by_a_merge(
    put: Callable[..., Any], account: Account, send: Callable[..., BundleResult], ben: Fhir
) -> None:
    put(ben)
    file = (condition("late"), merged("ana", into="ben"))
    result = send(*file)

    assert (told(result), result.held) == ((1, 1, 0, 0), 1)
    assert [(one.entry, one.type, one.problems) for one in result.refusals] == [
        (1, "Patient", (Problem("Patient.link", Fault.MERGE_OTHER_PERSON),))
    ]
    assert ImportEntry.objects.order_by("-pk").values_list("refusals", flat=True)[0][0]["entry"] == 1
    assert problems(account) == {"ana": ["anas", "late"]}
    assert {one.fhir_id for one in patients(with_roles(Role.PRIVACY_OFFICER))} == {fhir_id("ana"), fhir_id("ben")}
    lines = AuditEntry.objects.filter(action="people.merge_held", result="refused")
    assert {line.subject for line in lines} == {named("ana").pk, named("ben").pk}
    assert {line.details["why"] for line in lines} == {"merge_other_person"}
    before = everything()

    again = send(*file)

    assert (told(again), again.held, again.refusals) == ((0, 0, 2, 0), 1, result.refusals)
    assert everything() == before
    assert lines.count() == 2
    assert not AuditEntry.objects.filter(action="people.merged").exists()


@pytest.mark.parametrize(
    ("ana", "ben"),
    [
        ({}, {"name": [called("ANA MARIA", "Nunez")]}),
        ({}, {"name": [called("Ana", "Hollis"), OLD_NAME]}),
        ({"name": [called("Ana", "Hollis"), OLD_NAME]}, {}),
        ({"name": [called("Suharto")]}, {"name": [called("Suharto")]}),
    ],
    ids=["another spelling", "an old name there", "an old name here", "one name"],
)
def test_who_shares_a_name_and_the_day_of_birth_is_one_person(
    put: Callable[..., Any], account: Account, ana: dict[str, Any], ben: dict[str, Any]
) -> None:
    put(patient("ana", **ana), patient("ben", **ben))
    put(merged("ana", into="ben", **ana))

    assert problems(account) == {"ben": ["anas", "bens"]}


def test_patients_without_any_name_share_none(send: Callable[..., BundleResult]) -> None:
    result = send(without(merged("ana", into="ben"), "name"), without(patient("ben"), "name"))

    assert [one.problems[0].fault for one in result.refusals] == [Fault.MERGE_OTHER_PERSON]


@pytest.mark.parametrize(
    "born", [{}, {"birthDate": "1980"}, {"birthDate": "1980-05"}], ids=["nothing", "year", "month"]
)
def test_patients_of_whom_nobody_knows_the_day_of_birth_share_none(
    send: Callable[..., BundleResult], born: dict[str, str]
) -> None:
    result = send(
        {**without(merged("ana", into="ben"), "birthDate"), **born}, {**without(patient("ben"), "birthDate"), **born}
    )

    assert [one.problems[0].fault for one in result.refusals] == [Fault.MERGE_OTHER_PERSON]


def test_two_records_with_an_account_each_are_left_to_a_person(
    put: Callable[..., Any], account: Account, importer: Access, send: Callable[..., BundleResult]
) -> None:
    other = make_account("ben@example.org")
    link = link_account(access=importer, account_id=other.pk, patient=named("ben"), is_self=True)

    result = send(merged("ana", into="ben"))
    assert [one.problems[0].fault for one in result.refusals] == [Fault.MERGE_TWO_ACCOUNTS]
    assert (problems(account), problems(other)) == ({"ana": ["anas"]}, {"ben": ["bens"]})

    end_link(access=importer, link=link)
    assert put(merged("ana", into="ben")) == (0, 0, 1, 0)
    assert problems(account) == {"ben": ["anas", "bens"]}


def test_the_account_of_somebody_merged_earlier_counts_too(
    put: Callable[..., Any], account: Account, importer: Access, send: Callable[..., BundleResult]
) -> None:
    put(patient("cleo"))
    other = make_account("cleo@example.org")
    link_account(access=importer, account_id=other.pk, patient=named("cleo"), is_self=True)
    put(merged("ana", into="ben"))

    for merge in (merged("cleo", into="ana"), merged("ben", into="cleo")):
        assert [one.problems[0].fault for one in send(merge).refusals] == [Fault.MERGE_TWO_ACCOUNTS]
    assert (problems(account), set(problems(other))) == ({"ben": ["anas", "bens"]}, {"cleo"})


def test_the_account_of_somebody_merged_earlier_counts_where_the_old_number_is_named_too(
    put: Callable[..., Any], account: Account, importer: Access, send: Callable[..., BundleResult]
) -> None:
    put(merged("cleo", into="ben"))
    other = make_account("cleo@example.org")
    with pytest.raises(AlreadyLinked):
        link_account(access=importer, account_id=other.pk, patient=named("cleo"), is_self=True)
    put(patient("cleo"))
    link_account(access=importer, account_id=other.pk, patient=named("cleo"), is_self=True)
    put(merged("cleo", into="ben"))

    result = send(merged("ana", into="cleo"), patient("ben", active=False))

    assert [one.problems[0].fault for one in result.refusals] == [Fault.MERGE_TWO_ACCOUNTS]
    assert (set(problems(account)), set(problems(other))) == ({"ana"}, {"ben"})


def test_a_record_that_another_account_owns_by_a_merge_becomes_nobody_elses_own(
    put: Callable[..., Any], account: Account, importer: Access
) -> None:
    put(merged("ana", into="ben"))
    other = make_account("ben@example.org")

    with pytest.raises(AlreadyLinked):
        link_account(access=importer, account_id=other.pk, patient=named("ben"), is_self=True)
    link_account(access=importer, account_id=other.pk, patient=named("ben"), scopes=[Scope.RECORD])
    link_account(access=importer, account_id=account.pk, patient=named("ben"), is_self=True)

    assert set(problems(account)) == {"ben"}


def test_one_who_comes_under_another_name_replaces_nobody_at_once(
    put: Callable[..., Any], account: Account, send: Callable[..., BundleResult]
) -> None:
    """Else a source that writes one patient over another and merges into them would open the other's record."""
    put(patient("ben", name=[called("Bea", "Ortiz")]))

    result = send(merged("ana", into="ben"), patient("ben"))

    assert [one.problems[0].fault for one in result.refusals] == [Fault.MERGE_OTHER_PERSON]
    assert set(problems(account)) == {"ana"}


def test_one_account_may_own_both(put: Callable[..., Any], account: Account, importer: Access) -> None:
    link_account(access=importer, account_id=account.pk, patient=named("ben"), is_self=True)
    put(merged("ana", into="ben"))

    assert problems(account) == {"ben": ["anas", "bens"]}


@pytest.mark.requirement("S26")
@pytest.mark.parametrize("target", ["ben", "cleo"], ids=["known", "still to come"])
def test_who_comes_as_somebody_else_and_replaced_at_once_stays_as_stored(
    put: Callable[..., Any], account: Account, send: Callable[..., BundleResult], target: str
) -> None:
    """Else a source that writes one patient over another and merges them would open the other's record."""
    put(patient("ben", birthDate="1991-07-07"))
    stranger = merged("ana", into=target, birthDate="1991-07-07")
    before = everything()

    for late in ("late", "cleos"):
        result = send(stranger, condition(late))
        assert [one.problems for one in result.refusals] == [(Problem("Patient.link", Fault.MERGE_CHANGED_PERSON),)]
    put(patient("cleo", birthDate="1991-07-07"))

    assert set(problems(account)) == {"ana"}
    assert everything()["patients"][:2] == before["patients"]
    assert problems(account) == {"ana": ["anas", "cleos", "late"]}


def test_nobody_else_is_judged_by_what_is_not_taken(
    put: Callable[..., Any], account: Account, send: Callable[..., BundleResult]
) -> None:
    stranger = patient("ben", birthDate="1991-07-07")
    put(stranger)
    send(merged("ben", into="ana", birthDate="1991-07-07"))

    result = send(merged("ana", into="ben", birthDate="1991-07-07"))

    assert [one.problems[0].fault for one in result.refusals] == [
        Fault.MERGE_CHANGED_PERSON,
        Fault.MERGE_OTHER_PERSON,
    ]
    assert problems(account) == {"ana": ["anas"]}


def test_a_merge_that_waited_for_somebody_else_is_held_where_they_come(
    put: Callable[..., Any], account: Account, send: Callable[..., BundleResult]
) -> None:
    put(merged("ana", into="cleo"))
    stranger = (condition("cleos", about="cleo"), patient("cleo", birthDate="1991-07-07"))
    result = send(*stranger)

    assert [(one.entry, one.problems) for one in result.refusals] == [
        (1, (Problem("Patient", Fault.MERGE_OTHER_PERSON),))
    ]
    assert problems(account) == {"ana": ["anas"]}
    assert AuditEntry.objects.filter(action="people.merge_held").count() == 2


def test_a_merge_that_was_held_is_followed_when_the_source_has_put_the_other_right(
    put: Callable[..., Any], account: Account, send: Callable[..., BundleResult]
) -> None:
    put(patient("ben", birthDate="1991-07-07"))
    assert len(send(merged("ana", into="ben")).refusals) == 1

    put(patient("ben"))

    assert problems(account) == {"ben": ["anas", "bens"]}


def test_what_stands_is_not_judged_again_when_somebody_takes_another_name(
    put: Callable[..., Any], account: Account
) -> None:
    put(merged("ana", into="ben"))
    put(patient("ben", name=[called("Ana", "Hollis")]))
    put(merged("ana", into="ben", active=False))

    assert problems(account) == {"ben": ["anas", "bens"]}


def test_an_old_export_merges_nobody(put: Callable[..., Any], account: Account) -> None:
    put(patient("ana", meta={"lastUpdated": "2026-11-20T00:00:00Z"}))
    put(merged("ana", into="ben", meta={"lastUpdated": "2026-11-01T00:00:00Z"}))

    assert problems(account) == {"ana": ["anas"]}


def test_a_link_of_another_kind_to_whoever_comes_merges_nobody(
    put: Callable[..., Any], account: Account, send: Callable[..., BundleResult]
) -> None:
    put(patient("ben", birthDate="1991-07-07"))
    also = {"other": {"reference": f"Patient/{fhir_id('cleo')}"}, "type": "seealso"}
    send(merged("ana", into="ben") | {"link": [also, *merged("ana", into="ben")["link"]]})
    put(patient("cleo"))

    assert problems(account) == {"ana": ["anas"]}


@pytest.mark.parametrize("order", list(itertools.permutations(("ana", "ben", "cleo"))), ids="-".join)
def test_merges_of_one_file_are_judged_one_after_the_other(
    put: Callable[..., Any], account: Account, importer: Access, send: Callable[..., BundleResult], order: list[str]
) -> None:
    """Of first → second → third, the first and the third with an account each, only one can be followed."""
    put(patient("cleo"))
    accounts = [make_account(f"{role}@example.com") for role in (order[0], order[2])]
    PatientLink.objects.all().delete()
    for one, role in zip(accounts, (order[0], order[2]), strict=True):
        link_account(access=importer, account_id=one.pk, patient=named(role), is_self=True)

    result = send(merged(order[0], into=order[1]), merged(order[1], into=order[2]), patient(order[2]))

    assert [one.problems[0].fault for one in result.refusals] == [Fault.MERGE_TWO_ACCOUNTS]
    assert set(problems(accounts[0])).isdisjoint(problems(accounts[1]))


def test_the_number_of_somebody_whose_merge_is_held_stays_theirs(put: Callable[..., Any], account: Account) -> None:
    with pytest.raises(PatientIdentifierTaken):
        put(merged("ana", into="ben"), patient("ben", birthDate="1991-07-07", **numbered("ben", "ana")))

    assert numbers() == TWO


def test_who_is_taken_out_of_a_record_that_moves_on_does_not_go_along(
    put: Callable[..., Any], account: Account
) -> None:
    put(patient("cleo"), condition("cleos", about="cleo"))
    put(merged("cleo", into="ana"))
    put(merged("ana", into="ben"), patient("cleo"))

    owners = Resource.objects.filter(type="Condition").values_list("fhir_id", "patient__fhir_id")
    assert dict(owners) == {
        fhir_id("anas"): fhir_id("ben"),
        fhir_id("bens"): fhir_id("ben"),
        fhir_id("cleos"): fhir_id("cleo"),
    }


SURVIVOR = patient("ben", **numbered("ben", "ana"))
ONE = {"MRN-ana": "ben", "MRN-ben": "ben"}
TWO = {"MRN-ana": "ana", "MRN-ben": "ben"}


@pytest.mark.parametrize("is_first", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("known", [(), ("ana",), ("ben",), ("ana", "ben")], ids=["none", "first", "second", "both"])
def test_who_replaces_somebody_has_their_number_too_in_any_order(
    put: Callable[..., Any], known: tuple[str, ...], is_first: bool
) -> None:
    for role in known:
        put(patient(role))
    both = [merged("ana", into="ben"), SURVIVOR]
    put(*(both if is_first else reversed(both)))

    assert numbers() == ONE
    assert put(*both) == (0, 0, 2, 0)
    put(merged("ana", into="ben", active=False))
    assert numbers() == ONE
    put(without(merged("ana", into="ben"), "identifier"))
    assert numbers() == ONE


def test_the_number_of_one_who_was_to_be_replaced_goes_to_whoever_replaces_them(put: Callable[..., Any]) -> None:
    put(merged("ana", into="ben"))
    put(SURVIVOR)

    assert numbers() == ONE


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_two_merged_into_a_third_may_all_have_the_same_number(put: Callable[..., Any], order: tuple[int, ...]) -> None:
    three = [
        merged("ana", into="cleo", **numbered("ana")),
        merged("ben", into="cleo", **numbered("ana")),
        patient("cleo", **numbered("cleo", "ana")),
    ]
    put(*(three[position] for position in order))

    assert numbers() == {"MRN-ana": "cleo", "MRN-cleo": "cleo"}


@pytest.mark.parametrize(
    "apart",
    [[patient("ana")], [patient("ana"), patient("ben")], [patient("ben"), patient("ana")]],
    ids=["alone", "before", "after"],
)
def test_a_number_comes_back_with_the_merge_that_is_taken_back(put: Callable[..., Any], apart: list[Fhir]) -> None:
    put(merged("ana", into="ben"), SURVIVOR)
    put(*apart)

    assert numbers() == TWO


@pytest.mark.parametrize("is_first", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("were_one", [True, False], ids=["were one", "never were"])
def test_a_number_that_two_people_claim_refuses_the_file_in_any_order(
    put: Callable[..., Any], were_one: bool, is_first: bool
) -> None:
    put(*([merged("ana", into="ben"), SURVIVOR] if were_one else [patient("ana"), patient("ben")]))
    before = numbers()
    both = [patient("ana", active=False), patient("ben", active=False, **numbered("ben", "ana"))]

    with pytest.raises(PatientIdentifierTaken):
        put(*(both if is_first else reversed(both)))

    assert numbers() == before


@pytest.mark.requirement("S35")
def test_who_looked_at_a_record_that_was_merged_is_still_told(put: Callable[..., Any], account: Account) -> None:
    put(patient("cleo"))
    officer = with_roles(Role.PRIVACY_OFFICER)
    for role in ("ana", "ben", "cleo"):
        audit.record(officer, action="records.viewed", subject=named(role).pk, detail={"of": role})

    def told_about(role: str, access: Access) -> list[str]:
        entries = who_looked(access, named(role).pk).filter(action="records.viewed")
        return sorted(entry.details["of"] for entry in entries)

    def in_trail(**asked: str) -> list[str]:
        state = ListState.read({**asked, "action": "records.viewed"}, AUDIT_LIST)
        return sorted(entry.details["of"] for entry in find_entries(state, patients_asked(officer, state)))

    assert told_about("ben", own(named("ben"))) == ["ben"]
    put(merged("ana", into="ben"))
    put(merged("ben", into="cleo"))

    cleo = own(named("cleo"))
    for access in (access_for(account), cleo):
        assert told_about("cleo", access) == ["ana", "ben", "cleo"]
    assert told_about("cleo", own(named("ben"))) == []
    assert told_about("cleo", cleo.about(named("ben"))) == []
    assert in_trail(patient=str(named("cleo").pk)) == ["ana", "ben", "cleo"]
    assert in_trail(patient=str(named("ben").pk)) == ["ana", "ben"]
    assert in_trail(person="MRN-cleo") == ["ana", "ben", "cleo"]
    with CaptureQueriesContext(connection) as seen:
        assert told_about("cleo", cleo) == ["ana", "ben", "cleo"]
    assert len(seen) == 3  # the test's own patient, those merged into them, the trail


@pytest.mark.requirement("S35")
def test_a_circle_of_merged_patients_is_followed_once(put: Callable[..., Any], account: Account) -> None:
    ana, ben = named("ana"), named("ben")
    Patient.objects.filter(pk=ana.pk).update(replaced_by=ben)
    Patient.objects.filter(pk=ben.pk).update(replaced_by=ana)

    assert same_people([ana.pk]) == {ana.pk, ben.pk}
