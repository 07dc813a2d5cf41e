"""Is each hospital's schema what its migrations make? Asked of the catalogue itself, nightly."""

from dataclasses import dataclass

from django.db import transaction

from kernel import clock
from kernel.tenancy.fleet.plan import applied_migrations
from kernel.tenancy.models import Hospital, SchemaFingerprint, SchemaTemplate
from kernel.tenancy.schemas import OWNER, installation, owner_connection, state_of
from kernel.tenancy.scope import shared

# One row a schema (roles are named as in schemas.names_of_role). Its own name and its role's are taken out of every
# text, so that equal schemas have equal hashes.
# format_type needs it as much as the rest: an enum is printed with its schema when that is not on the path.
_CATALOGUE = """
WITH schemas AS (
    SELECT oid, nspname, 'pt_' || %(installation)s || '_' || regexp_replace(nspname, '^h_', '') AS role
    FROM pg_namespace WHERE nspname = ANY(%(schemas)s)
), lines AS (
    SELECT n.oid, 'table ' || c.relkind::text || c.relpersistence::text || ' ' || c.relname || ' '
        || coalesce((SELECT string_agg(grant_text, ',' ORDER BY grant_text COLLATE "C") FROM (SELECT
        replace(acl::text, n.role, '<role>') AS grant_text FROM unnest(c.relacl) AS acl) AS grants), '') AS line
    FROM schemas n JOIN pg_class c ON c.relnamespace = n.oid WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')
  UNION ALL
    SELECT n.oid, 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' '
        || a.attnotnull || a.attidentity::text || a.attgenerated::text || ' '
        || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
    FROM schemas n JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  UNION ALL
    SELECT n.oid, 'index ' || i.indisvalid || ' ' || pg_get_indexdef(i.indexrelid)
    FROM schemas n JOIN pg_class c ON c.relnamespace = n.oid JOIN pg_index i ON i.indexrelid = c.oid
  UNION ALL
    SELECT n.oid, 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || convalidated || ' '
        || pg_get_constraintdef(k.oid)
    FROM schemas n JOIN pg_constraint k ON k.connamespace = n.oid
  UNION ALL
    SELECT n.oid, 'trigger ' || t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid)
    FROM schemas n JOIN pg_class c ON c.relnamespace = n.oid JOIN pg_trigger t ON t.tgrelid = c.oid
    WHERE NOT t.tgisinternal
  UNION ALL
    SELECT n.oid, 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ') ' || p.prosrc
        || coalesce(array_to_string(p.proconfig, ','), '') || p.prosecdef
        || coalesce((SELECT string_agg(grant_text, ',' ORDER BY grant_text COLLATE "C") FROM (SELECT
        replace(acl::text, n.role, '<role>') AS grant_text FROM unnest(p.proacl) AS acl) AS grants), '')
    FROM schemas n JOIN pg_proc p ON p.pronamespace = n.oid
  UNION ALL
    SELECT n.oid, 'type ' || t.typname || ' ' || t.typtype::text || ' '
        || coalesce((SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e
                     WHERE e.enumtypid = t.oid), '')
    FROM schemas n JOIN pg_type t ON t.typnamespace = n.oid WHERE t.typtype IN ('e', 'd')
)
SELECT n.nspname, md5(string_agg(replace(replace(line, n.role, '<role>'), n.nspname, '<schema>'), E'\n'
       ORDER BY replace(replace(line, n.role, '<role>'), n.nspname, '<schema>') COLLATE "C"))
FROM schemas n JOIN lines USING (oid) GROUP BY n.nspname
"""


@dataclass(frozen=True)
class Drift:
    """A hospital whose schema is not what the migrations it has would make."""

    slug: str
    schema_name: str
    fingerprint: str
    expected: str


def fingerprints(schema_names: list[str]) -> dict[str, str]:
    """A hash of the catalogue (tables, columns, indexes, constraints, triggers, functions, types, rights) by schema."""
    with shared(), owner_connection().cursor() as cursor:
        cursor.execute(_CATALOGUE, {"schemas": schema_names, "installation": installation()})
        return dict(cursor.fetchall())


def take_fingerprints() -> list[Drift]:
    """Hash every hospital's catalogue, store it, and name those that differ from the template of their state."""
    with shared():
        templates = dict(SchemaTemplate.objects.using(OWNER).values_list("migration_state", "schema_name"))
        all_hospitals = list(Hospital.objects.using(OWNER).order_by("slug"))
        found = fingerprints([*templates.values(), *(made.schema_name for made in all_hospitals)])
        drifted, rows, now = [], [], clock.now()
        for made in all_hospitals:
            expected = found.get(templates.get(made.migration_state, ""), "")
            actual = found.get(made.schema_name, "")
            rows.append(SchemaFingerprint(hospital=made, fingerprint=actual, expected=expected, taken_at=now))
            if expected and actual != expected:
                drifted.append(Drift(made.slug, made.schema_name, actual, expected))
        with transaction.atomic(using=OWNER):
            SchemaFingerprint.objects.using(OWNER).bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["hospital"],
                update_fields=["fingerprint", "expected", "taken_at"],
            )
        return drifted


def reconcile() -> list[str]:
    """Compare the index of version records with what each schema says and correct it; returns the corrected slugs."""
    with shared():
        all_hospitals = list(Hospital.objects.using(OWNER).order_by("slug"))
        with owner_connection().cursor() as cursor:
            applied = applied_migrations(cursor, [made.schema_name for made in all_hospitals])
        corrected = []
        for made in all_hospitals:
            truth = state_of(applied[made.schema_name])
            if made.migration_state != truth:
                Hospital.objects.using(OWNER).filter(pk=made.pk).update(migration_state=truth)
                corrected.append(made.slug)
        return corrected
