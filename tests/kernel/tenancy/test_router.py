"""Which tables a migration makes: those of the scope it runs in, and none without one."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import router
from django.db.migrations.executor import MigrationExecutor

from kernel.tenancy.context import HospitalContext
from kernel.tenancy.schemas import drop_schema, make_schema, owner_connection, role_for
from kernel.tenancy.scope import hospital, schema, shared

Contexts = Callable[[str], HospitalContext]
BOTH, SHARED_ONLY, HOSPITALS_ONLY, NEITHER = (True, True), (True, False), (False, True), (False, False)


@pytest.mark.requirement("S07")
@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("accounts", BOTH),
        ("audit", BOTH),
        ("tenancy", SHARED_ONLY),
        ("hospitals", SHARED_ONLY),
        ("records", HOSPITALS_ONLY),
        ("api_auth", HOSPITALS_ONLY),
        ("operators", NEITHER),
        ("auth", NEITHER),
    ],
)
def test_an_app_migrates_where_it_is_listed_and_nowhere_without_a_scope(
    hospital_context: Contexts, label: str, expected: tuple[bool, bool]
) -> None:
    with shared():
        in_shared = router.allow_migrate("owner", label)
    with hospital(hospital_context("northfield")):
        in_a_hospital = router.allow_migrate("owner", label)
    with schema("template_of_a_test"):
        in_a_template = router.allow_migrate("owner", label)
    assert (in_shared, in_a_hospital) == expected
    assert in_a_template is in_a_hospital
    assert router.allow_migrate("owner", label) is False


def test_an_app_that_is_listed_by_its_class_migrates_there_too(settings: Any) -> None:
    settings.TENANT_APPS = [*settings.TENANT_APPS, "django.contrib.auth.apps.AuthConfig"]
    with schema("template_of_a_test"):
        assert router.allow_migrate("owner", "auth") is True
    with shared():
        assert router.allow_migrate("owner", "auth") is False


@pytest.fixture
def empty_schema(committed: None) -> Iterator[str]:
    name = f"h_{secrets.token_hex(8)}"
    in_shared(make_schema, name)
    yield name
    in_shared(drop_schema, name)


def in_shared(work: Callable[[str, str], None], name: str) -> None:
    """Not in the fixture itself: a scope cannot be entered inside a generator."""
    with shared():
        work(name, role_for(name))


@pytest.mark.requirement("S07")
def test_a_migration_in_a_hospitals_schema_leaves_out_the_providers_tables(empty_schema: str) -> None:
    with schema(empty_schema):
        MigrationExecutor(owner_connection()).migrate(
            [("networks", "0001_administrators"), ("preferences", "0001_decisions")]
        )
        tables = owner_connection().introspection.table_names()
    assert sorted(tables) == ["django_migrations", "preferences_preferencevalue"]
