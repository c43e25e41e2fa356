"""How pages write durations for people."""

from __future__ import annotations

import pytest

from editor.templatetags.reading import seconds


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),
        (0.0, "<0.1 ms"),
        (0.00004, "<0.1 ms"),
        (0.0004, "0.4 ms"),
        (0.12, "120 ms"),
        (2.5, "2.5 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_a_duration_is_written_in_the_unit_that_fits(value: float | None, written: str) -> None:
    assert seconds(value) == written
