"""Every example of the README and the docs does what its page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks_of, pages
from tests.docs.session import Session

pytestmark = pytest.mark.server
FIRST = {"README.md", "tutorial.md"}


@pytest.mark.parametrize(
    "page",
    [page for page in pages() if any(blocks_of(page))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_the_examples_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    blocks = list(blocks_of(page))
    # What is installed is found by the script; and what readers come to first is wholly as theirs.
    installs = any("pip install" in block.text for block in blocks)
    session = Session(tmp_path, as_installed=installs or page.name in FIRST)
    try:
        session.lay_out(blocks)
        for block in blocks:
            session.do(block)
    finally:
        session.close()
