"""Updates that nobody's editor makes: refused before compiled code sees them, changing nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from editor.together import grammar
from editor.together.refusals import UpdateRefused
from editor.together.shared import SharedDraft
from tests.together.clients import Client


def number(value: int) -> bytes:
    made = bytearray()
    while value >= 0x80:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def text(value: str) -> bytes:
    return number(len(value.encode())) + value.encode()


def item(content: bytes, kind: int, root: str = "blueprint", key: str = "k") -> bytes:
    """An update of one entry in a map."""
    head = b"\x01\x01\x07\x00" + bytes([0x20 | kind]) + b"\x01" + text(root) + text(key)
    return head + content + b"\x00"


def value(content: bytes, **place: str) -> bytes:
    return item(b"\x01" + content, 8, **place)


def chain(length: int) -> bytes:
    """Maps in maps in maps."""
    inner = b"".join(
        bytes([0x27]) + b"\x00\x07" + number(clock) + text("k") + b"\x01" for clock in range(length)
    )
    first = bytes([0x27]) + b"\x01" + text("nodes") + text("a") + b"\x01"
    return b"\x01" + number(length + 1) + b"\x07\x00" + first + inner + b"\x00"


BAD: dict[str, bytes] = {
    "nothing": b"",
    "text": b"hello, this is no update at all",
    "noise": bytes(range(255, 0, -1)) * 20,
    "more after its end": b"\x00\x00\x00",
    "a number without end": b"\xff" * 40,
    "billions of clients": number(2**60) + b"\x00",
    "billions of structs": b"\x01" + number(2**60) + b"\x01\x00",
    "a text longer than the update": value(b"\x77" + number(2**40)),
    "lists nested 100,000 deep": value(b"\x75\x01" * 100_000 + b"\x7e"),
    "objects nested 100,000 deep": value((b"\x76\x01" + text("k")) * 100_000 + b"\x7e"),
    "a list of billions": value(b"\x75" + number(2**50)),
    "a skip of nothing": b"\x01\x01\x01\x00\x0a\x00\x00",
    "a length that overflows": b"\x01\x01\x01\x00\x00" + number(2**62) + b"\x00",
    "bytes": value(b"\x74\x02ab"),
    "an integer of 64 bits": value(b"\x7a" + b"\x00" * 8),
    "another top-level name": value(b"\x7e", root="elsewhere"),
    "maps nested 100,000 deep": chain(100_000),
    "a text that is not UTF-8": b"\x01\x01\x07\x00\x28\x01\x02\xff\xfe\x01k\x01\x7e\x00",
    "an entry of a list": b"\x01\x01\x07\x00\x08\x01" + text("nodes") + b"\x01\x7e\x00",
}


@pytest.mark.parametrize("update", BAD.values(), ids=BAD.keys())
def test_a_broken_or_foreign_update_is_refused(update: bytes) -> None:
    with pytest.raises(UpdateRefused) as refused:
        SharedDraft().take(update)
    assert refused.value.code in ("unreadable", "foreign", "too_large")
    assert str(refused.value).startswith("The change")


@pytest.mark.parametrize("shared", [Text, Array])
def test_other_shared_types_are_refused(shared: Callable[[], Text | Array[Any]]) -> None:
    doc: Doc[Any] = Doc()
    nodes: Map[Any] = doc.get("nodes", type=Map)
    nodes["a"] = shared()
    with pytest.raises(UpdateRefused, match="shared type"):
        grammar.check(doc.get_update())


def test_an_update_that_is_too_large_is_refused_by_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    update = Client().change(lambda it: it.set_name("x" * 200))
    grammar.check(update)
    monkeypatch.setattr(grammar, "MOST_BYTES", 100)
    with pytest.raises(UpdateRefused, match="larger than"):
        grammar.check(update)


def draw(it: Client) -> None:
    it.set_name("Ä name")
    it.add("a", "data.set", 0, fields={"json": "{}"}, list=[1.0, "x", None, True])
    it.place("a", -7.0, 1e9)
    it.join("a.out -> a.in")


GOOD = Client().change(draw)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_an_update_with_wrong_bytes_is_refused_or_merged_and_no_worse(data: st.DataObject) -> None:
    bad = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        bad[data.draw(st.integers(0, len(bad) - 1))] = data.draw(st.integers(0, 255))
    for update in (bytes(bad), bytes(bad[: data.draw(st.integers(0, len(bad)))])):
        draft = SharedDraft()
        try:
            draft.take(update)
            draft.read()
        except UpdateRefused:
            continue
