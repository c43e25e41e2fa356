"""Random parts of random drawings: what is not refused gives the same, collapsed and expanded."""

from __future__ import annotations

import random
from typing import Any

import networkx as nx
import pytest

from runner.engine.parts import PartRefused, collapse, expand
from runner.engine.parts.wording import read_by
from runner.graph import Document
from runner.graph.ways import Ways
from tests.engine.test_parts import TYPES, drawing, outputs, value
from tests.thorough import times


def drawn(dice: random.Random) -> Document:
    """Return a drawing of values that tell their way, ifs, joins and reads of other nodes."""
    nodes: dict[str, Any] = {}
    edges: list[str] = []
    ports = [("hand", "out")]
    known = ["hand"]
    for number in range(dice.randint(3, 9)):
        name = f"n{number}"
        kind = dice.choice(["value", "value", "read", "if", "join", "get", "run"])
        sources = dice.sample(ports, min(len(ports), 1 if dice.random() < 0.7 else 2))
        if kind == "join":
            wait_for = dice.choice(["all", "possible"])
            nodes[name] = {"kind": "flow.join", "parameters": {"wait_for": wait_for}}
            sources = dice.sample(ports, min(len(ports), dice.randint(1, 3)))
        elif kind == "if":
            test = dice.choice(["{{ len(text(input)) % 2 }}", "{{ true }}", "{{ false }}"])
            nodes[name] = {"kind": "flow.if", "parameters": {"condition": test}}
        elif kind == "read":
            nodes[name] = value(f'{{{{ [input, nodes["{dice.choice(known)}"], "{name}"] }}}}')
        elif kind == "get":
            nodes[name] = value(f'{{{{ [input, nodes.get("{dice.choice(known)}", 0)] }}}}')
        elif kind == "run":
            nodes[name] = value(f'{{{{ [input, run.inputs.seed, vars.v, "{name}"] }}}}')
        else:
            nodes[name] = value(f'{{{{ [input, "{name}"] }}}}')
        edges += [f"{source}.{port} -> {name}.in" for source, port in sources]
        known.append(name)
        ports += [(name, "true"), (name, "false")] if kind == "if" else [(name, "out")]
    for number, (source, port) in enumerate(dice.sample(ports, min(len(ports), 3))):
        nodes[f"out{number}"] = {"kind": "flow.output"}
        edges.append(f"{source}.{port} -> out{number}.in")
    return drawing(nodes, edges, vars={"v": dice.randint(0, 9)})


def races(document: Document) -> bool:
    """Say whether a node reads another that no way leads from: then time tells what it reads."""
    ways = Ways(document, TYPES)
    return any(
        mention.name == "nodes" and mention.key not in nx.ancestors(ways.graph, name)
        for name in document.nodes
        for mention, _ in read_by(document, TYPES, name)
    )


async def compared(seed: int) -> tuple[bool, bool]:
    """Say whether a random part was collapsed, and whether its call was expanded."""
    dice = random.Random(seed)
    document = drawn(dice)
    names = [name for name in document.nodes if name.startswith("n")]
    chosen = dice.sample(names, min(len(names), dice.randint(1, 4)))
    given = {"seed": seed}
    if races(document):
        return False, False
    try:
        planned = collapse(document, TYPES, chosen, [], "Part")
    except PartRefused:
        return False, False
    try:
        expected = await outputs(document, given)
    except AssertionError:
        # It fails by itself: then it has to fail with the call, too.
        with pytest.raises(AssertionError):
            await outputs(planned.calling("Part"), given, Part=planned.inner)
        return True, False
    ways = Ways(document, TYPES)
    once = {name for name in document.nodes if not ways.often(name)}

    def sure(found: dict[str, Any]) -> dict[str, Any]:
        # Which of several values comes last is a matter of time.
        return {name: it for name, it in found.items() if name in once}

    found = await outputs(planned.calling("Part"), given, Part=planned.inner)
    assert sure(found) == sure(expected), (seed, chosen)
    try:
        again = expand(planned.calling("Part"), TYPES, planned.call, planned.inner)
    except PartRefused:
        return True, False
    found = await outputs(again.document, given)
    assert sure(found) == sure(expected), (seed, chosen)
    return True, True


async def test_random_parts_give_the_same_or_are_refused() -> None:
    found = [await compared(seed) for seed in range(times(40))]
    # Otherwise the comparison would say little.
    assert sum(collapsed for collapsed, _ in found) > 8
    assert sum(expanded for _, expanded in found) > 5
