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


def test_nothing_begins_in_a_frame_whose_time_is_up_together_with_anothers() -> None:
    limit = frame("limit", {"on_error": "route"}, seconds=1.0)
    drawn = plan(
        {"m": "trigger.manual", "f": limit, "g": limit, "x": inside("hang"),
         "y": inside("hang", "g")},
        "m.out -> f.in", "m.out -> g.in", "f.start -> x.in", "x.out -> f.result",
        "g.start -> y.in", "y.out -> g.result", settings={"concurrency": 1},
    )  # fmt: skip
    result = run_at(1000.0, run(drawn))
    assert [event.step for event in result.events if event.type == "step.started"] == [
        "f",
        "g",
        "f/x",
    ]
    assert [result.outputs[name]["code"] for name in ("f", "g")] == ["timeout", "timeout"]
