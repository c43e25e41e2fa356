"""Those with whom a blueprint is shared, at its socket: what they are told, do, and lose."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore

from editor.actions import save_draft
from editor.actions.sharing import change_right, make_link, share_with, withdraw
from editor.models import Blueprint, Right, Share, ShareLink
from editor.together.rooms import opened_to_read
from editor.together.shared import SharedDraft
from editor.visible import OPENED
from runner.graph import load
from tests.together.conftest import DOCUMENT, Join, Person
from tests.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)
GONE, RIGHT_CHANGED = 4404, 4403


@pytest.fixture
def eve(transactional_db: None) -> User:
    return User.objects.create_user("eve")


async def shared(blueprint: Blueprint, right: Right) -> Share:
    return await sync_to_async(share_with)(blueprint, "eve", right)


async def test_who_may_edit_edits_together_with_the_owner(
    user: User, eve: User, blueprint: Blueprint, join: Join
) -> None:
    await shared(blueprint, Right.EDIT)
    owner, other = await join(user), await join(eve)
    assert (await other.do(lambda it: it.set_title("set", "Eve's")))["type"] == "saved"
    await owner.until(lambda: "set" in owner.client.said()["nodes"] and owner.revision >= 2)
    assert owner.client.said()["nodes"]["set"]["title"] == "Eve's"


@pytest.mark.parametrize("right", [Right.VIEW, Right.RUN])
async def test_who_may_look_hears_that_the_draft_has_changed_but_not_the_changes(
    user: User, eve: User, blueprint: Blueprint, join: Join, right: Right
) -> None:
    await shared(blueprint, right)
    owner = await join(user)
    reader = await join(eve, open=False)
    assert (await reader.wire.connect())[0]
    await reader.say(type="join", after=owner.sequence)
    assert (await reader.hear())["type"] == "joined"
    refused = await reader.push(b"\0\0")
    assert (refused["type"], refused["code"]) == ("refused", "right_missing")
    done = await owner.do(lambda it: it.set_title("set", "Changed"))
    while (news := await reader.hear()).get("revision") != done["revision"]:
        pass
    assert (news["sequence"], news["updates"]) == (done["sequence"], [])


async def test_a_right_that_is_withdrawn_ends_the_socket_and_one_that_changes_renews_the_page(
    user: User, eve: User, blueprint: Blueprint, join: Join
) -> None:
    share = await shared(blueprint, Right.EDIT)
    editor = await join(eve)
    await sync_to_async(change_right)(share, Right.VIEW)
    assert await editor.wire.closed_with() == RIGHT_CHANGED
    reader = await join(eve, open=False)
    assert (await reader.wire.connect())[0]
    await reader.say(type="join", after=0)
    await reader.hear()
    await sync_to_async(withdraw)(share)
    assert await reader.wire.closed_with() == GONE


async def test_a_guest_is_let_in_by_an_open_link_and_out_when_it_is_withdrawn(
    user: User, blueprint: Blueprint, join: Join
) -> None:
    def opened() -> tuple[ShareLink, SessionStore]:
        link, _ = make_link(blueprint, Right.VIEW, open_to_all=True)
        session = SessionStore()
        session[OPENED] = [str(link.pk)]
        session.create()
        return link, session

    link, session = await sync_to_async(opened)()
    owner = await join(user)
    guest = Person(AnonymousUser(), session, blueprint.pk)  # type: ignore[arg-type]
    assert (await guest.wire.connect())[0]
    await guest.say(type="join", after=0)
    assert (await guest.hear())["name"] == "a guest"
    await owner.say(type="presence", cursor=[1, 2], selection=[], colour=0)
    await owner.do(lambda it: it.set_name("Renamed"))
    while "revision" not in (news := await guest.hear()):
        pass
    assert "people" not in news
    await sync_to_async(withdraw)(link)
    assert await guest.wire.closed_with() == GONE
    again = Person(AnonymousUser(), session, blueprint.pk)  # type: ignore[arg-type]
    assert await refused(again.wire) == GONE


async def refused(wire: Wire) -> int:
    await wire.connect()
    return await wire.closed_with()


def test_who_may_look_gets_the_draft_of_now_and_nothing_of_before(blueprint: Blueprint) -> None:
    secret = {"url": "https://a/", "authentication": {"type": "bearer", "password": "hunter2"}}
    nodes = {"ask": {"kind": "http.request", "parameters": secret}}
    save_draft(blueprint, load({**DOCUMENT, "nodes": nodes, "edges": []}), 1)
    blueprint.refresh_from_db()
    opened = opened_to_read(blueprint)
    assert b"hunter2" not in opened.state
    assert SharedDraft.of([opened.state]).read()["nodes"].keys() == {"ask"}
