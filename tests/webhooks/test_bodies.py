"""What a body of each kind becomes, and where one is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.webhooks.bodies import DEEPEST, BodyRefused, read_body, read_fields

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=X"


def part(name: str, content: bytes, more: str = "") -> bytes:
    head = f'--X\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + content + b"\r\n"


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        (b"", "application/json", None),
        (b'{"a": [1, 2.5, null]}', "application/json", {"a": [1, 2.5, None]}),
        (b'"text"', "application/vnd.github+json; charset=utf-8", "text"),
        ('{"é": "ü"}'.encode(), "APPLICATION/JSON", {"é": "ü"}),
        (b"a=1&b=%C3%A9&a=2&c=", FORM, {"a": ["1", "2"], "b": "é", "c": ""}),
        ("grüß".encode(), "text/plain", "grüß"),
        ("grüß".encode("latin-1"), "text/plain; charset=ISO-8859-1", "grüß"),
        (b"<a/>", "application/atom+xml", "<a/>"),
        (b"\x00\xff", "image/png", {"base64": "AP8=", "content_type": "image/png"}),
        (b"plain", "", "plain"),
        (b"\xff", "", {"base64": "/w==", "content_type": ""}),
        (b"\x00", "", {"base64": "AA==", "content_type": ""}),
    ],
)
def test_a_body_becomes_the_value_that_its_content_type_means(
    body: bytes, content_type: str, value: Any
) -> None:
    assert read_body(body, content_type) == value


def test_a_multipart_form_gives_fields_as_text_and_files_as_base64() -> None:
    more = '; filename="ä.bin"\r\nContent-Type: image/png'
    body = part("tité", "hé".encode()) + part("file", b"\x00\x01", more) + b"--X--\r\n"
    assert read_body(body, MULTIPART) == {
        "tité": "hé",
        "file": {"filename": "ä.bin", "content_type": "image/png", "base64": "AAE="},
    }


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b'{"a":}', "application/json", "line 1, column 6"),
        (b'{\n "a": 1,\n', "application/json", "not valid JSON"),
        (b'"\xff"', "application/json", "byte 0xff at position 1"),
        (b"NaN", "application/json", "not valid JSON"),
        (b'"\\ud800"', "application/json", "not valid JSON"),
        (b'{"a": "\\u0000"}', "application/json", "NUL"),
        (b'{"\\u0000": 1}', "application/json", "NUL"),
        (b"[" * 101 + b"]" * 101, "application/json", "deeper than 100"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "application/json", "deeper than 100"),
        (b"[" * 100_000, "application/json", "not valid JSON"),
        (b"\xff", "text/plain", "byte 0xff at position 0"),
        (b"a\x00", "text/plain", "NUL character (at its position 1)"),
        (b"x", "text/plain; charset=punycode", "send UTF-8"),
        (b"x", "text/plain; charset=no-such", "send UTF-8"),
        (b"a=%ff", FORM, "not UTF-8"),
        (b"a=%00", FORM, "NUL"),
        (b"a=1&" * 1001, FORM, "more than 1000 fields"),
        (b"x", "multipart/form-data", "cannot be read"),
        (part("a", b"1"), MULTIPART, "before its closing boundary"),
        (part("a", b"\xff") + b"--X--\r\n", MULTIPART, "byte 0xff"),
        (part("a", b"1") * 1001 + b"--X--\r\n", MULTIPART, "cannot be read"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_its_place(
    body: bytes, content_type: str, reason: str
) -> None:
    with pytest.raises(BodyRefused) as caught:
        read_body(body, content_type)
    assert reason in str(caught.value)


def test_the_deepest_body_passes_and_a_written_backslash_is_no_nul() -> None:
    value = read_body(b"[" * DEEPEST + b"]" * DEEPEST, "application/json")
    for _ in range(DEEPEST - 1):
        (value,) = value
    assert value == []
    assert read_body(b'"\\\\u0000"', "application/json") == "\\u0000"


@given(
    st.binary(max_size=300),
    st.sampled_from(["application/json", FORM, MULTIPART, "text/plain", "x/y", "", "text/;;="]),
)
def test_no_body_raises_anything_else(body: bytes, content_type: str) -> None:
    try:
        read_body(body, content_type)
    except BodyRefused as error:
        assert str(error)  # noqa: PT017


@given(st.text(alphabet="ab=&%+;0f\x00é", max_size=60))
def test_no_query_raises_anything_else(query: str) -> None:
    try:
        assert isinstance(read_fields(query), dict)
    except BodyRefused as error:
        assert str(error)  # noqa: PT017
