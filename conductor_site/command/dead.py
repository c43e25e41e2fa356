"""Deal with dead letters: runs that failed for good."""

from __future__ import annotations

import argparse

from conductor_site.command import CommandError, preparing, start_django
from conductor_site.command.rerun import run_id
from conductor_site.command.start import found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `dead list|replay|dismiss [RUN …] [--blueprint BLUEPRINT] [--from failed|start]`."""
    parser.add_argument("action", choices=["list", "replay", "dismiss"], help="what is done")
    parser.add_argument("run", nargs="*", type=run_id, help="the ids of runs; none: all")
    parser.add_argument("--blueprint", metavar="BLUEPRINT", help="only those of this one")
    parser.add_argument(
        "--from",
        dest="begins",
        choices=["failed", "start"],
        default="failed",
        help="with replay: where the new runs begin",
    )


def perform(options: argparse.Namespace) -> int:
    """Print the dead letters, or what became of them; exit status 1 where one was not replayed."""
    start_django()
    from conductor_site.start import migrate
    from runner.actions.dead import dismiss, replay
    from runner.models import Run

    with preparing():
        migrate()
        rows = Run.objects.filter(dead=True).order_by("finished")
        if options.blueprint:
            rows = rows.filter(blueprint=found(options.blueprint))
        if options.run:
            rows = rows.filter(pk__in=options.run)
            there = set(rows.values_list("pk", flat=True))
            if missing := [key for key in options.run if key not in there]:
                raise CommandError(f"The run {missing[0]} is no dead letter.")
        runs = rows.select_related("blueprint", "drawing", "version")
        if options.action == "list":
            for run in runs:
                told = (run.error or {}).get("message", "")
                print(f"{run.pk}  {run.finished:%Y-%m-%d %H:%M:%S}  {run.blueprint.name}: {told}")
            return 0
        if options.action == "dismiss":
            print(f"{dismiss(runs)} dismissed")
            return 0
        done = replay(runs, options.begins, trigger="cli", by=None)
    for old, new in done.runs.items():
        print(f"{old} -> {new}")
    for old, why in done.refused.items():
        print(f"{old} was not replayed: {why}")
    return 1 if done.refused else 0
