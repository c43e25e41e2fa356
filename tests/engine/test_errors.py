"""What a failing step does to its run: rule 8, time limits, bad outputs and parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runner.engine import Result, run
from runner.engine.attempts import delay_before_retry, wants_retry
from runner.engine.work import Failure
from runner.graph.document import Retry
from tests.engine.builder import plan


def failing(kind: str = "fail", parameters: Any = None, **settings: Any) -> dict[str, Any]:
    return {"kind": kind, "parameters": parameters or {}, "settings": settings}


def one(result: Result, kind: str, step: str) -> dict[str, Any]:
    return next(e.data for e in result.events if e.type == kind and e.step == step)


async def test_a_failing_step_fails_the_run() -> None:
    result = await run(plan({"f": failing(), "after": "pass"}, "f.out -> after"))
    assert result.status == "failed"
    assert result.error is not None
    assert (result.error["code"], result.error["message"]) == ("node_failed", "no luck")
    assert (result.error["step"], result.error["node"]) == ("f", "f")
    assert one(result, "step.skipped", "after")


async def test_the_error_port_emits_what_went_wrong() -> None:
    drawn = plan({"f": failing(on_error="route"), "o": "flow.output"}, "f.error -> o")
    result = await run(drawn)
    assert result.status == "succeeded"
    assert result.outputs["o"] == {
        "code": "node_failed", "message": "no luck", "kind": "error",
        "data": {"status": 503}, "node": "f",
    }  # fmt: skip


async def test_a_failure_that_is_routed_to_nobody_emits_nothing_at_the_other_ports() -> None:
    drawn = plan({"f": failing(on_error="route"), "a": "pass"}, "f.out -> a")
    result = await run(drawn)
    assert result.status == "succeeded"
    assert one(result, "step.skipped", "a")


async def test_continue_emits_null() -> None:
    drawn = plan({"f": failing(on_error="continue"), "o": "flow.output"}, "f.out -> o")
    assert (await run(drawn)).outputs == {"o": None}


@pytest.mark.parametrize(("setting", "steps"), [("cancel", ["a"]), ("finish", ["a", "b", "c"])])
async def test_an_uncaught_failure_cancels_or_lets_the_others_finish(
    setting: str, steps: list[str]
) -> None:
    drawn = plan(
        {"a": "pass", "f": failing(), "b": "async", "c": "pass"},
        "b.out -> c", settings={"on_failure": setting},
    )  # fmt: skip
    result = await run(drawn)
    assert result.status == "failed"
    assert [e.step for e in result.events if e.type == "step.succeeded"] == steps


async def test_what_runs_is_cancelled_when_the_run_fails() -> None:
    drawn = plan({"h": "hang", "a": "async", "f": failing()}, "a.out -> f")
    result = await run(drawn)
    assert result.status == "failed"
    assert "no luck" in one(result, "step.cancelled", "h")["reason"]


async def test_a_step_is_tried_again_until_it_succeeds() -> None:
    drawn = plan({"f": failing(parameters={"until": 3}, retry={"attempts": 5, "delay": 0})})
    result = await run(drawn)
    assert result.outputs == {"f": "attempt 3"}
    assert [e.data["attempt"] for e in result.events if e.type == "step.retrying"] == [1, 2]


@pytest.mark.parametrize(
    ("failure", "attempt", "again"),
    [
        (Failure("x", "", "timeout"), 1, True),
        (Failure("x", "", "timeout"), 3, False),
        (Failure("x", "", "http_4xx"), 1, False),
        (Failure("x", "", "timeout", permanent=True), 1, True),
    ],
)
def test_only_the_kinds_named_are_tried_again(failure: Failure, attempt: int, again: bool) -> None:
    assert wants_retry(Retry(attempts=3, kinds=["timeout"]), failure, attempt) is again


def test_back_off_is_exponential_with_full_jitter_and_a_bound() -> None:
    policy = Retry(attempts=9, delay=1, max_delay=8)
    for attempt, bound in ((1, 1), (2, 2), (3, 4), (4, 8), (9, 8)):
        delays = [delay_before_retry(policy, Failure("x", ""), attempt) for _ in range(200)]
        assert all(0 <= delay <= bound for delay in delays)
        assert max(delays) > bound * 0.8
        assert min(delays) < bound * 0.2


def test_what_the_other_side_asks_for_comes_before_back_off() -> None:
    assert delay_before_retry(Retry(delay=1), Failure("x", "", retry_after=17), 1) == 17
    policy, asked = Retry(max_delay=60), Failure("x", "", retry_after=3600)
    # Who comes sooner than it was asked to only uses up an attempt.
    assert delay_before_retry(policy, asked, 1) == 3600
    assert delay_before_retry(policy, replace(asked, retry_after=90_000), 1) == 86_400
    assert delay_before_retry(Retry(delay=2, backoff="fixed"), Failure("x", ""), 5) == 2


async def test_a_crash_is_shown_by_type_and_message_without_a_stack() -> None:
    result = await run(plan({"c": "crash"}))
    assert result.error is not None
    assert result.error["code"] == "node_crashed"
    assert result.error["message"] == "ZeroDivisionError: division by zero"
    assert "Traceback" not in str(result.events)


async def test_a_cancellation_that_nobody_asked_for_is_a_crash() -> None:
    result = await run(plan({"g": "gives-up"}))
    assert result.error is not None
    assert result.error["code"] == "node_crashed"


async def test_an_output_that_is_no_json_value_fails_the_node() -> None:
    result = await run(plan({"b": "bad"}))
    assert result.error is not None
    assert result.error["code"] == "bad_output"
    assert "a Python object" in result.error["message"]


async def test_a_parameter_that_is_wrong_after_evaluation_is_named() -> None:
    drawn = plan({"n": {"kind": "number", "parameters": {"value": "{{ input }}"}}})
    result = await run(drawn, "many")
    assert result.error is not None
    assert result.error["code"] == "parameter_invalid"
    assert "'value'" in result.error["message"]


async def test_an_expression_that_fails_fails_its_step() -> None:
    drawn = plan({"n": {"kind": "set", "parameters": {"value": "{{ nodes['x'] }}"}}})
    result = await run(drawn)
    assert result.error is not None
    assert result.error["code"] == "expression_error"


async def test_a_promoted_parameter_comes_from_its_port() -> None:
    drawn = plan(
        {"m": "trigger.manual", "n": {"kind": "number", "promoted": ["value"]}}, "m.out -> n.value"
    )
    assert (await run(drawn, 5)).outputs == {"n": 5}


async def test_a_step_that_takes_too_long_fails_with_a_timeout() -> None:
    result = await run(plan({"h": failing("hang", timeout=0.01)}))
    assert result.error is not None
    assert (result.error["code"], result.error["kind"]) == ("timeout", "timeout")


async def test_a_run_that_takes_too_long_fails() -> None:
    result = await run(plan({"h": "hang"}, settings={"timeout": 0.01}))
    assert result.status == "failed"
    assert result.error is not None
    assert result.error["code"] == "run_timeout"
    assert one(result, "step.cancelled", "h")
