from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('runner', '0020_webhook_limits_hold_for_all_processes'),
    ]

    operations = [
        migrations.AddField(
            model_name='worker',
            name='draining',
            field=models.BooleanField(db_default=False, default=False, help_text='It was asked to take no more runs.'),
        ),
        migrations.AddField(
            model_name='worker',
            name='heeds',
            field=models.BooleanField(db_default=False, default=False, help_text='It does as it was asked, and takes none.'),
        ),
        migrations.AddField(
            model_name='worker',
            name='store',
            field=models.TextField(blank=True, db_default='', default='', help_text="Whether it shares the folder of large values: 'ok', or what is wrong."),
        ),
    ]
