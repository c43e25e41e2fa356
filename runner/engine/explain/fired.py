"""Why a step ran, how it ended, and what keeps one that has not."""

from __future__ import annotations

from collections.abc import Iterator

from runner.engine.account import Account, Told, node_of, owner_of, scope_of
from runner.engine.explain.insides import MOVING
from runner.engine.explain.items import going_through
from runner.engine.explain.missing import MOST_NAMED, Missing
from runner.engine.keys import text_of
from runner.engine.reasons import Reason, ended, times, what_for
from runner.engine.scope import wanted
from runner.graph.compensation import COMPENSATE_PORT

HANDLED = {
    "fail": ("run_failed_with_it", "The run failed with it."),
    "route": ("failure_routed", "The failure went on through the node's port `error`."),
    "continue": ("failure_continued", "The run went on without its value."),
}
# Of an item of a list: where errors are collected, and where the first one ends it.
OF_ITEM = (
    ("item_collected", "The others went on: it is listed at the node's port `errors`."),
    ("list_failed_with_it", "The other items were stopped, and the step failed with it."),
)


class Fired:
    """Gives reasons for one step that has fired, or is about to."""

    def __init__(self, account: Account, path: str) -> None:
        self.plan = account.plan
        self.state = account.state
        self.steps = account.steps
        self.path = path
        self.step = account.steps[path]
        self.missing = Missing(account, scope_of(path))

    def reasons(self) -> Iterator[Reason]:
        """Yield how it stands, then why it fired."""
        yield from self._outcome(self.step, self.path)
        yield from self._cause(self.step, self.path)

    def _outcome(self, step: Told, path: str) -> Iterator[Reason]:
        id_, data = step.node.id, step.data
        match step.status:
            case "failed":
                error = data.get("error") or {}
                said = f"It failed with `{error.get('code', 'error')}`: {error.get('message', '')}"
                yield Reason("failed", ended(said), 0, id_, step=path)
                yield self._became_of(id_, path, data.get("handled", "fail"))
            case "cancelled":
                reason = data.get("reason") or "the run ended"
                said = ended(f"It was cancelled: {reason}")
                yield Reason("cancelled", said, 0, id_, step=path)
            case "skipped":
                yield from self._skipped(step, path)
            case "queued":
                yield self._queued(id_, path)
            case "running":
                yield self._running(id_, path)
            case "waiting":
                yield self._turn(path) or Reason("waiting", what_for(data), 0, id_, step=path)
            case "retrying":
                said = f"It is tried again {data.get('delay', 0):g} s after its last failure."
                yield Reason("retrying", said, 0, id_, step=path)
        if "reused" in data:
            said = "It was not run: what an earlier run gave here was taken over."
            yield Reason("reused", said, 0, id_, step=path)
        elif "bypassed" in data:
            said = "It was not run: the node is bypassed, and passed on what came to it."
            yield Reason("bypassed", said, 0, id_, step=path)
        elif "pinned" in data or "mocked" in data:
            said = "It was not run: a value that was set for this node stands in for it."
            yield Reason("stood_in", said, 0, id_, step=path)
        if step.edited:
            said = "It got values that somebody gave it, not those that came."
            yield Reason("edited", said, 0, id_, step=path)
        if step.retries:
            yield Reason("retried", ended(_retried(step)), 0, id_, step=path)
        if step.resumed:
            said = "It was begun again: the worker that ran it ended or fell silent before it did."
            yield Reason("resumed", said, 0, id_, step=path)

    def _became_of(self, id_: str, path: str, handled: str) -> Reason:
        """Say what a failure did to whatever it happened in: the run, a part of a frame, a list."""
        if path.endswith("]"):
            code, said = OF_ITEM[handled == "fail"]
            return Reason(code, said, 1, id_, step=path.rpartition("[")[0])
        part = path.rpartition("/")[0]
        if not part or handled != "fail":
            code, said = HANDLED[handled]
            return Reason(code, said, 1, id_, step=path)
        owner = owner_of(part)
        node = node_of(owner)
        if part.endswith("[compensate]"):
            said = f"What undoes `{owner}` ended with it."
            return Reason("undoing_failed_with_it", said, 1, node, step=owner)
        step = self.steps.get(owner)
        name = "what is in it" if part == owner else f"`{part}`"
        if step is None or step.status in MOVING:
            said = f"In `{owner}`, {name} ended with it."
        elif step.status == "failed":
            said = f"In `{owner}`, {name} ended with it, and `{owner}` failed."
        else:
            said = f"In `{owner}`, {name} ended with it; `{owner}` itself {step.status}."
        return Reason("frame_part_failed_with_it", said, 1, node, step=owner)

    def _running(self, id_: str, path: str) -> Reason:
        firing = self.state.running.get(path)
        if firing is not None and firing.items:
            return Reason("running", going_through(firing), 0, id_, step=path)
        return self._turn(path) or Reason("running", "It is running.", 0, id_, step=path)

    def _turn(self, path: str) -> Reason | None:
        """Say for which key a frame waits, and who has it where that is known here."""
        firing = self.state.running.get(path)
        opened = firing.opened if firing is not None else None
        if opened is None or not opened.waits:
            return None
        text = text_of(opened.told["key"], opened.shared or "run")
        if (holder := opened.holder) is None:
            said = f"It waits for {text}, which another run has."
            return Reason("waits_for_key", said, 0, opened.node.id, step=path)
        said = f"It waits for {text}, which `{holder.firing.path}` has."
        if not holder.granted:
            first = f"`{holder.firing.path}` is next"
            said = f"It waits for {text}, which another run has, and {first}."
        return Reason("waits_for_key", said, 0, holder.node.id, step=holder.firing.path)

    def _skipped(self, step: Told, path: str) -> Iterator[Reason]:
        node = step.node
        if node.settings.disabled:
            yield Reason("disabled", "It was skipped: the node is disabled.", 0, node.id, step=path)
            return
        said = ended(f"It was skipped: {step.data.get('reason', 'nothing came')}")
        yield Reason("skipped", said, 0, node.id, step=path)
        for port in node.connected:
            yield from self.missing.why_nothing(node, port, 1, {node.index})

    def _queued(self, id_: str, path: str) -> Reason:
        if self.state.debug is not None and self.state.debug.paused:
            said = "It is about to fire, and the debugger holds it."
            return Reason("paused", said, 0, id_, step=path)
        limit = self.plan.document.settings.concurrency
        # Frames take no place among the steps that run at once, and parked steps have left theirs.
        parked = {step for step, _ in self.state.parked()}
        moving = sum(
            not firing.node.spec.begins and step not in parked
            for step, firing in self.state.running.items()
        )
        if limit and moving >= limit:
            said = (
                f"It is ready, and waits for its turn: {moving} "
                f"{'step runs' if moving == 1 else 'steps run'} at once, which is the limit."
            )
            return Reason("limit", said, 0, id_, step=path)
        return Reason("queued", "It is ready, and starts next.", 0, id_, step=path)

    def _cause(self, step: Told, path: str) -> Iterator[Reason]:
        """Yield why the node fired at all, or is about to."""
        if step.status == "skipped":
            return
        # A step that has not begun has not fired either: the limit or the debugger may hold it.
        fired = "It fires" if step.status == "queued" else "It fired"
        if not step.refs:
            if step.refs is None and any(step.node.sources):
                return
            said = f"{fired} because the run starts at it."
            yield Reason("run_start", said, 0, step.node.id)
            return
        tokens = 0
        for tokens_of_port in step.refs.values():
            for source, port in tokens_of_port:
                tokens += 1
                if tokens > MOST_NAMED:
                    continue
                code, said = "emitted", f"{fired} because `{source}` emitted at `{port}`."
                if port == COMPENSATE_PORT.name and self._undoes(source):
                    code, said = "undoes", f"{fired} to undo `{source}`."
                yield Reason(code, said, 0, node_of(source), port, source)
        if tokens > MOST_NAMED:
            said = f"{tokens - MOST_NAMED} more values came in."
            yield Reason("more", said, 0, step.node.id)
        yield from self._without(step, path)

    def _undoes(self, source: str) -> bool:
        place = self.plan.index.get(node_of(source))
        return place is not None and self.plan.nodes[place].settings.compensate

    def _follows(self, path: str, before: str) -> bool:
        """Say whether a firing came of another one, as far as the last firings of nodes tell."""
        seen, todo = {path}, [path]
        while todo:
            step = self.steps.get(todo.pop())
            for tokens in ((step.refs if step is not None else None) or {}).values():
                for source, _ in tokens:
                    if source == before:
                        return True
                    if source not in seen:
                        seen.add(source)
                        todo.append(source)
        return False

    def _without(self, step: Told, path: str) -> Iterator[Reason]:
        """Yield from where a node got nothing that it would have waited for, and why."""
        node = step.node
        if not node.can_wait:
            return
        for port in node.connected:
            came = [
                (node_of(it), out) for it, out in (step.refs or {}).get(node.inputs[port].name, ())
            ]
            sources = [self.plan.edges[number] for number in node.sources[port]]
            enough = wanted(node, len(sources)) if node.inputs[port].multiple else 1
            if len(came) >= enough:
                continue
            for edge in sources:
                if (edge.source, edge.output) in came:
                    continue
                said = (
                    f"It did not wait for `{edge.source}`, from which nothing could come any more."
                )
                yield Reason("without", said, 0, edge.source, edge.output)
                source = self.plan.nodes[self.plan.index[edge.source]]
                last = self.missing.account.last_in.get((self.missing.scope, source.id))
                if last is not None and self._follows(last, path):
                    # What became of it later is no reason for what had fired before.
                    said = f"`{edge.source}` came only after it."
                    yield Reason("came_after", said, 1, edge.source, edge.output, last)
                    continue
                yield from self.missing.why_not(source, edge.output, 1, {node.index})


def _retried(step: Told) -> str:
    """Say what became of the attempts before, without a word of one that may not have begun."""
    last = step.retries[-1]
    error = last.get("error") or {}
    failed = f"failed with `{error.get('code', 'error')}`: {error.get('message', '')}"
    if step.status in ("succeeded", "failed"):
        return f"It was tried {times(len(step.retries) + 1)}; the attempt before {failed}"
    return f"Attempt {last.get('attempt', len(step.retries))} {failed}"
