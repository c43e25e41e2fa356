"""How a node type is declared and what its code is given: the contract of all nodes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Never, Protocol, TypeVar

from pydantic import BaseModel

from runner.engine.blueprints import Blueprints, ItemRuns
from runner.engine.credentials import Credential, Credentials
from runner.engine.keys import Keys
from runner.engine.messages import Messages
from runner.engine.parking import Resumed
from runner.engine.rates import Rates
from runner.graph.known import Gives
from runner.graph.ports import Conversion, Port
from runner.graph.spec import Effect, NodeSpec, NoParameters, OneOf, Runs

P = TypeVar("P", bound=BaseModel)


class Outside(Protocol):
    """How what is outside reaches the steps that wait for it, at hosts where it can."""

    def address(self, run: str, step: str, attempt: int, until: float) -> str:
        """Return an address at which one call resumes a step, until a moment."""

    def approval(self, run: str, step: str, attempt: int) -> str:
        """Return the page at which people decide on a step's approval."""

    async def unknown(self, users: Sequence[str], groups: Sequence[str]) -> str | None:
        """Say, in a sentence, which of these people there are not; None where all are known."""


class Outgoing(Protocol):
    """Who accompanies the requests that nodes make to other programs."""

    def headers(self, run: str, step: str) -> Mapping[str, str]:
        """Return the headers that a request of this step carries beside its own."""

    def answered(self, method: str, status: int | None, seconds: float) -> None:
        """Learn what a request was answered, after how long; None: it was not."""


class Resources(Protocol):
    """What the host lends to nodes; a plain script uses the defaults of the engine."""

    files: Path | None  # the folder that file nodes may read and write; None refuses them
    http_allow: frozenset[str]  # "host", "host:port" or CIDR that may be called though private
    outside: Outside | None  # how people and programs reach a step that waits for them
    blueprints: Blueprints | None  # who runs other blueprints; None: nobody
    items: ItemRuns | None  # who runs items of frames apart; None: they run with their frame
    rates: Rates | None  # who counts attempts of nodes with a rate; None: this process
    messages: Messages | None  # who sends messages to endpoints; None: nobody
    outgoing: Outgoing | None  # who accompanies requests to other programs
    keys: Keys | None  # who knows which run has a key; None: this run has all
    credentials: Credentials | None  # who keeps credentials; None: there are none


class Step(Protocol):
    """What a node's code sees of the step that it runs.

    `parameters` is an instance of the node type's parameter model, evaluated
    and validated. `inputs` maps port names to values (a `multiple` port gives
    a list); they are shared with other branches and must not be changed.
    """

    path: str
    node: str
    run_id: str
    attempt: int
    started: float
    idempotency_key: str
    inputs: Mapping[str, Any]
    resources: Resources

    @property
    def parameters(self) -> Any:
        """The evaluated and validated parameters."""

    @property
    def input(self) -> Any:
        """The value at the default (first) input port."""

    @property
    def trigger(self) -> Any:
        """What started the run."""

    @property
    def names(self) -> Mapping[str, Any]:
        """What expressions may name, with their values."""

    @property
    def cancelled(self) -> bool:
        """Whether the step should end; for code in threads."""

    def for_items(self, value: Any) -> Callable[[Any, int], Any]:
        """Return a function that gives a value with `{{ … }}` in it for an item and its index."""

    def log(self, message: str, level: str = "info") -> None:
        """Write a line to the step's log."""

    def progress(self, done: float, total: float | None = None) -> None:
        """Show how far the step has come."""

    def partial(self, value: Any) -> None:
        """Show a part of the result before the step ends."""

    def emit(self, port: str, value: Any) -> None:
        """Emit at a port before the step ends; what is emitted there again is dropped."""

    async def credential(self, name: str) -> Credential:
        """Return a credential of the blueprint's owner by its name, once its rate allows it.

        What the step logs, gives or fails with from then on shows `••••••` for its secrets. Raises
        NodeError where there is none of this name that the run may use.
        """

    def blocking_credential(self, name: str) -> Credential:
        """Return what `credential` does, to code in a thread."""

    def hide(self, *secrets: str) -> None:
        """Show `••••••` for these texts in whatever the step logs, gives or fails with."""

    async def wait_until(self, moment: float) -> None:
        """Wait until a moment (seconds since the epoch), also over a restart.

        A wait of more than some seconds parks the step, see `park`; when the
        code is entered again, it passes here at once.
        """

    @property
    def resumed(self) -> Resumed | None:
        """Why the step goes on after it was parked; None where it was not, or is tried again."""

    def park(self, until: float | None = None, waits_for: Mapping[str, Any] | None = None) -> Never:
        """End the step's code here, and enter it again, with `resumed` set, when the step goes on.

        That is at the moment `until` (seconds since the epoch; None: never by
        itself), or when something comes for it (`Execution.resume`). Meanwhile
        it has no memory and no worker, only its event. `waits_for` is shown to
        people: `kind`, and a `text` such as "an approval by anna"; code that is
        entered again finds in it what it must not forget.
        """


class Outputs(dict[str, Any]):
    """What a node emits when it chooses its output ports: port name to value.

    A node that returns any other value emits it on its first output port.
    """


Work = Callable[..., Any] | Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class NodeType:
    """A node type: its declaration and its code.

    `work(step)` returns a value (emitted on the first output port) or
    `Outputs`. It is a plain function for `inline` and `thread`, a coroutine
    function for `async`.
    """

    spec: NodeSpec
    work: Callable[[Step], Any]


NodeTypes = Mapping[str, NodeType]


def node(
    kind: str,
    *,
    title: str,
    category: str,
    icon: str,
    known_as: tuple[str, ...] = (),
    parameters: type[BaseModel] = NoParameters,
    inputs: tuple[Port, ...] = (Port("in", required=False),),
    outputs: tuple[Port, ...] = (Port("out"),),
    begins: tuple[Port, ...] = (),
    ends: tuple[Port, ...] = (),
    controls: tuple[Port, ...] = (),
    ports_from: str | None = None,
    effect: Effect = Effect.PURE,
    runs: Runs = Runs.INLINE,
    trigger: bool = False,
    version: int = 1,
    examples: tuple[Mapping[str, Any], ...] = (),
    gives: Gives | None = None,
    one_of: OneOf | None = None,
    converts: tuple[Conversion, ...] = (),
) -> Callable[[Callable[[Any], Any]], NodeType]:
    """Declare a node type from the function that does its work.

    The function's docstring is the description shown in palette and docs; it
    gets the `Step`. Examples are `{"title", "parameters", "inputs": {port:
    value}, "outputs": {port: value}}`, optionally `"error": code`; each is run
    as a test. `gives` returns, for the parameters as they are drawn and the shape of
    what comes in, the shapes of what goes out, by port; what is not certain is left out.
    `known_as`, `one_of` and `converts` are as NodeSpec has them.
    """

    def declare(work: Callable[[Any], Any]) -> NodeType:
        spec = NodeSpec(
            kind=kind,
            version=version,
            title=title,
            category=category,
            icon=icon,
            known_as=known_as,
            description=" ".join((work.__doc__ or "").split()),
            parameters=parameters,
            inputs=() if trigger else inputs,
            outputs=outputs,
            begins=begins,
            ends=ends,
            controls=controls,
            ports_from=ports_from,
            effect=effect,
            runs=runs,
            trigger=trigger,
            examples=examples,
            gives=gives,
            one_of=one_of,
            converts=converts,
        )
        return NodeType(spec, work)

    return declare
