"""Which run and step the code belongs to that runs now: for lines of logs, and for traces."""

from __future__ import annotations

from contextvars import ContextVar

RUN: ContextVar[str] = ContextVar("conductor_run", default="")
"""The run's id; empty where no run is executed."""
STEP: ContextVar[str] = ContextVar("conductor_step", default="")
"""The step's path; empty in the run's own code."""
