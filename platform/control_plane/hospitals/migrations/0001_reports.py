"""What hospitals report of themselves, and which first invitations were shown."""

import django.db.models.deletion
from django.db import migrations, models

import kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="HospitalReport",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("accounts", models.PositiveIntegerField(default=0)),
                ("patients", models.PositiveIntegerField(default=0)),
                ("last_activity_at", models.DateTimeField(blank=True, null=True)),
                ("reported_at", models.DateTimeField()),
                (
                    "hospital",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="report", to="tenancy.hospital"
                    ),
                ),
            ],
            options={"ordering": ["-reported_at"]},
        ),
        migrations.CreateModel(
            name="FirstInvitation",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("shown_by", models.UUIDField(null=True)),
                ("shown_at", models.DateTimeField()),
                (
                    "hospital",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="first_invitation",
                        to="tenancy.hospital",
                    ),
                ),
            ],
            options={"ordering": ["-shown_at"]},
        ),
    ]
