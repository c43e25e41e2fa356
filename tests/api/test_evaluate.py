"""Expressions while they are written: tried on the values of a run, of pins, or of nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from runner.engine import MemoryJournal, run
from runner.models import JournalChunk, Run
from runner.queue.plans import plan_of
from tests.api.conftest import Caller

NODES: dict[str, Any] = {
    "start": {"kind": "trigger.manual"},
    "order": {
        "kind": "data.set",
        "parameters": {"fields": {"total": "{{ input.n * 2 }}", "the place": "Ulm"}, "keep": False},
    },
    "unsaid": {"kind": "data.set", "parameters": {"fields": {"a": 1}}},
    "say": {"kind": "log.message", "parameters": {"message": "hello"}},
}
EDGES = ["start.out -> order.in", "order.out -> say.in", "start.out -> unsaid.in"]


def drawn(
    call: Caller, nodes: dict[str, Any] = NODES, edges: list[str] = EDGES, **more: Any
) -> str:
    return str(call.make(nodes=nodes, edges=edges, **more)["id"])


def ran(call: Caller, blueprint: str, inputs: dict[str, Any]) -> str:
    """Run the draft with the real engine, and put its events into the journal."""
    made = call("POST", f"blueprints/{blueprint}/runs/", {"draft": True, "inputs": inputs})[1]
    row = Run.objects.get(pk=made["id"])
    journal = MemoryJournal()
    plan = plan_of(row.drawing_id)
    asyncio.run(run(plan, inputs, run_id=str(row.pk), journal=journal))
    events = [event.to_json() for event in journal.events]
    JournalChunk.objects.filter(run=row).delete()
    JournalChunk.objects.create(
        run=row, first_seq=1, last_seq=len(events), epoch=1, events=orjson.dumps(events).decode()
    )
    Run.objects.filter(pk=row.pk).update(noted_seq=len(events), status="succeeded")
    return str(row.pk)


def tried(call: Caller, blueprint: str, node: str, text: str = "", **more: Any) -> dict[str, Any]:
    body = {"node": node, **({"text": text} if text else {}), **more}
    status, found, _ = call("POST", f"blueprints/{blueprint}/evaluate/", body)
    assert status == 200, found
    return dict(found)


def keys(found: dict[str, Any]) -> dict[Any, tuple[str, str, bool]]:
    return {it["key"]: (it["type"], it["sample"], it["expected"]) for it in found["members"]}


def test_an_expression_gives_what_it_gave_the_step(call: Caller) -> None:
    blueprint = drawn(call)
    id_ = ran(call, blueprint, {"n": 21})
    found = tried(call, blueprint, "say", "{{ input.total + 1 }}")
    assert (found["run"], found["origin"], found["step"]) == (id_, "step", "say")
    assert found["value"] == {"type": "number", "length": None, "text": "43", "cut": False}
    assert tried(call, blueprint, "say", "n: {{ input.total }}!")["value"]["text"] == "n: 42!"
    assert tried(call, blueprint, "say", "{{ run.id }}")["value"]["text"] == id_
    # The run kept no output of this node for its own expressions; it is in the journal.
    assert tried(call, blueprint, "say", "{{ nodes.order['the place'] }}")["value"]["text"] == "Ulm"


def test_an_error_says_what_is_wrong_and_where(call: Caller) -> None:
    blueprint = drawn(call)
    ran(call, blueprint, {"n": 1})
    assert tried(call, blueprint, "say", "a {{ 1 + input.totl }}")["error"] == {
        "message": "There is no 'totl' here; did you mean 'total'.",
        "column": 11,
        "source": "1 + input.totl",
    }
    assert "never closed" in tried(call, blueprint, "say", "{{ (1 }}")["error"]["message"]


def test_a_newer_edge_decides_over_what_the_step_got(call: Caller) -> None:
    blueprint = drawn(call)
    id_ = ran(call, blueprint, {"n": 5})
    _, now, answer = call("GET", f"blueprints/{blueprint}/")
    document = {**now["document"], "edges": [*EDGES[:1], "start.out -> say.in", EDGES[2]]}
    document["nodes"]["late"] = {"kind": "log.message", "parameters": {"message": "x"}}
    document["edges"].append("order.out -> late.in")
    saved = call("PUT", f"blueprints/{blueprint}/", {"document": document}, If_Match=answer["ETag"])
    assert saved[0] == 200, saved[1]
    found = tried(call, blueprint, "say", "{{ input.n }}")
    assert (found["origin"], found["value"]["text"], found["run"]) == ("upstream", "5", id_)
    found = tried(call, blueprint, "late", "{{ input.total + run.inputs.n }}")
    assert (found["origin"], found["step"], found["value"]["text"]) == ("upstream", None, "15")


def test_the_members_of_values_are_told_with_type_and_beginning(call: Caller) -> None:
    blueprint = drawn(call)
    ran(call, blueprint, {"n": 1, "list": [{"a": None}, 2, True]})
    found = tried(call, blueprint, "say", members_of="input")
    assert found["owner"] == {"type": "object", "expected": False}
    assert keys(found) == {
        "total": ("number", "2", False),
        "the place": ("text", '"Ulm"', False),
    }
    names = keys(tried(call, blueprint, "say", members_of=""))
    assert names["input"] == ("object", "{ total, the place }", False)
    assert {"inputs", "nodes", "run", "vars", "now"} < names.keys()
    assert "item" not in names
    items = keys(tried(call, blueprint, "say", members_of="run.inputs.list"))
    assert items == {
        0: ("object", "{ a }", False), 1: ("number", "2", False), 2: ("boolean", "true", False),
        -1: ("boolean", "true", False),
    }  # fmt: skip
    assert tried(call, blueprint, "say", members_of="input.none")["members"] is None


def test_without_a_run_declarations_pins_and_examples_are_offered(call: Caller) -> None:
    nodes = {**NODES, "unsaid": {**NODES["unsaid"], "pin": {"out": {"kept": [1]}}}}
    inputs = {"n": {"type": "number"}, "name": {"type": "string", "default": "Ada"}}
    blueprint = drawn(call, nodes, [*EDGES, "unsaid.out -> after.in"][:3], inputs=inputs)
    found = tried(call, blueprint, "order", "{{ input.n }}", members_of="input")
    assert (found["run"], found["origin"], found["missing"]) == (None, "none", ["input"])
    assert keys(found) == {"n": ("number", "0", True), "name": ("text", '"Ada"', True)}
    assert keys(tried(call, blueprint, "say", members_of="input")).keys() == {"total", "the place"}
    assert keys(tried(call, blueprint, "say", members_of="nodes.unsaid")) == {
        "kept": ("list", "1 item", False)
    }
    # Only what leads to the node can be read when it runs.
    assert keys(tried(call, blueprint, "order", members_of="nodes")).keys() == {"start", "unsaid"}
    # What needs no run is computed without one.
    assert tried(call, blueprint, "say", "{{ 6 * 7 }}")["value"]["text"] == "42"
    assert tried(call, blueprint, "say", "{{ nodes.order.total }}")["missing"] == ['nodes["order"]']


def test_a_pin_gives_a_value_where_no_run_has(call: Caller) -> None:
    nodes = {**NODES, "order": {**NODES["order"], "pin": {"out": {"total": 9}}}}
    found = tried(call, drawn(call, nodes), "say", "{{ input.total }}")
    assert (found["origin"], found["run"], found["value"]["text"]) == ("pinned", None, "9")


def test_in_a_frame_the_values_are_those_of_the_iteration(call: Caller) -> None:
    nodes = {
        "start": {"kind": "trigger.manual"},
        "loop": {"kind": "frame.each", "parameters": {"list": "{{ input.list }}"}},
        "one": {"kind": "data.set", "parameters": {"fields": {"x": 1}}, "frame": "loop"},
    }
    edges = ["start.out -> loop.in", "loop.item -> one.in", "one.out -> loop.result"]
    blueprint = drawn(call, nodes, edges)
    ran(call, blueprint, {"list": [{"n": 10}, {"n": 20}, {"n": 30}]})
    text = "{{ item.n + index + input.n }}"
    found = tried(call, blueprint, "one", text, iteration="loop[1]")
    assert (found["iteration"], found["step"]) == ("loop[1]", "loop[1]/one")
    assert found["value"]["text"] == "41"
    assert tried(call, blueprint, "one", text)["value"]["text"] == "62"


def test_a_node_that_is_new_in_a_frame_sees_its_iterations(call: Caller) -> None:
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "loop": {"kind": "frame.each", "parameters": {"list": "{{ input.list }}"}},
        "one": {"kind": "log.message", "parameters": {"message": "x"}, "frame": "loop"},
    }
    edges = ["start.out -> loop.in", "loop.item -> one.in", "one.out -> loop.result"]
    blueprint = drawn(call, nodes, edges)
    ran(call, blueprint, {"list": [{"n": 10}, {"n": 20}]})
    _, now, answer = call("GET", f"blueprints/{blueprint}/")
    document = now["document"]
    document["nodes"]["new"] = {
        "kind": "log.message",
        "frame": "loop",
        "parameters": {"message": "x"},
    }
    document["edges"].append("loop.item -> new.in")
    call("PUT", f"blueprints/{blueprint}/", {"document": document}, If_Match=answer["ETag"])
    text = "{{ input.n + item.n + index }}"
    assert tried(call, blueprint, "new", text, iteration="loop[0]")["value"]["text"] == "20"
    assert tried(call, blueprint, "new", text)["value"]["text"] == "41"


def test_what_is_evaluated_for_each_item_is_tried_on_one(call: Caller) -> None:
    nodes = {
        "start": {"kind": "trigger.manual"},
        "list": {"kind": "data.filter", "parameters": {"condition": "item.n > 1"}},
        "each": {
            "kind": "log.message",
            "parameters": {"message": "x"},
            "settings": {"each": {"list": "{{ run.inputs.list }}"}},
        },
    }
    edges = ["start.out -> each.in", "start.out -> list.in"]
    nodes["list"] = {"kind": "data.filter", "parameters": {"condition": "item.n > 1"}}
    nodes["cut"] = {"kind": "data.set", "parameters": {"fields": {}}}
    nodes["by"] = {"kind": "data.sort", "parameters": {"by": "item"}}
    blueprint = drawn(call, {k: nodes[k] for k in ("start", "each")}, edges[:1])
    ran(call, blueprint, {"list": [{"n": 10}, {"n": 20}]})
    found = tried(call, blueprint, "each", "{{ input.n + index }}", index=1)
    assert (found["item"], found["value"]["text"]) == ({"index": 1, "of": 2}, "21")


def test_a_formula_without_braces_is_tried_on_an_item(call: Caller) -> None:
    nodes = {
        "start": {"kind": "trigger.manual"},
        "list": {"kind": "data.split", "parameters": {"size": 1}, "pin": {"out": [{"n": 4}]}},
        "some": {"kind": "data.filter", "parameters": {"condition": "true"}},
    }
    blueprint = drawn(call, nodes, ["start.out -> list.in", "list.out -> some.in"])
    found = tried(call, blueprint, "some", "item.n * 2", parameter="condition", members_of="item")
    assert (found["value"]["text"], found["item"]) == ("8", {"index": 0, "of": 1})
    assert keys(found) == {"n": ("number", "4", False)}


def test_the_value_of_a_secret_is_not_shown(call: Caller) -> None:
    nodes = {
        "start": {"kind": "trigger.manual"},
        "ask": {"kind": "http.request", "parameters": {"url": "https://example.org"}},
    }
    blueprint = drawn(call, nodes, ["start.out -> ask.in"])
    ran_text = "{{ 'hunter' + '2' }}"
    found = tried(call, blueprint, "ask", ran_text, parameter="authentication.password")
    assert (found["value"], found["hidden"]) == (None, True)
    assert tried(call, blueprint, "ask", ran_text, parameter="url")["value"]["text"] == "hunter2"


def test_a_long_value_is_cut_and_much_work_is_refused(call: Caller) -> None:
    blueprint = drawn(call)
    found = tried(call, blueprint, "say", "{{ 'ab' * 100000 }}")["value"]
    assert (found["cut"], len(found["text"]), found["length"]) == (True, 4000, 200000)
    found = tried(call, blueprint, "say", "{{ [i for i in range(100000)] }}")
    assert "too much work" in found["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"node": "nobody", "text": "{{ 1 }}"}, 404, "no_such_node"),
        ({"text": "{{ 1 }}"}, 400, "invalid"),
        ({"node": "say", "secrets": True}, 400, "invalid"),
    ],
)
def test_what_cannot_be_tried_is_said(
    call: Caller, body: dict[str, Any], status: int, code: str
) -> None:
    found = call("POST", f"blueprints/{drawn(call)}/evaluate/", body)
    assert (found[0], found[1]["code"]) == (status, code), found[1]


def test_a_run_too_long_and_one_of_another_blueprint_are_refused(call: Caller) -> None:
    blueprint = drawn(call)
    run_ = ran(call, blueprint, {"n": 1})
    body = {"node": "say", "text": "{{ input }}", "run": run_}
    assert call("POST", f"blueprints/{drawn(call)}/evaluate/", body)[0] == 404
    Run.objects.filter(pk=run_).update(noted_seq=50_001)
    found = call("POST", f"blueprints/{blueprint}/evaluate/", body)
    assert (found[0], found[1]["code"]) == (422, "run_too_long")


def test_strangers_can_try_nothing(call: Caller, other: Caller) -> None:
    blueprint = drawn(call)
    body = {"node": "say", "text": "{{ input }}"}
    assert other("POST", f"blueprints/{blueprint}/evaluate/", body)[0] == 404


def test_the_language_lists_what_can_be_called(call: Caller) -> None:
    found = call("GET", "expressions/")[1]
    assert {
        "name": "len",
        "usage": "len(value)",
        "gives": "how many characters, items or keys",
    } in (found["functions"])
    assert [it["name"] for it in found["methods"]["object"]] == ["get", "items", "keys", "values"]
