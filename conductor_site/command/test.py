"""Run the tests that blueprints carry, in this process, and say what is not as expected."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from conductor_site.command import CommandError, start_django
from conductor_site.command.arguments import add_resources, resources_of

if TYPE_CHECKING:
    from runner.engine import HostResources
    from runner.engine.testing import CaseResult, TestReport
    from runner.graph import Document

GREEN, RED, DIM, BOLD, PLAIN = "\033[32m", "\033[31m", "\033[2m", "\033[1m", "\033[0m"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `test FILE|BLUEPRINT… [-k NAME] [--json] [--coverage] [--files DIR] [--allow …]`."""
    parser.add_argument(
        "blueprints",
        nargs="+",
        metavar="FILE|BLUEPRINT",
        help="a file, or a name or id",
    )
    parser.add_argument("-k", dest="names", action="append", metavar="NAME", help="only this test")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    parser.add_argument(
        "--coverage", action="store_true", help="say which nodes and edges no test went through"
    )
    add_resources(parser)


def perform(options: argparse.Namespace) -> int:
    """Print what became of each test; exit status 0 when all passed, 1 when not."""
    resources = resources_of(options)
    documents = [(given, _document(given)) for given in options.blueprints]
    known = {case.name for _, document in documents for case in document.tests}
    if unknown := [name for name in options.names or [] if name not in known]:
        raise CommandError(f"There is no test {unknown[0]!r}.")
    reports = [
        (given, _run(given, document, options.names, resources)) for given, document in documents
    ]
    if options.json:
        shown = {given: report.to_json() for given, report in reports}
        print(json.dumps(shown, ensure_ascii=False))
    else:
        Page(sys.stdout, coverage=options.coverage).print(reports)
    return 0 if all(report.passed for _, report in reports) else 1


def _document(given: str) -> Document:
    from runner.graph import DocumentInvalid, load

    path = Path(given)
    try:
        if path.is_file():
            return load(path)
        if path.suffix in {".yaml", ".yml", ".json"}:
            raise CommandError(f"{given} cannot be read: there is no such file.")
        return load(_draft(given))
    except OSError as error:
        raise CommandError(f"{given} cannot be read: {error.strerror}.") from error
    except DocumentInvalid as error:
        raise _unsound(given, error) from error


def _draft(given: str) -> Any:
    start_django()
    from uuid import UUID

    from django.db import Error

    from editor.models import Blueprint

    try:
        asked: dict[str, Any] = {"pk": UUID(given)}
    except ValueError:
        asked = {"name": given}
    try:
        found = list(Blueprint.objects.filter(**asked)[:2])
    except Error as error:
        raise CommandError(f"The database cannot be used: {str(error).strip()}") from error
    if not found:
        raise CommandError(f"There is no file and no blueprint {given!r}.")
    if len(found) > 1:
        raise CommandError(f"Several blueprints are named {given!r}; give an id.")
    return found[0].draft


def _unsound(given: str, error: Any) -> CommandError:
    lines = "\n".join(f"  {problem.code}: {problem.message}" for problem in error.problems)
    return CommandError(f"{given} is not a sound blueprint:\n{lines}")


def _run(
    given: str, document: Document, names: list[str] | None, resources: HostResources
) -> TestReport:
    from runner.engine import run_tests
    from runner.engine.expressions import check
    from runner.graph import DocumentInvalid
    from runner.nodes import node_types

    try:
        return asyncio.run(
            run_tests(document, node_types(), check, names=names, resources=resources)
        )
    except DocumentInvalid as error:
        raise _unsound(given, error) from error


class Page:
    """The report as people read it."""

    def __init__(self, out: TextIO, *, coverage: bool) -> None:
        self._out = out
        self._coverage = coverage
        self._colours = out.isatty() and "NO_COLOR" not in os.environ

    def print(self, reports: list[tuple[str, TestReport]]) -> None:
        """Print each blueprint's tests, and the sum of all."""
        cases = [case for _, report in reports for case in report.cases]
        width = max((len(case.name) for case in cases), default=0)
        for place, (given, report) in enumerate(reports):
            self._line(("\n" if place else "") + self._as(BOLD, given))
            if not report.cases:
                self._line(self._as(DIM, "  no tests"))
            for case in report.cases:
                self._case(case, min(width, 60))
            if self._coverage:
                self._covered(report)
        failed = sum(not case.passed for case in cases)
        took = sum(case.seconds for case in cases)
        passed = self._as(GREEN, f"{len(cases) - failed} passed")
        wrong = ", " + self._as(RED, f"{failed} failed") if failed else ""
        self._line(f"\n{passed}{wrong} {self._as(DIM, f'in {_seconds(took)}')}")

    def _case(self, case: CaseResult, width: int) -> None:
        sign = self._as(GREEN, "✓") if case.passed else self._as(RED, "✗")
        took = self._as(DIM, _seconds(case.seconds))
        self._line(f"  {sign} {case.name:<{width}}  {took}")
        if case.refused is not None:
            self._line(f"      not run: {case.refused}")
        for found in case.differences:
            self._line(f"      {self._as(BOLD, found.place)} {found.message}")

    def _covered(self, report: TestReport) -> None:
        for name, found in (
            ("nodes", report.coverage.nodes),
            ("edges", report.coverage.edges),
        ):
            missed = [key for key, seen in found.items() if not seen]
            covered = len(found) - len(missed)
            share = 100 * covered // len(found) if found else 100
            self._line(f"  {name}  {covered} of {len(found)}  {share} %")
            for key in missed:
                self._line(self._as(DIM, f"      never: {key}"))

    def _as(self, style: str, text: str) -> str:
        return f"{style}{text}{PLAIN}" if self._colours else text

    def _line(self, text: str) -> None:
        print(text, file=self._out)


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
