from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0002_seen_results'),
    ]

    operations = [
        migrations.AddField(
            model_name='resource',
            name='source_updated_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
