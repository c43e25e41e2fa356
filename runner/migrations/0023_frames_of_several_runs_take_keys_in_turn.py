"""Who has the keys that frames of several runs take in turn, and who waits for them."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import runner.models.ids


class Migration(migrations.Migration):
    """A row for each frame that has such a key, or waits for it."""

    dependencies: ClassVar = [("runner", "0022_runs_note_their_last_event")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="KeyTurn",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=runner.models.ids.time_ordered_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="A digest of the key and whose it is.", max_length=64
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="The key as people see it, perhaps cut.", max_length=200
                    ),
                ),
                ("step", models.TextField(help_text="What the paths inside the frame begin with.")),
                ("created", models.DateTimeField()),
                (
                    "granted",
                    models.DateTimeField(help_text="Since when it has the key.", null=True),
                ),
                (
                    "known",
                    models.BooleanField(
                        default=False, help_text="Whether its run was told that it has it."
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="key_turns",
                        to="runner.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "key",
                "indexes": [models.Index(fields=["name", "id"], name="key_turn_line")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("granted__isnull", False)),
                        fields=("name",),
                        name="one_has_a_key",
                    ),
                    models.UniqueConstraint(fields=("run", "step"), name="one_turn_a_frame"),
                ],
            },
        ),
    ]
