"""The engine: executes plans, with no knowledge of Django, stores or sockets."""

from runner.engine.errors import EngineError, NodeError
from runner.engine.events import Event
from runner.engine.execution import Execution, Result, run
from runner.engine.firing import Firing
from runner.engine.journal import Fenced, Journal, MemoryJournal
from runner.engine.node import NodeType, NodeTypes, Outputs, Step, node
from runner.engine.state import RunState
from runner.engine.step import HostResources
from runner.engine.testing import run_tests

__all__ = [
    "EngineError",
    "Event",
    "Execution",
    "Fenced",
    "Firing",
    "HostResources",
    "Journal",
    "MemoryJournal",
    "NodeError",
    "NodeType",
    "NodeTypes",
    "Outputs",
    "Result",
    "RunState",
    "Step",
    "node",
    "run",
    "run_tests",
]
