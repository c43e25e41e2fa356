"""What is said twice, by the server and by the editor, is said in the same words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runner.engine.reasons import what_for

WAITS = json.loads((Path(__file__).parent / "waits.json").read_text("utf-8"))


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: wait["said"])
def test_the_server_says_what_a_step_waits_for_as_the_editor_does(wait: dict[str, Any]) -> None:
    assert what_for(wait["data"]) == wait["said"]
