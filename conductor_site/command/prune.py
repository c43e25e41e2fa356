"""Remove journals, runs and webhook deliveries that are older or more than is kept."""

from __future__ import annotations

import argparse
import json
import threading
from dataclasses import asdict

from conductor_site.command import CommandError, preparing, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `prune [--dry-run] [--json]`; what is kept comes from the environment."""
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what would be removed, and how much"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def perform(options: argparse.Namespace) -> int:
    """Print what was removed, or would be."""
    start_django()
    from conductor_site.start import migrate
    from runner.retention.holding import Busy
    from runner.retention.limits import Limits
    from runner.retention.sweep import sweep, would_go

    with preparing():
        migrate()
        limits = Limits.set_here()
        try:
            tally = would_go(limits) if options.dry_run else sweep(limits, threading.Event())
        except Busy:
            raise CommandError(
                "The site is pruning at this moment. Try again in a minute, or look in the admin."
            ) from None
    if options.json:
        print(json.dumps(asdict(tally)))
        return 0
    print("would be removed:" if options.dry_run else "removed:")
    print(f"  {tally.journals:>9,} journals ({tally.bytes / 2**20:,.1f} MiB)")
    print(f"  {tally.runs:>9,} runs")
    print(f"  {tally.deliveries:>9,} webhook deliveries")
    return 0
