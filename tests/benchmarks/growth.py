"""Many rows fast: every table of a schema is grown from the rows that it has, in one statement a table.

New models join by themselves. Copies keep what their originals point to, so that one patient, one account and one
import get all of them; only where a unique constraint forbids that, each copy points to another copied row. What the
people who look may do and see thereby stays as it was: nobody gets a second role or a second patient.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from psycopg import sql

from kernel.tenancy.schemas import OWNER, listed_labels, owner_connection
from kernel.tenancy.scope import schema

# Of these a schema has a fixed number, and more of them would be no hospital: the built-in roles are looked up by name,
# keys open what is there, and seals are counted. What is encrypted is bound to its row and cannot be copied.
FIXED = {
    "audit.AuditHead", "audit.AuditSeal", "audit.UnsealedEntry", "keys.WrappedKey", "tenancy.Cell",
    "tenancy.SchemaTemplate", "tenancy.FleetRun", "tenancy.FleetRunHospital", "accounts.OneTimeCode",
    "preferences.PreferenceValue", "accounts.Factor", "mail.OutgoingMail",
}  # fmt: skip
# A hospital has a handful of these, and each page that lets one choose shows them all.
FEW = {"permissions.RoleDefinition": 40}
# A table of many kinds is grown to that many of each.
KINDS = {"records.Resource": "type"}
# A record grows into the past, and a copied report is not one more report on the same results.
VARIED = {
    "records.Resource": {
        "starts": "old.starts - one.number * interval '1 hour'",
        "ends": "old.ends - one.number * interval '1 hour'",
        "tokens": "CASE WHEN old.type = 'DiagnosticReport' THEN '{}' ELSE old.tokens END",
    }
}
# How many originals are copied in turn.
ORIGINALS = 10


def grow(schema_name: str, wanted: int, *, apps_setting: Iterable[str] = ()) -> dict[str, int]:
    """Copy rows until each table of the schema's models has ``wanted``; returns how many rows each table has then."""
    labels = listed_labels(apps_setting or settings.TENANT_APPS)
    found: dict[str, int] = {}
    with schema(schema_name), transaction.atomic(using=OWNER):
        with owner_connection().cursor() as cursor:
            # The triggers that count and seal would do for each copy what they do for each act.
            cursor.execute("SET LOCAL statement_timeout = 0")
        for model in _in_order(labels):
            if model._meta.label in FIXED:
                continue
            found[model._meta.label] = _grow(model, min(wanted, FEW.get(model._meta.label, wanted)))
    with schema(schema_name), owner_connection().cursor() as cursor:
        cursor.execute("ANALYZE")
    return found


def _in_order(labels: set[str]) -> list[type[models.Model]]:
    """Parents before children, because copies may point to copied parents."""
    waiting = [model for label in sorted(labels) for model in apps.get_app_config(label).get_models()]
    ordered: list[type[models.Model]] = []
    while waiting:
        ready = [model for model in waiting if not (_parents(model) & set(waiting) - {model})]
        ordered += ready or waiting
        waiting = [model for model in waiting if model not in ordered]
    return ordered


def _parents(model: type[models.Model]) -> set[Any]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation}


def _unique_fields(model: type[models.Model]) -> set[str]:
    """Fields that a copy may not simply repeat: each unique one, and of each unique group the last that can vary."""
    alone = {field.name for field in model._meta.concrete_fields if field.unique and not field.primary_key}
    groups = [one.fields for one in model._meta.constraints if isinstance(one, models.UniqueConstraint) and one.fields]
    return alone | {_that_varies(model, group) for group in groups}


def _that_varies(model: type[models.Model], group: Sequence[str]) -> str:
    """A plain column if there is one, so that one parent gets all copies; else the first reference."""
    fields = [model._meta.get_field(name) for name in group]
    kinds = set(KINDS.values())
    plain = [
        one for one in fields if not one.is_relation and not getattr(one, "choices", None) and one.name not in kinds
    ]
    return str((plain[-1] if plain else fields[0]).name)


def _grow(model: type[models.Model], wanted: int) -> int:
    kind = KINDS.get(model._meta.label, "")
    table = sql.Identifier(model._meta.db_table)
    with owner_connection().cursor() as cursor:
        kinds: list[Any] = [None]
        if kind:
            cursor.execute(sql.SQL("SELECT DISTINCT {} FROM {}").format(sql.Identifier(kind), table).as_string(None))
            kinds = [value for (value,) in cursor.fetchall()]
        for value in kinds:
            where = sql.SQL("WHERE {} = {}").format(sql.Identifier(kind), value) if kind else sql.SQL("")
            cursor.execute(sql.SQL("SELECT count(*) FROM {} {}").format(table, where).as_string(None))
            (present,) = cursor.fetchone()
            if 0 < present < wanted:
                cursor.execute(_copy(model, wanted - present, where).as_string(None))
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(table).as_string(None))
        return int(cursor.fetchone()[0])


def _copy(model: type[models.Model], count: int, where: sql.Composable) -> sql.Composed:
    columns: list[sql.Composable] = []
    values: list[sql.Composable] = []
    joins: list[sql.Composable] = []
    unique = _unique_fields(model)
    fields: list[Any] = list(model._meta.concrete_fields)
    for field in fields:
        column = sql.Identifier(field.column)
        columns.append(column)
        varied = VARIED.get(model._meta.label, {}).get(field.name)
        if varied:
            values.append(sql.SQL(varied))
        elif field.is_relation and field.name in unique:
            # Copies have random keys (version 4), what the product made has keys in order of time (version 7).
            parent = sql.SQL(
                "JOIN (SELECT {key} AS key, row_number() OVER (ORDER BY {key}) AS place, count(*) OVER () AS places"
                " FROM {table} WHERE substr({key}::text, 15, 1) = '4') {name}"
                " ON {name}.place = 1 + one.number % {name}.places"
            )
            name = sql.Identifier(f"of_{field.column}")
            related: Any = field.related_model
            joins.append(
                parent.format(
                    key=sql.Identifier(related._meta.pk.column), table=sql.Identifier(related._meta.db_table), name=name
                )
            )
            values.append(sql.SQL("{}.key").format(name))
        elif field.primary_key or field.name in unique:
            values.append(_another(field))
        else:
            values.append(sql.SQL("old.{}").format(column))
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(1, {count}) AS one (number)"
        " JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS places FROM (SELECT * FROM"
        " {table} {where} ORDER BY id LIMIT {originals}) AS first) AS old ON old.place = 1 + one.number % old.places"
        " {joins} ON CONFLICT DO NOTHING"
    )
    return statement.format(
        table=sql.Identifier(model._meta.db_table),
        columns=sql.SQL(", ").join(columns),
        values=sql.SQL(", ").join(values),
        count=count,
        where=where,
        originals=ORIGINALS,
        joins=sql.SQL(" ").join(joins),
    )


def _another(field: Any) -> sql.Composable:
    """An expression for a value that no other row has, in the form that the column demands."""
    column = sql.Identifier(field.column)
    if isinstance(field, models.UUIDField):
        return sql.SQL("gen_random_uuid()")
    if isinstance(field, models.IntegerField):
        return sql.SQL("one.number + 100 + old.{}").format(column)
    if isinstance(field, models.BinaryField):
        return sql.SQL("decode(md5(random()::text), 'hex')")
    # Letters, digits and hyphens only: slugs and host names have rules.
    suffix = sql.SQL("'x' || substr(md5(random()::text), 1, 10)")
    if field.name == "domain":
        return sql.SQL("{suffix} || '.' || old.{column}").format(suffix=suffix, column=column)
    length = max(1, (field.max_length or 60) - 11)
    return sql.SQL("left(old.{column}, {length}) || {suffix}").format(column=column, length=length, suffix=suffix)
