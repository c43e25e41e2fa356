"""Runs have queues by name, and a turn in them."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def make_default_queue(apps, schema_editor):
    apps.get_model("runner", "Queue").objects.get_or_create(name="default")


def keep_the_order(apps, schema_editor):
    runs = apps.get_model("runner", "Run").objects.filter(finished__isnull=True)
    runs.update(turn=models.F("created"))


class Migration(migrations.Migration):

    dependencies = [
        ('editor', '0006_tokens_are_called_api_tokens'),
        ('runner', '0014_who_may_call_a_webhook'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Bucket',
            fields=[
                ('key', models.CharField(max_length=200, primary_key=True, serialize=False)),
                ('due', models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name='Queue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9_-]{0,63}$', 'A name has small letters, digits, - and _.')])),
                ('priority', models.SmallIntegerField(default=0, help_text="Each step is worth a minute of waiting; a run's own priority is added.", validators=[django.core.validators.MinValueValidator(-100), django.core.validators.MaxValueValidator(100)])),
                ('concurrency', models.PositiveIntegerField(blank=True, help_text='How many of its runs all workers together execute at once. Empty: any number.', null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('rate', models.FloatField(blank=True, help_text='How many of its runs begin in a second, on average. Empty: any number.', null=True, validators=[django.core.validators.MinValueValidator(0.0001), django.core.validators.MaxValueValidator(10000)])),
                ('burst', models.PositiveIntegerField(default=1, help_text='How many may begin at once after a rest, where there is a rate.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)])),
                ('when_full', models.CharField(choices=[('wait', 'it waits'), ('drop_newest', 'it is dropped'), ('drop_oldest', 'the one that has waited longest is dropped'), ('cancel_running', 'the one that has run longest is cancelled')], default='wait', help_text='What becomes of one more run when as many run as may, and as many wait as may.', max_length=14)),
                ('most_waiting', models.PositiveIntegerField(blank=True, help_text='How many may wait, unless all may. Empty: none, or the newest where the oldest goes.', null=True)),
                ('paused', models.BooleanField(default=False, help_text='No run of it begins; those that have begun go on.')),
                ('draining', models.BooleanField(default=False, help_text='It takes no new runs; those that wait still begin.')),
                ('created', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ('-priority', 'name'),
            },
        ),
        migrations.CreateModel(
            name='RunKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('unique', 'Unique'), ('gather', 'Gather')], max_length=6)),
                ('key', models.CharField(max_length=200)),
                ('until', models.DateTimeField(help_text='Until when also a run that has ended holds.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='DeadLetter',
            fields=[
            ],
            options={
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('runner.run',),
        ),
        migrations.RemoveIndex(
            model_name='run',
            name='run_wake',
        ),
        migrations.RemoveIndex(
            model_name='run',
            name='run_queue',
        ),
        migrations.AddField(
            model_name='run',
            name='attempt',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text='The how manieth of a run that is tried again.'),
        ),
        migrations.AddField(
            model_name='run',
            name='dead',
            field=models.BooleanField(db_default=False, default=False, help_text='It failed for good, and nobody has replayed or dismissed it.'),
        ),
        migrations.AddField(
            model_name='run',
            name='held',
            field=models.BooleanField(db_default=False, default=False, help_text='It waits for such a slot.'),
        ),
        migrations.AddField(
            model_name='run',
            name='limit_key',
            field=models.CharField(blank=True, db_default='', default='', help_text='With whom it shares them.', max_length=64),
        ),
        migrations.AddField(
            model_name='run',
            name='limited',
            field=models.BooleanField(db_default=False, default=False, help_text='It takes one of the slots that its blueprint limits, until it ends.'),
        ),
        migrations.AddField(
            model_name='run',
            name='priority',
            field=models.SmallIntegerField(db_default=0, default=0, help_text="The queue's and its own together."),
        ),
        migrations.AddField(
            model_name='run',
            name='queue',
            field=models.CharField(db_default='default', default='default', max_length=64),
        ),
        migrations.AddField(
            model_name='run',
            name='turn',
            field=models.DateTimeField(default=django.utils.timezone.now, help_text='Its place in the queue: when it was ready to begin, less a minute for each step of its priority.'),
        ),
        migrations.AlterField(
            model_name='run',
            name='wake_at',
            field=models.DateTimeField(help_text='When a waiting run goes on (empty: when something comes for it), and before when a queued one does not begin.', null=True),
        ),
        migrations.AlterField(
            model_name='webhookdelivery',
            name='verdict',
            field=models.CharField(choices=[('accepted', 'Accepted'), ('bad_signature', 'Bad Signature'), ('not_allowed', 'Not Allowed'), ('duplicate', 'Duplicate'), ('too_large', 'Too Large'), ('rate_limited', 'Rate Limited'), ('bad_body', 'Bad Body'), ('disabled', 'Disabled'), ('not_published', 'Not Published'), ('not_queued', 'Not Queued')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('finished__isnull', True), ('held', False), ('wake_at__isnull', True)), fields=['status', 'queue', 'owner', 'turn'], name='run_queue'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('finished__isnull', True), ('held', False), ('limited', True)), fields=['blueprint', 'limit_key'], name='run_slots'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('held', True)), fields=['blueprint', 'limit_key', 'turn'], name='run_held'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('dead', True)), fields=['owner', '-finished'], name='run_dead'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('finished__isnull', True), ('wake_at__isnull', False)), fields=['wake_at'], name='run_wake'),
        ),
        migrations.AddField(
            model_name='runkey',
            name='blueprint',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='editor.blueprint'),
        ),
        migrations.AddField(
            model_name='runkey',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='runner.run'),
        ),
        migrations.AddConstraint(
            model_name='runkey',
            constraint=models.UniqueConstraint(fields=('blueprint', 'kind', 'key'), name='one_run_a_key'),
        ),
        migrations.RunPython(make_default_queue, migrations.RunPython.noop),
        migrations.RunPython(keep_the_order, migrations.RunPython.noop),
    ]
