import kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='PreferenceValue',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=80)),
                ('site_id', models.UUIDField(blank=True, null=True)),
                ('value', models.JSONField(null=True)),
                ('set_by', models.UUIDField(null=True)),
                ('set_by_name', models.CharField(blank=True, max_length=200)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('key', 'site_id'), name='one_decision_of_a_key', nulls_distinct=False)],
            },
        ),
    ]
