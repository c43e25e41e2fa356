"""What belongs to a node that is run by itself."""

from __future__ import annotations

from typing import Any

import pytest

from runner.graph import Document, load, validate
from runner.graph.excerpt import excerpt_to
from runner.nodes import node_types


def drawn(nodes: dict[str, Any], *edges: str) -> Document:
    full = {name: {"kind": it} if isinstance(it, str) else it for name, it in nodes.items()}
    return load({"nodes": full, "edges": list(edges)})


def text(frame: str | None = None, **more: Any) -> dict[str, Any]:
    node = {"kind": "text.template", "parameters": {"template": "x"}, **more}
    return node | ({"frame": frame} if frame else {})


LINE = drawn(
    {"start": "trigger.manual", "a": text(), "b": text(), "c": text(), "beside": text()},
    "start.out -> a.in", "a.out -> b.in", "b.out -> c.in", "start.out -> beside.in",
)  # fmt: skip


def test_what_leads_to_a_node_belongs_to_it_and_nothing_else() -> None:
    found = excerpt_to(LINE, "b")
    assert list(found.nodes) == ["start", "a", "b"]
    assert list(map(str, found.edges)) == ["start.out -> a.in", "a.out -> b.in"]


def test_what_a_node_reads_belongs_to_it() -> None:
    reads = text(parameters={"template": "{{ nodes['other'] }}"})
    document = drawn(
        {"start": "trigger.manual", "other": text(), "it": reads},
        "start.out -> other.in", "start.out -> it.in",
    )  # fmt: skip
    assert set(excerpt_to(document, "it").nodes) == {"start", "other", "it"}


FRAMES = drawn(
    {"start": "trigger.manual", "list": text(), "each": "frame.each", "one": text("each"),
     "beside": text("each"), "alone": text("each"),
     "deep": {"kind": "frame.group", "frame": "each"},
     "last": text("deep", parameters={"template": "{{ nodes.get('outside') }}"}),
     "outside": text(), "after": text()},
    "start.out -> list.in", "list.out -> each.in", "each.item -> one.in", "one.out -> each.result",
    "one.out -> beside.in", "one.out -> deep.in", "deep.start -> last.in",
    "last.out -> deep.result", "start.out -> outside.in", "each.out -> after.in",
)  # fmt: skip


@pytest.mark.parametrize("name", ["each", "one", "beside", "alone", "deep", "last"])
def test_a_frame_belongs_to_it_as_a_whole(name: str) -> None:
    found = excerpt_to(FRAMES, name)
    assert set(found.nodes) == set(FRAMES.nodes) - {"after"}
    assert not [it for it in validate(found, node_types()) if it.severity == "error"]


def test_what_undoes_a_step_belongs_to_it() -> None:
    document = drawn(
        {"start": "trigger.manual", "pay": text(settings={"compensate": True}), "back": text(),
         "tell": text(), "ship": text(), "end": text()},
        "start.out -> pay.in", "pay.compensate -> back.in", "back.out -> tell.in",
        "pay.out -> ship.in", "ship.out -> end.in",
    )  # fmt: skip
    found = excerpt_to(document, "ship")
    assert set(found.nodes) == {"start", "pay", "back", "tell", "ship"}
    assert not [it for it in validate(found, node_types()) if it.severity == "error"]


def test_a_node_that_is_none() -> None:
    with pytest.raises(KeyError):
        excerpt_to(LINE, "none")
