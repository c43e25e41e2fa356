"""How a run is repeated, and what that takes over."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.debug import DebugStart
from editor.api.shapes.fields import Anything, Choice, Inbound, Object, TrueFalse
from editor.api.shapes.runs import RunDetail
from runner.actions.rerun import Start

# So many steps may be named to run again at once; a node fires no more often than that.
MOST_STEPS = 10_000


class NewRerun(Inbound):
    """How a run is repeated."""

    version = Choice(["same", "published", "draft"], default="same")
    inputs = Object(required=False, help_text="other inputs of the run, with from: start")
    dry = TrueFalse(default=False, help_text="only say what would be taken over")
    debug = DebugStart(required=False, help_text="run it under the debugger")

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """Add `from`, which no attribute can be called."""
        begins = Anything(
            help_text='"start", "failed", {"step": path, "inputs"?: {…}}, or {"steps": [path, …]}'
        )
        return {"from": begins, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read `from` as the place where the rerun begins."""
        begins = attrs["from"]
        if isinstance(begins, dict):
            if "inputs" in attrs:
                raise s.ValidationError({"inputs": "Those of a step stand within 'from'."})
            if set(begins) == {"steps"}:
                return {**attrs, "start": self._several(begins["steps"])}
            if not {"step"} <= set(begins) <= {"step", "inputs"}:
                raise s.ValidationError({"from": 'A step is {"step": PATH, "inputs": {…}}.'})
            step, inputs = begins["step"], begins.get("inputs")
            if not isinstance(step, str) or not isinstance(inputs, dict | None):
                raise s.ValidationError({"from": "'step' is a text, 'inputs' an object."})
            return {**attrs, "start": Start("step", step, inputs)}
        if begins not in ("start", "failed"):
            known = "start, failed, {step: PATH}, {steps: [PATH, …]}"
            raise s.ValidationError({"from": f"This is none of: {known}."})
        if begins == "failed" and "inputs" in attrs:
            raise s.ValidationError({"inputs": "Other inputs begin at the start, or at a step."})
        return {**attrs, "start": Start(begins, inputs=attrs.get("inputs"))}

    @staticmethod
    def _several(steps: object) -> Start:
        """Read the paths of steps that run again at once, such as items that failed."""
        if not isinstance(steps, list) or not all(isinstance(it, str) for it in steps):
            raise s.ValidationError({"from": "'steps' is a list of paths."})
        if not 0 < len(steps) <= MOST_STEPS:
            raise s.ValidationError({"from": f"'steps' has between 1 and {MOST_STEPS:,} paths."})
        first, *more = dict.fromkeys(steps)
        return Start("step", first, more=tuple(more))


class ReusedStep(s.Serializer[Any]):
    """A step that is taken over."""

    step = s.CharField()
    was = s.CharField(help_text="its path in the run that is repeated")


class RepeatedStep(s.Serializer[Any]):
    """A step that runs again."""

    step = s.CharField()
    code = s.CharField()
    reason = s.CharField()


class RerunShape(s.Serializer[Any]):
    """A rerun: the new run (null where it was only asked what would be), and what it takes over."""

    run = RunDetail(allow_null=True)
    reused = ReusedStep(many=True)
    repeated = RepeatedStep(many=True)
