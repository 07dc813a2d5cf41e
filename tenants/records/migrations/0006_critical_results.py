"""Results that write a critical code are found by an index, whichever version of the code stores them.

PostgreSQL itself reads what is stored, so nothing is derived anew: rows that an older version stores while a deployment
lasts stand in the index too, and in a hospital that has no index yet the same question is only answered more slowly.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Nobody waits for the index of a whole hospital's observations.
    atomic = False

    dependencies = [
        ("people", "0004_merged_patients"),
        ("records", "0005_sort_again"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="resource",
            index=models.Index(
                models.F("patient"),
                models.OrderBy(models.F("starts"), descending=True, nulls_last=True),
                condition=models.Q(
                    models.Func(
                        models.F("content"),
                        output_field=models.BooleanField(),
                        template="(POSITION('\"AA\"'::bytea IN %(expressions)s) > 0 OR POSITION('\"HH\"'::bytea IN %(expressions)s) > 0 OR POSITION('\"LL\"'::bytea IN %(expressions)s) > 0)",
                    ),
                    ("type", "Observation"),
                ),
                name="records_critical",
            ),
        ),
    ]
