"""Two patients of Northfield with an account each, and keys for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from api.auth.services import create_key
from kernel.accounts.models import Account
from kernel.permissions import Access, Role
from kernel.permissions.selectors import access_for
from kernel.tenancy.context import HospitalContext
from tenants.people.links import link_account
from tenants.people.models import Patient
from tenants.records.models import Resource
from tenants.records.services.importing import import_bundle
from tests.clients import HostClient, client_for
from tests.factories.accounts import SYSTEM, make_account
from tests.tenants.records import samples


@dataclass
class Caller:
    """A patient who lets programs call."""

    account: Account
    patient: Patient
    result: Resource
    problem: Resource

    @property
    def access(self) -> Access:
        """What the account may do."""
        return access_for(self.account)

    def key(self, *scopes: str) -> str:
        """A new key of the account."""
        return create_key(access=self.access, name="My program", scopes=scopes, days=30)[1]


def make_caller(role: str) -> Caller:
    """A patient with one result, one problem and an account, in the hospital in context."""
    resources: list[Any] = [
        samples.patient(role),
        samples.observation(f"{role}-hba1c", role),
        samples.condition(f"{role}-diabetes", role),
    ]
    import_bundle(access=SYSTEM, content=samples.bundle(*resources), source="test", name=f"{role}.json")
    patient = Patient.objects.get(fhir_id=samples.fhir_id(role))
    account = make_account(f"{role}@example.org")
    link_account(access=SYSTEM, account_id=account.pk, patient=patient, is_self=True)
    return Caller(
        account,
        patient,
        Resource.objects.get(patient=patient, type="Observation"),
        Resource.objects.get(patient=patient, type="Condition"),
    )


@pytest.fixture
def caller(in_northfield: HospitalContext) -> Callable[[str], Caller]:
    """Make a patient with one result, one problem and an account."""
    return make_caller


@pytest.fixture
def clerk(in_northfield: HospitalContext) -> Account:
    """Somebody at the front desk."""
    return make_account("desk@example.org", Role.FRONT_DESK)


@pytest.fixture
def northfield() -> HostClient:
    """A program that speaks to Northfield."""
    return client_for("northfield")
