import kernel.ids
import kernel.keys.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='OutgoingMail',
            fields=[
                ('id', models.UUIDField(default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('recipient', models.CharField(max_length=254)),
                ('subject', models.CharField(max_length=200)),
                ('text', kernel.keys.fields.EncryptedTextField(editable=True)),
                ('html', kernel.keys.fields.EncryptedTextField(editable=True, null=True)),
                ('template', models.CharField(blank=True, max_length=80)),
                ('language', models.CharField(blank=True, max_length=12)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('shown', 'Shown')], default='waiting', max_length=8)),
                ('written_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['written_at'], name='mail_by_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'sent', 'shown'])), name='mail_state_is_known')],
            },
        ),
    ]
