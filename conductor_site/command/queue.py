"""Look after the queues of the site: list them, set their limits, pause, resume and drain them."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from conductor_site.command import CommandError, preparing, start_django

CHANGES: dict[str, dict[str, bool]] = {
    "set": {},
    "pause": {"paused": True},
    "resume": {"paused": False, "draining": False},
    "drain": {"draining": True},
}
SETTINGS = ("priority", "concurrency", "rate", "burst", "when_full", "most_waiting")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `queue list|set|pause|resume|drain [NAME] [--concurrency NUMBER] …`."""
    parser.add_argument("action", choices=["list", *CHANGES], help="what is done")
    parser.add_argument("name", nargs="?", help="the queue; set makes one that there is not")
    parser.add_argument("--priority", type=int, metavar="NUMBER", help="with set: of all its runs")
    limit = "0: any number"
    for name, kind, meaning in (
        ("concurrency", int, f"with set: how many run at once; {limit}"),
        ("rate", float, f"with set: how many begin in a second; {limit}"),
        ("burst", int, "with set: how many may begin at once after a rest"),
    ):
        parser.add_argument(f"--{name}", type=kind, metavar="NUMBER", help=meaning)
    parser.add_argument(
        "--when-full",
        choices=["wait", "drop_newest", "drop_oldest", "cancel_running"],
        help="with set: what becomes of one more",
    )
    parser.add_argument(
        "--most-waiting", type=int, metavar="NUMBER", help="with set: how many may wait then"
    )
    parser.add_argument("--json", action="store_true", help="with list: print one JSON list")


def perform(options: argparse.Namespace) -> int:
    """Print the queues, or change one."""
    given = {name: getattr(options, name) for name in SETTINGS}
    changes = {name: value for name, value in given.items() if value is not None}
    if changes and options.action != "set":
        raise CommandError("Limits are given with 'set'.")
    if (options.action == "list") == (options.name is not None):
        needed = "shows all queues" if options.name else "needs the name of a queue"
        raise CommandError(f"'{options.action}' {needed}.")
    start_django()
    from conductor_site.start import migrate

    with preparing():
        migrate()
        if options.action == "list":
            _list(as_json=options.json)
        else:
            _change(options.action, options.name, changes)
    return 0


def _change(action: str, name: str, changes: dict[str, Any]) -> None:
    from django.core.exceptions import ValidationError

    from runner.actions.queues import save_queue
    from runner.models import Queue

    queue = Queue.objects.filter(name=name).first()
    if queue is None:
        if action != "set":
            raise CommandError(f"There is no queue {name!r}.")
        queue = Queue(name=name)
    for limit in ("concurrency", "rate"):
        if changes.get(limit) == 0:
            changes[limit] = None
    try:
        save_queue(queue, {**changes, **CHANGES[action]})
    except ValidationError as error:
        told = " ".join(f"{field}: {' '.join(it)}" for field, it in error.message_dict.items())
        raise CommandError(told) from error


def _list(*, as_json: bool) -> None:
    from runner.models import Queue
    from runner.queue.figures import figures

    rows = {queue.name: queue for queue in Queue.objects.all()}
    found = figures()
    if as_json:
        print(json.dumps([{**asdict(it), **_state(rows.get(it.name))} for it in found]))
        return
    width = max(len(it.name) for it in found)
    line = f"{{:<{width}}}  {{:<8}} {{:>8}} {{:>8}} {{:>9}} {{:>9}}".format
    print(line("queue", "state", "waiting", "running", "oldest", "p95"))
    for it in found:
        state = _state(rows.get(it.name))
        word = "paused" if state["paused"] else "draining" if state["draining"] else "open"
        waiting = it.waiting + it.held + it.put_off
        times = (_seconds(it.oldest), _seconds(it.waited_p95))
        print(line(it.name, word, waiting, it.running, *times))


def _state(queue: Any) -> dict[str, bool]:
    return {name: bool(queue and getattr(queue, name)) for name in ("paused", "draining")}


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"
