"""Runs that fail: they begin again, and at last they are dead letters."""

from __future__ import annotations

from runner.actions import dead
from runner.models import Run
from runner.queue import Worker
from tests.running.conftest import Site, chain, rows, until
from tests.running.queued import published, start

FAILING = chain("data.set", fields={"x": "{{ nodes['nowhere'] }}"})


async def test_a_run_that_fails_is_begun_again_and_at_last_a_dead_letter(
    site: Site, worker: Worker
) -> None:
    retry = {"attempts": 2, "delay": 0.01, "backoff": "fixed"}
    blueprint = await rows(lambda: published(site, FAILING, retry=retry))
    first = await rows(lambda: start(blueprint))
    again = await until(lambda: Run.objects.filter(rerun_of=first, dead=True).first())
    assert (again.attempt, again.trigger, again.rerun_from) == (2, "retry", "failed")
    assert not (await rows(lambda: Run.objects.get(pk=first.pk))).dead
    assert await rows(lambda: Run.objects.count()) == 2


async def test_a_start_with_the_key_of_a_run_that_is_begun_again_leads_to_the_new_one(
    site: Site, worker: Worker
) -> None:
    retry = {"attempts": 2, "delay": 3600, "backoff": "fixed"}
    blueprint = await rows(lambda: published(site, FAILING, retry=retry, unique="{{ input.n }}"))
    first = await rows(lambda: start(blueprint, n=1))
    again = await until(lambda: Run.objects.filter(rerun_of=first).first())
    assert (await rows(lambda: start(blueprint, n=1))).pk == again.pk


async def test_dead_letters_are_replayed_or_dismissed_once(site: Site, worker: Worker) -> None:
    blueprint = await rows(lambda: published(site, FAILING))
    runs = [await rows(lambda: start(blueprint)) for _ in range(2)]
    await until(lambda: Run.objects.filter(dead=True).count() == 2 or None)

    def deal() -> tuple[dead.Replayed, dead.Replayed, int]:
        one, other = (Run.objects.select_related("blueprint").get(pk=run.pk) for run in runs)
        done = dead.replay([one], "start", trigger="api", by=site.owner)
        late = dead.replay([Run.objects.get(pk=one.pk)], "start", trigger="api", by=site.owner)
        return done, late, dead.dismiss([one, other])

    done, late, dismissed = await rows(deal)
    assert list(done.runs) == [runs[0].pk]
    assert "no dead letter" in late.refused[runs[0].pk]
    assert dismissed == 1
    replayed = await until(lambda: Run.objects.filter(dead=True).first())
    assert replayed.pk == done.runs[runs[0].pk]
