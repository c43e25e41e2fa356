"""Workers have labels, and runs ask for some: the queue's index tells them apart."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runner", "0017_listeners")]

    operations = [
        migrations.AddField(
            model_name="worker",
            name="labels",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What it has that runs may ask for, with commas between.",
                max_length=600,
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="labels",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What a worker must have to take it, sorted, with commas between.",
                max_length=600,
            ),
        ),
        migrations.RemoveIndex(model_name="run", name="run_queue"),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(
                    ("finished__isnull", True), ("held", False), ("wake_at__isnull", True)
                ),
                fields=["status", "queue", "labels", "owner", "turn"],
                name="run_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                condition=models.Q(("finished__isnull", True), ("labels__gt", "")),
                fields=["labels"],
                name="run_labels",
            ),
        ),
    ]
