"""The example in the reference does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_example_of_the_engine_prints_what_it_says() -> None:
    page = (ROOT / "docs" / "reference" / "engine.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    code = found[1]
    said = code.rstrip().splitlines()[-1].removeprefix("# ")
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (shown.stdout.strip(), shown.stderr) == (said, "")
