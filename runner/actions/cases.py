"""Run the test cases of a document, with what this installation lends to nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from django.conf import settings

from runner.engine import HostResources, run_tests
from runner.engine.expressions import check
from runner.engine.testing import TestReport
from runner.graph import Document
from runner.nodes import node_types

# A request waits for them.
SECONDS = 60.0


def run_cases(document: Document, names: Sequence[str] | None = None) -> TestReport:
    """Run the cases in this thread; no rows are made. Raises DocumentInvalid."""
    resources = HostResources(
        files=settings.CONDUCTOR_FILES, http_allow=settings.CONDUCTOR_HTTP_ALLOW
    )
    return asyncio.run(
        run_tests(
            document,
            node_types(),
            check,
            names=names,
            resources=resources,
            vars=settings.CONDUCTOR_VARS,
            seconds=SECONDS,
        )
    )
