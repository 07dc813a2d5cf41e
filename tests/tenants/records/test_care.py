"""Who is in whose care: the care team, or an encounter or appointment within 24 months (DESIGN section 4)."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import time_machine

from kernel.accounts.models import Account
from kernel.permissions import SELF, Access, NotFound, Role
from kernel.permissions.selectors import access_for
from tenants.people.links import name_practitioner
from tenants.people.selectors import patient, patients
from tenants.records import permissions
from tenants.records.selectors.reading import covered
from tests.factories.access import with_roles
from tests.factories.accounts import make_account
from tests.tenants.records.samples import NOON, Resource, appointment, condition, encounter, fhir_id, practitioner, urn

pytestmark = pytest.mark.usefixtures("in_northfield")


def with_osei(made: Resource, answer: str = "accepted") -> Resource:
    """The visit, with Dr. Osei taking part."""
    who = {"reference": urn("osei")}
    if made["resourceType"] == "Encounter":
        return {**made, "participant": [{"individual": who}]}
    return {**made, "participant": [*made["participant"], {"actor": who, "status": answer}]}


def care_team(status: str = "active", member: str = "osei", **changes: Any) -> Resource:
    """A team that looks after Ana."""
    return {
        "resourceType": "CareTeam",
        "id": fhir_id("team"),
        "status": status,
        "subject": {"reference": urn("ana")},
        "participant": [{"member": {"reference": urn(member)}}],
        **changes,
    }


def member(**period: str) -> dict[str, Any]:
    """Dr. Osei as a member for a time."""
    return {"member": {"reference": urn("osei")}, "period": period}


@pytest.fixture(autouse=True)
def noon(in_northfield: object) -> Iterator[None]:
    """It is noon, for those who get roles as for those who look."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def osei(importer: Access, noon: None) -> Account:
    """The account of Dr. Osei."""
    account = make_account("osei@example.org", Role.CLINICIAN)
    name_practitioner(access=importer, account_id=account.pk, practitioner=fhir_id("osei"))
    return account


RELATIONS: list[tuple[str, Resource, bool]] = [
    ("seen yesterday", with_osei(encounter(period={"start": "2026-11-21T09:00:00Z"})), True),
    ("seen within 24 months", with_osei(encounter(period={"start": "2024-11-23T12:00:00Z"})), True),
    ("seen before that", with_osei(encounter(period={"start": "2024-11-21T12:00:00Z"})), False),
    ("will be seen", with_osei(appointment()), True),
    ("was cancelled", with_osei(appointment(status="cancelled")), False),
    ("did not come", with_osei(appointment(status="noshow", start="2026-11-01T10:00:00Z")), False),
    ("was a mistake", with_osei(encounter(status="entered-in-error")), False),
    ("seen by somebody else", encounter(), False),
    ("in the team", care_team(), True),
    ("in a team without an end", care_team(period={"start": "2020-01-01"}), True),
    ("in a team of the past", care_team(period={"start": "2020-01-01", "end": "2025-01-01"}), False),
    ("in a team that is closed", care_team("inactive"), False),
    ("in a team that was proposed", care_team("proposed"), False),
    ("left a team that goes on", care_team(participant=[member(end="2026-11-21")]), False),
    ("will leave the team", care_team(participant=[member(start="2020", end="2026-12-01")]), True),
    ("will join the team", care_team(participant=[member(start="2026-12-01")]), False),
    ("left the team and came back", care_team(participant=[member(end="2020"), member(start="2026-01-01")]), True),
    ("left one role of two", care_team(participant=[member(end="2020"), {"member": {"reference": urn("osei")}}]), True),
    ("declined", with_osei(appointment(), "declined"), False),
    ("has not answered yet", with_osei(appointment(), "needs-action"), True),
    ("another's team", care_team(member="lindqvist"), False),
]


@pytest.mark.requirement("S26")
@pytest.mark.parametrize(("relation", "is_care"), [row[1:] for row in RELATIONS], ids=[row[0] for row in RELATIONS])
def test_a_clinician_finds_those_in_care_and_nobody_else(
    store: Callable[..., UUID], osei: Account, relation: Resource, is_care: bool
) -> None:
    ana = store(practitioner(), practitioner("lindqvist"), relation)
    store(about="ben")

    access = access_for(osei)

    assert [row.pk for row in patients(access)] == ([ana] if is_care else [])
    if is_care:
        assert patient(access, ana).pk == ana
    else:
        with pytest.raises(NotFound):
            patient(access, ana)


def test_a_clinician_reads_their_own_record_as_a_patient(store: Callable[..., UUID], osei: Account) -> None:
    coding = {"system": "http://terminology.hl7.org/x", "code": "differential"}
    considered: dict[str, Any] = {"verificationStatus": {"coding": [coding]}}
    ana = store(practitioner(), with_osei(encounter()), condition("of-ana", **considered), condition("anas-flu"))
    ben = store(condition("of-ben", "ben", **considered), condition("bens-flu", "ben"), about="ben")
    access = with_roles(
        Role.CLINICIAN, Role.PATIENT, account_id=osei.pk, patients={ben: frozenset({SELF}), ana: frozenset()}
    )

    def shown(reader: Access) -> set[str]:
        return {row.fhir_id for row in covered(reader, permissions.VIEW, "Condition")}

    assert shown(access) == {fhir_id(role) for role in ("of-ana", "anas-flu", "bens-flu")}
    assert shown(access.on_patient_side()) == {fhir_id("bens-flu")}
    assert len(shown(with_roles(Role.CLINICIAN, account_id=osei.pk))) == 2
