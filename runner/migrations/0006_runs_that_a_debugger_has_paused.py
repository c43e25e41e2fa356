from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runner", "0005_the_queue_apart_from_parked_runs")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="paused",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Its debugger has paused it, as its journal says: told of it soon after.",
            ),
        ),
    ]
