"""Workers notice that one of them has another folder of large values."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from runner.models import Worker as WorkerRow
from runner.queue import Worker
from runner.queue.claim import sign_off, sign_on
from runner.queue.shared_folder import MARKS, SHARED, SharedFolder
from tests.running.conftest import Site, rows, until


@pytest.fixture
def two(transactional_db: None, tmp_path: Path, settings: Any) -> tuple[SharedFolder, SharedFolder]:
    """Return what the first and the second worker see; the first has looked."""
    settings.CONDUCTOR_VALUES = tmp_path / "values"
    for name in ("a", "b"):
        sign_on(name)
    first, second = SharedFolder("a"), SharedFolder("b")
    assert first.look()
    return first, second


def said(name: str) -> str:
    return WorkerRow.objects.get(name=name).store


def test_two_that_share_a_folder_see_each_other(two: tuple[SharedFolder, SharedFolder]) -> None:
    first, second = two
    assert said("b") == ""
    assert second.look()
    assert first.look()
    assert (said("a"), said("b"), first.trouble, second.trouble) == (SHARED, SHARED, "", "")


def test_the_later_one_of_two_that_share_none_is_not_ready(
    two: tuple[SharedFolder, SharedFolder], tmp_path: Path, settings: Any
) -> None:
    first, second = two
    settings.CONDUCTOR_VALUES = tmp_path / "not mounted"
    second.look()
    assert second.trouble == f"{tmp_path}/not mounted is another folder than that of a."
    assert said("b") == second.trouble
    settings.CONDUCTOR_VALUES = tmp_path / "values"
    first.look()
    assert said("a") == f"{tmp_path}/values is another folder than that of b."
    assert first.trouble == ""
    second.look()
    assert second.trouble == ""
    sign_off("b")
    first.look()
    assert said("a") == SHARED


def test_a_copy_of_the_folder_does_not_pass(
    two: tuple[SharedFolder, SharedFolder], tmp_path: Path, settings: Any
) -> None:
    first, second = two
    shutil.copytree(tmp_path / "values", tmp_path / "copy")
    settings.CONDUCTOR_VALUES = tmp_path / "copy"
    second.look()
    settings.CONDUCTOR_VALUES = tmp_path / "values"
    first.look()
    assert "another folder than that of b" in said("a")


def test_a_folder_in_which_nothing_can_be_kept_is_told(
    two: tuple[SharedFolder, SharedFolder], tmp_path: Path, settings: Any
) -> None:
    settings.CONDUCTOR_VALUES = tmp_path / "file"
    settings.CONDUCTOR_VALUES.write_text("")
    two[0].look()
    told = f"Large values cannot be kept in {tmp_path}/file: Not a directory."
    assert (two[0].trouble, said("a")) == (told, told)


async def test_a_worker_leaves_its_mark_while_it_works(
    site: Site, settings: Any, tmp_path: Path
) -> None:
    settings.CONDUCTOR_VALUES = tmp_path / "values"
    worker = Worker()
    running = asyncio.create_task(worker.run())
    began = timezone.now()
    row = await until(lambda: WorkerRow.objects.filter(store=SHARED).first())
    assert row.started <= timezone.now()
    assert (timezone.now() - began).total_seconds() < 5
    mark = tmp_path / "values" / MARKS / worker.name
    assert mark.exists()
    await worker.stop()
    await running
    assert not mark.exists()
    assert await rows(WorkerRow.objects.count) == 0


async def test_the_connection_is_closed_also_where_the_mark_cannot_be_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(_: SharedFolder) -> None:
        raise ValueError("a fault")

    monkeypatch.setattr(SharedFolder, "_remove", fails)
    folder = SharedFolder("a")
    keeping = asyncio.create_task(folder.keep())
    await asyncio.sleep(0)
    keeping.cancel()
    with pytest.raises(ValueError, match="a fault"):
        await keeping
    with pytest.raises(RuntimeError, match="shutdown"):
        await folder._asking.ask(list)
