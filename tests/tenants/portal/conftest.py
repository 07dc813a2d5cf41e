"""Northfield with two patients' records, and browsers of its people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel import clock
from kernel.accounts.models import Account
from kernel.accounts.services.register import create_account
from kernel.accounts.sessions import ACCOUNT, AS_STAFF, EXPIRES, IDLE, SessionStore
from kernel.audit.models import AuditEntry
from kernel.permissions import Role, Scope, system_access
from kernel.permissions.services import assign_role
from tenants.people.links import link_account, name_practitioner
from tenants.people.models import Patient
from tenants.records.bundles import read_json, write_json
from tenants.records.demonstration.bundles import demonstration_bundles
from tenants.records.demonstration.people import HOSPITALS
from tenants.records.demonstration.writing import demonstration_id
from tenants.records.models import Resource
from tenants.records.services.importing import import_bundle
from tests.clients import HostClient, client_for

SYSTEM = system_access("arranging a test", app="command")
NORTHFIELD = HOSPITALS["northfield"]
COOKIE = "__Host-portico"


@dataclass
class Place:
    """Northfield as the tests of its pages need it."""

    door: HostClient

    def inside(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call ``work`` in the hospital."""
        return self.door.inside(work, *args, **kwargs)

    def patient(self, key: str) -> Patient:
        """A patient by the key of the demonstration."""
        found: Patient = self.inside(Patient.objects.get, fhir_id=demonstration_id(NORTHFIELD, "patient", key))
        return found

    def newest(self, key: str, kind: str, **more: Any) -> UUID:
        """The newest resource of a type of a patient."""
        patient = self.patient(key)
        found: UUID = self.inside(
            lambda: (
                Resource.objects.filter(patient=patient, type=kind, **more)
                .order_by("-starts", "-id")
                .values_list("pk", flat=True)[0]
            )
        )
        return found

    def change(self, key: UUID, **changes: Any) -> None:
        """Put other elements into a stored resource."""

        def put() -> None:
            row = Resource.objects.get(pk=key)
            content = {**read_json(bytes(row.content)), **changes}
            Resource.objects.filter(pk=key).update(content=write_json(content), status=content["status"])

        self.inside(put)

    def audited(self) -> list[tuple[str, UUID | None]]:
        """Actions of the trail with their subjects, oldest first, without what arranging left."""
        rows: list[tuple[str, UUID | None]] = self.inside(
            lambda: list(
                AuditEntry.objects.exclude(app="command").order_by("at", "id").values_list("action", "subject")
            )
        )
        return rows

    def somebody(
        self, login: str, *, own: str = "", helps: dict[str, tuple[Scope, ...]] | None = None,
        role: Role | None = None, practitioner: str = "", language: str = "en",
    ) -> HostClient:  # fmt: skip
        """A browser in which this person has signed in."""
        client = client_for("northfield")

        def make() -> str:
            account = create_account(
                access=SYSTEM, login=login, email=f"{login}@example.org", display_name=login.title(), password=None,
                language=language,
            )  # fmt: skip
            _connect(account, own, helps or {}, role, practitioner)
            session = SessionStore(door="hospital")
            session[ACCOUNT] = str(account.pk)
            session[AS_STAFF] = role is not None
            session[IDLE] = 3600
            session[AS_STAFF] = role is not None
            session[EXPIRES] = (clock.now() + timedelta(days=1)).isoformat()
            session.create()
            return str(session.session_key)

        client.cookies[COOKIE] = self.inside(make)
        return client


def _connect(
    account: Account, own: str, helps: dict[str, tuple[Scope, ...]], role: Role | None, practitioner: str
) -> None:
    if role is not None:
        assign_role(access=SYSTEM, account=account, role=role)
    opened: dict[str, tuple[Scope, ...]] = {own: ()} if own else {}
    for key, scopes in {**opened, **helps}.items():
        patient = Patient.objects.get(fhir_id=demonstration_id(NORTHFIELD, "patient", key))
        link_account(access=SYSTEM, account_id=account.pk, patient=patient, scopes=scopes, is_self=key == own)
    if practitioner:
        name_practitioner(
            access=SYSTEM,
            account_id=account.pk,
            practitioner=demonstration_id(NORTHFIELD, "practitioner", practitioner),
        )


@pytest.fixture
def northfield(db: None) -> Place:
    """Northfield with the records of James, Denise and Eleanor."""
    place = Place(client_for("northfield"))

    def fill() -> None:
        for bundle in demonstration_bundles(NORTHFIELD, anchor=clock.today("America/Chicago"), canaries={}):
            if bundle.person in ("", "james", "denise", "eleanor"):
                import_bundle(access=SYSTEM, content=bundle.content, source="demonstration", name=bundle.name)

    place.inside(fill)
    return place
