"""The kinds of observations and reports are read again: lists of results and measurements go by them.

Older rows have the code that stood first, whatever list of codes it was of, or none. Done twice, it changes nothing
more; rows that another version stores meanwhile are left as that version stored them.
"""

from collections import defaultdict
from typing import Any

from django.db import migrations

from tenants.records.bundles import read_json
from tenants.records.indexing import LABORATORY, OBSERVATION_CATEGORIES, stored_category

BATCH = 500
# As storing sorts them: what a laboratory's report lists is the laboratory's, unless the source says what else it is.
SORT_MEMBERS = """
    UPDATE records_resource AS member
    SET category = %s
    WHERE member.type = 'Observation'
        AND member.category <> ALL(%s)
        AND EXISTS (
            SELECT FROM records_resource AS report
            WHERE report.type = 'DiagnosticReport'
                AND report.category = %s
                AND report.status <> 'entered-in-error'
                AND report.patient_id = member.patient_id
                AND report.tokens @> ARRAY['result=Observation/' || member.fhir_id]
        )
"""


def sort_again(apps: Any, schema_editor: Any) -> None:
    """Store the kind of every observation and report as it is read now, a batch at a time."""
    resources = apps.get_model("records", "Resource").objects.using(schema_editor.connection.alias)
    rows = resources.filter(type__in=("DiagnosticReport", "Observation")).order_by("pk")
    batch = list(rows.only("category", "content")[:BATCH])
    while batch:
        changes = defaultdict(list)
        for row in batch:
            category = stored_category(read_json(bytes(row.content)))
            is_a_members = row.category == LABORATORY and category not in OBSERVATION_CATEGORIES
            if category != row.category and not is_a_members:
                changes[row.category, category].append(row.pk)
        for (before, after), keys in changes.items():
            resources.filter(pk__in=keys, category=before).update(category=after)
        batch = list(rows.filter(pk__gt=batch[-1].pk).only("category", "content")[:BATCH])
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(SORT_MEMBERS, [LABORATORY, sorted(OBSERVATION_CATEGORIES), LABORATORY])


class Migration(migrations.Migration):

    # A batch is a transaction of its own: nobody waits for a whole hospital's observations.
    atomic = False

    dependencies = [
        ('records', '0004_read_again'),
    ]

    operations = [
        migrations.RunPython(sort_again, migrations.RunPython.noop),
    ]
