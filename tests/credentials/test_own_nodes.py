"""Node types of other packages with credentials of any kind, as their documentation shows it."""

from __future__ import annotations

import re
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from runner.credentials.keeping import keep
from runner.models import Credential, Run
from runner.nodes import declared_in, node_types
from runner.queue import Worker, plans
from tests.credentials.provider import Provider
from tests.credentials.test_renewing import row, server
from tests.credentials.test_taking import written
from tests.running.conftest import Site, ended, rows, until, worker
from tests.starting import start_run

__all__ = ["row", "server", "worker"]

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-node.md"


@pytest.fixture
def documented(monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind of the page's node, which the worker knows like any of another package."""
    block = re.search(
        r"<!-- test: file signed_in_node.py -->\n```python\n(.*?)```", PAGE.read_text(), re.S
    )
    assert block
    module = type(pytest)("signed_in_node")
    exec(compile(block[1], "signed_in_node.py", "exec"), vars(module))
    (typed,) = declared_in(module)
    kind = typed.spec.kind
    monkeypatch.setattr(plans, "node_types", lambda: {**node_types(), kind: typed})
    monkeypatch.setattr(plans, "_plans", OrderedDict())
    return kind


async def ran(site: Site, kind: str, url: str) -> Run:
    document: dict[str, Any] = {
        "format": "conductor/1",
        "name": "Orders",
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "ask": {"kind": kind, "parameters": {"account": "Shop", "url": url}},
            "out": {"kind": "flow.output", "parameters": {"name": "got"}},
        },
        "edges": ["start.out -> ask.in", "ask.out -> out.in"],
    }
    run = await rows(lambda: start_run(site.blueprint, document))
    return await until(ended(run))


async def test_the_documented_node_renews_what_was_granted(
    site: Site, provider: Provider, row: Credential, worker: Worker, documented: str
) -> None:
    run = await ran(site, documented, f"{provider.url}/orders?from=1")
    assert run.status == "succeeded", run.error
    assert run.outputs["got"] == {"orders": 3, "you": "Bearer ••••••"}
    assert provider.forms == []
    # The shop takes the token back before its end.
    provider.valid.clear()
    run = await ran(site, documented, f"{provider.url}/orders")
    assert run.status == "succeeded", run.error
    assert [form["grant_type"] for form in provider.forms] == ["refresh_token"]
    assert "access-token" not in await rows(lambda: written(run))


async def test_the_documented_node_goes_to_no_other_host(
    site: Site, provider: Provider, row: Credential, worker: Worker, documented: str
) -> None:
    row.hosts = "api.example.com"
    await rows(lambda: keep(row, {}))
    run = await ran(site, documented, f"{provider.url}/orders")
    assert run.status == "failed"
    assert run.error["code"] == "no_credential"
    assert "is for api.example.com alone, not for '127.0.0.1'" in run.error["message"]
    assert provider.seen == []
