"""Credentials as node code gets them: awaited, in threads, hidden in all that a step writes."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest

from runner.engine import Execution, HostResources, run
from runner.engine.credentials import Credential, CredentialMissing, Taken
from runner.engine.errors import NodeError
from runner.engine.hiding import Hiding
from runner.engine.node import NodeType, Step, node
from runner.graph import compile, load
from runner.graph.document import Rate
from runner.graph.spec import Effect, Runs
from runner.nodes import declared_in, node_types

ROOT = Path(__file__).parents[2]
SECRET = 'päss"word/1'


class Keeper:
    """Keeps one credential, and counts how often it is taken."""

    def __init__(self, **fields: str) -> None:
        self.fields, self.taken, self.delay = fields, 0, 0.0

    async def take(self, run: str, name: str) -> Taken:
        if name != "Bank":
            raise CredentialMissing(f"There is no credential {name!r}.")
        self.taken += 1
        rate = Rate(per_second=1, shared=name) if self.delay else None
        return Taken(await self.look(run, name), self.delay, rate)

    async def look(self, run: str, name: str) -> Credential:
        return Credential("1", name, "values", self.fields, tuple(self.fields.values()))

    async def granted(self, credential: Credential, refused: str = "") -> str:
        raise CredentialMissing(f"{credential.name!r} is of no kind that is connected.")


async def story(typed: NodeType, keeper: Keeper | None, value: Any = None, **settings: Any) -> Any:
    """Run one node and return the run's result."""
    document = {
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "it": {"kind": typed.spec.kind, "settings": settings},
        },
        "edges": ["start.out -> it.in"],
    }
    plan = compile(load(document), {**node_types(), typed.spec.kind: typed})
    return await run(plan, value, resources=HostResources(credentials=keeper))


def written(result: Any) -> str:
    return json.dumps([event.to_json() for event in result.events], ensure_ascii=False)


@node("t.all", title="All", category="T", icon="box", runs=Runs.ASYNC, effect=Effect.IDEMPOTENT)
async def speaks(step: Step) -> Any:
    """Write the secret in every way that there is."""
    step.log("before: nothing is hidden yet")
    credential = await step.credential("Bank")
    key = credential.fields["key"]
    step.log(f"I have {key}, {credential}")
    step.partial({key: [key]})
    step.hide("made-of-it")
    return {"key": key, "twice": [f"{key}{key}", "made-of-it"], "other": step.input}


@node("t.emits", title="Emits", category="T", icon="box", runs=Runs.ASYNC, effect=Effect.IDEMPOTENT)
async def emits(step: Step) -> Any:
    """Emit it early, then fail with it."""
    credential = await step.credential("Bank")
    step.emit("out", credential.fields["key"])
    raise NodeError(f"{credential.fields['key']} is wrong", data={"k": credential.fields["key"]})


@node("t.crash", title="Crash", category="T", icon="box", runs=Runs.ASYNC, effect=Effect.IDEMPOTENT)
async def crashes(step: Step) -> Any:
    """Let any exception escape."""
    credential = await step.credential("Bank")
    raise ValueError(credential.fields["key"])


@node("t.thread", title="Thread", category="T", icon="box", runs=Runs.THREAD)
def blocks(step: Step) -> Any:
    """Ask in a thread."""
    return step.blocking_credential("Bank").fields["key"]


@node("t.inline", title="Inline", category="T", icon="box")
def inline(step: Step) -> Any:
    """Ask where nothing can be awaited."""
    return step.blocking_credential("Bank")


async def test_nothing_that_a_step_writes_has_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    same = {"n": [1, 2]}
    result = await story(speaks, Keeper(key=SECRET), same)
    text = written(result)
    assert result.status == "succeeded", result.error
    for form in (SECRET, json.dumps(SECRET)[1:-1], "made-of-it", "p%C3%A4ss"):
        assert form not in text
    assert result.outputs["it"] == {
        "key": "••••••",
        "twice": ["••••••••••••", "••••••"],
        "other": same,
    }
    assert "before: nothing is hidden yet" in text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("typed", [emits, crashes])
async def test_no_failure_has_it(typed: NodeType) -> None:
    result = await story(typed, Keeper(key=SECRET))
    assert result.status == "failed"
    assert "••••••" in result.error["message"]
    assert SECRET not in written(result)


async def test_each_attempt_takes_it_anew() -> None:
    keeper = Keeper(key=SECRET)
    await story(crashes, keeper, retry={"attempts": 3, "delay": 0})
    assert keeper.taken == 3


async def test_code_in_a_thread_gets_it() -> None:
    result = await story(blocks, Keeper(key=SECRET))
    assert result.outputs["it"] == "••••••"


@pytest.mark.parametrize("typed", [speaks, blocks])
async def test_waiting_for_a_rate_is_said_and_no_part_of_the_time_that_a_step_may_take(
    typed: NodeType,
) -> None:
    keeper = Keeper(key=SECRET)
    keeper.delay = 0.6
    result = await story(typed, keeper, timeout=0.5)
    assert result.status == "succeeded", result.error
    told = [event for event in result.events if event.step == "it"]
    (waiting,) = [event for event in told if event.type == "step.waiting"]
    assert waiting.data["rate"] == "1 attempt in 1 s of all that share `Bank`"
    assert [event.data for event in told if event.type == "step.resumed"] == [{"by": "rate"}]


async def test_short_texts_are_left_alone() -> None:
    result = await story(blocks, Keeper(key="12345"))
    assert result.outputs["it"] == "12345"


async def test_what_cannot_be_is_said() -> None:
    result = await story(blocks, None)
    assert result.error["code"] == "no_credential"
    assert "There are no credentials here, so 'Bank' is none" in result.error["message"]
    result = await story(inline, Keeper(key=SECRET))
    assert "runs in no thread" in result.error["message"]


async def test_the_documented_node_does_what_its_page_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "write-a-node.md").read_text()
    block = re.search(r"<!-- test: file credential_node.py -->\n```python\n(.*?)```", page, re.S)
    assert block
    module = type(pytest)("credential_node")
    exec(compile_text(block[1]), vars(module))
    (typed,) = declared_in(module)
    document = {"nodes": {"it": {"kind": typed.spec.kind, "parameters": {"account": "Bank"}}}}
    plan = compile(load(document), {typed.spec.kind: typed})
    keeper = Keeper(number="DE8937040044", key="0123456789")
    result = await run(plan, resources=HostResources(credentials=keeper))
    assert result.outputs["it"] == {"number": "••••••", "with": "••••••"}
    assert '{"number": "••••••", "with":\n"••••••"}' in page


def compile_text(text: str) -> Any:
    import builtins

    return builtins.compile(text, "credential_node.py", "exec")


async def test_a_step_whose_process_ended_while_it_waited_takes_it_anew() -> None:
    keeper = Keeper(key=SECRET)
    keeper.delay = 0.6
    drawn = {"nodes": {"it": {"kind": "t.all"}}}
    plan = compile(load(drawn), {"t.all": speaks})
    resources = HostResources(credentials=keeper)
    whole = (await Execution(plan, 1, resources=resources).run()).events
    cut = next(event.seq for event in whole if event.type == "step.waiting")
    keeper.delay = 0.0
    result = await Execution(plan, history=list(whole[:cut]), resources=resources).run()
    assert result.status == "succeeded"
    rest = [event for event in result.events if event.step == "it"]
    assert [event.data for event in rest if event.type == "step.resumed"] == [{"by": "rate"}]
    assert keeper.taken == 2


def test_a_value_without_them_is_the_same_and_one_with_them_is_another() -> None:
    hiding = Hiding()
    hiding.hide([SECRET, "short"])
    plain = {"a": [1, 2.5, None, True, "short"], "b": {"c": "d"}}
    assert hiding.value(plain) is plain
    found = {"a": plain["a"], "k": [{SECRET: f"<{SECRET}>"}]}
    hidden = hiding.value(found)
    assert hidden == {"a": plain["a"], "k": [{"••••••": "<••••••>"}]}
    assert hidden["a"] is plain["a"]
    assert found["k"] == [{SECRET: f"<{SECRET}>"}]
