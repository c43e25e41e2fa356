"""SIGKILL of the process that prunes: what is left is whole or gone, and the next one goes on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from runner.journal.reader import read_whole
from runner.models import JournalChunk, Pruned, Retention, Run
from runner.retention.limits import Limits
from runner.retention.sizes import Octets, total
from runner.retention.sweep import sweep
from tests.forking import Forked
from tests.patience import PATIENCE
from tests.running.conftest import Site
from tests.running.test_retention import lengthen, over

ROOT = Path(__file__).resolve().parents[2]
# A process on the tests' own database, whose name the settings do not know.
PRUNER = """
import sys, threading
from django.conf import settings
import django
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from runner.retention import removal
from runner.retention.limits import Limits
from runner.retention.sweep import sweep
removal.MOST_ROWS = 4
removal.LEAST_PAUSE = 0.001
print("ready", flush=True)
sweep(Limits(journal_days=30, run_days=60, journal_bytes=10**12), threading.Event())
print("done", flush=True)
"""


def start() -> subprocess.Popen[str]:
    environment: dict[str, Any] = {
        **os.environ,
        "CONDUCTOR_HOME": str(settings.CONDUCTOR_HOME),
        "DJANGO_SETTINGS_MODULE": "conductor_site.settings",
    }
    name = str(connection.settings_dict["NAME"])
    process = Forked(
        [sys.executable, "-c", PRUNER, name],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def half_gone() -> int:
    """Return how many journals are neither whole nor gone, all of which must be known of."""
    rest = Retention.objects.values_list("rest", flat=True).first()
    begun = 0
    for run in Run.objects.all():
        chunks = JournalChunk.objects.filter(run=run).count()
        if run.pruned is None:
            assert len(read_whole(run.pk, run.last_seq)) == run.last_seq
        elif chunks:
            assert run.pk == rest
            begun += 1
    return begun


def test_pruning_goes_on_after_a_kill_at_any_moment_and_nothing_half_gone_looks_whole(
    site: Site,
) -> None:
    living = site.start()
    runs = [over(site, days) for days in (40, 20, 70) for _ in range(8)]
    for run in runs:
        lengthen(run, random.choice((1, 30)))
    everything = int(JournalChunk.objects.aggregate(it=total(Octets("events")))["it"])
    kills = 0
    for _ in range(6):
        process = start()
        # Killed at some moment of its work: the more has gone, the later.
        time.sleep(random.uniform(0, 0.08))
        process.kill()
        process.wait(PATIENCE)
        assert process.stdout is not None
        kills += "done" not in process.stdout.read()
        process.stdout.close()
        half_gone()
        # What would else come about in a minute.
        Retention.objects.update(holder="")
    assert kills
    limits = Limits(journal_days=30, run_days=60, journal_bytes=10**12)
    for _ in range(3):
        sweep(limits, threading.Event())
    assert half_gone() == 0
    left = set(Run.objects.filter(pruned=None).values_list("pk", flat=True))
    assert left == {living.pk, *(run.pk for run in runs[8:16])}
    assert set(Run.objects.values_list("pk", flat=True)) == left | {run.pk for run in runs[:8]}
    kept = int(JournalChunk.objects.aggregate(it=total(Octets("events")))["it"])
    told = Pruned.objects.aggregate(journals=Sum("journals"), size=Sum("bytes"), runs=Sum("runs"))
    assert told == {"journals": 16, "size": everything - kept, "runs": 8}
    assert Retention.objects.get().bytes == kept
