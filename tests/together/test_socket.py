"""Sockets of people who edit one blueprint: what is merged, told, refused and shown."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64decode, b64encode
from operator import methodcaller
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.models import AnonymousUser, User

from editor.actions import save_draft
from editor.actions.deletion import delete_blueprint
from editor.models import Blueprint, DraftUpdate
from editor.together import consumer, grammar, rooms
from runner.graph import load
from tests.together.conftest import DOCUMENT, Join, saved
from tests.together.test_grammar import BAD

pytestmark = pytest.mark.usefixtures("transactional_db")


async def test_what_one_changes_the_other_has_and_the_saved_draft_says(
    join: Join, user: User, boss: User, blueprint: Blueprint
) -> None:
    ada, grace = await join(user), await join(boss)
    answer = await ada.do(lambda it: it.set_title("set", "From Ada"))
    assert (answer["type"], answer["revision"]) == ("saved", 2)
    await grace.until(lambda: grace.sequence == answer["sequence"])
    assert grace.client.said() == ada.client.said()
    now = await saved(blueprint)
    assert now.draft["nodes"]["set"]["title"] == "From Ada"
    assert (now.revision, grace.revision) == (2, 2)
    author = await DraftUpdate.objects.order_by("sequence").select_related("author").alast()
    assert author is not None
    assert author.author == user


async def test_the_order_of_keys_that_people_see_outlives_a_merge(
    join: Join, user: User, blueprint: Blueprint
) -> None:
    ada = await join(user)
    await ada.do(lambda it: it.set_title("set", "T"))
    fields = (await saved(blueprint)).draft["nodes"]["set"]["parameters"]["fields"]
    assert list(fields) == ["b", "a"]


async def test_two_who_change_the_same_at_once_agree(
    join: Join, user: User, boss: User, blueprint: Blueprint
) -> None:
    ada, grace = await join(user), await join(boss)
    mine = ada.client.change(lambda it: it.set_title("set", "A"))
    theirs = grace.client.change(lambda it: it.set_title("set", "G"))
    await asyncio.gather(ada.push(mine), grace.push(theirs))
    for person in (ada, grace):
        while person.sequence != 3:
            await person.hear()
    assert ada.client.said() == grace.client.said()
    assert (await saved(blueprint)).draft["nodes"]["set"]["title"] == (
        ada.client.maps["nodes"]["set"]["title"]
    )


async def test_a_save_by_the_api_reaches_open_editors_as_the_little_that_it_changed(
    join: Join, user: User, blueprint: Blueprint
) -> None:
    ada = await join(user)
    written = ada.client.change(lambda it: it.set_parameter("start", "note", "being typed"))
    document = {**DOCUMENT, "nodes": {**DOCUMENT["nodes"], "end": {"kind": "flow.output"}}}  # type: ignore[dict-item]
    await sync_to_async(save_draft)(blueprint, load(document), 1, by=user)
    await ada.until(lambda: "end" in ada.client.maps["nodes"])
    assert (await ada.push(written))["type"] == "saved"
    draft = (await saved(blueprint)).draft
    assert draft["nodes"]["start"]["parameters"] == {"note": "being typed"}
    assert set(draft["nodes"]) == {"start", "set", "end"}


async def test_who_comes_back_gets_what_is_missing_and_gives_what_was_done_offline(
    join: Join, user: User, boss: User, blueprint: Blueprint
) -> None:
    ada, grace = await join(user), await join(boss)
    await ada.wire.disconnect()
    offline = ada.client.change(lambda it: it.add("offline", "data.set", 9))
    await grace.do(lambda it: it.remove("set"))
    back = await join(user, open=False)
    back.client, back.sequence = ada.client, ada.sequence
    await back.join()
    assert (await back.push(offline))["type"] == "saved"
    # The answer was lost, and it is sent again: that is no second change.
    revision = (await saved(blueprint)).revision
    assert (await back.push(offline))["revision"] == revision
    await grace.until(lambda: "offline" in grace.client.maps["nodes"])
    assert grace.client.said() == back.client.said()
    assert list((await saved(blueprint)).draft["nodes"]) == ["start", "offline"]


@pytest.mark.parametrize("update", BAD.values(), ids=BAD.keys())
async def test_garbage_is_refused_and_changes_nothing(
    join: Join, user: User, blueprint: Blueprint, update: bytes
) -> None:
    ada = await join(user)
    answer = await ada.push(update, 7)
    assert (answer["type"], answer["number"]) == ("refused", 7)
    assert answer["message"]
    assert (await saved(blueprint)).revision == 1
    assert (await ada.do(lambda it: it.set_name("Goes on")))["type"] == "saved"


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (lambda it: it.set_name("x" * 201), "at most 200"),
        (lambda it: it.set_name(7), "name"),
        (lambda it: it.add("no name!", "data.set"), "node name"),
        (lambda it: it.join("nonsense"), "edge"),
        (lambda it: it.maps["nodes"].__setitem__("a", {"kind": "x"}), "no draft|not JSON"),
        (lambda it: it.maps["nodes"].__setitem__("a", 1.0), "not a map"),
        (lambda it: it.maps["nodes"]["set"].__setitem__("parameters", 1.0), "no parameters|map"),
        (lambda it: it.maps["nodes"]["set"].__setitem__("order", "x"), "order"),
        (lambda it: it.maps["edges"].__setitem__("a.out -> b.in", None), "order"),
        (lambda it: it.place("set", float("nan"), 0), "layout"),
        (lambda it: it.maps["layout"].__setitem__("set", "x"), "layout"),
        (lambda it: it.set_parameter("set", "a", "\0"), "NUL"),
        (lambda it: it.set_parameter("set", "a", {"json": "{"}), "not JSON"),
        (lambda it: it.set_parameter("set", "a", {"b": "c"}), "not JSON"),
        (lambda it: it.maps["blueprint"].__setitem__("nodes", 1.0), "nodes"),
        (lambda it: it.maps["blueprint"].__setitem__("format", "conductor/9"), "conductor/9"),
        (lambda it: it.maps["blueprint"].__setitem__("elsewhere", "x"), "no such key"),
    ],
)
async def test_a_change_that_makes_no_draft_is_refused_and_one_that_mends_it_is_taken(
    join: Join, user: User, blueprint: Blueprint, work: Any, words: str
) -> None:
    ada = await join(user)
    before = await saved(blueprint)
    bad = ada.client.change(work)
    answer = await ada.push(bad)
    assert (answer["type"], answer["code"]) in {
        ("refused", "not_a_draft"),
        ("refused", "foreign"),
        ("refused", "nul_character"),
    }
    assert re.search(words, answer["message"]), answer["message"]
    now = await saved(blueprint)
    assert (now.draft, now.revision) == (before.draft, before.revision)
    assert (await (await join(user)).do(lambda it: it.set_name("Others go on")))["type"] == "saved"


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": 7},
        {"type": "join"},
        {"type": "join", "after": -1},
        {"type": "join", "after": True},
        {"type": "update", "number": "1", "update": ""},
        {"type": "update", "number": 1, "update": 7},
        {"type": "presence", "cursor": [1]},
        {"type": "presence", "cursor": ["a", 2]},
        {"type": "presence", "cursor": [1e300, 2]},
        {"type": "presence", "cursor": None, "selection": ["x"] * 101},
        {"type": "presence", "cursor": None, "selection": ["x" * 301]},
        {"type": "presence", "cursor": None, "colour": 99},
    ],
)
async def test_what_cannot_be_followed_gets_an_error_and_the_socket_goes_on(
    join: Join, user: User, message: dict[str, Any]
) -> None:
    ada = await join(user)
    await ada.say(**message)
    assert (await ada.hear())["code"] == "malformed"
    await ada.wire.send_to(text_data="[1")
    assert (await ada.hear())["code"] == "malformed"
    await ada.wire.send_to(bytes_data=b"\xff")
    assert (await ada.hear())["code"] == "malformed"
    assert (await ada.do(lambda it: it.set_name("Goes on")))["type"] == "saved"


async def test_nothing_is_taken_before_the_page_has_joined(
    join: Join, user: User, blueprint: Blueprint
) -> None:
    ada = await join(user, open=False)
    assert (await ada.wire.connect())[0]
    answer = await ada.push(ada.client.change(lambda it: it.set_name("Early")))
    assert answer["code"] == "malformed"
    assert (await saved(blueprint)).name == "Shared"


async def test_strangers_learn_nothing(join: Join, blueprint: Blueprint, user: User) -> None:
    eve = await sync_to_async(User.objects.create_user)("eve")
    stranger = await join(eve, open=False)
    assert (await stranger.wire.connect())[0]
    assert await stranger.wire.closed_with() == consumer.GONE
    await Blueprint.objects.filter(pk=blueprint.pk).adelete()
    late = await join(user, open=False)
    assert (await late.wire.connect())[0]
    assert await late.wire.closed_with() == consumer.GONE
    nobody = await join(user, open=False)
    nobody.wire.scope["user"] = AnonymousUser()
    assert (await nobody.wire.connect())[0]
    assert await nobody.wire.closed_with() == consumer.NOT_SIGNED_IN


async def test_a_blueprint_that_is_deleted_closes_its_pages(
    join: Join, user: User, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Told at once, not found by a later look.
    monkeypatch.setattr(consumer, "LOOK_EVERY", 3600.0)
    ada = await join(user)
    await sync_to_async(delete_blueprint)(blueprint, user)
    assert await ada.wire.closed_with() == consumer.GONE


async def test_rights_that_are_taken_close_the_page_and_refuse_its_changes(
    join: Join, user: User, boss: User, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, second = await join(user), await join(user)
    await Blueprint.objects.filter(pk=blueprint.pk).aupdate(owner=boss)
    await ada.say(type="update", number=1, update="AAA=")
    assert await ada.wire.closed_with() == consumer.GONE
    assert await second.wire.closed_with() == consumer.GONE
    assert (await saved(blueprint)).revision == 1


async def test_a_session_that_ends_closes_the_page_and_takes_nothing_more(
    join: Join, user: User, blueprint: Blueprint
) -> None:
    ada, second = await join(user), await join(user)
    await ada.session.adelete()
    update = ada.client.change(lambda it: it.set_name("Late"))
    await ada.say(type="update", number=1, update=b64encode(update).decode())
    assert await ada.wire.closed_with() == consumer.NOT_SIGNED_IN
    await second.session.adelete()
    assert await second.wire.closed_with() == consumer.NOT_SIGNED_IN
    assert (await saved(blueprint)).name == "Shared"


async def test_news_whose_message_was_lost_only_comes_later(
    join: Join, user: User, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, second = await join(user), await join(user)
    layer = get_channel_layer()

    async def lose(group: str, message: dict[str, Any]) -> None:
        """A layer that is full drops what it is given."""

    monkeypatch.setattr(layer, "group_send", lose)
    answer = await ada.do(lambda it: it.set_name("Heard late"))
    await second.until(lambda: second.sequence == answer["sequence"])
    assert second.client.maps["blueprint"]["name"] == "Heard late"


async def test_people_see_each_other_come_move_and_leave(
    join: Join, user: User, boss: User
) -> None:
    ada, grace = await join(user), await join(boss)
    await ada.say(type="presence", cursor=[1.5, -2], selection=["set"], colour=3)
    await grace.until(lambda: bool(grace.people))
    ((peer, state),) = grace.people.items()
    assert state == {"cursor": [1.5, -2], "selection": ["set"], "colour": 3, "name": "ada"}
    await grace.say(type="presence", cursor=None, selection=[], colour=0)
    await ada.until(lambda: bool(ada.people))
    assert next(iter(ada.people.values()))["name"] == "Grace Hopper"
    # Who comes later is told of those who are there, without their moving.
    third = await join(user)
    await third.until(lambda: len(third.people) == 2)
    await ada.wire.disconnect()
    await grace.until(lambda: grace.people[peer] is None)


async def test_whoever_falls_silent_is_gone_after_a_while(
    join: Join, user: User, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "SILENT_AFTER", 1.0)
    monkeypatch.setattr(consumer, "ALIVE_EVERY", 60.0)
    ada, grace = await join(user), await join(boss)
    await ada.say(type="presence", cursor=None, selection=[], colour=0)
    await grace.until(lambda: bool(grace.people))
    await grace.until(lambda: all(state is None for state in grace.people.values()))


async def test_a_page_that_does_not_read_is_told_nothing_more_until_it_does(
    join: Join, user: User, boss: User
) -> None:
    ada, slow = await join(user), await join(boss)
    for number in range(5):
        await ada.do(methodcaller("set_name", f"N{number}"))
    told = json.loads(await slow.wire.receive_from())
    assert await slow.wire.receive_nothing(0.5)
    for update in told["updates"]:
        slow.client.take(b64decode(update))
    await slow.say(type="seen")
    await slow.until(lambda: slow.sequence >= 6)
    assert slow.client.maps["blueprint"]["name"] == "N4"


async def test_a_flood_of_messages_closes_the_socket(
    join: Join, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "MESSAGES_A_SECOND", 5)
    ada = await join(user)
    for _ in range(30):
        await ada.say(type="seen")
    assert await ada.wire.closed_with() == consumer.TOO_MANY


async def test_an_update_that_is_too_large_is_refused(
    join: Join, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grammar, "MOST_BYTES", 1000)
    ada = await join(user)
    answer = await ada.do(lambda it: it.set_parameter("set", "long", "x" * 2000))
    assert (answer["type"], answer["code"]) == ("refused", "too_large")


async def test_who_makes_many_rows_one_still_hears_what_they_held(
    join: Join, user: User, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "MOST_ROWS", 2)
    ada, grace = await join(user), await join(boss)
    update = ada.client.change(lambda it: it.set_title("set", "Of Ada's"))
    await grace.do(lambda it: it.set_name("Of Grace's"))
    answer = await ada.push(update)
    await ada.until(lambda: ada.sequence == answer["sequence"])
    assert ada.client.maps["blueprint"]["name"] == "Of Grace's"


async def test_a_right_to_all_blueprints_that_is_taken_closes_the_page(
    join: Join, boss: User, blueprint: Blueprint
) -> None:
    grace = await join(boss)
    await User.objects.filter(pk=boss.pk).aupdate(is_superuser=False)
    await grace.say(type="update", number=1, update="AAA=")
    assert await grace.wire.closed_with() == consumer.GONE
