"""Run a run again: from its start, from what failed, or from a step. A worker executes it."""

from __future__ import annotations

import argparse
from typing import Any
from uuid import UUID

from conductor_site.command import CommandError, preparing, start_django
from conductor_site.command.arguments import add_inputs, inputs_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `rerun RUN [--from start|failed|STEP] [-i KEY=VALUE …] [--version …] [--dry]`."""
    parser.add_argument("run", type=run_id, help="the id of the run")
    parser.add_argument(
        "--from",
        dest="begins",
        default="failed",
        metavar="PLACE",
        help="start, failed (the default), or a step such as fetch#2 or pay[3]",
    )
    add_inputs(
        parser, "another input of the run (from start), or another value at a port of the step"
    )
    parser.add_argument(
        "--version",
        choices=["same", "published", "draft"],
        default="same",
        help="what is executed (default: what the run executed)",
    )
    parser.add_argument("--dry", action="store_true", help="only say what would be taken over")


def run_id(text: str) -> UUID:
    """Return the id that a text is. Raises ArgumentTypeError."""
    try:
        return UUID(text)
    except ValueError:
        told = f"{text!r} is no id of a run; the end of the address of its page is one"
        raise argparse.ArgumentTypeError(told) from None


def perform(options: argparse.Namespace) -> int:
    """Print what is taken over and the new run's id; exit status 0 when it was accepted."""
    start_django()
    from conductor_site.start import migrate
    from runner.actions import InputsInvalid, RerunImpossible, Start, rerun
    from runner.engine.stand_ins import pins_of
    from runner.graph import DocumentInvalid, load
    from runner.models import Run

    begins: str = options.begins
    inputs = inputs_of(options.input) or None
    if begins == "failed" and inputs is not None:
        raise CommandError("Other inputs begin at the start (--from start), or at a step.")
    how = begins if begins in ("start", "failed") else "step"
    start = Start(how, begins if how == "step" else "", inputs)
    with preparing():
        migrate()
        rows = Run.objects.select_related("drawing", "version", "blueprint")
        origin = rows.filter(pk=options.run).first()
        if origin is None:
            raise CommandError(f"There is no run {options.run}.")
        try:
            drawing, version = _chosen(origin, options.version)
            pins = None
            if options.version != "same":
                pins = pins_of(load(drawing.document)) if version is None else {}
            made = rerun(
                origin,
                start,
                drawing=drawing,
                version=version,
                pins=pins,
                trigger="cli",
                by=None,
                dry=options.dry,
            )
        except (RerunImpossible, InputsInvalid, DocumentInvalid) as error:
            raise CommandError(str(error)) from error
    for step, was in made.reused.items():
        print(f"  taken over  {step}" + (f" (was {was})" if was != step else ""))
    for it in made.repeated:
        print(f"  runs again  {it.step}: {it.reason}")
    print("nothing was started" if made.run is None else str(made.run.pk))
    return 0


def _chosen(origin: Any, wanted: str) -> tuple[Any, Any]:
    from editor.actions import store_drawing
    from runner.graph import load

    if wanted == "same":
        return origin.drawing, origin.version
    if wanted == "draft":
        return store_drawing(load(origin.blueprint.draft)), None
    if origin.blueprint.published is None:
        raise CommandError("The blueprint was never published; --version draft runs its draft.")
    return origin.blueprint.published.drawing, origin.blueprint.published
