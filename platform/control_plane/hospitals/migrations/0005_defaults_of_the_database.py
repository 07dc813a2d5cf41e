"""Processes of a release that does not know a column insert without it, so the database has its default."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("hospitals", "0004_stuck_events_and_the_provider"),
    ]

    operations = [
        migrations.AlterField(
            model_name="hospitalreport",
            name="anchor_state",
            field=models.CharField(
                choices=[("none", "None"), ("genuine", "Genuine"), ("missing", "Missing"), ("forged", "Forged")],
                db_default="none",
                default="none",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="hospitalreport",
            name="unsealed_entries",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="providerreport",
            name="anchor_state",
            field=models.CharField(
                choices=[("none", "None"), ("genuine", "Genuine"), ("missing", "Missing"), ("forged", "Forged")],
                db_default="none",
                default="none",
                max_length=8,
            ),
        ),
    ]
