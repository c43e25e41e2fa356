"""Manage the tokens with which scripts call the API (Authorization: Bearer …)."""

from __future__ import annotations

import argparse

from conductor_site.command import CommandError, preparing, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `token create NAME [--user USER]`."""
    actions = parser.add_subparsers(dest="action", required=True)
    create = actions.add_parser("create", help="make a token and print it once")
    create.add_argument("name", help="what the token is for")
    create.add_argument("--user", help="whose rights it has (default: the owner)")


def perform(options: argparse.Namespace) -> int:
    """Print the new token; it cannot be shown again."""
    start_django()
    from django.contrib.auth import get_user_model

    from conductor_site import welcome
    from conductor_site.start import migrate
    from editor.actions.tokens import create_token

    with preparing():
        migrate()
    if options.user:
        user = get_user_model().objects.filter(username=options.user).first()
        if user is None:
            raise CommandError(f"There is no user named {options.user!r}.")
    else:
        user = welcome.owner()
    print(create_token(user, options.name))
    return 0
