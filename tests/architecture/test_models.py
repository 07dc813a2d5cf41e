"""What every table must be: classified, ours, few, and append-only where it says so."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.migrations import AddField, CreateModel
from django.db.migrations.loader import MigrationLoader

from kernel.data_classes import undeclared_fields
from kernel.tenancy.base import EverywhereModel, HospitalModel, SharedModel
from kernel.tenancy.models import Hospital
from kernel.tenancy.schemas import owner_connection
from kernel.tenancy.scope import shared
from kernel.tenancy.ways import flattened, way_of

MOST_TABLES = 140
MOST_INDEXES_A_TABLE = 4.0
# A feature's share of the 140; a new feature takes its share here, so that the sum is seen.
SHARES = {
    "accounts": 8,
    "account": 3,
    "mfa": 1,
    "audit": 4,
    "events": 4,
    "keys": 2,
    "mail": 2,
    "permissions": 6,
    "preferences": 4,
    "people": 16,
    "records": 16,
    "portal": 6,
    "setup": 4,
    "auth_api": 6,
    "django_migrations": 1,
}
OTHERS_SHARE = 6
# Tables that libraries bring: they are stamped by nobody, and have no field that refers to a patient.
LIBRARIES = {"django_tenants", "account", "mfa", "auth", "contenttypes", "sessions"}
APPEND_ONLY = ("audit_entry", "audit_seal", "django_migrations")


def hospital_tables(schema_name: str) -> dict[str, int]:
    """Each table of a schema (partitions with their parent) and how many indexes it has."""
    with shared(), owner_connection().cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid) FROM pg_class c"
            " WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p') AND NOT c.relispartition",
            [schema_name],
        )
        return dict(cursor.fetchall())


@pytest.fixture
def schema_name(committed: None) -> str:
    with shared():
        return Hospital.objects.get(slug="northfield").schema_name


@pytest.mark.requirement("S63")
def test_every_stored_field_has_a_data_class() -> None:
    tables = {
        model._meta.label
        for model in apps.get_models()
        if f"{type(model._meta.app_config).__name__}" and model._meta.app_config.name in _with_tables()
    }
    missing = [name for name in undeclared_fields() if name.rsplit(".", 1)[0] in tables]
    assert missing == []


def _with_tables() -> set[str]:
    return {*settings.SHARED_APPS, *settings.TENANT_APPS}


def test_a_hospital_has_at_most_140_tables_and_4_indexes_a_table(schema_name: str) -> None:
    tables = hospital_tables(schema_name)
    assert len(tables) <= MOST_TABLES
    assert sum(tables.values()) / len(tables) <= MOST_INDEXES_A_TABLE, sorted(tables.items(), key=lambda item: -item[1])


def test_no_feature_takes_more_than_its_share_of_the_tables(schema_name: str) -> None:
    assert sum(SHARES.values()) + OTHERS_SHARE <= MOST_TABLES
    found: dict[str, list[str]] = {}
    by_table = {model._meta.db_table: model._meta.app_label for model in apps.get_models(include_auto_created=True)}
    for table in hospital_tables(schema_name):
        found.setdefault(by_table.get(table, table), []).append(table)
    too_many = {label: tables for label, tables in found.items() if len(tables) > SHARES.get(label, OTHERS_SHARE)}
    assert too_many == {}


def test_the_tables_of_auth_contenttypes_and_sites_exist_in_no_schema(committed: None) -> None:
    with shared(), owner_connection().cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT relname FROM pg_class WHERE relkind = 'r' AND relname ~ %s",
            ["^(auth_|django_(content_type|site|admin_log|session|flatpage|redirect))"],
        )
        assert cursor.fetchall() == []


def test_no_table_has_an_index_for_like_that_nobody_asked_for(schema_name: str) -> None:
    """Django adds one to each unique or indexed CharField; with 500 hospitals that is thousands of files."""
    with shared(), owner_connection().cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind = 'i'"
            " AND relname LIKE '%%\\_like'",
            [schema_name],
        )
        found = [name for (name,) in cursor.fetchall()]
    own = [name for name in found if not name.startswith(("account_", "mfa_", "accounts_session"))]
    assert own == []


def test_every_model_says_where_it_lives() -> None:
    homeless = [
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_config.name in _with_tables()
        and model._meta.app_label not in LIBRARIES
        and not issubclass(model, HospitalModel | SharedModel | EverywhereModel)
        and model._meta.label not in {"accounts.Session"}
    ]
    assert homeless == []


def test_a_model_lives_where_its_app_is_migrated() -> None:
    wrong = []
    for model in apps.get_models():
        app = model._meta.app_config.name
        places = (app in settings.SHARED_APPS, app in settings.TENANT_APPS)
        if issubclass(model, SharedModel) and places != (True, False):
            wrong.append(model._meta.label)
        if issubclass(model, HospitalModel) and places != (False, True):
            wrong.append(model._meta.label)
        if issubclass(model, EverywhereModel) and places != (True, True):
            wrong.append(model._meta.label)
    assert wrong == []


@pytest.mark.requirement("S02")
def test_every_key_that_can_be_seen_is_a_uuid() -> None:
    integers = [
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_config.name in _with_tables()
        and model._meta.app_label not in LIBRARIES
        and not isinstance(model._meta.pk, models.UUIDField | models.CharField | models.OneToOneField)
    ]
    assert integers == []


def test_no_foreign_key_leads_from_a_hospital_to_the_shared_schema() -> None:
    across = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if issubclass(model, HospitalModel | EverywhereModel)
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and issubclass(field.related_model, SharedModel)
    ]
    assert across == []


@pytest.mark.requirement("S34")
def test_append_only_tables_can_be_changed_in_no_schema(committed: None) -> None:
    with shared(), owner_connection().cursor() as cursor:
        cursor.execute(
            "SELECT n.nspname, c.relname, r.rolname, p.privilege FROM pg_class c JOIN pg_namespace n ON n.oid ="
            " c.relnamespace JOIN pg_roles r ON r.rolname LIKE 'pt\\_%%' AND r.rolname NOT LIKE '%%\\_owner',"
            " unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS p(privilege)"
            " WHERE c.relkind IN ('r', 'p') AND c.relname = ANY(%s) AND has_table_privilege(r.oid, c.oid, p.privilege)",
            [list(APPEND_ONLY)],
        )
        assert cursor.fetchall() == []


def test_every_migration_can_be_done_to_the_fleet() -> None:
    """A migration that the fleet would refuse is found here, before it is released."""
    loader = MigrationLoader(None)
    labels = {apps.get_app_config(label).label for label in {node[0] for node in loader.graph.nodes}}
    for (label, _name), migration in loader.graph.nodes.items():
        if label in labels and apps.get_app_config(label).name in settings.TENANT_APPS:
            way_of(migration)


def test_a_column_that_was_added_to_a_table_has_a_default_in_the_database() -> None:
    """Else processes of the release before, which do not know it, could insert no row while the fleet is half new."""
    missing = []
    for (label, name), migration in sorted(MigrationLoader(None).graph.nodes.items()):
        operations = [] if label in LIBRARIES else list(flattened(migration.operations))
        made_here = {operation.name_lower for operation in operations if isinstance(operation, CreateModel)}
        for operation in operations:
            if not isinstance(operation, AddField) or operation.model_name_lower in made_here:
                continue
            model = apps.get_model(label, operation.model_name_lower)
            field = next((one for one in model._meta.local_fields if one.name == operation.name), None)
            if field is not None and not field.null and not field.has_db_default():
                missing.append(f"{label}.{name}: {operation.model_name_lower}.{operation.name}")
    assert missing == []
