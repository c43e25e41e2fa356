"""The draft as a shared document: what was written is read, and only what differs is changed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.together import grammar
from editor.together.refusals import UpdateRefused
from editor.together.shared import SharedDraft
from runner.graph.files import from_json, to_json
from tests.together.clients import Client

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES | st.floats(allow_nan=False, allow_infinity=False, width=32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a document; its notes have ids, as the editor gives them."""
    node = st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["data.set", "flow.if"]),
            "parameters": st.dictionaries(NAMES, VALUES),
        },
        optional={
            "title": st.text(max_size=4),
            "pin": st.dictionaries(NAMES, VALUES),
            "settings": st.sampled_from([{}, {"disabled": True}, {"retry": {"attempts": 3}}]),
        },
    )
    names = draw(st.permutations(draw(st.lists(NAMES, unique=True))))
    ends = st.builds("{}.out -> {}.in".format, NAMES, NAMES)
    notes = draw(st.lists(NAMES, unique=True, max_size=3))
    value = {
        "name": draw(st.text(max_size=5)),
        "nodes": {name: draw(node) for name in names},
        "edges": draw(st.lists(ends, unique=True)),
        "layout": {name: [draw(st.integers(-9, 9)), 0.5] for name in names},
        "notes": [{"id": note, "text": draw(st.text(max_size=3)), "x": 1} for note in notes],
        "vars": draw(st.dictionaries(NAMES, VALUES, max_size=2)),
    }
    return to_json(from_json(value))


def said(draft: SharedDraft) -> dict[str, Any]:
    return to_json(from_json(draft.read()))


@settings(max_examples=60, deadline=None)
@given(first=documents(), second=documents())
def test_any_document_is_made_of_any_other_by_an_update_that_others_can_merge(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    draft = SharedDraft()
    updates = [draft.write(said(draft), first), draft.write(first, second)]
    there = [update for update in updates if update]
    for update in there:
        grammar.check(update)
    for read in (said(draft), said(SharedDraft.of(there))):
        assert read == second
        assert list(read["nodes"]) == list(second["nodes"])
        assert read["edges"] == second["edges"]
        # What people see in an order keeps it.
        assert str(read.get("vars")) == str(second.get("vars"))


def test_a_change_of_one_parameter_is_a_small_update_and_nothing_is_none() -> None:
    nodes = {
        f"n{number}": {"kind": "data.set", "parameters": {"fields": {"a": number}}}
        for number in range(300)
    }
    document = to_json(from_json({"name": "Large", "nodes": nodes}))
    draft = SharedDraft()
    draft.write(said(draft), document)
    assert draft.write(said(draft), document) == b""
    nodes["n7"]["parameters"] = {"fields": {"a": "other"}}
    changed = to_json(from_json({"name": "Large", "nodes": nodes}))
    assert 0 < len(draft.write(document, changed)) < 100


def test_what_is_merged_a_second_time_changes_nothing() -> None:
    client = Client()
    update = client.change(lambda it: it.set_name("Twice"))
    draft = SharedDraft()
    assert draft.take(update) == update
    assert draft.take(update) == b""


def test_an_update_that_builds_on_what_is_not_there_is_refused() -> None:
    client = Client()
    client.change(lambda it: it.add("a", "data.set"))
    second = client.change(lambda it: it.set_title("a", "T"))
    with pytest.raises(UpdateRefused, match="builds on others") as refused:
        SharedDraft().take(second)
    assert refused.value.code == "gap"


def test_an_edge_drawn_to_a_node_that_another_removed_is_taken_away() -> None:
    origin = {"nodes": {"a": {"kind": "data.set"}, "b": {"kind": "data.set"}}}
    for order in ((0, 1), (1, 0)):
        draft = SharedDraft()
        document = to_json(from_json(origin))
        state = draft.write(said(draft), document)
        one, other = Client(state), Client(state)
        changes = (
            one.change(lambda it: it.remove("b")),
            other.change(lambda it: it.join("a.out -> b.in")),
        )
        for place in order:
            before = said(draft)
            draft.take(changes[place])
            draft.mend(before, said(draft))
        assert (list(said(draft)["nodes"]), said(draft)["edges"]) == (["a"], [])


def test_an_edge_that_led_nowhere_before_is_kept() -> None:
    document = to_json(
        from_json({"nodes": {"a": {"kind": "data.set"}}, "edges": ["a.out -> gone.in"]})
    )
    draft = SharedDraft()
    client = Client(draft.write(said(draft), document))
    draft.take(client.change(lambda it: it.set_title("a", "T")))
    assert draft.mend(document, said(draft)) == b""
    assert said(draft)["edges"] == ["a.out -> gone.in"]
