"""Random drawings: branches, joins, circles, frames, failures. All of them end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.engine.callees import CALLEES
from tests.engine.reference_parts import ALWAYS

PORTS = {
    "trigger.manual": ["out"],
    "scatter": ["a", "b", "c"],
    "guard": ["again", "enough"],
    "flow.switch": ["one", "two", "three", "default"],
    "flow.stop": [],
    "frame.each": ["out", "errors"],
    "blueprint.call": ["out", "run"],
}
# The inner ports of frames: where what is inside begins, and where it ends.
FRAMES = {
    "frame.each": (["item"], "result"),
    "frame.repeat": (["value"], "next"),
    "frame.try": (["try", "catch", "finally"], "result"),
    "frame.race": (["start"], "first"),
    "frame.limit": (["start"], "result"),
    "frame.group": (["start"], "result"),
}
CONTROLS = {"frame.each": ["cancel", "complete"], "frame.group": ["cancel"]}
WAYS = ["a", "b", "c"]
CASES = [{"name": "one", "value": 1}, {"name": "two", "value": 2}, {"name": "three", "value": 1}]
KINDS = (
    ["mark"] * 4 + ["work"] * 4 + ["rest", "park", "called", "called"] * 2 + ["needs"] * 2
    + ["scatter"] * 3 + ["guard"] * 3 + ["both"] * 2
    + ["flow.join"] * 8 + ["frame.each"] * 4
    + [*FRAMES, "frame.try", "frame.try", "frame.repeat", "frame.repeat"] * 2
    + ["frame.group", "frame.race"] * 2
    + ["flow.switch", "flow.output", "flow.stop"] + ["blueprint.call"] * 6
)  # fmt: skip
TAKE_TIME = ["work", "rest", "park", "called", "blueprint.call"]
CAN_BE_UNDONE = ("mark", *TAKE_TIME, "both", "scatter")
LISTS = [[], [1], [1, 2], [1, 2, 3]]


class Luck:
    """Chooses the details of one node; of the luck 0 all is plain, so that is what is left of
    whatever does not matter for an error."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed) if seed else None

    def one_of(self, values: Sequence[Any]) -> Any:
        return self.random.choice(values) if self.random else values[0]

    def chance(self, of: int) -> bool:
        return self.random is not None and self.random.randrange(of) == 0

    def some(self, values: Sequence[Any], most: int) -> list[Any]:
        if self.random is None:
            return []
        return sorted(self.random.sample(values, self.random.randint(0, most)))


@cache
def _up_to(most: int) -> st.SearchStrategy[int]:
    # To make one takes longer than to draw from it.
    return st.integers(0, most)


class Pen:
    """Draws nodes and edges by what hypothesis chooses."""

    def __init__(self, draw: Any, ties: bool, calls: bool) -> None:
        self.draw = draw
        self.kinds = [it for it in KINDS if calls or it not in ("blueprint.call", "called")]
        # What runs for each item of a list. Items that need no time (of `mark`) end at the very
        # moment at which they begin, so what else ends or begins then is a matter of luck: they
        # do not fail, nor stand beside lists that take time, nor where a run is cut; and a list
        # that takes time is not empty.
        # A time limit begins anew after a cut.
        self.ties = ties
        self.mapped = self.one_of([TAKE_TIME, ["mark"]] if ties else [TAKE_TIME])
        self.nodes: dict[str, dict[str, Any]] = {}
        self.edges: list[str] = []
        # What values come from outside the frames that are being drawn, the innermost last.
        self.outside: list[list[str]] = []

    def up_to(self, most: int) -> int:
        return int(self.draw(_up_to(most)))

    def one_of(self, values: Any) -> Any:
        return values[self.up_to(len(values) - 1)]

    def chance(self, of: int) -> bool:
        return self.up_to(of - 1) == of - 1

    def luck(self) -> Luck:
        return Luck(self.up_to(2**20))

    def level(self, begin: str | None, frame: str | None, depth: int, most: int) -> list[str]:
        """Draw the nodes of a scope and the edges among them; return the ports at the end."""
        least = min(3, most - 3)
        count = least + self.up_to(most - least)
        if begin is not None:
            sources = [f"{frame}.{begin}"]
        elif self.chance(8):
            sources = []  # a drawing without a trigger
        else:
            self.nodes["m"] = {"kind": "trigger.manual"}
            sources = ["m.out"]
        begins = list(sources)
        own: list[str] = []
        for _ in range(count):
            own.append(self.node(frame, depth, sources))
        for name in own:
            self.lead_back(name, own)
            self.control(name, sources)
        return [source for source in sources if source not in begins] or begins

    def node(self, frame: str | None, depth: int, sources: list[str]) -> str:
        """Draw a node behind those that are there, and add its outputs to the sources."""
        name = f"n{len(self.nodes)}"
        kind = self.one_of([it for it in self.kinds if it not in FRAMES or depth < 2])
        node: dict[str, Any] = {"kind": kind, "parameters": {}, "settings": {}}
        if frame is not None:
            node["frame"] = frame
        self.nodes[name] = node
        ports = list(PORTS.get(kind, ["out"]))
        luck = self.luck()
        self.parameters(node, luck, self.is_counted(frame))
        ports += self.settings(node, luck)
        for port in ("a", "b") if kind == "both" else ("in",):
            needed = kind == "flow.join" or port == "a"
            captured = self.outside and kind != "flow.join" and self.chance(6)
            near = self.one_of(self.outside) if captured else sources
            self.lead_to(f"{name}.{port}", near, kind, needed=needed)
        if kind in ("mark", "work") and luck.chance(8):
            node["promoted"] = ["value"]
            self.lead_to(f"{name}.value", sources, kind, needed=False)
        if kind == "needs":
            node["promoted"] = ["value"]
            captured = self.outside and self.chance(3)
            near = self.outside[-1] if captured else sources
            self.lead_to(f"{name}.value", near, kind, needed=True)
            if luck.chance(4):
                node["parameters"]["value"] = "{{ input }}"
        if kind == "both" and not any(edge.endswith(f"{name}.a") for edge in self.edges):
            node["kind"] = "mark"
            self.edges = [edge.replace(f"> {name}.b", f"> {name}.in") for edge in self.edges]
        if kind == "flow.join" and not any(edge.endswith(f"> {name}.in") for edge in self.edges):
            node |= {"kind": "mark", "parameters": {}}
        if kind in FRAMES:
            self.inside(name, kind, depth, sources)
        if kind in CAN_BE_UNDONE and luck.chance(3):
            node["settings"]["compensate"] = True
            self.undo(f"{name}.compensate", frame, luck)
        sources += [f"{name}.{port}" for port in ports]
        return name

    def undo(self, source: str, frame: str | None, luck: Luck) -> None:
        """Draw what undoes a step: one node, or one after the other."""
        for _ in range(luck.one_of([1, 1, 2])):
            name = f"n{len(self.nodes)}"
            kind = luck.one_of(["work", "mark", "rest", "park"])
            fails = {"fails": ALWAYS, "permanent": True} if luck.chance(5) else {}
            settings = {"on_error": luck.one_of(["fail", "continue"])}
            self.nodes[name] = {"kind": kind, "parameters": fails, "settings": settings}
            if frame is not None:
                self.nodes[name]["frame"] = frame
            self.edges.append(f"{source} -> {name}.in")
            source = f"{name}.out"

    def inside(self, name: str, kind: str, depth: int, outside: list[str]) -> None:
        """Draw what a frame holds; most frames have one way in, Try has three."""
        begins, end = FRAMES[kind]
        self.outside.append(list(outside))
        for begin in begins:
            if begin == "catch" and not self.chance(2):
                continue
            most = 4 if begin == begins[0] else 3
            ends = self.level(begin, name, depth + 1, most)
            self.lead_to(f"{name}.{end}", ends, kind, needed=begin == begins[0])
            if kind == "frame.repeat" and self.chance(3):
                self.lead_to(f"{name}.done", ends, kind, needed=True)
        self.outside.pop()

    def is_counted(self, frame: str | None) -> bool:
        """Say whether what is in a frame is one of several: so it has an item and an index."""
        if frame is None:
            return False
        node = self.nodes[frame]
        return node["kind"] in ("frame.each", "frame.repeat") or self.is_counted(node.get("frame"))

    def lead_to(self, target: str, sources: list[str], kind: str, *, needed: bool) -> None:
        if not sources:
            return
        most = 4 if kind == "flow.join" else 2
        least = 1 if needed or not self.chance(8) else 0
        near = sources[-8:]
        for _ in range(min(len(near), least + self.up_to(most - least))):
            self.edges.append(f"{near.pop(self.up_to(len(near) - 1))} -> {target}")

    def lead_back(self, name: str, own: list[str]) -> None:
        """Draw circles: from a guard to anywhere, or from anywhere to where nodes wait."""
        node = self.nodes[name]
        if node["kind"] == "guard":
            # Half of the circles begin where nodes wait: there the rules are hardest.
            waiting = [it for it in own if self.nodes[it]["kind"] in ("both", "flow.join")]
            target = self.one_of(waiting if waiting and self.chance(2) else own)
            source = f"{name}.again"
        elif node["kind"] not in ("flow.stop", *FRAMES) and self.chance(5):
            target, source = self.one_of(own), f"{name}.{PORTS.get(node['kind'], ['out'])[0]}"
            if self.nodes[target]["kind"] not in ("both", "flow.join"):
                return
        else:
            return
        port = {"both": self.one_of(["a", "b"])}.get(self.nodes[target]["kind"], "in")
        edge = f"{source} -> {target}.{port}"
        if edge not in self.edges:
            self.edges.append(edge)

    def control(self, name: str, sources: list[str]) -> None:
        """Draw what cancels a frame from outside, or completes it."""
        controls = CONTROLS.get(self.nodes[name]["kind"])
        others = [it for it in sources if not it.startswith(f"{name}.")]
        if controls and others and self.chance(4):
            self.edges.append(f"{self.one_of(others)} -> {name}.{self.one_of(controls)}")

    def parameters(self, node: dict[str, Any], luck: Luck, framed: bool) -> None:
        kind, told = node["kind"], node["parameters"]
        if kind == "blueprint.call":
            told["blueprint"] = luck.one_of([*CALLEES, "Succeeds", "Fails", "Fails"])
            told["inputs"] = luck.one_of([None, {"n": "{{ input }}"}])
            told["wait"] = not luck.chance(4)
            told["cancel"] = not luck.chance(4)
            return
        if kind in ("mark", *TAKE_TIME, "needs", "both") and luck.chance(
            2 if kind == "work" else 3
        ):
            told["fails"] = luck.one_of([1, 1, 2, ALWAYS]) if kind == "work" else ALWAYS
            told["permanent"] = luck.chance(3)
            told["begun"] = "frame" in node and luck.chance(2)
            if luck.chance(2):
                told["firings"] = luck.some([1, 2, 3], 2)
        if kind in ("mark", "scatter", "guard", "both") and luck.chance(3):
            names = ["{{ input }}", "{{ nodes.get('n1') }}", "{{ nodes.get('n2') }}"]
            told["value"] = luck.one_of(names + ["{{ [item, index] }}"] * framed)
        if kind == "scatter":
            told["ways"] = [luck.some(WAYS, 3) or ["a"] for _ in range(luck.one_of([1, 2, 3]))]
            if luck.chance(4):
                told["ways"].append([])
        elif kind == "guard":
            told["rounds"] = luck.one_of([1, 0, 2, 3])
        elif kind == "flow.switch":
            told |= {"value": luck.one_of([1, 2, 3]), "cases": CASES}
            told["all_matching"] = luck.chance(2)
        elif kind == "flow.join":
            told["wait_for"] = luck.one_of(["first", "n", "all", "possible"])
            told["late"] = luck.one_of(["swallow", "block", "cancel"])
            told["count"] = luck.one_of([1, 2, 3])
        elif kind == "frame.each":
            told["list"] = luck.one_of(
                [*LISTS, [5, 6], "{{ input }}", "{{ [item, 7] }}"][: 6 + framed]
            )
            told["concurrency"] = luck.one_of([1, 2, 3])
            told["errors"] = luck.one_of(["stop", "collect"])
            if luck.chance(4):
                told |= {"enough": luck.one_of([1, 2]), "rest": luck.one_of(["cancel", "finish"])}
        elif kind == "frame.repeat":
            told["most"] = luck.one_of([1, 2, 3])
            told["until"] = luck.one_of(
                ["", "index >= 1", "index >= 5", "input == nodes.get('n1')"]
            )
            told["otherwise"] = luck.one_of(["fail", "go on"])
        elif kind == "frame.race":
            told["errors"] = luck.one_of(["lose", "stop"])
        elif kind == "frame.limit":
            told["seconds"] = luck.one_of([9, 0.3, 0.8, 1.7]) + len(self.nodes) / 1000
        elif kind == "frame.group":
            keys = ["k1", "k2", "k1", "k2", "k1", None]
            told["key"] = luck.one_of([*keys, *["{{ index }}"] * 2 * framed])
            told["scope"] = luck.one_of(["run", "blueprint", "owner"])

    def settings(self, node: dict[str, Any], luck: Luck) -> list[str]:
        """Draw how a node is run; return the output ports that it has by that."""
        kind, settings, ports = node["kind"], node["settings"], []
        if luck.chance(16):
            settings["disabled"] = True
        if kind not in ("guard", "scatter", "flow.switch") and luck.chance(16):
            # What ends a circle goes on choosing.
            settings["bypass"] = True
        if luck.chance(24):
            settings["max_firings"] = luck.one_of([1, 2])
        if kind == "work" and luck.chance(2):
            settings["retry"] = {"attempts": luck.one_of([2, 3])}
        if kind in (*FRAMES, "blueprint.call") and luck.chance(2):
            delay = luck.one_of([0.25, 0.5]) + len(self.nodes) / 1000
            settings["retry"] = {"attempts": 2, "backoff": "fixed", "delay": delay}
        if kind in FRAMES and luck.chance(8):
            settings["timeout"] = luck.one_of([0.4, 1.1]) + len(self.nodes) / 997
        if kind in ("mark", *TAKE_TIME, "needs", "both", "scatter", *FRAMES):
            settings["on_error"] = luck.one_of(["fail", "route", "continue"])
            if settings["on_error"] == "route":
                ports.append("error")
        if kind in self.mapped and luck.chance(3):
            errors = luck.one_of(["collect"] if kind == "mark" else ["stop", "collect"])
            settings["each"] = {
                "list": "{{ " + str(luck.one_of(LISTS[kind != "mark" :])) + " }}",
                "concurrency": luck.one_of([1, 2, 3]),
                "errors": errors,
            }
            if errors == "collect":
                ports.append("errors")
        once = not settings.get("each") and not self.is_counted(node.get("frame"))
        if self.ties and once and kind in TAKE_TIME and luck.chance(5):
            # Two steps that begin together would be out of time together, in no order.
            settings["max_firings"] = 1
            settings["timeout"] = luck.one_of([0.3, 0.6]) + len(self.nodes) / 991
            if "retry" in settings:
                settings["retry"] |= {"backoff": "fixed", "delay": len(self.nodes) / 500}
        return ports


@st.composite
def documents(draw: Any, ties: bool = True, calls: bool = True) -> dict[str, Any]:
    """Draw a whole document; without `ties` no two steps that take a turn end at one moment.

    Without `calls` nothing in it calls a blueprint, nor waits for whom it has called.
    """
    pen = Pen(draw, ties, calls)
    pen.level(None, None, 0, 12)
    settings: dict[str, Any] = {"on_failure": draw(st.sampled_from(["cancel", "finish"]))}
    if pen.chance(4):
        settings["concurrency"] = draw(st.integers(1, 2))
    return {"format": "conductor/1", "settings": settings, "nodes": pen.nodes, "edges": pen.edges}
