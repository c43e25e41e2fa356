"""Print a link that signs the owner in once; they can then set a password."""

from __future__ import annotations

import argparse

from conductor_site.command import preparing, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There is nothing to choose."""


def perform(options: argparse.Namespace) -> int:
    """Print the link for the configured address."""
    start_django()
    from django.conf import settings

    from conductor_site import welcome
    from conductor_site.start import migrate

    with preparing():
        migrate()
    print(welcome.link(settings.CONDUCTOR_URL))
    return 0
