"""What was the run's owner is who started it, where a person did."""

from typing import Any

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def name_starters(apps: Any, schema_editor: Any) -> None:
    """Say who started the runs of people, and give each run to the owner of its blueprint."""
    runs = apps.get_model("runner", "Run").objects
    blueprints = apps.get_model("editor", "Blueprint").objects
    runs.filter(trigger__in=("manual", "api")).update(started_by=F("owner"))
    owner = blueprints.filter(pk=OuterRef("blueprint")).values("owner")
    runs.exclude(owner=F("blueprint__owner")).update(owner=Subquery(owner))


class Migration(migrations.Migration):
    dependencies = [
        ("editor", "0005_shares_and_links"),
        ("runner", "0009_who_started_a_run"),
    ]
    operations = [migrations.RunPython(name_starters, migrations.RunPython.noop)]
