"""Make blueprints with webhook triggers of an OpenAPI file."""

from __future__ import annotations

import argparse
from pathlib import Path

from conductor_site.command import CommandError, preparing, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `hooks import FILE [--user USER] [--one] [--only PART]`."""
    actions = parser.add_subparsers(dest="action", required=True)
    load = actions.add_parser("import", help="make a draft for each operation of a file")
    load.add_argument("file", type=Path, help="OpenAPI 3.0 to 3.2 as JSON or YAML")
    load.add_argument("--user", help="whose blueprints they become (default: the owner)")
    load.add_argument("--one", action="store_true", help="one blueprint with all operations")
    load.add_argument(
        "--only",
        metavar="PART",
        default="",
        help="those operations alone that have this tag, or whose path begins so",
    )


def perform(options: argparse.Namespace) -> int:
    """Print the blueprints that were made, with the operations that each takes."""
    start_django()
    from conductor_site.command.users import named
    from conductor_site.start import migrate
    from editor.actions.hooks import import_hooks
    from runner.graph import DocumentInvalid

    try:
        content = options.file.read_bytes()
    except OSError as error:
        raise CommandError(f"{options.file} cannot be read: {error.strerror}.") from error
    with preparing():
        migrate()
    user = named(options.user)
    try:
        made = import_hooks(user, content, "one" if options.one else "each", options.only)
    except DocumentInvalid as error:
        lines = "\n".join(f"  {problem.message}" for problem in error.problems)
        raise CommandError(f"{options.file} cannot be imported:\n{lines}") from error
    for blueprint, operations in made:
        print(f"{blueprint.pk}  {blueprint.name}")
        for operation in operations:
            print(f"  {operation.method} {operation.path}")
    return 0
