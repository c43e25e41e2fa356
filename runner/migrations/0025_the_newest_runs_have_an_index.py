"""Indexes of what is newest: of all runs, and of the attempts to send messages."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two indexes."""

    dependencies: ClassVar = [("runner", "0024_waiting_messages_have_an_index_that_serves")]

    operations: ClassVar = [
        migrations.AddIndex("run", models.Index(fields=["-created"], name="run_created")),
        migrations.AddIndex(
            "sendattempt", models.Index(fields=["started"], name="attempt_started")
        ),
    ]
