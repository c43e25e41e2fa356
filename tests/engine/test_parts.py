"""A part of a drawing collapsed to a blueprint of its own, and expanded again, does the same."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine import HostResources, run
from runner.engine.blueprints import Call, Child
from runner.engine.parts import collapse, expand
from runner.graph import Document, compile, load
from runner.nodes import node_types

TYPES = node_types()


class InMemory:
    """Runs blueprints by name here, as a host of the engine."""

    def __init__(self, documents: dict[str, Document]) -> None:
        self.documents = documents

    async def start(self, step: Any, call: Call) -> Child:
        document = self.documents[call.blueprint]
        result = await run(
            compile(document, TYPES),
            dict(call.inputs or {}),
            vars=document.vars,
            resources=HostResources(blueprints=self),
        )
        return Child("run", call.blueprint, result.status, result.outputs, result.error or {})

    async def ended(self, step: Any, child: Child) -> Child:
        return child


async def outputs(document: Document, inputs: Any, **called: Document) -> Any:
    resources = HostResources(blueprints=InMemory(called))
    plan = compile(document, TYPES)
    result = await run(plan, inputs, vars=document.vars, resources=resources)
    assert result.status == "succeeded", result.error
    return result.outputs


def set_(**fields: Any) -> dict[str, Any]:
    return {"kind": "data.set", "parameters": {"fields": fields}}


def value(text: str) -> dict[str, Any]:
    return {"kind": "data.value", "parameters": {"value": text}}


def drawing(nodes: dict[str, Any], edges: list[str], **more: Any) -> Document:
    return load({"nodes": {"hand": {"kind": "trigger.manual"}, **nodes}, "edges": edges, **more})


OUT = {"kind": "flow.output"}
CHAIN = drawing(
    {
        "order": value("{{ input.order }}"),
        "net": set_(net="{{ input.price * input.count }}"),
        "gross": set_(gross="{{ input.net * vars.rate }}", who="{{ run.inputs.who }}"),
        "check": {"kind": "flow.if", "parameters": {"condition": "{{ input.gross > 100 }}"}},
        "big": set_(label='{{ "big " + text(nodes["hand"].order.price) }}'),
        "small": set_(label="small"),
        "done": OUT,
        "sum": {**value('{{ nodes["gross"].gross }}')},
        "total": OUT,
    },
    [
        "hand.out -> order.in",
        "order.out -> net.in",
        "net.out -> gross.in",
        "gross.out -> check.in",
        "check.true -> big.in",
        "check.false -> small.in",
        "big.out -> done.in",
        "small.out -> done.in",
        "done.out -> sum.in",
        "sum.out -> total.in",
    ],
    vars={"rate": 1.5},
)
INPUTS = [
    {"order": {"price": 9, "count": 2}, "who": "Ada"},
    {"order": {"price": 90, "count": 2}, "who": "B"},
]
EACH = drawing(
    {
        "loop": {"kind": "frame.each", "parameters": {}},
        "double": {
            **value('{{ {"n": item * 2, "at": index, "of": nodes["hand"].name} }}'),
            "frame": "loop",
        },
        "more": {**set_(n="{{ input.n + 1 }}"), "frame": "loop"},
        "list": value("{{ input.list }}"),
        "done": OUT,
    },
    [
        "hand.out -> list.in",
        "list.out -> loop.in",
        "loop.item -> double.in",
        "double.out -> more.in",
        "more.out -> loop.result",
        "loop.out -> done.in",
    ],
)
SIDE = drawing(
    {
        "settings": value('{{ {"rate": 2} }}'),
        "price": value("{{ input.rate * 10 }}"),
        "later": value("{{ input + 1 }}"),
        "both": {"kind": "flow.join"},
        "sum": value("{{ input[0] + input[1].rate }}"),
        "done": OUT,
    },
    [
        "hand.out -> settings.in",
        "settings.out -> price.in",
        "price.out -> later.in",
        "later.out -> both.in",
        "settings.out -> both.in",
        "both.out -> sum.in",
        "sum.out -> done.in",
    ],
)
CASES = {
    "a chain": (CHAIN, ["net", "gross"], INPUTS),
    "two ways out": (CHAIN, ["net", "gross", "check"], INPUTS),
    "what reads back": (CHAIN, ["check", "big", "small"], INPUTS),
    "a middle": (CHAIN, ["order", "net", "gross", "check", "big", "small"], INPUTS),
    "in a frame": (EACH, ["double", "more"], [{"list": [1, 2, 3], "name": "x"}]),
    "a whole frame": (EACH, ["loop"], [{"list": [1, 2], "name": "y"}]),
    "a value beside": (SIDE, ["later", "both", "sum"], [{}]),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_collapsed_selection_gives_what_the_drawing_gave(name: str) -> None:
    document, chosen, inputs = CASES[name]
    planned = collapse(document, TYPES, chosen, [], "Part")
    assert not set(chosen) & planned.outer.nodes.keys()
    for given in inputs:
        expected = await outputs(document, given)
        assert await outputs(planned.calling("Part"), given, Part=planned.inner) == expected
        again = expand(planned.calling("Part"), TYPES, planned.call, planned.inner)
        assert await outputs(again.document, given) == expected
        assert all(node.kind != "blueprint.call" for node in again.document.nodes.values())


def test_expanding_what_was_collapsed_gives_the_drawing_again() -> None:
    planned = collapse(CHAIN, TYPES, ["net"], [], "Part")
    again = expand(planned.calling("Part"), TYPES, planned.call, planned.inner)
    assert again.document.nodes == CHAIN.nodes
    assert set(again.document.edges) == set(CHAIN.edges)
    assert again.nodes == ("net",)


def test_a_collapsed_selection_declares_typed_inputs_and_reads_them_by_name() -> None:
    planned = collapse(CHAIN, TYPES, ["gross", "check", "big", "small"], [], "Price it")
    assert planned.call == "price_it"
    assert planned.inner.inputs == {
        "net": {"type": "object", "required": True},
        "run_inputs": {"required": True},
        "hand": {"required": True},
    }
    assert planned.outer.nodes["price_it"].parameters == {
        "inputs": {
            "net": "{{ input }}",
            "run_inputs": "{{ run.inputs }}",
            "hand": '{{ nodes["hand"] }}',
        },
        "outputs": ["big", "small"],
    }
    assert planned.inner.vars == {"rate": 1.5}
    fields = planned.inner.nodes["gross"].parameters["fields"]
    assert fields["who"] == "{{ run.inputs.run_inputs.who }}"
    label = planned.inner.nodes["big"].parameters["fields"]["label"]
    assert label == '{{ "big " + text(run.inputs.hand.order.price) }}'
    reader = planned.outer.nodes["sum"].parameters["value"]
    assert reader == '{{ nodes["price_it"]["gross"].gross }}'
