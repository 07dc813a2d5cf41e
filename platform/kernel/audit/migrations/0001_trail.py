import django.contrib.postgres.fields
import kernel.ids
from kernel.tenancy.operations import AppendOnly
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="UnsealedEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
            options={
                "db_table": "audit_unsealed",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_kind", models.CharField(max_length=20)),
                ("actor_name", models.CharField(blank=True, max_length=200)),
                ("on_behalf_of", models.UUIDField(null=True)),
                ("subject", models.UUIDField(null=True)),
                ("action", models.CharField(max_length=80)),
                ("target_type", models.CharField(blank=True, max_length=80)),
                ("target_id", models.CharField(blank=True, max_length=64)),
                ("fields", models.TextField(blank=True)),
                ("reason", models.TextField(blank=True)),
                ("app", models.CharField(blank=True, max_length=60)),
                ("address", models.CharField(blank=True, max_length=45)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("done", "Done"),
                            ("refused", "Refused"),
                            ("failed", "Failed"),
                        ],
                        default="done",
                        max_length=8,
                    ),
                ),
                ("detail", models.TextField(default="{}")),
                ("mac", models.BinaryField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("subject__isnull", False)),
                        fields=["subject", "at"],
                        name="audit_of_a_subject",
                    ),
                    models.Index(fields=["actor_id", "at"], name="audit_of_an_actor"),
                    models.Index(fields=["at"], name="audit_by_time"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("slot", models.PositiveSmallIntegerField(default=1)),
                ("position", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                ("signature", models.BinaryField()),
                ("sealed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("slot",), name="one_head"),
                    models.CheckConstraint(
                        condition=models.Q(("slot", 1)), name="the_head_is_alone"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("position", models.BigIntegerField()),
                ("sealed_at", models.DateTimeField()),
                (
                    "entries",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("macs", models.BinaryField()),
                ("total", models.BigIntegerField()),
                ("previous", models.BinaryField()),
                ("hash", models.BinaryField()),
                ("signature", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("position",), name="one_seal_of_a_position"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__gte", 1)),
                        name="seals_begin_at_one",
                    ),
                ],
            },
        ),
        AppendOnly("audit_auditentry"),
        AppendOnly("audit_auditseal"),
        # Whatever way an entry comes in, it is written down as waiting for its seal.
        migrations.RunSQL(
            """
            CREATE FUNCTION audit_entry_waits() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO audit_unsealed (id) SELECT id FROM added; RETURN NULL; END $$;
            CREATE TRIGGER waits_for_its_seal AFTER INSERT ON audit_auditentry
            REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_waits();
            """,
            "DROP TRIGGER waits_for_its_seal ON audit_auditentry; DROP FUNCTION audit_entry_waits();",
        ),
    ]
