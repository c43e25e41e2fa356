"""What is done once per plan and node: parameters become templates, constants are validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ValidationError

from runner.engine.apart import item_nodes
from runner.engine.errors import NodeError
from runner.engine.expressions import Template, compile_template
from runner.graph.plan import Plan, PlanNode
from runner.graph.validation import evaluated_per_item
from runner.graph.wording import wrongs

if TYPE_CHECKING:
    from runner.engine.step import StepRun


class ParameterInvalid(NodeError):
    """A parameter, once evaluated, is not of the form that the node type declares."""

    code = "parameter_invalid"


class Prepared:
    """A plan node whose parameters only need the values of a step.

    Constants are validated once and shared by all steps, so node code must not
    change its parameters.
    """

    __slots__ = ("constant", "item", "literal", "model", "promoted", "template")

    def __init__(self, node: PlanNode) -> None:
        self.model: type[BaseModel] = node.spec.parameters
        self.promoted = node.promoted
        # A node evaluates these itself, for each item; it gets their text.
        self.item = {
            key: value
            for key, value in node.parameters.items()
            if evaluated_per_item(self.model, key)
        }
        rest = {key: value for key, value in node.parameters.items() if key not in self.item}
        self.template: Template | None = None
        self.constant: BaseModel | None = None
        self.literal: Mapping[str, Any] = rest
        template = compile_template(rest)
        if not template.constant:
            self.template = template
        elif not self.promoted:
            try:
                self.constant = self.model.model_validate({**rest, **self.item})
            except ValidationError:
                # Told when the step runs, where it can be handled like any failure.
                self.constant = None

    def evaluate(self, step: StepRun) -> BaseModel:
        """Return the step's parameters. Raises ExpressionError or ParameterInvalid."""
        if self.constant is not None:
            return self.constant
        inputs = step.inputs
        values = self.literal if self.template is None else self.template.evaluate(step.names)
        given = {key: inputs[key] for key in self.promoted if key in inputs}
        told = {**values, **self.item, **given}
        try:
            return self.model.model_validate(told)
        except ValidationError as error:
            found = wrongs(error, told)[0]
            which = f"The parameter {found.place!r}" if found.path else "What is set"
            raise ParameterInvalid(
                f"{which} is wrong: {found.sentence}.", kind="parameter", permanent=True
            ) from None


_prepared: WeakKeyDictionary[Plan, tuple[Prepared, ...]] = WeakKeyDictionary()


def prepare(plan: Plan) -> tuple[Prepared, ...]:
    """Return the prepared nodes of a plan, by index, with those that stand for items.

    Made once for each plan.
    """
    found = _prepared.get(plan)
    if found is None:
        found = _prepared[plan] = tuple(map(Prepared, (*plan.nodes, *item_nodes(plan).values())))
    return found
