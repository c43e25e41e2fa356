"""The reference of the node types is what the declarations say."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_what_the_program_writes() -> None:
    program = runpy.run_path(str(ROOT / "docs" / "nodes.py"))
    page = (ROOT / "docs" / "reference" / "nodes.md").read_text(encoding="utf-8")
    assert page == program["written"](), "run `python docs/nodes.py` and commit the page"
