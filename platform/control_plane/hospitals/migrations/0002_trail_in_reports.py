"""How a hospital's audit trail stands is part of its report."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hospitals", "0001_reports")]

    operations = [
        migrations.AddField(
            model_name="hospitalreport",
            name="unsealed_entries",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="hospitalreport",
            name="last_anchor_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
