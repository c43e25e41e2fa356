"""Indexes of the runs that failed or were cancelled: of all, of a blueprint and of an owner."""

from typing import ClassVar

from django.db import migrations, models

UNSUCCESSFUL = models.Q(("status__in", ("failed", "cancelled")))


class Migration(migrations.Migration):
    """Three indexes, in which a run that succeeds is not."""

    dependencies: ClassVar = [("runner", "0025_the_newest_runs_have_an_index")]

    operations: ClassVar = [
        migrations.AddIndex(
            "run",
            models.Index(
                fields=["owner", "status", "-created"],
                condition=UNSUCCESSFUL,
                name="run_failed_owner",
            ),
        ),
        migrations.AddIndex(
            "run",
            models.Index(
                fields=["status", "-created"], condition=UNSUCCESSFUL, name="run_failed"
            ),
        ),
        # SQLite takes the last of those that would serve, where a query says owner and blueprint.
        migrations.AddIndex(
            "run",
            models.Index(
                fields=["blueprint", "status", "-created"],
                condition=UNSUCCESSFUL,
                name="run_failed_blueprint",
            ),
        ),
    ]
