"""What validation says of drawings, and where."""

from __future__ import annotations

from typing import Any

import pytest

from runner.engine.expressions import check
from runner.graph import DocumentInvalid, Problem, compile, load, validate
from runner.nodes import node_types


def problems(nodes: dict[str, Any], *edges: str) -> dict[str, Problem]:
    document = load({"nodes": nodes, "edges": list(edges)})
    return {problem.code: problem for problem in validate(document, node_types(), check)}


def test_a_sound_drawing_has_no_problems() -> None:
    nodes = {"start": {"kind": "trigger.manual"}, "end": {"kind": "flow.output"}}
    assert problems(nodes, "start.out -> end.in") == {}


def test_an_unknown_kind_is_kept_and_told_with_a_suggestion() -> None:
    found = problems({"a": {"kind": "http.requst"}})
    assert found["unknown_kind"].node == "a"
    assert "'http.request'" in found["unknown_kind"].message


def test_parameters_are_told_by_name() -> None:
    found = problems(
        {
            "a": {"kind": "flow.wait", "parameters": {"seconds": "soon"}},
            "b": {"kind": "flow.if"},
            "c": {"kind": "data.set", "parameters": {"feilds": {}}},
        }
    )
    assert (found["bad_parameter"].node, found["bad_parameter"].parameter) == ("a", "seconds")
    assert (found["missing_parameter"].node, found["missing_parameter"].parameter) == (
        "b",
        "condition",
    )
    assert "'fields'" in found["unknown_parameter"].message


@pytest.mark.parametrize(
    ("kind", "parameter", "given", "computed"),
    [
        ("file.read", "path", "../../etc/passwd", "{{ input.path }}"),
        ("file.write", "path", "/etc/passwd", "{{ input.path }}"),
        ("http.request", "url", "example.com/orders", "{{ vars.site }}/orders"),
        ("frame.each", "list", "5, 6", "{{ input.orders }}"),
    ],
)
def test_what_could_never_work_is_told_before_a_run(
    kind: str, parameter: str, given: str, computed: str
) -> None:
    found = problems({"a": {"kind": kind, "parameters": {parameter: given}}})["bad_parameter"]
    assert (found.node, found.parameter) == ("a", parameter)
    assert "bad_parameter" not in problems(
        {"a": {"kind": kind, "parameters": {parameter: computed}}}
    )


def test_each_moment_is_judged_also_where_its_zone_is_wrong() -> None:
    wrong = {"time_zone": "Mars/Olympus", "begin": "tomorrow", "end": "31.12.2027"}
    schedule = {"kind": "trigger.schedule", "parameters": {"cron": "0 9 * * *", **wrong}}
    document = load({"nodes": {"a": schedule}, "edges": []})
    found = validate(document, node_types(), check)
    assert {problem.parameter for problem in found} == set(wrong)


def test_an_expression_is_not_judged_by_its_text_but_by_its_grammar() -> None:
    fine = {"kind": "flow.wait", "parameters": {"seconds": "{{ input.pause }}"}}
    assert problems({"a": fine}) == {}
    rows = {"fields": {"good": 1, "bad": [{"at": "{{ input. }}"}]}}
    found = problems({"a": {"kind": "data.set", "parameters": rows}})["bad_expression"]
    assert (found.parameter, found.place) == ("fields", ("bad", 0, "at"))
    assert found.message.startswith("The expression in 'fields.bad[0].at' cannot be read")
    cases = {"value": "{{ input }}", "cases": [{"name": "one", "value": 1}, {"name": 5}]}
    found = problems({"a": {"kind": "flow.switch", "parameters": cases}})["bad_parameter"]
    assert (found.parameter, found.place) == ("cases", (1, "name"))
    broken = {"kind": "flow.wait", "parameters": {"seconds": "{{ input. }}"}}
    found = problems({"a": broken})["bad_expression"]
    assert (found.node, found.parameter) == ("a", "seconds")


@pytest.mark.parametrize("people", [{}, {"users": []}, {"users": [], "groups": []}])
def test_an_approval_that_asks_nobody_is_told(people: dict[str, Any]) -> None:
    parameters = {"title": "{{ input.title }}", "value": "{{ input }}", **people}
    node = {"kind": "flow.approval", "parameters": parameters}
    found = problems({"a": node})["missing_parameter"]
    assert (found.node, found.parameter, found.severity) == ("a", "users", "error")
    assert found.message == "One of the parameters 'users' or 'groups' must be set."
    off = problems({"a": {**node, "settings": {"disabled": True}}})["missing_parameter"]
    assert off.severity == "warning"


@pytest.mark.parametrize(
    "people", [{"users": ["anna"]}, {"groups": ["till"]}, {"users": "{{ input }}", "groups": []}]
)
def test_an_approval_may_ask_whom_an_expression_names(people: dict[str, Any]) -> None:
    node = {"kind": "flow.approval", "parameters": {"title": "Refund?", **people}}
    assert problems({"a": node}) == {}
    promoted = {"kind": "flow.approval", "promoted": ["groups"], "parameters": {"title": "Refund?"}}
    assert "missing_parameter" not in problems({"a": promoted})


BARE = [
    ("data.filter", "condition"),
    ("data.sort", "by"),
    ("data.aggregate", "group_by"),
    ("frame.repeat", "until"),
]


@pytest.mark.parametrize(("kind", "parameter"), BARE)
@pytest.mark.parametrize("text", ["input +", "{{ input + }}", " item. "])
def test_an_expression_without_braces_is_judged_too(kind: str, parameter: str, text: str) -> None:
    found = problems({"a": {"kind": kind, "parameters": {parameter: text}}})["bad_expression"]
    assert (found.node, found.parameter) == ("a", parameter)


@pytest.mark.parametrize(("kind", "parameter"), BARE)
@pytest.mark.parametrize("text", ["input + 1", "{{ index > 1 }}", "'{{' in input"])
def test_one_that_can_be_read_is_fine_with_braces_or_not(
    kind: str, parameter: str, text: str
) -> None:
    assert "bad_expression" not in problems({"a": {"kind": kind, "parameters": {parameter: text}}})


def test_an_expression_that_may_be_left_out_may_be_empty() -> None:
    for kind, parameter in BARE[2:]:
        node = {"kind": kind, "parameters": {parameter: " "}}
        assert "bad_expression" not in problems({"a": node})
    # These are texts, of which only what is in braces is read.
    mapped = {"kind": "data.map", "parameters": {"fields": {"a": "input +", "b": "{{ item.a }}"}}}
    assert "bad_expression" not in problems({"a": mapped})


def test_edges_are_told_with_their_ends() -> None:
    nodes = {
        "a": {"kind": "csv.write"},
        "b": {"kind": "csv.parse"},
        "t": {"kind": "trigger.manual"},
        "s": {"kind": "data.sort"},
    }
    found = problems(
        nodes, "t.out -> a.in", "s.out -> b.in", "a.nothing -> b.in", "x.out -> b.in",
        "b.out -> t.in", "t.out -> a.in", "a.error -> s.in",
    )  # fmt: skip
    assert found["type_mismatch"].edge == "s.out -> b.in"
    assert "gives list" in found["type_mismatch"].message
    assert found["unknown_node"].edge == "x.out -> b.in"
    assert found["trigger_input"].node == "t"
    assert found["duplicate_edge"].edge == "t.out -> a.in"
    assert "route" in found["unknown_port"].message


def test_a_required_input_without_an_edge_is_told() -> None:
    found = problems({"j": {"kind": "flow.join"}})
    assert (found["missing_input"].node, found["missing_input"].port) == ("j", "in")


def test_a_promoted_parameter_needs_an_edge_or_a_value_where_it_is_required() -> None:
    node: dict[str, Any] = {"kind": "data.set", "promoted": ["fields"]}
    assert "missing_input" not in problems({"a": node})
    required = {"kind": "flow.if", "promoted": ["condition"]}
    told = problems({"a": required})["missing_input"]
    assert (told.node, told.port, told.parameter) == ("a", "condition", "condition")
    assert "needs an edge, or the parameter a value" in told.message
    assert "missing_input" not in problems({"a": {**required, "parameters": {"condition": True}}})


def test_a_loop_without_a_way_out_is_an_error_and_with_one_is_not() -> None:
    endless = {"a": {"kind": "data.set"}, "b": {"kind": "data.set"}}
    assert "endless_loop" in problems(endless, "a.out -> b.in", "b.out -> a.in")
    way_out = {
        "a": {"kind": "data.set"},
        "b": {"kind": "flow.if", "parameters": {"condition": "{{ true }}"}},
    }
    found = problems(way_out, "a.out -> b.in", "b.true -> a.in")
    assert "endless_loop" not in found


@pytest.mark.parametrize(("wait_for", "ends"), [("all", False), ("first", False), ("n", True)])
def test_a_join_that_goes_on_with_what_can_come_does_not_end_a_loop(
    wait_for: str, ends: bool
) -> None:
    nodes = {
        "t": {"kind": "trigger.manual"},
        "j": {"kind": "flow.join", "parameters": {"wait_for": wait_for, "count": 2}},
        "b": {"kind": "data.set"},
    }
    found = problems(nodes, "t.out -> j.in", "j.out -> b.in", "b.out -> j.in")
    assert ("endless_loop" not in found) is ends


def test_a_join_that_is_to_wait_for_more_than_can_come_is_a_warning() -> None:
    def found(**parameters: Any) -> dict[str, Problem]:
        nodes = {
            "t": {"kind": "trigger.manual"},
            "a": {"kind": "data.set"},
            "j": {"kind": "flow.join", "parameters": parameters},
        }
        return problems(nodes, "t.out -> a.in", "t.out -> j.in", "a.out -> j.in")

    short = found(wait_for="n", count=3)["too_few_edges"]
    assert (short.node, short.parameter, short.severity) == ("j", "count", "warning")
    assert "lower its 'count' to 2" in short.message
    assert "too_few_edges" not in found(wait_for="n", count=2)
    assert "too_few_edges" not in found(wait_for="first", count=3)


@pytest.mark.parametrize(
    ("kind", "parameter"),
    [
        ("flow.join", "wait_for"),
        ("flow.join", "count"),
        ("flow.join", "late"),
        ("flow.output", "name"),
        ("flow.stop", "name"),
        ("flow.switch", "cases"),
        ("blueprint.call", "outputs"),
    ],
)
def test_what_the_drawing_depends_on_is_not_computed(kind: str, parameter: str) -> None:
    for node in (
        {"kind": kind, "parameters": {parameter: "{{ input.n }}"}},
        {"kind": kind, "promoted": [parameter]},
    ):
        found = problems({"n": node})["computed_parameter"]
        assert (found.node, found.parameter, found.severity) == ("n", parameter, "error")


def test_the_value_of_a_case_may_be_computed() -> None:
    cases = [{"name": "big", "value": "{{ vars.big }}"}]
    node = {"kind": "flow.switch", "parameters": {"value": "{{ input }}", "cases": cases}}
    assert "computed_parameter" not in problems({"n": node})


def test_what_no_trigger_leads_to_is_a_warning() -> None:
    found = problems({"t": {"kind": "trigger.manual"}, "a": {"kind": "data.set"}})
    assert found["unreachable"].severity == "warning"
    assert found["unreachable"].node == "a"


def test_two_outputs_of_one_name_are_told() -> None:
    output = {"kind": "flow.output", "parameters": {"name": "x"}}
    assert problems({"a": output, "b": output})["duplicate_output"].node == "b"


def test_compiling_refuses_errors_but_not_warnings() -> None:
    with pytest.raises(DocumentInvalid):
        compile(load({"nodes": {"a": {"kind": "no.such"}}, "edges": []}), node_types())
    warned = {"t": {"kind": "trigger.manual"}, "a": {"kind": "data.set"}}
    assert compile(load({"nodes": warned, "edges": []}), node_types()).triggers == (0,)


def test_the_name_of_an_output_may_be_garbage_without_harm() -> None:
    for name in ([1], {"a": 1}, 7):
        assert "bad_parameter" in problems(
            {"o": {"kind": "flow.output", "parameters": {"name": name}}}
        )


@pytest.mark.parametrize("kind", node_types())
@pytest.mark.parametrize("value", [None, True, 1e300, "{{", "x", [], [[]], {}, {"": {}}])
def test_no_parameter_of_any_kind_breaks_validation(kind: str, value: Any) -> None:
    for field in node_types()[kind].spec.parameters.model_fields:
        for promoted in ([], [field, field, "nope", "in"]):
            node = {"kind": kind, "parameters": {field: value}, "promoted": promoted}
            problems({"n": node}, "n.out -> n.in", f"n.error -> n.{field}", "n.nope -> x.in")


def test_a_loop_of_its_own_node_is_told_and_a_disabled_node_breaks_it() -> None:
    assert "endless_loop" in problems({"a": {"kind": "data.set"}}, "a.out -> a.in")
    off = {"kind": "data.set", "settings": {"disabled": True}}
    assert "endless_loop" not in problems({"a": off}, "a.out -> a.in")


def test_a_bypassed_choice_that_leads_back_cannot_end_its_loop() -> None:
    def nodes(**settings: bool) -> dict[str, dict[str, Any]]:
        check = {"kind": "flow.if", "parameters": {"condition": "{{ input }}"}}
        return {"a": {"kind": "data.set"}, "b": {**check, "settings": settings}}

    loop = ("a.out -> b.in", "b.true -> a.in")
    assert "endless_loop" not in problems(nodes(), *loop)
    assert "endless_loop" in problems(nodes(bypass=True), *loop)


def test_a_bypass_needs_an_input_and_types_that_agree() -> None:
    def by(kind: str) -> dict[str, Any]:
        return {"kind": kind, "settings": {"bypass": True}}

    assert problems({"t": by("trigger.manual")})["bypass_without_input"].node == "t"
    nodes = {"t": {"kind": "trigger.manual"}, "w": by("csv.write"), "s": {"kind": "data.set"}}
    found = problems(nodes, "t.out -> w.in", "w.out -> s.in")["bypass_type"]
    assert (found.node, found.port, found.severity) == ("w", "out", "warning")
    assert "bypass_type" not in problems(nodes, "t.out -> w.in")


def test_an_error_port_that_leads_out_of_a_loop_is_a_way_out() -> None:
    nodes = {
        "a": {"kind": "data.set", "settings": {"on_error": "route"}},
        "b": {"kind": "data.set"},
    }
    loop = ("a.out -> a.in",)
    assert "endless_loop" in problems(nodes, *loop)
    assert "endless_loop" not in problems(nodes, *loop, "a.error -> b.in")


def test_what_a_disabled_node_lacks_is_only_a_warning() -> None:
    off = {"kind": "flow.if", "settings": {"disabled": True}}
    assert problems({"a": off})["missing_parameter"].severity == "warning"


def test_no_edge_may_end_at_a_trigger_also_where_it_has_a_promoted_parameter() -> None:
    nodes = {
        "t": {"kind": "trigger.manual"},
        "w": {"kind": "trigger.webhook", "promoted": ["body_limit"]},
    }
    assert "trigger_input" in problems(nodes, "t.out -> w.body_limit")


def test_an_input_is_declared_with_a_type_of_json_schema() -> None:
    document = load({"inputs": {"n": {"type": "text"}, "m": {"type": ["number", "null"]}}})
    found = validate(document, node_types(), check)
    assert [problem.code for problem in found] == ["bad_input"]
    assert "'n'" in found[0].message


def test_a_flood_of_problems_is_cut_but_never_its_errors() -> None:
    nodes = {f"n{i}": {"kind": "data.set"} for i in range(3000)}
    nodes["t"] = {"kind": "trigger.manual"}
    document = load({"nodes": nodes, "edges": [f"n{i}.out -> nodes{i}.in" for i in range(3000)]})
    found = validate(document, node_types(), check)
    assert {problem.severity for problem in found} == {"error"}
    assert len(found) == 1000
    warned = validate(load({"nodes": nodes, "edges": ["t.out -> nowhere.in"]}), node_types(), check)
    assert warned[0].code == "unknown_node"
    assert {problem.code for problem in warned[1:]} == {"unreachable"}
