"""How pages write durations for people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from editor.templatetags.reading import moment, seconds, told


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


def test_a_moment_has_its_exact_instant_whatever_is_shown_of_it() -> None:
    value = datetime(2031, 5, 6, 7, 8, 9, 123_456, tzinfo=UTC)
    assert moment(value, "millis") == (
        '<time datetime="2031-05-06T07:08:09.123456Z" title="2031-05-06T07:08:09.123456Z" '
        'data-local="millis">07:08:09.123</time>'
    )
    assert moment(None) == "–"


@pytest.mark.parametrize(
    ("sentence", "written"),
    [
        ("`a <b>` & c", "<code>a &lt;b&gt;</code> &amp; c"),
        ("a lone ` stays", "a lone ` stays"),
        ("on 2031-99-06T07:08:00Z", "on 2031-99-06T07:08:00Z"),
    ],
)
def test_what_is_told_has_its_code_as_code(sentence: str, written: str) -> None:
    assert told(sentence) == written
