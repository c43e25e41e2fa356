"""Run a blueprint file in this process, without a server or a database."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from conductor_site.collector import settle
from conductor_site.command import CommandError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `run FILE [-i KEY=VALUE …] [--json] [--files DIR]`."""
    parser.add_argument("file", type=Path, help="a blueprint as JSON or YAML")
    parser.add_argument(
        "-i",
        "--input",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an input; the value is JSON where it reads as JSON, else text",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    parser.add_argument("--trigger", help="the trigger node to start at")
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


def perform(options: argparse.Namespace) -> int:
    """Print the run's status and outputs; exit status 0 when it succeeded, 1 when it did not."""
    from runner.engine import EngineError, HostResources, run
    from runner.engine.expressions import check
    from runner.engine.fields import field_problems
    from runner.engine.inputs import InputsInvalid, check_inputs, with_defaults
    from runner.graph import DocumentInvalid, compile, load
    from runner.nodes import node_types

    inputs = inputs_of(options.input)
    if options.files and not options.files.is_dir():
        raise CommandError(f"--files {options.files} is no folder.")
    try:
        document = load(options.file)
        plan = compile(document, node_types(), check)
        check_inputs(document, inputs)
    except OSError as error:
        raise CommandError(f"{options.file} cannot be read: {error.strerror}.") from error
    except DocumentInvalid as error:
        lines = "\n".join(f"  {problem.code}: {problem.message}" for problem in error.problems)
        raise CommandError(f"{options.file} is not a sound blueprint:\n{lines}") from error
    except InputsInvalid as error:
        lines = "\n".join(f"  {problem.code}: {problem.message}" for problem in error.problems)
        raise CommandError(f"The inputs do not fit (-i KEY=VALUE gives one):\n{lines}") from error
    resources = HostResources(
        files=options.files.resolve() if options.files else None,
        http_allow=frozenset(options.allow),
    )
    for problem in field_problems(document, node_types()):
        print(f"{problem.node}: {problem.message}", file=sys.stderr)
    inputs = with_defaults(document, inputs)
    settle()
    try:
        result = asyncio.run(run(plan, inputs, trigger=options.trigger, resources=resources))
    except EngineError as error:
        raise CommandError(str(error)) from error
    shown = {"status": str(result.status), "outputs": result.outputs}
    if result.error:
        shown["error"] = result.error
    if options.json:
        print(json.dumps(shown, ensure_ascii=False))
    else:
        print(f"{shown['status']}")
        print(json.dumps(shown["outputs"], ensure_ascii=False, indent=2))
        if result.error:
            print(f"{result.error.get('code')}: {result.error.get('message')}", file=sys.stderr)
    return 0 if shown["status"] == "succeeded" else 1
