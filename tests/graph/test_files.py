"""Documents in and out of JSON and YAML."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.graph import DocumentInvalid, content_hash, dump, load

SOUND: dict[str, Any] = {
    "format": "conductor/1",
    "name": "Order intake",
    "inputs": {"order": {"type": "object", "required": True}},
    "nodes": {
        "hook": {"kind": "trigger.webhook"},
        "check": {
            "kind": "flow.if",
            "parameters": {"condition": "{{ input.total > 100 }}"},
            "settings": {"retry": {"attempts": 5, "delay": 1}, "timeout": 30},
        },
    },
    "edges": ["hook.out -> check.in"],
    "layout": {"hook": [0, 0], "check": [220, -40.5]},
    "collapsed": ["check"],
    "routes": {"hook.out -> check.in": {"points": [[120, 10.5]], "name": "orders"}},
    "notes": [{"text": "two\nlines", "x": 1}],
}


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_reading_and_writing_a_file_changes_nothing(form: Any) -> None:
    written = dump(load(SOUND), form)
    assert dump(load(written), form) == written
    assert load(written) == load(SOUND)


def test_json_and_yaml_are_the_same_document() -> None:
    document = load(SOUND)
    assert load(dump(document, "json")) == load(dump(document, "yaml"))
    assert content_hash(load(dump(document, "yaml"))) == content_hash(document)


def test_the_order_of_nodes_and_edges_is_kept_and_defaults_are_left_out() -> None:
    written = dump(load({"nodes": {"z": {"kind": "b"}, "a": {"kind": "b"}}, "edges": []}))
    assert written.index("z:") < written.index("a:")
    assert "settings" not in written


words = st.text(max_size=20).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@given(parameters=st.dictionaries(words, values, max_size=4), text=words)
def test_any_json_value_survives_both_forms(parameters: dict[str, Any], text: str) -> None:
    document = load(
        {"nodes": {"n": {"kind": "k", "title": text, "parameters": parameters}}, "edges": []}
    )
    assert load(dump(document, "json")) == document
    again = load(dump(document, "yaml"))
    assert again == document
    assert dump(again, "yaml") == dump(document, "yaml")


GARBAGE: list[Any] = [
    "",
    "null",
    "42",
    "[1, 2]",
    "{",
    b"\xff\xfe",
    "\x00",
    "a: 1\na: 2",
    '{"nodes": {}, "nodes": {}}',
    '{"nodes": {"a": {"kind": "k", "parameters": {"n": 1, "n": 2}}}}',
    '{"nodes": {"a": {"kind": "k", "parameters": {"n": NaN}}}}',
    '{"nodes": {"a": {"kind": "k", "parameters": {"n": 1e999}}}}',
    "<<: {a: 1}",
    "nodes: !!set {a, b}",
    "nodes: !!timestamp 2024-01-31",
    "%YAML 9.9\n---\na: 1",
    "a: 1\n---\nb: 2",
    "a: [1, 2",
    "\ta: 1",
    b"\xef\xbb\xbf[1]",
    "1: 2",
    "? [a]\n: b",
    "x: &a [1]\ny: *a",
    "a: &a\n  b: *a",
    "[" * 100_000,
    "{" * 100_000,
    "- " * 5_000,
    '{"nodes": ' * 3_000,
    "!!int x",
    "!!python/object/apply:os.system [id]",
    "nodes: !!binary x",
    "nodes: {a: {kind: .nan}}",
    "nodes: {a: {kind: k, parameters: {n: .inf}}}",
    {"format": "conductor/2"},
    {"format": None},
    {"nodes": []},
    {"nodes": {"1x": {"kind": "k"}}},
    {"nodes": {"a": {"kind": ""}}},
    {"nodes": {"a": {}}},
    {"nodes": {"a": {"kind": "k", "extra": 1}}},
    {"nodes": {"a": {"kind": "k", "settings": {"retry": {"attempts": 0}}}}},
    {"nodes": {"a": {"kind": "k", "settings": {"timeout": -1}}}},
    {"nodes": {"a" * 65: {"kind": "k"}}},
    {"edges": ["a.b"]},
    {"edges": ["a.b -> c"]},
    {"edges": [1]},
    {"edges": "a.b -> c.d"},
    {"layout": {"a": [1]}},
    {"collapsed": {"a": True}},
    {"collapsed": ["a b"]},
    {"routes": {"a to b": {"name": "x"}}},
    {"routes": {"a.out -> b.in": {"points": [[1]]}}},
    {"routes": {"a.out -> b.in": {"colour": "red"}}},
    {"layout": {"a": [float("nan"), 0]}},
    {"inputs": {"not a name": {}}},
    {"inputs": {"n": {"required": "yes"}}},
    {"nodes": {"a": {"kind": "k", "parameters": {"n": 2**60}}}},
    {"nodes": {"a": {"kind": "k", "parameters": {"t": "\ud800"}}}},
    {"nodes": {"a": {"kind": "k", "parameters": {"x": object()}}}},
    {3: 4},
]


@pytest.mark.parametrize("source", GARBAGE, ids=lambda source: repr(source)[:40])
def test_garbage_is_refused_with_a_code_and_a_sentence(source: Any) -> None:
    with pytest.raises(DocumentInvalid) as refused:
        load(source)
    for problem in refused.value.problems:
        assert problem.code
        assert problem.message.endswith(".")


def with_settings(**settings: Any) -> dict[str, Any]:
    return {"nodes": {"a": {"kind": "k", "settings": settings}}}


@pytest.mark.parametrize(
    ("source", "place", "asked"),
    [
        (with_settings(retry={"attempts": "5"}), "retry.attempts", "a whole number"),
        (with_settings(retry={"attempts": True}), "retry.attempts", "a whole number"),
        (with_settings(retry={"delay": "0.5"}), "retry.delay", "a number"),
        (with_settings(disabled="yes"), "disabled", "true or false"),
        (with_settings(at_most_once=1), "at_most_once", "true or false"),
        (with_settings(each="true"), "each", "true or false, or an object"),
        (with_settings(each={"rate": True}), "each.rate", "a number"),
        ({"settings": {"timeout": "60"}}, "settings.timeout", "a number"),
        ({"layout": {"a": ["1", 2]}}, "layout.a[0]", "a number"),
        ({"tests": [{"name": "t", "timeout": "5"}]}, "tests[0].timeout", "a number"),
    ],
)
def test_what_only_looks_like_a_number_or_a_truth_is_refused(
    source: Any, place: str, asked: str
) -> None:
    with pytest.raises(DocumentInvalid) as refused:
        load(source)
    (problem,) = refused.value.problems
    assert f"{place}: must be {asked}" in problem.message


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_no_text_raises_anything_but_document_invalid(source: str | bytes) -> None:
    with contextlib.suppress(DocumentInvalid):
        load(source)


def test_every_problem_is_told_at_once_with_its_node() -> None:
    with pytest.raises(DocumentInvalid) as refused:
        load({"nodes": {"a": {"kind": 3}, "b": {"kind": "k", "x": 1}}, "edges": ["?", "a.b->c.d"]})
    assert {problem.node for problem in refused.value.problems} >= {"a", "b"}
    assert "bad_edge" in {problem.code for problem in refused.value.problems}


def test_a_document_of_more_than_five_megabytes_is_refused() -> None:
    with pytest.raises(DocumentInvalid, match="at most 5,000,000"):
        load("#" * 5_000_001)


@pytest.mark.parametrize(
    "word", ["no", "on", "12:30", "2024-01-31", "0o17", "1_000", "1e5", "=", "Y"]
)
def test_a_plain_word_in_yaml_means_what_it_would_in_json(word: str) -> None:
    document = load(f"nodes: {{a: {{kind: k, parameters: {{v: {word}, n: -1.5, t: true}}}}}}")
    assert document.nodes["a"].parameters == {"v": word, "n": -1.5, "t": True}
    assert load(dump(document)) == document


def test_a_key_that_stands_twice_is_told_by_name() -> None:
    with pytest.raises(DocumentInvalid, match="the key 'kind' a second time"):
        load('{"nodes": {"a": {"kind": "one", "kind": "two"}}}')


def test_an_unknown_format_says_how_to_mend_it() -> None:
    with pytest.raises(DocumentInvalid, match="needs a newer Conductor") as refused:
        load({"format": "conductor/9"})
    assert [problem.code for problem in refused.value.problems] == ["unknown_format"]
