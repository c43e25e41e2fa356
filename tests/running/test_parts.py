"""A part that became a blueprint of its own runs as a child run, with the same outputs."""

from __future__ import annotations

from typing import Any

from editor.actions import create_blueprint, publish, save_draft
from editor.actions.parts import collapse_part, expand_call
from editor.models import Blueprint
from runner.graph import Document, load
from runner.models import Run
from runner.queue import Worker
from tests.running.conftest import Site, ended, rows, until
from tests.starting import start_run

NODES: dict[str, Any] = {
    "start": {"kind": "trigger.manual"},
    "net": {"kind": "data.set", "parameters": {"fields": {"net": "{{ input.price * 2 }}"}}},
    "gross": {
        "kind": "data.set",
        "parameters": {"fields": {"gross": '{{ input.net + nodes["start"].extra }}'}},
    },
    "out": {"kind": "flow.output", "parameters": {"name": "it"}},
}
EDGES = ["start.out -> net.in", "net.out -> gross.in", "gross.out -> out.in"]
DRAWN = load({"name": "Whole", "nodes": NODES, "edges": EDGES})


async def test_the_site_runs_a_collapsed_and_an_expanded_part_like_the_drawing(
    site: Site, worker: Worker
) -> None:
    def made() -> tuple[Blueprint, Document, Document]:
        whole = create_blueprint(owner=site.owner, name="Whole", document=DRAWN)
        planned, version = collapse_part(
            whole, site.owner, load(whole.draft), ["net", "gross"], [], "Prices"
        )
        collapsed = planned.calling(str(version.blueprint_id))
        expanded = expand_call(whole, site.owner, collapsed, planned.call)
        return whole, collapsed, expanded.document

    whole, collapsed, expanded = await rows(made)

    async def given(document: Document) -> Run:
        def started() -> Run:
            whole.refresh_from_db()
            save_draft(whole, document, whole.revision)
            publish(whole, site.owner)
            return start_run(whole, inputs={"price": 3, "extra": 1})

        run = await rows(started)
        await until(ended(run))
        return await rows(lambda: Run.objects.get(pk=run.pk))

    first = await given(DRAWN)
    assert first.outputs == {"it": {"price": 3, "extra": 1, "net": 6, "gross": 7}}
    second = await given(collapsed)
    assert second.outputs == first.outputs
    assert await rows(lambda: [child.blueprint.name for child in second.children.all()]) == [
        "Prices"
    ]
    third = await given(expanded)
    assert third.outputs == first.outputs
    assert await rows(lambda: third.children.count()) == 0


async def test_a_call_is_called_for_all_its_outputs_also_where_one_has_a_port(
    site: Site, worker: Worker
) -> None:
    call = {"blueprint": "Whole", "inputs": {"price": 1, "extra": 2}, "outputs": ["it"]}
    reading = {"kind": "data.value", "parameters": {"value": '{{ nodes["call"].it.gross }}'}}

    def started() -> Run:
        publish(create_blueprint(owner=site.owner, name="Whole", document=DRAWN), site.owner)
        nodes = {
            "start": {"kind": "trigger.manual"},
            "call": {"kind": "blueprint.call", "parameters": call},
            "read": reading,
            "out": {"kind": "flow.output"},
        }
        edges = ["start.out -> call.in", "call.it -> read.in", "read.out -> out.in"]
        return site.start({"nodes": nodes, "edges": edges})

    run = await rows(started)
    await until(ended(run))
    assert await rows(lambda: Run.objects.get(pk=run.pk).outputs) == {"out": 4}
