"""Effects that cannot be delivered are part of a hospital's report, and the provider's own trail has a report too."""

from django.db import migrations, models

import kernel.ids


class Migration(migrations.Migration):
    dependencies = [("hospitals", "0003_anchor_state")]

    operations = [
        migrations.AddField(
            model_name="hospitalreport",
            name="stuck_events",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="ProviderReport",
            fields=[
                (
                    "id",
                    models.UUIDField(default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("last_anchor_at", models.DateTimeField(blank=True, null=True)),
                (
                    "anchor_state",
                    models.CharField(
                        choices=[
                            ("none", "None"),
                            ("genuine", "Genuine"),
                            ("missing", "Missing"),
                            ("forged", "Forged"),
                        ],
                        default="none",
                        max_length=8,
                    ),
                ),
                ("reported_at", models.DateTimeField()),
                ("slot", models.PositiveSmallIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("slot",), name="one_provider_report"),
                    models.CheckConstraint(condition=models.Q(slot=1), name="provider_report_is_one"),
                ]
            },
        ),
    ]
