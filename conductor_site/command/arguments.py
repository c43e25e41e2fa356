"""The arguments that several commands have: inputs, and what a run in this process may reach."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conductor_site.command import CommandError

if TYPE_CHECKING:
    from runner.engine import HostResources


def add_inputs(parser: argparse.ArgumentParser, meaning: str) -> None:
    """Declare `-i KEY=VALUE …`."""
    parser.add_argument(
        "-i", "--input", action="append", default=[], metavar="KEY=VALUE", help=meaning
    )


def inputs_of(pairs: list[str]) -> dict[str, Any]:
    """Return the inputs that `KEY=VALUE` words give. Raises CommandError where one has no `=`."""
    inputs: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise CommandError(f"The input {pair!r} is not of the form KEY=VALUE.")
        try:
            inputs[key] = json.loads(value)
        except (ValueError, RecursionError):
            inputs[key] = value
    return inputs


def add_resources(parser: argparse.ArgumentParser) -> None:
    """Declare `[--files DIR] [--allow HOST …]`."""
    parser.add_argument(
        "--files", type=Path, help="the folder that file nodes may read and write (default: none)"
    )
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="HOST[:PORT]",
        help="a private address that HTTP nodes may call",
    )


def resources_of(options: argparse.Namespace) -> HostResources:
    """Return what nodes may reach. Raises CommandError where `--files` is no folder."""
    from runner.engine import HostResources

    if options.files and not options.files.is_dir():
        raise CommandError(f"--files {options.files} is no folder.")
    return HostResources(
        files=options.files.resolve() if options.files else None,
        http_allow=frozenset(options.allow),
    )
