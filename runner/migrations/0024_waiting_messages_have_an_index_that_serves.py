"""The index of messages that wait, by a condition that SQLite finds in the queries."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One index for another."""

    dependencies: ClassVar = [("runner", "0023_frames_of_several_runs_take_keys_in_turn")]

    operations: ClassVar = [
        migrations.RemoveIndex("outgoingmessage", "message_due"),
        migrations.AddIndex(
            "outgoingmessage",
            models.Index(
                fields=["endpoint", "due"],
                condition=models.Q(ended__isnull=True),
                name="message_waiting",
            ),
        ),
    ]
