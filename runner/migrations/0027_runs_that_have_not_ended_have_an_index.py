"""An index of the runs that have not ended, which are few of very many, by when they came."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One index, in which nothing is that has ended."""

    dependencies: ClassVar = [("runner", "0026_runs_that_did_not_succeed_have_indexes")]

    operations: ClassVar = [
        migrations.AddIndex(
            "run",
            models.Index(
                fields=["-created"],
                condition=models.Q(("finished__isnull", True)),
                name="run_live",
            ),
        ),
    ]
