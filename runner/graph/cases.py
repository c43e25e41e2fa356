"""The test cases that a blueprint carries, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runner.graph.exact import Number
from runner.graph.problems import Problem

if TYPE_CHECKING:
    from runner.graph.document import Document

MOST_CASES = 100


class Part(BaseModel):
    """A part of a test case; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ExpectedError(Part):
    """What the run's error must be, as far as it is said; `message` is a part of the message."""

    code: str | None = None
    kind: str | None = None
    message: str | None = None
    step: str | None = None


class Expect(Part):
    """How a run must end, as far as it is said.

    Of `outputs` only those named are compared, each as a whole. `ran` and
    `not_ran` name nodes.
    """

    status: Literal["succeeded", "failed", "cancelled"] = "succeeded"
    outputs: dict[str, Any] = Field(default_factory=dict)
    ran: list[str] = Field(default_factory=list)
    not_ran: list[str] = Field(default_factory=list)
    error: ExpectedError | None = None


class TestCase(Part):
    """A run in memory and how it must end.

    `external` names nodes that may really do what they do outside; those with
    the effect `external` that are neither mocked nor named here are refused.
    `timeout` is seconds.
    """

    __test__ = False  # pytest takes classes of such names for its own

    name: str = Field(min_length=1, max_length=200)
    inputs: dict[str, Any] = Field(default_factory=dict)
    trigger: str | None = None
    mocks: dict[str, dict[str, Any]] = Field(default_factory=dict)
    external: list[str] = Field(default_factory=list)
    timeout: Number = Field(default=10, gt=0, le=60, allow_inf_nan=False)
    expect: Expect = Expect()


def case_problems(document: Document) -> Iterator[Problem]:
    """Yield warnings of cases that name nodes that are none, or have one name twice."""
    names: set[str] = set()
    for case in document.tests:
        if case.name in names:
            said = f"Two tests are named {case.name!r}."
            yield Problem("duplicate_test", said, severity="warning")
        names.add(case.name)
        expect = case.expect
        named = [*case.mocks, *case.external, *expect.ran, *expect.not_ran]
        for node in dict.fromkeys([*named, *([case.trigger] if case.trigger else [])]):
            if node not in document.nodes:
                said = f"The test {case.name!r} names {node!r}, which is no node."
                yield Problem("unknown_node", said, severity="warning")
