import django.contrib.postgres.fields
import kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='OutboxEvent',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('type_name', models.CharField(max_length=120)),
                ('payload', models.JSONField(default=dict)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('published_at', models.DateTimeField()),
                ('available_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Delivered'), ('dead', 'Given up')], default='waiting', max_length=8)),
                ('reached', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, size=None)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('held_until', models.DateTimeField(blank=True, null=True)),
                ('failure', models.CharField(blank=True, max_length=400)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['available_at'], name='events_waiting'), models.Index(condition=models.Q(('state', 'done')), fields=['finished_at'], name='events_finished'), models.Index(condition=models.Q(('state', 'dead')), fields=['published_at'], name='events_dead')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'done', 'dead'])), name='event_state_is_known')],
            },
        ),
    ]
