"""What is wrong with a document: every problem at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from runner.graph.bypass import bypass_problems
from runner.graph.cases import case_problems
from runner.graph.compensation import COMPENSATE_PORT, compensation_problems
from runner.graph.document import Document, Edge, Node
from runner.graph.frames import frame_problems
from runner.graph.labelled import label_problems
from runner.graph.literals import DRAWN, literal_problems
from runner.graph.pins import pin_problems
from runner.graph.plan import ExpressionCheck, Typed, Types, input_ports, output_ports
from runner.graph.ports import Port
from runner.graph.problems import Problem
from runner.graph.queueing import queue_problems
from runner.graph.shape import shape_problems
from runner.graph.spread import spread_problems
from runner.graph.texts import template_of, texts_at
from runner.graph.wording import did_you_mean, place_text, shown, wrongs

# Nobody reads more, and a garbage document could have any number.
MOST_PROBLEMS = 1000
MOST_SUGGESTIONS = 20
# How alike two names are of which one may have been meant: `flow.delay` and `flow.wait` are.
SCHEMA_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")


def validate(
    document: Document, types: Types, check_expression: ExpressionCheck | None = None
) -> list[Problem]:
    """Return the document's problems, errors first; without errors it can be compiled and run.

    `check_expression` says of an expression's text what is wrong with it, or None.
    """
    errors: list[Problem] = []
    warnings: list[Problem] = []
    for problem in _problems(document, types, check_expression):
        milder = _mild(document, problem)
        (errors if milder.severity == "error" else warnings).append(milder)
        if len(errors) == MOST_PROBLEMS:
            break
    return errors + warnings[:MOST_PROBLEMS]


def _problems(
    document: Document, types: Types, check_expression: ExpressionCheck | None
) -> Iterator[Problem]:
    yield from _inputs(document)
    for name, node in document.nodes.items():
        typed = types.get(node.kind)
        if typed is None:
            yield Problem(
                "unknown_kind",
                f"There is no node type {node.kind!r}.{did_you_mean(node.kind, types)} "
                "It is kept, but cannot run.",
                node=name,
            )
        else:
            yield from _parameters(name, node, typed, check_expression)
            yield from _each(name, node, typed, check_expression)
    yield from literal_problems(document, types)
    yield from _edges(document, types)
    yield from _required_inputs(document, types)
    yield from _outputs(document)
    yield from frame_problems(document, types)
    yield from spread_problems(document, types)
    yield from compensation_problems(document)
    yield from shape_problems(document, types)
    yield from pin_problems(document, types)
    yield from bypass_problems(document, types)
    yield from case_problems(document)
    yield from queue_problems(document, check_expression)
    yield from label_problems(document)


def _inputs(document: Document) -> Iterator[Problem]:
    for name, schema in document.inputs.items():
        kinds = schema.get("type", [])
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if kind not in SCHEMA_TYPES:
                yield Problem(
                    "bad_input",
                    f"The input {name!r} has the type {shown(kind)}; JSON Schema has "
                    f"{', '.join(SCHEMA_TYPES)}.",
                )


def _mild(document: Document, problem: Problem) -> Problem:
    """Make what a node lacks that is not run a warning, since it does nothing."""
    node = document.nodes.get(problem.node or "")
    lacking = {"missing_parameter", "bad_parameter", "bad_expression", "missing_input"}
    if node is not None and node.settings.idle and problem.code in lacking:
        return replace(problem, severity="warning")
    return problem


def is_expression(value: Any) -> bool:
    """Say whether a parameter's value holds an expression anywhere."""
    if isinstance(value, str):
        return "{{" in value
    if isinstance(value, Mapping):
        return any(is_expression(item) for pair in value.items() for item in pair)
    return isinstance(value, list) and any(is_expression(item) for item in value)


def evaluated_per_item(model: type[BaseModel], parameter: str) -> bool:
    """Say whether the node itself evaluates this parameter, for each item."""
    return _extra(model, parameter).get("evaluate") == "item"


def _extra(model: type[BaseModel], parameter: str) -> Mapping[str, Any]:
    found = model.model_fields.get(parameter)
    extra = found.json_schema_extra if found is not None else None
    return extra if isinstance(extra, dict) else {}


def _expressions(
    model: type[BaseModel], parameter: str, value: Any
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the texts of a parameter that hold expressions, as they will be read, and where."""
    bare = (
        evaluated_per_item(model, parameter)
        and _extra(model, parameter).get("widget") == "expression"
    )
    if bare and isinstance(value, str):
        # Where nothing is what stands there anyway, it need not be written.
        if value.strip() or model.model_fields[parameter].default != "":
            yield (), template_of(value)
        return
    for place, text in texts_at(value):
        if "{{" in text:
            yield place, text


def _parameters(
    name: str, node: Node, typed: Typed, check_expression: ExpressionCheck | None
) -> Iterator[Problem]:
    model = typed.spec.parameters
    fields = {field.alias or key: key for key, field in model.model_fields.items()}
    for parameter in node.promoted:
        if parameter not in fields:
            yield Problem(
                "unknown_parameter",
                f"{parameter!r} is promoted to a port, but {node.kind} has no such parameter."
                + did_you_mean(parameter, fields),
                node=name,
                parameter=parameter,
            )
    for parameter, value in node.parameters.items():
        if parameter not in fields:
            yield Problem(
                "unknown_parameter",
                f"{node.kind} has no parameter {parameter!r}.{did_you_mean(parameter, fields)} "
                f"It has: {', '.join(fields) or 'none'}.",
                node=name,
                parameter=parameter,
            )
            continue
        if check_expression is None:
            continue
        for place, text in _expressions(model, fields[parameter], value):
            wrong = check_expression(text)
            if wrong:
                told = place_text((parameter, *place))
                yield Problem(
                    "bad_expression",
                    f"The expression in {told!r} cannot be read: {wrong}",
                    node=name,
                    parameter=parameter,
                    place=place or None,
                )
    yield from _values(name, node, model, fields)
    yield from _one_of(name, node, model)


def _one_of(name: str, node: Node, model: type[BaseModel]) -> Iterator[Problem]:
    """Check that of parameters of which one is needed, as a model can say, not all are empty.

    A validator of the model could not tell one that an expression will give from one left out.
    """
    wanted: tuple[str, ...] = getattr(model, "needs_one_of", ())
    if wanted and not any(node.parameters.get(it) or it in node.promoted for it in wanted):
        names = " or ".join(repr(it) for it in wanted)
        sentence = f"One of the parameters {names} must be set."
        yield Problem("missing_parameter", sentence, node=name, parameter=wanted[0])


def _each(
    name: str, node: Node, typed: Typed, check_expression: ExpressionCheck | None
) -> Iterator[Problem]:
    each = node.settings.mapped
    if each is None:
        return
    if each.list is not None and check_expression is not None:
        wrong = check_expression(each.list)
        if wrong or "{{" not in each.list:
            yield Problem(
                "bad_expression",
                f"The list of 'each' cannot be read: {wrong or 'it holds no expression'}. "
                "Write it as '{{ input.orders }}'.",
                node=name,
            )
    inputs = input_ports(typed.spec, node)
    if not inputs:
        yield Problem(
            "each_without_input",
            f"{name} ({node.kind}) has no input at which a list could come; switch 'each' off.",
            node=name,
        )
    elif inputs[0].multiple:
        yield Problem(
            "each_on_join",
            f"{name} ({node.kind}) waits for several edges, so it cannot run for each item of a "
            "list; switch 'each' on at the node behind it.",
            node=name,
        )


def _values(
    name: str, node: Node, model: type[BaseModel], fields: Mapping[str, str]
) -> Iterator[Problem]:
    """Check the literal values; what an expression will give is checked when it has."""
    dynamic = {key for key, value in node.parameters.items() if is_expression(value)}
    literal = {
        key: value
        for key, value in node.parameters.items()
        if key in fields and key not in dynamic and key not in node.promoted
    }
    try:
        model.model_validate(literal, context=DRAWN)
    except ValidationError as error:
        for found in wrongs(error, literal):
            parameter = str(found.path[0]) if found.path else None
            # What compares several parameters can only be judged when all are known.
            unknown = parameter is None and (dynamic or node.promoted)
            if unknown or parameter in dynamic or parameter in node.promoted:
                continue
            if found.kind == "missing" and len(found.path) == 1:
                code, sentence = "missing_parameter", f"The parameter {parameter!r} must be set."
            else:
                code = "bad_parameter"
                told = f"The parameter {found.place!r}" if found.path else "What is set"
                sentence = f"{told} is wrong: {found.sentence}."
            yield Problem(
                code, sentence, node=name, parameter=parameter, place=found.path[1:] or None
            )


def _ports(document: Document, types: Types) -> dict[str, tuple[dict[str, Port], dict[str, Port]]]:
    """Return the input and output ports, by name, of each node whose kind is known."""
    known = {}
    for name, node in document.nodes.items():
        if typed := types.get(node.kind):
            known[name] = (
                {
                    port.name: port
                    for port in (
                        *input_ports(typed.spec, node),
                        *typed.spec.ends,
                        *typed.spec.controls,
                    )
                },
                {
                    port.name: port
                    for port in (
                        *output_ports(typed.spec, node.parameters, node.settings),
                        *typed.spec.begins,
                        *((COMPENSATE_PORT,) if node.settings.compensate else ()),
                    )
                },
            )
    return known


def _edges(document: Document, types: Types) -> Iterator[Problem]:
    ports = _ports(document, types)
    seen: set[Edge] = set()
    unknown: set[str] = set()
    for edge in document.edges:
        text = str(edge)
        if edge in seen:
            yield Problem(
                "duplicate_edge", f"The edge {text} is drawn twice; remove one.", edge=text
            )
        seen.add(edge)
        ends: list[Port | None] = []
        for node, port, side, word in (
            (edge.source, edge.output, 1, "output"),
            (edge.target, edge.input, 0, "input"),
        ):
            if node not in document.nodes:
                unknown.add(node)
                few = len(unknown) <= MOST_SUGGESTIONS
                suggestion = did_you_mean(node, document.nodes) if few else ""
                yield Problem(
                    "unknown_node",
                    f"The edge {text} names the node {node!r}, which does not exist.{suggestion}",
                    edge=text,
                )
                ends.append(None)
                continue
            # The ports of an unknown kind are unknown too; that problem is told already.
            found = ports[node][side].get(port) if node in ports else None
            if word == "input" and node in ports and types[document.nodes[node].kind].spec.trigger:
                yield Problem(
                    "trigger_input",
                    f"{node} ({document.nodes[node].kind}) starts runs, so no edge may end there.",
                    node=node,
                    port=port,
                    edge=text,
                )
                ends.append(None)
                continue
            if found is None and node in ports:
                yield _no_port(edge, node, port, word, ports[node][side])
            ends.append(found)
        source, target = ends
        if source and target and not target.type.accepts(source.type):
            yield Problem(
                "type_mismatch",
                f"{edge.source}.{edge.output} gives {source.type.value}, but "
                f"{edge.target}.{edge.input} takes {target.type.value}.",
                edge.target,
                edge.input,
                edge=text,
            )


def _no_port(edge: Edge, node: str, port: str, word: str, known: Mapping[str, Port]) -> Problem:
    hint = did_you_mean(port, known) or f" It has: {', '.join(known) or 'none'}."
    if port == "error" and word == "output":
        hint = " Set its 'on_error' to 'route' to get one."
    return Problem(
        "unknown_port",
        f"{node} has no {word} port {port!r}.{hint}",
        node=node,
        port=port,
        edge=str(edge),
    )


def _required_inputs(document: Document, types: Types) -> Iterator[Problem]:
    connected = {(edge.target, edge.input) for edge in document.edges}
    for name, node in document.nodes.items():
        typed = types.get(node.kind)
        for port in input_ports(typed.spec, node) if typed else ():
            if not port.required or (name, port.name) in connected:
                continue
            parameter = port.name if port.name in node.promoted else None
            sentence = f"The input {port.name!r} of {name} needs an edge."
            if parameter is not None:
                sentence = (
                    f"{sentence[:-1]}, or the parameter a value: it is promoted, and required."
                )
            yield Problem("missing_input", sentence, name, port.name, parameter)


def _outputs(document: Document) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, node in document.nodes.items():
        if node.kind != "flow.output":
            continue
        output = node.parameters.get("name") or name
        if not isinstance(output, str) or is_expression(output):
            continue
        if output in seen:
            yield Problem(
                "duplicate_output",
                f"{name} and {seen[output]} both give the output {output!r}; rename one.",
                node=name,
                parameter="name",
            )
        seen.setdefault(output, name)
