"""Start a run of a blueprint of the site, now or later. A worker executes it."""

from __future__ import annotations

import argparse
import math
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from conductor_site.command import CommandError, preparing, start_django
from conductor_site.command.arguments import add_inputs, inputs_of
from runner.graph.queueing import HIGHEST, LOWEST


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `start BLUEPRINT [-i KEY=VALUE …] [--delay SECONDS | --at MOMENT] …`."""
    parser.add_argument("blueprint", help="its name or id")
    add_inputs(parser, "an input; the value is JSON where it reads as JSON, else text")
    parser.add_argument("--draft", action="store_true", help="run the draft, not what is published")
    parser.add_argument("--trigger", default="", help="the trigger node to start at")
    when = parser.add_mutually_exclusive_group()
    when.add_argument(
        "--delay", type=seconds, metavar="SECONDS", help="before when it does not begin"
    )
    when.add_argument("--at", type=moment, metavar="MOMENT", help="the same as a moment")
    parser.add_argument(
        "--priority", type=priority, metavar="NUMBER", help="another than the blueprint's"
    )
    parser.add_argument(
        "--unique", metavar="KEY", help="while a run with this key goes on, start no other"
    )
    parser.add_argument(
        "--unique-for",
        type=seconds,
        metavar="SECONDS",
        help="nor within so many seconds, also when that run has ended",
    )


def seconds(text: str) -> float:
    """Return the seconds that a text says. Raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not math.isfinite(value) or not 0 <= value <= 10 * 366 * 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds up to ten years")
    return value


def moment(text: str) -> datetime:
    """Return the moment that a text says, with its time zone. Raises ArgumentTypeError."""
    told = f"{text!r} is no moment with a time zone such as 2027-03-28T09:00:00+02:00"
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(told) from None
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError(told)
    return value


def priority(text: str) -> int:
    """Return the priority that a text says. Raises ArgumentTypeError."""
    try:
        value = int(text)
    except ValueError:
        value = HIGHEST + 1
    if not LOWEST <= value <= HIGHEST:
        told = f"{text!r} is no whole number from {LOWEST} to {HIGHEST}"
        raise argparse.ArgumentTypeError(told)
    return value


def perform(options: argparse.Namespace) -> int:
    """Print the id of the run; exit status 0 when it was accepted."""
    start_django()
    from django.utils import timezone

    from conductor_site.start import migrate
    from editor.actions import store_drawing
    from runner.actions import InputsInvalid
    from runner.actions.accept import Wishes
    from runner.actions.queues import KeyInvalid, QueueDraining
    from runner.actions.start import start
    from runner.graph import DocumentInvalid, load

    if options.unique_for is not None and not options.unique:
        raise CommandError("--unique-for needs the key that it is about: --unique.")
    inputs = inputs_of(options.input)
    with preparing():
        migrate()
        blueprint = found(options.blueprint)
        due = options.at
        if options.delay:
            due = timezone.now() + timedelta(seconds=options.delay)
        if not options.draft and blueprint.published is None:
            raise CommandError("The blueprint was never published; --draft runs its draft.")
        try:
            draft = options.draft
            accepted = start(
                blueprint=blueprint,
                drawing=store_drawing(load(blueprint.draft))
                if draft
                else blueprint.published.drawing,
                version=None if draft else blueprint.published,
                inputs=inputs,
                trigger="cli",
                trigger_node=options.trigger,
                by=None,
                wishes=Wishes(
                    outside=True,
                    due=due,
                    priority=options.priority,
                    unique=options.unique,
                    unique_for=options.unique_for,
                ),
            )
        except (InputsInvalid, DocumentInvalid, QueueDraining, KeyInvalid) as error:
            raise CommandError(str(error)) from error
    print(accepted.run.pk)
    return 0


def found(given: str) -> Any:
    """Return the blueprint of this name or id. Raises CommandError."""
    from editor.models import Blueprint

    try:
        asked: dict[str, Any] = {"pk": UUID(given)}
    except ValueError:
        asked = {"name": given}
    rows = Blueprint.objects.select_related("published__drawing", "owner").filter(**asked)
    several = list(rows[:2])
    if not several:
        raise CommandError(f"There is no blueprint {given!r}.")
    if len(several) > 1:
        raise CommandError(f"Several blueprints are named {given!r}; give an id.")
    return several[0]
