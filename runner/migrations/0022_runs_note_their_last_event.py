"""The row of a run notes its last event's number only when its status changes."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Another name for the same column."""

    dependencies: ClassVar = [("runner", "0021_workers_drain_and_share_a_folder")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("run", "last_seq", "noted_seq"),
                migrations.AlterField(
                    "run",
                    "noted_seq",
                    models.PositiveIntegerField(
                        default=0,
                        db_column="last_seq",
                        help_text="The number of its last event when its status changed last.",
                    ),
                ),
            ]
        )
    ]
