"""A blueprint and runs for pages to show, and the text of a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.utils import timezone

from editor.models import Blueprint, Drawing
from runner.engine.events import Event
from runner.journal.encoding import encode_events
from runner.models import JournalChunk, Run

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = {
    "format": "conductor/1",
    "name": "Greeting",
    "description": "Says hello",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "out": {"kind": "flow.output", "title": "The greeting"},
    },
    "edges": ["start.out -> out.in"],
}


def draw(owner: User, name: str = "Greeting") -> Blueprint:
    return Blueprint.objects.create(owner=owner, name=name, draft={**DOCUMENT, "name": name})


def run_of(blueprint: Blueprint, status: str = "succeeded", events: int = 0) -> Run:
    drawing, _ = Drawing.objects.get_or_create(hash="1" * 64, document=DOCUMENT)
    now = timezone.now()
    run = Run.objects.create(
        blueprint=blueprint,
        drawing=drawing,
        owner=blueprint.owner,
        status=status,
        trigger="manual",
        inputs={"who": "<b>you</b>"},
        error={"code": "node_failed", "message": "It broke", "node": "out"}
        if status == "failed"
        else None,
        created=now,
        started=now,
        noted_seq=events,
    )
    facts = [
        Event(seq, now.timestamp(), "step.succeeded", f"out#{seq}", {"outputs": {}, "duration": 1})
        for seq in range(1, events + 1)
    ]
    if facts:
        JournalChunk.objects.create(
            run=run, first_seq=1, last_seq=events, epoch=1, events=encode_events(facts)
        )
    return run


def text(answer: Response, status: int = 200) -> str:
    assert answer.status_code == status
    return answer.content.decode()
