"""The references that programs write are what the declarations and the patterns say."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["nodes", "patterns"])
def test_the_page_is_what_the_program_writes(name: str) -> None:
    program = runpy.run_path(str(ROOT / "docs" / f"{name}.py"))
    page = (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")
    assert page == program["written"](), f"run `python docs/{name}.py` and commit the page"
