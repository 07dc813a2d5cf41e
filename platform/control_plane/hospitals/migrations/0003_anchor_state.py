"""Whether a hospital's anchors are genuine is part of its report."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hospitals", "0002_trail_in_reports")]

    operations = [
        migrations.AddField(
            model_name="hospitalreport",
            name="anchor_state",
            field=models.CharField(
                choices=[("none", "None"), ("genuine", "Genuine"), ("missing", "Missing"), ("forged", "Forged")],
                default="none",
                max_length=8,
            ),
        ),
    ]
