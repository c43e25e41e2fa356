"""A part of a drawing collapsed to a blueprint of its own, and expanded again, does the same."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine import HostResources, run
from runner.engine.blueprints import Call, Child
from runner.engine.parts import PartRefused, collapse, expand
from runner.graph import Document, compile, load
from runner.graph.document import Route
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
CASES: dict[str, tuple[Document, list[str], list[dict[str, Any]]]] = {
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


def test_edges_stay_drawn_as_they_were_through_a_collapse_and_back() -> None:
    routes = {
        "order.out -> net.in": {"name": "the order"},
        "net.out -> gross.in": {"points": [(500, -80)]},
        "gross.out -> check.in": {"points": [(800, 90)], "name": ""},
    }
    layout = {name: (240 * at, 0) for at, name in enumerate(CHAIN.nodes)}
    document = load({**CHAIN.model_dump(mode="json"), "layout": layout, "routes": routes})
    planned = collapse(document, TYPES, ["net", "gross"], [], "Part")
    assert planned.inner.routes.keys() == {"net.out -> gross.in"}
    drawn = {text: route.model_dump() for text, route in planned.outer.routes.items()}
    assert drawn == {
        "order.out -> part.in": {"points": [], "name": "the order"},
        "part.gross -> check.in": {"points": [(800, 90)], "name": ""},
    }
    # The call may have been moved meanwhile: what comes in its place is around it.
    calling = planned.calling("Part")
    x, y = calling.layout["part"]
    calling = calling.model_copy(update={"layout": {**calling.layout, "part": (x + 40, y + 100)}})
    again = expand(calling, TYPES, planned.call, planned.inner).document
    assert again.layout["gross"] == (layout["gross"][0] + 40, 100)
    assert again.routes == {
        **document.routes,
        "net.out -> gross.in": Route(points=[(540, 20)]),
    }


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


def called(**nodes: Any) -> dict[str, Any]:
    return {"kind": "blueprint.call", "parameters": {"blueprint": "B", "inputs": {}, **nodes}}


PASS = value("{{ input }}")
IF = {"kind": "flow.if", "parameters": {"condition": "{{ input }}"}}
FORK = drawing(
    {"a": PASS, "b": PASS, "c": {"kind": "flow.join"}, "d": PASS, "done": OUT},
    [
        "hand.out -> a.in",
        "hand.out -> b.in",
        "a.out -> c.in",
        "b.out -> c.in",
        "c.out -> d.in",
        "d.out -> done.in",
    ],
)
LOOP = drawing(
    {"a": PASS, "if": IF, "b": PASS, "done": OUT},
    [
        "hand.out -> a.in",
        "a.out -> if.in",
        "if.true -> b.in",
        "b.out -> a.in",
        "if.false -> done.in",
    ],
)
MERGED = drawing(
    {"a": PASS, "b": PASS, "c": PASS, "d": PASS, "done": OUT},
    [
        "hand.out -> a.in",
        "a.out -> b.in",
        "a.out -> c.in",
        "b.out -> d.in",
        "c.out -> d.in",
        "d.out -> done.in",
    ],
)
READER = drawing(
    {"a": PASS, "b": value('{{ nodes["c"] }}'), "c": PASS, "done": OUT},
    ["hand.out -> a.in", "a.out -> b.in", "hand.out -> c.in", "b.out -> done.in"],
)
REFUSED = {
    "nothing": (FORK, [], "part_empty"),
    "a trigger": (FORK, ["hand", "a"], "part_trigger"),
    "an output": (FORK, ["d", "done"], "part_of_run"),
    "several entries": (FORK, ["c", "d"], ""),
    "two entry nodes of two branches": (
        drawing(
            {"a": PASS, "b": PASS, "x": PASS, "y": PASS, "done": OUT},
            [
                "hand.out -> a.in",
                "hand.out -> b.in",
                "a.out -> x.in",
                "b.out -> y.in",
                "x.out -> done.in",
            ],
        ),
        ["x", "y"],
        "part_several_entries",
    ),
    "a way back in": (LOOP, ["a", "if"], "part_reentered"),
    "half a frame": (EACH, ["list", "double"], "part_cuts_frame"),
    "a value that comes twice": (MERGED, ["a", "b", "c", "d"], "part_gives_often"),
    "a node that is not before": (READER, ["b"], "part_reads_later"),
    "what reads a computed name": (
        drawing(
            {"a": PASS, "b": value("{{ nodes[input.of] }}"), "done": OUT},
            ["hand.out -> a.in", "a.out -> b.in", "b.out -> done.in"],
        ),
        ["b"],
        "part_computed_read",
    ),
    "an end of a drawing without outputs": (
        drawing({"a": PASS}, ["hand.out -> a.in"]),
        ["a"],
        "part_is_end",
    ),
    "what undoes": (
        drawing(
            {
                "a": {**PASS, "settings": {"compensate": True}},
                "undo": PASS,
                "b": PASS,
                "done": OUT,
            },
            ["hand.out -> a.in", "a.compensate -> undo.in", "a.out -> b.in", "b.out -> done.in"],
        ),
        ["a"],
        "part_compensation",
    ),
    "a race across the border": (
        drawing(
            {
                "a": PASS,
                "b": PASS,
                "c": PASS,
                "first": {"kind": "flow.join", "parameters": {"wait_for": "first"}},
                "done": OUT,
            },
            [
                "hand.out -> a.in",
                "a.out -> b.in",
                "a.out -> c.in",
                "b.out -> first.in",
                "c.out -> first.in",
                "first.out -> done.in",
            ],
        ),
        ["a", "b", "c"],
        "part_race",
    ),
    "a join that is met again": (
        drawing(
            {
                "again": PASS,
                "a": PASS,
                "b": PASS,
                "c": PASS,
                "both": {"kind": "flow.join"},
                "done": OUT,
                "if": IF,
            },
            [
                "hand.out -> again.in",
                "again.out -> if.in",
                "if.true -> again.in",
                "again.out -> a.in",
                "a.out -> b.in",
                "a.out -> c.in",
                "b.out -> both.in",
                "c.out -> both.in",
                "both.out -> done.in",
            ],
        ),
        ["a", "b", "c", "both"],
        "part_joins_often",
    ),
}


@pytest.mark.parametrize("name", [name for name, case in REFUSED.items() if case[2]])
def test_a_collapse_that_would_change_the_meaning_is_refused(name: str) -> None:
    document, chosen, code = REFUSED[name]
    with pytest.raises(PartRefused) as refused:
        collapse(document, TYPES, chosen, [], "Part")
    found = [problem for problem in refused.value.problems if problem.code == code]
    assert found, refused.value.problems
    assert all(problem.message.endswith(".") for problem in found)


INNER = drawing({"a": PASS, "done": OUT}, ["hand.out -> a.in", "a.out -> done.in"])
SEVERAL = drawing(
    {"a": PASS, "b": PASS, "done": OUT, "too": OUT},
    ["hand.out -> a.in", "a.out -> done.in", "hand.out -> b.in", "b.out -> too.in"],
)
CALLING_EDGES = ["hand.out -> call.in", "call.done -> done.in"]


def calling(**more: Any) -> Document:
    call = called(outputs=["done"])
    nodes = {"call": {**call, **more}, "done": {**OUT, "parameters": {"name": "all"}}}
    return drawing(nodes, CALLING_EDGES)


def whole() -> Document:
    return drawing({"call": called(), "done": OUT}, ["hand.out -> call.in", "call.out -> done.in"])


EXPANSIONS = {
    "not waited for": (
        calling(parameters={"blueprint": "B", "wait": False, "outputs": ["done"]}),
        INNER,
        "expand_not_waited",
    ),
    "tried again": (calling(settings={"retry": {"attempts": 3}}), INNER, "expand_setting"),
    "for each item": (calling(settings={"each": True}), INNER, "expand_setting"),
    "several triggers": (
        calling(),
        drawing({"hook": {"kind": "trigger.webhook"}, "done": OUT}, ["hand.out -> done.in"]),
        "expand_triggers",
    ),
    "its own run": (
        calling(),
        drawing(
            {"a": value("{{ run.id }}"), "done": OUT}, ["hand.out -> a.in", "a.out -> done.in"]
        ),
        "expand_reads_run",
    ),
    "its own time": (
        calling(),
        drawing({"done": OUT}, ["hand.out -> done.in"], settings={"timeout": 5}),
        "expand_settings",
    ),
    "several outputs as one": (whole(), SEVERAL, "expand_whole"),
    "several values": (calling(), MERGED, "expand_gives_often"),
    "other variables": (
        drawing(
            {"call": called(outputs=["done"]), "done": {**OUT, "parameters": {"name": "all"}}},
            CALLING_EDGES,
            vars={"rate": 1},
        ),
        drawing(
            {"a": value("{{ vars.rate }}"), "done": OUT},
            ["hand.out -> a.in", "a.out -> done.in"],
            vars={"rate": 2},
        ),
        "expand_vars",
    ),
}


@pytest.mark.parametrize("name", EXPANSIONS)
def test_an_expansion_that_would_change_the_meaning_is_refused(name: str) -> None:
    document, inner, code = EXPANSIONS[name]
    with pytest.raises(PartRefused) as refused:
        expand(document, TYPES, "call", inner)
    assert code in [problem.code for problem in refused.value.problems]


async def test_a_call_whose_outputs_are_used_as_one_object_is_expanded_too() -> None:
    inner = drawing(
        {"a": value('{{ run.inputs.n + nodes["hand"].n }}'), "done": OUT},
        ["hand.out -> a.in", "a.out -> done.in"],
        inputs={"n": {"type": "number"}, "m": {"default": 4}},
    )
    outer = drawing(
        {
            "a": PASS,
            "call": called(inputs={"n": "{{ input.n }}"}),
            "b": value('{{ nodes["call"].done + input.done }}'),
            "done": OUT,
        },
        ["hand.out -> a.in", "a.out -> call.in", "call.out -> b.in", "b.out -> done.in"],
    )
    done = expand(outer, TYPES, "call", inner)
    expected = {"done": 20}
    assert await outputs(outer, {"n": 5}, B=inner) == expected
    assert await outputs(done.document, {"n": 5}) == expected
    # The names that both have are kept apart.
    assert {"a", "a_2", "call", "call_inputs"} < done.document.nodes.keys()
    assert done.notices
