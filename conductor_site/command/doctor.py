"""Look this deployment over, and say what is not well and how to mend it; nothing is changed."""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
from typing import TYPE_CHECKING

from conductor_site.command import CommandError, start_django

if TYPE_CHECKING:
    from conductor_site.doctor.finding import Finding

COLOURS = {"ok": "\033[32m", "warn": "\033[33m", "fail": "\033[31m"}
PLAIN = "\033[0m"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `doctor [--json]`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def perform(options: argparse.Namespace) -> int:
    """Print the findings; exit status 1 where one of them fails, else 0."""
    findings = _findings()
    failed = [it for it in findings if it.grade.value == "fail"]
    if options.json:
        checks = [
            {"name": it.name, "status": it.grade.value, "says": it.says, "mend": it.mend}
            for it in findings
        ]
        print(json.dumps({"ok": not failed, "checks": checks}, ensure_ascii=False))
    else:
        _print(findings)
    return 1 if failed else 0


def _findings() -> list[Finding]:
    from conductor_site.doctor.finding import fail, ok

    try:
        start_django()
    except CommandError as error:
        return [fail("settings", str(error), "Set it as the message says, and look again.")]
    from conductor_site.doctor.examine import examine

    return [ok("settings", "All values of the environment can be used."), *examine()]


def _print(findings: list[Finding]) -> None:
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    wide = max(len(it.name) for it in findings)
    width = max(60, os.get_terminal_size().columns) if sys.stdout.isatty() else 100
    space = " " * (wide + 8)
    for it in findings:
        grade = it.grade.value
        shown = f"{COLOURS[grade]}{grade:<4}{PLAIN}" if colours else f"{grade:<4}"
        told = textwrap.wrap(it.says, width - len(space), break_on_hyphens=False) or [""]
        print(f"{shown}  {it.name:<{wide}}  " + f"\n{space}".join(told))
        if it.mend:
            mend = textwrap.wrap(it.mend, width - len(space) - 2, break_on_hyphens=False)
            print(f"{space}→ " + f"\n{space}  ".join(mend))
    count = {grade: sum(it.grade.value == grade for it in findings) for grade in COLOURS}
    print(f"\n{count['ok']} ok, {count['warn']} to know, {count['fail']} to mend")
