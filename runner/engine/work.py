"""From what a node's code gives, or raises, to outputs and failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runner.engine.errors import EngineError, NodeError
from runner.engine.node import Outputs
from runner.engine.values import not_json, printable
from runner.graph.plan import PlanNode

if TYPE_CHECKING:
    from runner.engine.hiding import Hiding


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt failed, and whether another one makes sense."""

    code: str
    message: str
    kind: str = "error"
    permanent: bool = False
    retry_after: float | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the failure as events and the `error` port show it."""
        shown: dict[str, Any] = {"code": self.code, "message": self.message, "kind": self.kind}
        if self.data:
            shown["data"] = dict(self.data)
        return shown

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> Failure:
        """Return the failure that an event shows; it is not tried again."""
        data = shown.get("data") or {}
        return cls(shown["code"], shown["message"], shown["kind"], permanent=True, data=data)


class BadOutput(NodeError):
    """A node gave something that no token can carry."""

    code = "bad_output"


def outputs_of(node: PlanNode, inputs: Mapping[str, Any], given: Any) -> dict[str, Any]:
    """Return the values by output port that a node's result means. Raises BadOutput."""
    if type(given) is Outputs:
        outputs = dict(given)
        names = {port.name for port in node.outputs}
        for name in outputs:
            if name not in names:
                raise BadOutput(
                    f"{node.spec.kind} emitted at {name!r}, which is none of its ports.",
                    kind="bad_output",
                    permanent=True,
                )
    elif node.outputs:
        outputs = {node.outputs[0].name: given}
    else:
        outputs = {}
    for name, value in outputs.items():
        # What came in as a token has been looked at already.
        if not _came_in(value, inputs) and (wrong := not_json(value)):
            raise BadOutput(
                f"{node.spec.kind} emitted {wrong} at {name!r}; outputs are JSON values.",
                kind="bad_output",
                permanent=True,
            )
    return outputs


def _came_in(value: Any, inputs: Mapping[str, Any]) -> bool:
    # A generator in any() would cost three times as much.
    for known in inputs.values():  # noqa: SIM110
        if known is value:
            return True
    return False


def interrupted() -> Failure:
    """Return the failure of a step that a crash cut, and that may not be begun again."""
    return Failure(
        "interrupted",
        "Its worker stopped in the middle of the step, which is not repeated: the node says "
        "'at most once'. See whether it had its effect, then run again from this step or after it.",
        "interrupted",
        permanent=True,
    )


def wrap(error: BaseException, hiding: Hiding | None = None) -> Failure:
    """Return the failure that an exception means; of a foreign one no stack is shown.

    What is `hiding` takes out of a message is taken out before that is cut: the beginning of a
    secret at its end would be found no more.
    """
    if isinstance(error, NodeError):
        data = error.data if not_json(error.data) is None else {}
        return Failure(
            error.code, printable(str(error)), error.kind, error.permanent, error.retry_after, data
        )
    if isinstance(error, EngineError):
        return Failure(error.code, str(error), error.code, permanent=True)
    if isinstance(error, TimeoutError):
        return Failure("timeout", str(error) or "The step took too long.", "timeout")
    message = printable(f"{type(error).__name__}: {error}")
    if hiding is not None:
        message = hiding.text(message)
    return Failure("node_crashed", message[:2000], "crash")
