"""A call and what it calls: whether nodes of the drawing could stand in its place."""

from __future__ import annotations

from runner.engine.parts.border import OF_THE_RUN
from runner.engine.parts.refusing import Reasons
from runner.engine.parts.wording import read_by
from runner.graph import Document, NodeSettings
from runner.graph.plan import Types
from runner.graph.ways import Ways

# What the settings of a call are to its run, and could not be to several nodes.
SETTINGS = {
    "retry": "tries the whole call again",
    "timeout": "limits the time of the whole call",
    "on_error": "handles the errors of the whole call",
    "disabled": "switches the call off",
    "bypass": "bypasses the call",
    "max_firings": "limits how often it is called",
    "at_most_once": "forbids to repeat the call",
    "compensate": "undoes the whole call",
    "each": "calls it for each item of a list",
}


def check_call(document: Document, call: str, reasons: Reasons) -> None:
    """Note what of a call only a call can do."""
    node = document.nodes[call]
    if node.parameters.get("wait", True) is not True:
        reasons.add(
            "expand_not_waited",
            f"{call} does not wait for the end of the run that it starts, but nodes in its place "
            "would be waited for. Switch 'Wait for its end' on first, if that is meant.",
            call,
        )
    if node.promoted:
        reasons.add(
            "expand_promoted",
            f"{call} gets {', '.join(node.promoted)} by edges of their own. Write them as "
            "expressions at the call first.",
            call,
        )
    if node.pin is not None:
        reasons.add("expand_pinned", f"{call} has pinned outputs. Take the pin away first.", call)
    for name, what in SETTINGS.items():
        if getattr(node.settings, name) != getattr(NodeSettings(), name):
            reasons.add(
                "expand_setting",
                f"The setting {name!r} of {call} {what}, which single nodes cannot do. Take it "
                "away first.",
                call,
            )


def check_called(
    document: Document, call: str, called: Document, types: Types, reasons: Reasons
) -> None:
    """Note what of a called blueprint would be something else in the drawing that calls it."""
    triggers = [
        name
        for name, node in called.nodes.items()
        if (typed := types.get(node.kind)) and typed.spec.trigger
    ]
    manual = [name for name in triggers if called.nodes[name].kind == "trigger.manual"]
    if len(triggers) != 1 or len(manual) != 1:
        names = ", ".join(f"{it} ({called.nodes[it].kind})" for it in triggers) or "none"
        reasons.add(
            "expand_triggers",
            "Only a blueprint that has one trigger, a manual start, can be put in place of its "
            f"call; this one has: {names}.",
            call,
        )
    for name, node in called.nodes.items():
        if node.kind not in types:
            message = f"Nobody here knows what {name} ({node.kind}) of the called blueprint does."
            reasons.add("expand_unknown_kind", message, call)
        if node.kind in OF_THE_RUN and node.kind != "flow.output":
            what = "ends the run" if node.kind == "flow.stop" else "answers who has started the run"
            reasons.add(
                "expand_of_run",
                f"{name} of the called blueprint {what}, which would be the run of this blueprint.",
                call,
            )
        if node.kind == "flow.output" and (node.frame is not None or node.settings.idle):
            reasons.add(
                "expand_output",
                f"The output {name} of the called blueprint is in a frame, or switched off. Draw "
                "it outside, behind the frame, and publish.",
                call,
            )
        if node.settings.compensate:
            reasons.add(
                "expand_compensation",
                f"{name} of the called blueprint can be undone, which ends with a run of its own; "
                "here it would be undone whenever this run fails later.",
                call,
            )
        for mention, _ in read_by(called, types, name):
            if mention.name == "run" and (mention.key != "inputs" or mention.rest is not None):
                reasons.add(
                    "expand_reads_run",
                    f"{name} of the called blueprint reads {mention.text}, which would be that of "
                    "the run of this blueprint.",
                    call,
                )
            if mention.name == "nodes" and mention.key is None:
                reasons.add(
                    "expand_computed_read",
                    f"{name} of the called blueprint reads {mention.text!r} without saying of "
                    'which node. Name the node there: nodes["…"].',
                    call,
                )
    _check_settings(document, called, call, reasons)
    _check_vars(document, call, called, types, reasons)


def _check_settings(document: Document, called: Document, call: str, reasons: Reasons) -> None:
    own = called.settings
    told = {
        "timeout": own.timeout is not None,
        "concurrency": own.concurrency is not None,
        "error_blueprint": bool(own.error_blueprint),
        "queue": own.queue.limited,
        "on_failure": own.on_failure != document.settings.on_failure or own.on_failure == "finish",
    }
    for name, differs in told.items():
        if differs:
            reasons.add(
                "expand_settings",
                f"The called blueprint has the setting {name!r}, which holds for its whole run and "
                "would hold here for nothing.",
                call,
            )


def _check_vars(
    document: Document, call: str, called: Document, types: Types, reasons: Reasons
) -> None:
    """Note variables that would be others: those of the operator stand behind a blueprint's own."""

    def read(it: Document) -> set[str | None]:
        return {
            mention.key
            for name in it.nodes
            for mention, _ in read_by(it, types, name)
            if mention.name == "vars"
        }

    operators = object()
    here, there = read(document), read(called)
    for name in sorted({*called.vars, *filter(None, there)}):
        inner = called.vars.get(name, operators)
        outer = document.vars.get(name, operators)
        added = outer is operators and name not in here and None not in here
        if inner != outer and not (inner is not operators and added):
            reasons.add(
                "expand_vars",
                f"The variable {name!r} has another value in the called blueprint than here. Give "
                "it another name in one of them.",
                call,
            )
    if None in there and document.vars != called.vars:
        reasons.add(
            "expand_vars",
            "The called blueprint reads all its variables at once, which are others here.",
            call,
        )


def check_starts(
    document: Document, call: str, called: Document, types: Types, reasons: Reasons
) -> None:
    """Note nodes that no edge leads to: they never run where a trigger starts the run."""
    frame = document.nodes[call].frame
    triggers = any(
        (typed := types.get(node.kind)) and typed.spec.trigger for node in document.nodes.values()
    )
    if frame is None and triggers:
        return
    fed = {edge.target for edge in called.edges}
    for name, node in called.nodes.items():
        if name not in fed and node.frame is None and node.kind != "trigger.manual":
            reasons.add(
                "expand_starts",
                f"No edge leads to {name} of the called blueprint, so that it never runs there, "
                "but here it would. Take it out there, and publish.",
                call,
            )


def check_again(
    document: Document, call: str, called: Document, types: Types, reasons: Reasons
) -> None:
    """Note what would mix the values of several calls, where there may be several in a run."""
    if not Ways(document, types, document.nodes[call].frame).often(call):
        return
    for name in called.nodes:
        typed = types[called.nodes[name].kind]
        ports = {edge.input for edge in called.edges if edge.target == name}
        reads = [it for it, _ in read_by(called, types, name)]
        if len(ports) > 1 or any(port.multiple for port in typed.spec.inputs):
            what = "waits for several values"
        elif any(it.name == "nodes" or (it.name, it.key) == ("run", "inputs") for it in reads):
            what = "reads values of other nodes by their names"
        else:
            continue
        reasons.add(
            "expand_often",
            f"{call} may run more than once in a run, and {name} of the called blueprint {what}: "
            "each call is a run of its own, but here the values of several would mix.",
            call,
        )
