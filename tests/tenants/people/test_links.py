"""Opening a record to an account, and closing it again."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import audit
from kernel.accounts.doors import Door
from kernel.accounts.models import Account
from kernel.accounts.services.sign_in import Origin, acting
from kernel.audit.models import AuditEntry
from kernel.permissions import SELF, Access, Channel, NotPermitted, Scope, system_access
from kernel.permissions.selectors import access_for
from tenants.people.links import AlreadyLinked, end_link, link_account
from tenants.people.merges import held_merges
from tenants.people.models import Patient, PatientLink
from tenants.people.services import record_patient
from tests.factories.access import own
from tests.factories.accounts import make_account
from tests.tenants.people.test_patients import ANA

pytestmark = pytest.mark.usefixtures("in_northfield")


@pytest.fixture
def keeper() -> Access:
    """Somebody who may link."""
    return system_access("A test links", app="command")


@pytest.fixture
def ana(keeper: Access) -> Patient:
    """A patient."""
    return record_patient(access=keeper, facts=ANA, source="test")


@pytest.fixture
def lina(db: None) -> Account:
    """An account that may get to see a record."""
    return make_account("lina@example.org")


def test_a_helper_sees_the_slices_that_were_opened_until_the_link_ends(
    keeper: Access, ana: Patient, lina: Account
) -> None:
    link = link_account(
        access=keeper, account_id=lina.pk, patient=ana, scopes=[Scope.VISITS, Scope.RESULTS], relationship="daughter"
    )
    assert access_for(lina).patients == {ana.pk: frozenset({Scope.VISITS, Scope.RESULTS})}

    end_link(access=keeper, link=link)
    end_link(access=keeper, link=link)

    assert access_for(lina).patients == {}
    lines = AuditEntry.objects.filter(action__startswith="people.", subject=ana.pk).order_by("pk")
    assert [line.action for line in lines] == ["people.linked", "people.unlinked"]


def test_whoever_signs_in_is_in_the_trail_as_what_the_records_open_to_them_make_them(
    keeper: Access, ana: Patient, lina: Account
) -> None:
    origin = Origin(Door("hospital", "northfield.localhost", "Northfield", "__Host-portico"), Channel())
    link_account(access=keeper, account_id=lina.pk, patient=ana, is_self=True)
    other = make_account("other@example.org")
    link_account(access=keeper, account_id=other.pk, patient=ana, scopes=[Scope.VISITS], relationship="daughter")

    kinds = [
        audit.record(acting(account, origin), action="accounts.signed_in").actor_kind
        for account in (lina, other, make_account("nobody@example.org"))
    ]

    assert kinds == ["patient", "helper", "anonymous"]


def test_an_account_is_linked_to_a_record_once(keeper: Access, ana: Patient, lina: Account) -> None:
    link_account(access=keeper, account_id=lina.pk, patient=ana, is_self=True)
    assert access_for(lina).patients == {ana.pk: frozenset({SELF})}

    with pytest.raises(AlreadyLinked):
        link_account(access=keeper, account_id=lina.pk, patient=ana, scopes=[Scope.VISITS])

    assert PatientLink.objects.get().kind == PatientLink.Kind.SELF
    assert AuditEntry.objects.filter(action="people.linked").count() == 1


def test_a_record_that_opens_is_locked_like_one_that_is_merged(keeper: Access, ana: Patient, lina: Account) -> None:
    """So that a merge which is judged meanwhile waits for the link, or the link for the merge."""
    merge = {"ana": replace(ANA, replaced_by_fhir_id="ben"), "ben": replace(ANA, fhir_id="ben", identifiers=())}
    for act in (
        lambda: link_account(access=keeper, account_id=lina.pk, patient=ana, is_self=True),
        lambda: held_merges(access=keeper, beside=merge),
    ):
        with CaptureQueriesContext(connection) as seen:
            act()
        locks = [query["sql"] for query in seen if "FOR NO KEY UPDATE" in query["sql"]]
        assert [lock.count('FROM "people_patient"') for lock in locks] == [1]


@pytest.mark.requirement("S27")
def test_patients_do_not_open_records_by_themselves(ana: Patient, lina: Account) -> None:
    with pytest.raises(NotPermitted):
        link_account(access=own(ana.pk), account_id=lina.pk, patient=ana, scopes=[Scope.VISITS])
    assert PatientLink.objects.count() == 0
