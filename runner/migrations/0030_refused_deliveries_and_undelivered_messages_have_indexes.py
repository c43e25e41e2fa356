"""Indexes of the deliveries that were refused, and of the messages that have not arrived."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two indexes: what is accepted is not in the one, what has arrived not in the other."""

    dependencies: ClassVar = [("runner", "0029_runs_that_others_have_edited")]

    operations: ClassVar = [
        migrations.AddIndex(
            "webhookdelivery",
            models.Index(
                fields=["verdict", "-id", "webhook"],
                condition=~models.Q(("verdict", "accepted")),
                name="delivery_refused",
            ),
        ),
        migrations.AddIndex(
            "outgoingmessage",
            models.Index(
                fields=["status", "endpoint", "-created"],
                condition=models.Q(("status__in", ("waiting", "failed"))),
                name="message_undelivered",
            ),
        ),
    ]
