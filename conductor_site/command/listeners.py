"""See what listens, pause and resume it, and deal with what could not be accepted."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from conductor_site.command import CommandError, preparing, start_django
from conductor_site.command.rerun import run_id
from conductor_site.command.triggers import add_each, add_list, found, listed

if TYPE_CHECKING:
    from runner.models import MessageAside

STATES = ("listening", "waiting", "paused", "disabled", "trouble")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `listeners list|pause|resume|aside|replay|dismiss`."""
    actions = parser.add_subparsers(dest="action", required=True)
    add_list(actions, STATES, "list the listeners, with who listens and what came last")
    each = {
        "pause": "have nobody listen to them",
        "resume": "have workers listen to them again, at once",
    }
    add_each(actions, "listener", each)
    actions.add_parser("aside", help="list the messages that could not be accepted")
    for name, summary in (
        ("replay", "start a run of each message that was set aside"),
        ("dismiss", "delete messages that were set aside"),
    ):
        one = actions.add_parser(name, help=summary)
        one.add_argument("message", nargs="+", type=run_id, help="an id, as `aside` prints it")


def perform(options: argparse.Namespace) -> int:
    """Print what was asked for, or what was done; exit status 1 where a replay was refused."""
    start_django()
    from conductor_site.start import migrate
    from runner.listeners import control
    from runner.models import Listener

    with preparing():
        migrate()
        match options.action:
            case "list":
                _list(options)
            case "aside":
                _list_aside()
            case "replay":
                return _replay(_messages(options))
            case "dismiss":
                for message in _messages(options):
                    message.delete()
                print(f"{len(options.message)} dismissed")
            case _:
                do = control.pause if options.action == "pause" else control.resume
                # All of them are found before anything is done to the first.
                for row in [found(Listener, word) for word in options.listener]:
                    print(f"{row}: {do(row).state.value}")
    return 0


def _list(options: argparse.Namespace) -> None:
    from runner.listeners.summary import in_state, listener_summary
    from runner.models import Listener

    for row, shown in listed(options, Listener.objects, in_state, listener_summary):
        last = f"{row.last_at:%Y-%m-%d %H:%M:%S}" if row.last_at else "–"
        about = shown["error"] or row.kind.removeprefix("trigger.")
        who = row.holder or "–"
        print(f"{shown['id'][:8]}  {shown['state']:<9}  {last:<19}  {who}  {row}: {about}")


def _list_aside() -> None:
    from runner.models import MessageAside

    rows = MessageAside.objects.filter(replayed=None).select_related("blueprint").order_by("id")
    for row in rows:
        where = f"{row.blueprint} / {row.node}"
        print(f"{row.pk}  {row.created:%Y-%m-%d %H:%M:%S}  {where}: {row.reason}")


def _messages(options: argparse.Namespace) -> list[MessageAside]:
    from runner.models import MessageAside

    there = MessageAside.objects.select_related("blueprint").in_bulk(options.message)
    if missing := [key for key in options.message if key not in there]:
        told = "`conductor listeners aside` shows what is."
        raise CommandError(f"No message {missing[0]} is set aside. {told}")
    return [there[key] for key in options.message]


def _replay(messages: list[MessageAside]) -> int:
    from runner.listeners.control import ReplayRefused, replay

    refused = 0
    for message in messages:
        try:
            print(f"{message.pk} -> {replay(message, None).pk}")
        except ReplayRefused as error:
            refused = 1
            print(f"{message.pk} was not replayed: {error}")
    return refused
