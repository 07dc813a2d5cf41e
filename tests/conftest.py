"""Fixtures: scopes, hospitals, real commits."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from kernel.tenancy.context import HospitalContext
from kernel.tenancy.models import Domain, Hospital, Provisioning
from kernel.tenancy.provisioning import HospitalRequest, request_hospital, run_provisioning
from kernel.tenancy.resolution import context_for
from kernel.tenancy.schemas import OWNER, drop_schema
from kernel.tenancy.scope import SHARED_SCHEMA, Scope, activate, deactivate, peek_scope, shared


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The database is there already: pytest-django must not make one."""


@pytest.fixture(autouse=True)
def _no_scope_is_left() -> Iterator[None]:

    assert peek_scope() is None, "an earlier test left a scope behind"
    token = activate(None)
    yield
    deactivate(token)


@pytest.fixture
def hospital_context(db: None) -> Callable[[str], HospitalContext]:
    """The description of one of the three prepared hospitals, by slug."""

    def find(slug: str) -> HospitalContext:
        with shared():
            key = Hospital.objects.values_list("pk", flat=True).get(slug=slug)
        return _known(key)

    return find


def _known(hospital_id: UUID) -> HospitalContext:
    context = context_for(hospital_id)
    assert context is not None
    return context


@pytest.fixture
def in_northfield(hospital_context: Callable[[str], HospitalContext]) -> Iterator[HospitalContext]:
    """The test runs inside Northfield."""

    context = hospital_context("northfield")
    token = activate(Scope(context.schema_name, context.role_name, context))
    yield context
    deactivate(token)


@pytest.fixture
def in_shared(db: None) -> Iterator[None]:
    """The test runs under ``shared()``."""

    token = activate(Scope(SHARED_SCHEMA))
    yield
    deactivate(token)


@pytest.fixture
def committed(django_db_blocker: object) -> Iterator[None]:
    """Real commits, for what only they can show. Nothing is rolled back: use ``new_hospital`` and leave the rest be."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield


@pytest.fixture
def new_hospital(committed: None) -> Iterator[Callable[..., HospitalContext]]:
    """Make hospitals of one's own by replay; they are dropped when the test ends."""

    made: list[UUID] = []

    def make(slug: str | None = None, **wanted: Any) -> HospitalContext:
        given: dict[str, Any] = {
            "name": "Test Hospital",
            "network_slug": "test",
            "network_name": "Test",
            "country": "US",
            "time_zone": "America/Chicago",
            "currency": "USD",
            "languages": ("en", "es"),
            **wanted,
        }
        with shared():
            row = request_hospital(HospitalRequest(slug=slug or f"t{secrets.token_hex(6)}", **given))
        made.append(row.hospital_id)
        run_provisioning(row.pk)
        return _known(row.hospital_id)

    yield make
    for key in made:
        drop_hospital(key)


def drop_hospital(key: UUID) -> None:
    """Not in the fixture itself: a scope cannot be entered inside a generator."""
    with shared(), transaction.atomic(using=OWNER):
        found = Hospital.objects.using(OWNER).filter(pk=key).first()
        if found is not None:
            drop_schema(found.schema_name, found.role_name)
            Domain.objects.using(OWNER).filter(tenant_id=key).delete()
            Hospital.objects.using(OWNER).filter(pk=key).delete()
        Provisioning.objects.using(OWNER).filter(hospital_id=key).delete()
