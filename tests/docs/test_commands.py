"""The reference of the commands says what the parser and the Makefile have."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor_site.command import COMMANDS, command_line

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))


def arguments_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield each argument as the page writes it, also those of commands within."""
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from arguments_of(inner)
            continue
        value = action.metavar or (
            f"{{{','.join(action.choices)}}}" if action.choices else action.dest.upper()
        )
        if not action.option_strings:
            yield f"`{action.dest}`"
        elif action.nargs == 0:
            yield ", ".join(f"`{option}`" for option in action.option_strings)
        else:
            yield ", ".join(f"`{option} {value}`" for option in action.option_strings)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_argument_is_told_and_no_other(command: str) -> None:
    (commands,) = (
        action
        for action in command_line()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    told = re.findall(r"^\| (`.+?`) \| ", SECTIONS[f"conductor {command}"], re.M)
    assert told == list(arguments_of(commands.choices[command]))


def test_every_command_is_told_and_no_other() -> None:
    told = [name.removeprefix("conductor ") for name in SECTIONS if name.startswith("conductor ")]
    assert told == list(COMMANDS)


def test_every_target_of_make_is_told_and_no_other() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    assert re.findall(r"^\| `make (\w+)` \|", SECTIONS["make"], re.M) == targets
