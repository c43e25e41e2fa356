"""A host that runs the items of spread frames here, each as a run of its own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runner.engine import Event, Execution, HostResources, Result
from runner.engine.blueprints import Child
from runner.engine.events import RUN_QUEUED
from runner.graph import Plan


class Apart:
    """Runs each item in an execution of its own; `runs` has how they ended, by their scopes.

    Whoever does not wait for an item any more has cancelled it.
    """

    def __init__(self, plan: Plan, inputs: Any, run_id: str = "r") -> None:
        self.plan = plan
        self.inputs = inputs
        self.run_id = run_id
        self.runs: dict[str, Result] = {}
        self.resources = HostResources(items=self)

    async def start_item(self, step: Any, part: Mapping[str, Any]) -> Child:
        return Child(json.dumps(part), "r")

    async def ended(self, step: Any, child: Child) -> Child:
        part = json.loads(child.run)
        data = {"inputs": self.inputs, "trigger": None, "part": part}
        queued = Event(1, time.time(), RUN_QUEUED, None, data)
        execution = Execution(
            self.plan,
            run_id=self.run_id,
            history=[queued],
            resources=self.resources,
        )
        running = asyncio.create_task(execution.run())
        try:
            result = await asyncio.shield(running)
        except asyncio.CancelledError:
            execution.cancel("nobody waits for it")
            running.add_done_callback(lambda it: self._keep(part["scope"], queued, it.result()))
            raise
        self._keep(part["scope"], queued, result)
        return Child("child", "r", result.status, result.outputs, result.error or {})

    def _keep(self, scope: str, queued: Event, result: Result) -> None:
        self.runs[scope] = replace(result, events=(queued, *result.events))


async def run_spread(plan: Plan, inputs: Any) -> tuple[Result, Apart]:
    """Run a plan with its items apart."""
    host = Apart(plan, inputs)
    return await Execution(plan, inputs, run_id="r", resources=host.resources).run(), host
