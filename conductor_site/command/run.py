"""Run a blueprint file in this process, without a server or a database."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from conductor_site.collector import settle
from conductor_site.command import CommandError
from conductor_site.command.arguments import add_inputs, add_resources, inputs_of, resources_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `run FILE [-i KEY=VALUE …] [--json] [--files DIR]`."""
    parser.add_argument("file", type=Path, help="a blueprint as JSON or YAML")
    add_inputs(parser, "an input; the value is JSON where it reads as JSON, else text")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    parser.add_argument("--trigger", help="the trigger node to start at")
    add_resources(parser)


def perform(options: argparse.Namespace) -> int:
    """Print the run's status and outputs; exit status 0 when it succeeded, 1 when it did not."""
    from runner.engine import EngineError, run
    from runner.engine.expressions import check
    from runner.engine.fields import field_problems
    from runner.engine.inputs import InputsInvalid, check_inputs, with_defaults
    from runner.graph import DocumentInvalid, compile, load
    from runner.nodes import node_types

    inputs = inputs_of(options.input)
    resources = resources_of(options)
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
