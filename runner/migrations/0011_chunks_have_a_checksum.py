"""Whether a chunk is what was written can be told from now on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runner", "0010_runs_belong_to_the_owners_of_their_blueprints"),
    ]
    operations = [
        migrations.AddField(
            model_name="journalchunk",
            name="checksum",
            field=models.BigIntegerField(
                help_text="CRC-32 of the events; empty where an older Conductor wrote them.",
                null=True,
            ),
        ),
    ]
