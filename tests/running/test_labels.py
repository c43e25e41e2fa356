"""Labels: which worker takes which run."""

from __future__ import annotations

from django.utils import timezone

from runner.actions.summary import run_summary
from runner.calls.starting import start_child
from runner.engine.blueprints import Call
from runner.models import Run
from runner.models import Worker as Worker_
from runner.queue import claim
from runner.queue.depth import depths
from runner.queue.labels import unserved
from tests.running.conftest import PURE, Site, chain
from tests.running.queued import published


def test_only_a_worker_with_all_labels_takes_a_run_and_one_that_nobody_may_take_says_so(
    site: Site,
) -> None:
    drawn = {**PURE, "settings": {"labels": ["gpu"]}, "nodes": {**PURE["nodes"]}}
    drawn["nodes"]["n0"] = {**drawn["nodes"]["n0"], "settings": {"labels": ["eu"]}}
    asks, plain = site.start(drawn), site.start()
    assert asks.labels == "eu,gpu"
    told = run_summary(asks)
    assert told["labels"] == ["eu", "gpu"]
    assert "--labels eu,gpu" in told["lacking"]
    assert unserved() == {"eu,gpu": 1}
    assert [(it.waiting, it.free) for it in depths(served=True)] == [(1, True)]
    claim.sign_on("half", labels={"gpu"})
    assert [it.id for it in claim.claim("half", 5, labels={"gpu"})] == [plain.pk]
    claim.sign_on("whole", labels={"gpu", "eu", "ssd"})
    assert (run_summary(asks)["lacking"], unserved()) == ("", {})
    assert [it.id for it in claim.claim("whole", 5, labels={"gpu", "eu", "ssd"})] == [asks.pk]
    # What has begun, and what was parked, is left to such workers as well.
    Worker_.objects.filter(name="whole").delete()
    assert claim.claim("half", 5, labels={"gpu"}) == []
    Run.objects.filter(pk=asks.pk).update(status="waiting", worker="", wake_at=timezone.now())
    assert claim.claim("half", 5, labels={"gpu"}) == []
    assert [it.id for it in claim.claim("other", 5, labels={"gpu", "eu"})] == [asks.pk]


def test_the_labels_of_a_call_are_asked_for_by_the_run_that_it_starts(site: Site) -> None:
    called = published(site)
    node = {"kind": "blueprint.call", "parameters": {"blueprint": str(called.pk)}}
    drawn = {
        **chain("data.set"),
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "ask": {**node, "settings": {"labels": ["gpu"]}},
            "off": {"kind": "data.set", "settings": {"labels": ["ssd"], "disabled": True}},
        },
        "edges": ["start.out -> ask.in"],
    }
    caller = site.start(drawn)
    assert caller.labels == ""
    child = start_child(caller.pk, "ask", "ask", 1, Call(str(called.pk), {}))
    assert Run.objects.get(pk=child.run).labels == "gpu"
