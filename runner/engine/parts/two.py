"""The two documents of a collapse, together: do they do what the drawing does, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.engine.expressions import check
from runner.engine.parts.border import Border
from runner.engine.parts.refusing import Reasons
from runner.engine.parts.wording import read_by
from runner.graph import Document, validate
from runner.graph.frames import around
from runner.graph.ways import Ways, before_all


@dataclass(frozen=True, slots=True)
class Two:
    """The new blueprint's document and the one that calls it.

    `outputs` are the names of its outputs by inner end, `giving` the nodes that give them;
    `several` says whether more than one value comes in by edges.
    """

    border: Border
    inner: Document
    outer: Document
    call: str
    outputs: Mapping[tuple[str, str], str]
    giving: Mapping[str, str]
    several: bool


def check_often(two: Two, reasons: Reasons) -> None:
    """Note what goes wrong where nodes fire more than once."""
    inside = Ways(two.inner, two.border.types)
    for (source, port), name in two.outputs.items():
        node = two.giving[name]
        if inside.often(node) and any(
            (it.source, it.output) == (source, port) for it in two.border.leaving
        ):
            reasons.add(
                "part_gives_often",
                f"{source} may give several values at {port!r} when the selection is entered "
                "once, but a call gives each output once. Join the branches before it "
                "(flow.join), or select fewer nodes.",
                source,
            )
    again = Ways(two.outer, two.border.types, two.border.level).often(two.call)
    for name in two.border.inside:
        if again:
            _check_join(two, name, reasons)
        if again or two.several:
            _check_memory(two, name, reasons, again=again)


def _check_join(two: Two, name: str, reasons: Reasons) -> None:
    ports = {edge.input for edge in two.border.document.edges if edge.target == name}
    join = any(it.multiple for it in two.border.spec(name).inputs)
    if name in two.border.top and (len(ports) > 1 or join):
        reasons.add(
            "part_joins_often",
            f"{name} waits for several values, and the selection may be entered more than "
            "once in a run: each time would be a run of its own, in which values of "
            f"another time are not met. Leave {name} out of the selection.",
            name,
        )


def _check_memory(two: Two, name: str, reasons: Reasons, *, again: bool) -> None:
    level = two.inner.nodes[name].frame
    known = before_all(two.inner, two.border.types, level, [name])
    for mention, _ in read_by(two.border.document, two.border.types, name):
        if mention.name != "nodes" or mention.key not in two.border or mention.key in known:
            continue
        why = (
            "perhaps of an earlier time that the selection was entered, but each time would "
            "be a run of its own"
            if again
            else "which may fire before it or after it, and what comes in at several places "
            "would come at another time"
        )
        reasons.add(
            "part_remembers",
            f"{name} reads {mention.text}, {why}. Pass the value to {name} by edges.",
            name,
        )


def check_sound(two: Two, reasons: Reasons) -> None:
    """Note problems that the documents have and the drawing had not, and those inside."""
    before = validate(two.border.document, two.border.types, check)
    known = {(it.code, it.node, it.message) for it in before}
    for problem in before:
        if problem.severity == "error" and problem.node in two.border:
            reasons.add(problem.code, f"{problem.message} Mend this first.", problem.node)
    reasons.stop()
    placed = two.outer.model_copy(
        update={
            "nodes": {
                **two.outer.nodes,
                two.call: two.outer.nodes[two.call].model_copy(
                    update={
                        "parameters": {"blueprint": "x", **two.outer.nodes[two.call].parameters}
                    }
                ),
            }
        }
    )
    for document in (two.inner, placed):
        for problem in validate(document, two.border.types, check):
            if problem.severity == "error" and (
                document is two.inner or (problem.code, problem.node, problem.message) not in known
            ):
                reasons.add(problem.code, problem.message, problem.node)


def notices(border: Border) -> Iterator[str]:
    """Yield what is not quite the same, as sentences for people."""
    document = border.document
    for frame in around(document, border.level):
        if frame is not None and document.nodes[frame].kind == "frame.try":
            yield (
                f"If a step of it fails, {frame} now catches an error of the kind "
                "'child_failed', which has the step's own error in data.error."
            )
    pinned = [name for name in border.inside if document.nodes[name].pin is not None]
    if pinned:
        yield (
            f"What is pinned at {', '.join(pinned)} stands in only for runs of the new "
            "blueprint's draft, not when it is called."
        )
    for case in document.tests:
        named = {*case.mocks, *case.external, *case.expect.ran, *case.expect.not_ran}
        if gone := sorted(named & set(border.inside)):
            yield f"The test {case.name!r} names {', '.join(gone)}, which it no longer finds."
    if document.tests:
        yield "Tests with the new call need its outputs as a mock: tests call no blueprints."
