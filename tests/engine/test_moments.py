"""What is due at the same moment, by a clock that jumps there."""

from __future__ import annotations

from runner.engine import run
from tests.engine.frames import frame, inside, plan
from tests.engine.virtual_time import run_at


def test_what_is_tried_again_when_the_time_of_its_frame_is_up_does_not_begin() -> None:
    retry = {"attempts": 2, "backoff": "fixed", "delay": 1.0}
    drawn = plan(
        {
            "m": "trigger.manual",
            "f": frame("limit", {"on_error": "route"}, seconds=1.0),
            "g": {**frame("group", {"retry": retry}), "frame": "f"},
            "x": inside("fail", "g"),
        },
        "m.out -> f.in", "f.start -> g.in", "g.out -> f.result",
        "g.start -> x.in", "x.out -> g.result",
    )  # fmt: skip
    result = run_at(1000.0, run(drawn))
    told = [(event.type, event.step) for event in result.events]
    after = told[told.index(("step.cancelling", "f")) + 1 :]
    assert ("step.cancelled", "f/g") in after
    assert not [it for it in after if it[0] == "step.started"]
    assert result.outputs["f"]["code"] == "timeout"
