"""Who administers a network."""

import django.db.models.deletion
from django.db import migrations, models

import kernel.ids


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0002_fleet_runs'),
    ]

    operations = [
        migrations.CreateModel(
            name='NetworkAdmin',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.UUIDField()),
                ('since', models.DateTimeField()),
                ('network', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='administrators', to='tenancy.network')),
            ],
            options={
                'ordering': ['since'],
                'constraints': [models.UniqueConstraint(fields=('account_id',), name='networks_one_network_of_an_admin')],
            },
        ),
    ]
