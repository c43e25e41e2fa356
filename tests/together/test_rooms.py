"""Updates as rows: numbered without gaps, compacted, and the same for every process."""

from __future__ import annotations

import json
import threading
from operator import methodcaller
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import close_old_connections, connections

from editor.actions import create_blueprint, save_draft
from editor.models import Blueprint, DraftUpdate
from editor.together import rooms
from editor.together.refusals import UpdateRefused
from editor.together.shared import SharedDraft
from editor.visible import Who
from runner.graph import DocumentInvalid, dump, files, load, to_json
from tests.together.clients import Client
from tests.together.conftest import DOCUMENT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    rooms._rooms.clear()


def made(user: User) -> tuple[Blueprint, Client]:
    blueprint = create_blueprint(owner=user, name="Shared", document=load(DOCUMENT))
    return blueprint, Client(rooms.open_draft(blueprint).state)


def rows(blueprint: Blueprint) -> list[int]:
    return list(DraftUpdate.objects.filter(blueprint=blueprint).values_list("sequence", flat=True))


def as_rows_say(blueprint: Blueprint) -> dict[str, Any]:
    draft = SharedDraft.of(update for _, update in rooms.updates_after(blueprint.pk, 0))
    return to_json(load(draft.read()))


def test_the_shared_document_is_made_once_and_says_what_was_saved(user: User) -> None:
    blueprint, _ = made(user)
    first, second = rooms.open_draft(blueprint), rooms.open_draft(blueprint)
    assert (first.sequence, second.sequence, rows(blueprint)) == (1, 1, [1])
    assert first.state == second.state
    assert as_rows_say(blueprint) == Blueprint.objects.get(pk=blueprint.pk).draft


def test_a_blueprint_that_nobody_opened_has_no_rows(user: User) -> None:
    blueprint = create_blueprint(owner=user, name="Shared", document=load(DOCUMENT))
    save_draft(blueprint, load({**DOCUMENT, "name": "Saved"}), 1)
    assert (rows(blueprint), blueprint.revision, blueprint.name) == ([], 2, "Saved")


def test_many_rows_become_one_which_those_in_the_middle_can_merge(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_ROWS", 10)
    blueprint, client = made(user)
    behind = Client(rooms.open_draft(blueprint).state)
    for number in range(4):
        rooms.take_update(
            Who(user), blueprint.pk, client.change(methodcaller("place", "set", number, 0))
        )
    for _, update in rooms.updates_after(blueprint.pk, 1):
        behind.take(update)
    for number in range(8):
        rooms.take_update(
            Who(user), blueprint.pk, client.change(methodcaller("place", "set", number, 9))
        )
    found = rows(blueprint)
    assert found[0] > 5
    assert len(found) < 5
    for _, update in rooms.updates_after(blueprint.pk, 5):
        behind.take(update)
    assert behind.said() == client.said()
    assert as_rows_say(blueprint) == Blueprint.objects.get(pk=blueprint.pk).draft


def test_large_rows_become_one_by_their_size(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "LEAST_BYTES", 1000)
    blueprint, client = made(user)
    for letter in "abcdef":
        change = client.change(methodcaller("set_parameter", "set", "x", letter * 3000))
        rooms.take_update(Who(user), blueprint.pk, change)
    total = sum(len(update) for _, update in rooms.updates_after(blueprint.pk, 0))
    assert total < 10_000
    assert as_rows_say(blueprint)["nodes"]["set"]["parameters"]["x"] == "f" * 3000


def test_a_draft_grows_no_larger_than_its_file_may_be_and_can_be_made_smaller(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint, client = made(user)

    def take(value: str) -> None:
        change = client.change(methodcaller("set_parameter", "set", "x", value))
        rooms.take_update(Who(user), blueprint.pk, change)

    take("y" * 3000)
    blueprint.refresh_from_db()
    most = len(dump(load(json.dumps(blueprint.draft)), "json").encode())
    monkeypatch.setattr(files, "MOST_BYTES", most)
    with pytest.raises(UpdateRefused, match="would have") as refused:
        take("y" * 3001)
    assert refused.value.code == "too_large"
    assert Blueprint.objects.get(pk=blueprint.pk).draft == blueprint.draft
    # A page that undoes it sends all that it has, and goes on.
    client.change(methodcaller("set_parameter", "set", "x", "y" * 3000))
    rooms.take_update(Who(user), blueprint.pk, client.doc.get_update())
    monkeypatch.setattr(files, "MOST_BYTES", most - 100)
    take("y" * 2950)
    with pytest.raises(DocumentInvalid, match="would have"):
        create_blueprint(owner=user, name="Copy", document=load(json.dumps(blueprint.draft)))


def test_a_change_that_fails_to_commit_is_not_remembered(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint, client = made(user)
    rooms.take_update(Who(user), blueprint.pk, client.change(lambda it: it.set_name("First")))

    def fail(*_: Any) -> None:
        raise RuntimeError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(rooms, "_derive", fail)
        change = client.change(lambda it: it.set_name("Lost"))
        with pytest.raises(RuntimeError):
            rooms.take_update(Who(user), blueprint.pk, change)
    other = Client(rooms.open_draft(blueprint).state)
    rooms.take_update(Who(user), blueprint.pk, other.change(lambda it: it.set_title("set", "T")))
    now = Blueprint.objects.get(pk=blueprint.pk)
    assert (now.name, now.draft["nodes"]["set"]["title"], rows(blueprint)) == (
        "First",
        "T",
        [1, 2, 3],
    )


def test_what_another_process_has_committed_is_merged_first(user: User) -> None:
    blueprint, client = made(user)
    other = Client(rooms.open_draft(blueprint).state)
    change = client.change(lambda it: it.set_title("set", "Mine"))
    rooms.take_update(Who(user), blueprint.pk, change)
    kept = dict(rooms._rooms)
    rooms._rooms.clear()  # another process has a memory of its own
    rooms.take_update(Who(user), blueprint.pk, other.change(lambda it: it.set_name("Theirs")))
    rooms._rooms.clear()
    rooms._rooms.update(kept)
    rooms.take_update(Who(user), blueprint.pk, client.change(lambda it: it.place("set", 7, 7)))
    draft = Blueprint.objects.get(pk=blueprint.pk).draft
    assert (draft["name"], draft["nodes"]["set"]["title"]) == ("Theirs", "Mine")
    assert draft["layout"]["set"] == [7, 7]
    assert as_rows_say(blueprint) == draft


def test_many_at_once_lose_nothing_and_leave_no_gap(user: User) -> None:
    blueprint, client = made(user)
    state = client.doc.get_update()
    failures: list[BaseException] = []

    def draw(person: int) -> None:
        client = Client(state)
        try:
            for number in range(8):
                name = f"n{person}_{number}"
                change = client.change(methodcaller("add", name, "data.set", 5))
                rooms.take_update(Who(user), blueprint.pk, change)
        except BaseException as error:
            failures.append(error)
        finally:
            close_old_connections()
            connections.close_all()

    threads = [threading.Thread(target=draw, args=(person,)) for person in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    now = Blueprint.objects.get(pk=blueprint.pk)
    assert len(now.draft["nodes"]) == 2 + 32
    assert rows(blueprint) == list(range(1, 34))
    assert now.revision == 33
    assert as_rows_say(blueprint) == now.draft
