"""What is stored is read again where reading has changed, and put under whoever replaced a merged patient.

Ends of appointments, who declined or is in a team for a time, and what must not be given stand in columns and tables
that are derived from the content; old rows lack them. Done twice, it changes nothing more. It derives with the code of
the day, and not with a copy: what the code of the day searches by is what rows must have, whenever this is run.
"""

from typing import Any

from django.db import migrations, transaction

from tenants.records.bundles import read_json
from tenants.records.indexing import TIME_IN_TEAM, index_resource

READ_AGAIN = ("Appointment", "CareTeam", "MedicationRequest")
BATCH = 500


def read_again(apps: Any, schema_editor: Any) -> None:
    """Derive ends, tokens and times in teams of stored resources. Days of a team's members are taken in UTC."""
    using = schema_editor.connection.alias
    rows = apps.get_model("records", "Resource").objects.using(using).filter(type__in=READ_AGAIN).order_by("pk")
    values = apps.get_model("records", "SearchValue").objects.using(using)
    last = None
    while True:
        # Rows of a batch stay as they were read until it is written.
        with transaction.atomic(using=using):
            batch = list((rows if last is None else rows.filter(pk__gt=last)).select_for_update()[:BATCH])
            if not batch:
                return
            read_batch(batch, rows, values)
        last = batch[-1].pk


def read_batch(batch: list[Any], rows: Any, values: Any) -> None:
    """Derive anew what these rows have."""
    changed, times = [], []
    for row in batch:
        index = index_resource(read_json(bytes(row.content)))
        ends = index.ends if row.type == "Appointment" else row.ends
        times += [
            values.model(
                resource=row, parameter=value.parameter, starts=value.starts, ends=value.ends, unit=value.unit
            )
            for value in index.values
            if value.parameter == TIME_IN_TEAM
        ]
        if (ends, index.tokens) != (row.ends, row.tokens):
            row.ends, row.tokens = ends, index.tokens
            changed.append(row)
    rows.bulk_update(changed, ["ends", "tokens"])
    values.filter(resource__in=batch, parameter=TIME_IN_TEAM).delete()
    values.bulk_create(times)


def follow_merges(apps: Any, schema_editor: Any) -> None:
    """Put resources of merged patients under those who replaced them; a circle of them stays as it is.

    No line of the trail says so, unlike for merges that come later: a line is proven with the hospital's own key, and a
    migration runs as the owner of a bare schema, without a hospital in context and without its keys.
    """
    using = schema_editor.connection.alias
    patients = apps.get_model("people", "Patient").objects.using(using)
    replaced = dict(patients.filter(replaced_by__isnull=False).values_list("pk", "replaced_by_id"))
    for patient in replaced:
        seen, at = {patient}, replaced[patient]
        while at in replaced and at not in seen:
            seen.add(at)
            at = replaced[at]
        if at not in seen:
            apps.get_model("records", "Resource").objects.using(using).filter(patient=patient).update(patient=at)


def read_again_and_follow(apps: Any, schema_editor: Any) -> None:
    """Both: what is not one transaction holds one operation."""
    read_again(apps, schema_editor)
    follow_merges(apps, schema_editor)


class Migration(migrations.Migration):

    # A batch is a transaction of its own: nobody waits for a whole hospital's appointments.
    atomic = False

    dependencies = [
        ('records', '0003_source_updated_at'),
        ('people', '0003_identifiers_in_any_case'),
    ]

    operations = [
        migrations.RunPython(read_again_and_follow, migrations.RunPython.noop),
    ]
