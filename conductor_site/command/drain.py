"""Ask workers to take no more runs and let what is under way end; without names, list them."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from conductor_site.command import CommandError, preparing, start_django

if TYPE_CHECKING:
    from runner.actions.workers import Stands

PAUSE = 0.3  # seconds between looks at how far they are


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `drain [WORKER …] [--all] [--undo] [--wait SECONDS] [--json]`."""
    parser.add_argument(
        "worker", nargs="*", help="its name, or how it begins, such as the machine's"
    )
    parser.add_argument("--all", action="store_true", help="all workers: then no run begins")
    parser.add_argument("--undo", action="store_true", help="have them take runs again")
    parser.add_argument(
        "--wait",
        type=float,
        default=60,
        metavar="SECONDS",
        help="how long to wait until they have nothing in hand; default 60, 0: only ask",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON list of them")


def perform(options: argparse.Namespace) -> int:
    """Ask, wait, and say how each stands; 1 where one still has something in hand."""
    if options.worker and options.all:
        raise CommandError("Give names, or --all, not both.")
    if options.wait < 0:
        raise CommandError("--wait is a number of seconds, 0 or more.")
    asks = bool(options.worker or options.all)
    if options.undo and not asks:
        raise CommandError("--undo needs the names of workers, or --all.")
    start_django()
    from conductor_site.start import migrate
    from runner.actions.workers import NoSuchWorker, drain, named, standings

    with preparing():
        migrate()
        if not asks:
            _print(standings(), as_json=options.json)
            return 0
        try:
            names = [it.name for it in standings()] if options.all else named(options.worker)
        except NoSuchWorker as error:
            raise CommandError(str(error)) from error
        if not names:
            raise CommandError("No worker lives.")
        drain(names, wanted=not options.undo)
        found = standings(names) if options.undo else _awaited(names, options.wait)
        _print(found, as_json=options.json)
        late = not options.undo and any(it.standing != "drained" for it in found)
        return int(late and options.wait > 0)


def _awaited(names: list[str], seconds: float) -> list[Stands]:
    """Return how they stand once all have drained or ended, or the time is over."""
    from runner.actions.workers import standings

    until = time.monotonic() + seconds
    while True:
        found = standings(names)
        if all(it.standing == "drained" for it in found) or time.monotonic() >= until:
            return found
        time.sleep(PAUSE)


def _print(found: list[Stands], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(it) for it in found]))
        return
    if not found:
        print("No worker lives.")
        return
    wide = max(len(it.name) for it in found)
    print(f"{'worker':<{wide}}  {'state':<10}  {'runs':>5}  labels")
    for it in found:
        print(f"{it.name:<{wide}}  {it.standing:<10}  {it.runs:>5}  {it.labels or '–'}")
