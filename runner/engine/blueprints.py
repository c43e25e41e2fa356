"""What a host lends to nodes that run other blueprints, or parts of this one, as other runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from runner.engine.node import Step


@dataclass(frozen=True, slots=True)
class Call:
    """What a step wants of another blueprint.

    `inputs` None passes nothing but the declared defaults. `cancel` says
    whether the child run is cancelled with the one that calls it.
    """

    blueprint: str
    inputs: Mapping[str, Any] | None = None
    cancel: bool = True


@dataclass(frozen=True, slots=True)
class Child:
    """A child run: its id, whose it is, and how it ended (`status` empty until it has)."""

    run: str
    blueprint: str
    status: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] = field(default_factory=dict)


class Blueprints(Protocol):
    """Runs other blueprints for steps."""

    async def start(self, step: Step, call: Call) -> Child:
        """Return the child run of this attempt of the step; it is started the first time only.

        Raises NodeError where it cannot be started.
        """

    async def ended(self, step: Step, child: Child) -> Child:
        """Return the child run as it ended; waits for that, or parks the step until then."""


class ItemRuns(Protocol):
    """What a host lends to frames that are spread: runs for their items."""

    async def start_item(self, step: Step, part: Mapping[str, Any]) -> Child:
        """Return the run of this part, for this attempt of the step; it starts the first time only.

        The run's first event holds the part. Raises NodeError where it cannot be started.
        """

    async def ended(self, step: Step, child: Child) -> Child:
        """Return the run as it ended; waits for that, or parks the step until then."""
