"""All tables in one step, for new sites: one after the other they take four times as long."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('editor', '0001_initial'),
        ('editor', '0002_references_between_blueprints'),
        ('editor', '0003_versions_have_names'),
        ('editor', '0004_drafts_are_shared_documents'),
        ('editor', '0005_shares_and_links'),
        ('editor', '0006_tokens_are_called_api_tokens'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Drawing',
            fields=[
                ('hash', models.CharField(editable=False, max_length=64, primary_key=True, serialize=False)),
                ('document', models.JSONField(editable=False)),
                ('created', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('used', models.DateTimeField(blank=True, editable=False, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'API token',
                'ordering': ('-created',),
            },
        ),
        migrations.CreateModel(
            name='Blueprint',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('draft', models.JSONField()),
                ('revision', models.PositiveIntegerField(default=1, help_text='Rises with every change; a save on an older revision is a conflict.')),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('updated', models.DateTimeField(auto_now=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blueprints', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-updated',),
            },
        ),
        migrations.CreateModel(
            name='BlueprintVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('message', models.CharField(blank=True, max_length=500)),
                ('name', models.CharField(blank=True, help_text='A label that people give it, then or later.', max_length=100)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('blueprint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='editor.blueprint')),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drawing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='editor.drawing')),
            ],
            options={
                'ordering': ('-number',),
                'constraints': [models.UniqueConstraint(fields=('blueprint', 'number'), name='one_number_a_blueprint')],
            },
        ),
        migrations.AddField(
            model_name='blueprint',
            name='published',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='editor.blueprintversion'),
        ),
        migrations.CreateModel(
            name='ShareLink',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('right', models.CharField(choices=[('view', 'may look'), ('run', 'may run'), ('edit', 'may edit')], max_length=4)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('open', models.BooleanField(default=False, help_text='Whoever has it may look without signing in.')),
                ('expires', models.DateTimeField(blank=True, null=True)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('used', models.DateTimeField(blank=True, editable=False, null=True)),
                ('blueprint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='editor.blueprint')),
            ],
            options={
                'ordering': ('-created',),
                'constraints': [models.CheckConstraint(condition=models.Q(('open', False), ('right', 'view'), _connector='OR'), name='only_looking_needs_no_account')],
            },
        ),
        migrations.CreateModel(
            name='Share',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('right', models.CharField(choices=[('view', 'may look'), ('run', 'may run'), ('edit', 'may edit')], max_length=4)),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('blueprint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='editor.blueprint')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to=settings.AUTH_USER_MODEL)),
                ('link', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='editor.sharelink')),
            ],
            options={
                'ordering': ('created',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('link__isnull', True)), fields=('blueprint', 'user'), name='one_share_by_name'), models.UniqueConstraint(condition=models.Q(('link__isnull', False)), fields=('link', 'user'), name='one_share_by_link')],
            },
        ),
        migrations.CreateModel(
            name='BlueprintReference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('call', 'Call'), ('error', 'Error'), ('after', 'After')], max_length=5)),
                ('node', models.CharField(blank=True, help_text='Empty for the error blueprint.', max_length=64)),
                ('recursive', models.BooleanField(default=False, help_text='The call may lead back to where it comes from.')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='references', to='editor.blueprint')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='references', to='editor.blueprintversion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('version', 'kind', 'node', 'target'), name='one_reference_a_place')],
            },
        ),
        migrations.CreateModel(
            name='DraftUpdate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveBigIntegerField()),
                ('update', models.BinaryField(help_text='A Yjs update, in version 1 of its encoding.')),
                ('whole', models.BooleanField(default=False, help_text='It holds the whole draft; what came before it is gone.')),
                ('created', models.DateTimeField(auto_now_add=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('blueprint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='updates', to='editor.blueprint')),
            ],
            options={
                'ordering': ('sequence',),
                'constraints': [models.UniqueConstraint(fields=('blueprint', 'sequence'), name='one_update_a_sequence_number')],
            },
        ),
    ]
