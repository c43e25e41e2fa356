"""A published blueprint with a schedule, and a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from editor.actions import create_blueprint, publish
from editor.models import Blueprint
from runner.graph import load
from runner.journal.committer import close_committer
from runner.models import Run, Schedule
from runner.schedules.clock import Watch

NINE = {"cron": "0 9 * * *", "time_zone": "Europe/Berlin"}
# A Thursday in winter: nine in Berlin is eight in UTC.
THURSDAY = datetime(2027, 1, 14, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


def drawing(**schedules: Any) -> dict[str, Any]:
    """Return a drawing with these schedules, each with its parameters."""
    return {
        "format": "conductor/1",
        "name": "Report",
        "nodes": {
            **{
                name: node if "kind" in node else {"kind": "trigger.schedule", "parameters": node}
                for name, node in schedules.items()
            },
            "out": {"kind": "flow.output", "parameters": {"name": "got"}},
        },
        "edges": [f"{name}.out -> out.in" for name in schedules],
    }


class Site:
    """A person who publishes schedules, at a time that the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.owner = User.objects.create_user("ada")
        self.now = THURSDAY
        for module in ("keeping", "starting", "control", "summary"):
            monkeypatch.setattr(f"runner.schedules.{module}.now", lambda: self.now)
        monkeypatch.setattr("runner.schedules.starting._watch", Watch())

    def publish(self, blueprint: Blueprint | None = None, **schedules: Any) -> Blueprint:
        document = load(drawing(**schedules))
        if blueprint is None:
            blueprint = create_blueprint(owner=self.owner, name="Report", document=document)
        else:
            blueprint.draft = drawing(**schedules)
            blueprint.save()
        publish(blueprint, self.owner)
        return blueprint

    def schedule(self, **parameters: Any) -> Schedule:
        """Return the schedule `start` of a new blueprint with these parameters."""
        return Schedule.objects.get(blueprint=self.publish(start=parameters or NINE))


@pytest.fixture
def site(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    yield Site(monkeypatch)
    close_committer()


def meant(blueprint: Any) -> list[str]:
    """Return for when the runs of a blueprint were meant, in order."""
    runs = Run.objects.filter(blueprint=blueprint)
    return sorted(run.inputs["scheduled_for"] for run in runs)
