"""Which runs have values in their middle that their blueprint's owner does not answer for."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies: ClassVar = [("runner", "0028_credentials")]

    operations: ClassVar = [
        migrations.AddField(
            "run",
            "edited",
            models.BooleanField(
                default=False,
                db_default=False,
                help_text="Somebody else than the blueprint's owner has put values into its "
                "middle, so that the owner does not answer for it.",
            ),
        ),
    ]
