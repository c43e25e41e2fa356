"""The `conductor` command: one small file for each thing it can do."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

COMMANDS = {
    "serve": "start the site and a worker in one process",
    "worker": "start a worker as a process of its own",
    "drain": "ask workers to take no more runs, before a restart",
    "run": "run a blueprint file here and print what it gives",
    "test": "run the tests that blueprints carry",
    "start": "start a run of a blueprint of the site, now or later",
    "rerun": "run a run again, taking over what has not changed",
    "queue": "look after the queues",
    "dead": "replay or dismiss runs that failed for good",
    "schedules": "see, pause, resume and backfill what starts runs at times",
    "listeners": "see, pause and resume what listens, and replay what could not be accepted",
    "prune": "remove what is older or more than is kept",
    "hooks": "make webhooks out of an OpenAPI file",
    "doctor": "look a deployment over, and say how to mend it",
    "credential": "keep passwords, tokens and keys that nodes use by name",
    "token": "manage API tokens",
    "link": "print a one-time sign-in link for the owner",
}


def command_line() -> argparse.ArgumentParser:
    """Return the parser of all commands; docs/reference/commands.md is compared with it."""
    parser = argparse.ArgumentParser(
        prog="conductor", description="Draw blueprints, run them, and watch every node live."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"conductor_site.command.{name}")
        command = commands.add_parser(name, help=summary, description=module.__doc__)
        module.add_arguments(command)
        command.set_defaults(perform=module.perform)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line and return its exit status."""
    options = command_line().parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conductor_site.settings")
    try:
        return int(options.perform(options))
    except CommandError as error:
        print(f"conductor {options.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


class CommandError(Exception):
    """The command cannot be carried out; the message says why and what to do."""


def start_django() -> None:
    """Load settings and models. Raises CommandError where a setting is wrong."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    from conductor_site.environment import WrongSetting
    from conductor_site.home import KeyUnusable

    try:
        django.setup()
    except (WrongSetting, KeyUnusable, ImproperlyConfigured) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"The home cannot be prepared: {error}.") from error


@contextmanager
def preparing() -> Iterator[None]:
    """Do what a start needs of database and disk; raise CommandError where they do not serve."""
    from django.db import Error

    try:
        yield
    except Error as error:
        name = database_name()
        raise CommandError(f"The database {name} cannot be used: {str(error).strip()}") from error
    except OSError as error:
        raise CommandError(f"The home cannot be prepared: {error}.") from error


def database_name() -> str:
    """Return the database's name, or its file, as the settings have it."""
    from django.conf import settings

    return str(settings.DATABASES["default"]["NAME"])
