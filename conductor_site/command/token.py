"""Manage the tokens with which scripts call the API (Authorization: Bearer …)."""

from __future__ import annotations

import argparse

from conductor_site.command import preparing, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `token create NAME [--user USER]`."""
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a token and print it once")
    create.add_argument("name", help="what the token is for")
    create.add_argument("--user", help="whose rights it has (default: the owner)")


def perform(options: argparse.Namespace) -> int:
    """Print the new token; it cannot be shown again."""
    start_django()
    from conductor_site.command.users import named
    from conductor_site.start import migrate
    from editor.actions.tokens import create_token

    with preparing():
        migrate()
    print(create_token(named(options.user), options.name))
    return 0
