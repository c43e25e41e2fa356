"""Triggers that have rows, as commands name them: by an id, its beginning, or BLUEPRINT/NODE."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from conductor_site.command import CommandError

if TYPE_CHECKING:
    from runner.models import Listener, Schedule

    Row = TypeVar("Row", Listener, Schedule)
else:
    Row = TypeVar("Row")

NAMED = "an id, its beginning, or BLUEPRINT/NODE"


def add_list(actions: Any, states: Sequence[str], about: str) -> None:
    """Declare `list [--state STATE] [--json]`."""
    listing: argparse.ArgumentParser = actions.add_parser("list", help=about)
    listing.add_argument("--state", choices=states, help="only those that stand so")
    listing.add_argument("--json", action="store_true", help="print one JSON object a line")


def add_each(actions: Any, noun: str, summaries: Mapping[str, str], about: str = NAMED) -> None:
    """Declare actions on what is named, one or more: `ACTION NOUN...`."""
    for name, summary in summaries.items():
        actions.add_parser(name, help=summary).add_argument(noun, nargs="+", help=about)


def listed(
    options: argparse.Namespace,
    rows: Any,
    in_state: Callable[[Any, str], Any],
    summary: Callable[[Any], dict[str, Any]],
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield each row that was asked for with what is known of it; print it where JSON was."""
    rows = rows.select_related("blueprint").order_by("blueprint__name", "node")
    for row in in_state(rows, options.state) if options.state else rows:
        shown = summary(row)
        if options.json:
            print(json.dumps(shown))
        else:
            yield row, shown


def found(model: type[Row], word: str) -> Row:
    """Return the one that a word names. Raises CommandError where none or several are meant."""
    rows: list[Any] = list(model._default_manager.select_related("blueprint"))
    matches = [row for row in rows if str(row.pk).startswith(word.lower())] if word else []
    if not matches:
        matches = [row for row in rows if f"{row.blueprint.name}/{row.node}" == word]
    if len(matches) != 1:
        noun = model._meta.model_name
        told = f"There is no {noun}" if not matches else f"There are {len(matches)} {noun}s"
        raise CommandError(f"{told} {word!r}. `conductor {noun}s list` shows their ids.")
    row: Row = matches[0]
    return row
