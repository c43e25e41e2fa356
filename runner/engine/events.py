"""Events: the facts of a run, numbered from 1, from which its state is folded."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

RUN_QUEUED: Final = "run.queued"  # {inputs, trigger: node id or None, by, stand_ins?, trace?, …}
RUN_STARTED: Final = "run.started"  # {versions?: {kind: number}} of node types beyond their first
RUN_WAITING: Final = "run.waiting"  # {until}  only parked steps are left; until may be None
RUN_PAUSED: Final = "run.paused"  # {reason: "start"|"asked"|"breakpoint"|"step", step?, by?}
RUN_CONTINUED: Final = "run.continued"  # {step?: "one"|"over", path?, by?}  of a paused run
RUN_RESUMED: Final = "run.resumed"  # {epoch, repeats: [step, …]}  after a crash or a wait
RUN_ENDING: Final = "run.ending"  # {type, data, reason, cut?}  it will end so, but first cleans up
RUN_SUCCEEDED: Final = "run.succeeded"  # {outputs}
RUN_FAILED: Final = "run.failed"  # {error: {code, message, step?, node?}}
RUN_CANCELLED: Final = "run.cancelled"  # {reason}

STEP_STARTED: Final = "step.started"  # {attempt, inputs: {port: [[step, port], …]}, key}
STEP_LISTED: Final = "step.listed"  # {items}  of a step that runs for each: what its list is
STEP_PROGRESSED: Final = "step.progressed"  # {done, total} or {partial}
STEP_LOGGED: Final = "step.logged"  # {level, message}
STEP_EMITTED: Final = "step.emitted"  # {outputs: {port: value}}  tokens before the step ends
STEP_RETRYING: Final = "step.retrying"  # {attempt, delay, error}
# A parked step says what it waits `for` ({kind, text, …}); one that waits in memory does not, but
# where its `rate` has it wait, what that is ("2 attempts a second").
STEP_WAITING: Final = "step.waiting"  # {until, for?, limit?, rate?}
STEP_RESUMED: Final = "step.resumed"  # {by: "signal"|"time"|"limit"|"rate"|"key", value?, signal?}
STEP_EDITED: Final = "step.edited"  # {inputs: {port: value}}  it gets these values instead
# An end can say `reused: {run, step}`, `pinned`, `mocked` or `bypassed`: the node itself was not
# run then.
STEP_SUCCEEDED: Final = "step.succeeded"  # {outputs: {port: value}, duration}
STEP_FAILED: Final = (
    "step.failed"  # {error, handled: "fail"|"route"|"continue", outputs?, duration}
)
STEP_SKIPPED: Final = "step.skipped"  # {reason}
STEP_DECIDED: Final = "step.decided"  # {round, done}  what a frame's condition says
STEP_HELD: Final = "step.held"  # {places}  iterations of a frame that wait for others to end
STEP_CANCELLING: Final = "step.cancelling"  # {reason, error?}  of a frame: its inside ends first
STEP_CANCELLED: Final = "step.cancelled"  # {reason}

BREAKPOINT_HIT: Final = "breakpoint.hit"  # {breakpoint: {node, when} or {edge}, step}
BREAKPOINTS_SET: Final = "breakpoints.set"  # {breakpoints: [breakpoint, …], by?}
TOKEN_EDITED: Final = "token.edited"  # noqa: S105  {token, value, node, port, step, by?}

DEBUG_EVENTS: Final = frozenset(
    {RUN_PAUSED, RUN_CONTINUED, BREAKPOINT_HIT, BREAKPOINTS_SET, TOKEN_EDITED}
)
RUN_ENDS: Final = frozenset({RUN_SUCCEEDED, RUN_FAILED, RUN_CANCELLED})
NEVER_REACHED: Final = "never reached"  # the reason, at the end of a run
STEP_ENDS: Final = frozenset({STEP_SUCCEEDED, STEP_FAILED, STEP_SKIPPED, STEP_CANCELLED})


class Event(NamedTuple):
    """One fact about a run.

    `seq` counts 1, 2, 3 … within the run; `time` is seconds since the epoch
    (UTC); `step` is the step path (`fetch`, `fetch#2`) or None for a fact
    about the run; `data` holds JSON values only and is never changed.
    """

    seq: int
    time: float
    type: str
    step: str | None
    data: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the event as the journal, the API and the socket show it."""
        return {
            "seq": self.seq,
            "time": self.time,
            "type": self.type,
            "step": self.step,
            "data": self.data,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Event:
        """Read back what `to_json` wrote."""
        return cls(value["seq"], value["time"], value["type"], value["step"], value["data"])
