"""The websocket, with real rows: replay, order, limits, rights."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from editor.actions.sharing import share_with, withdraw
from editor.models import Right, Share
from editor.veil import HIDDEN
from runner.live import consumer, feed
from runner.models import Run, RunStatus
from tests.live.conftest import Journal, Page, make_run
from tests.wire import Wire

Open = Callable[..., Awaitable[Page]]


async def following(open_page: Open, user: User, journal: Journal) -> Page:
    """Open a page that follows the run, and has got its first event."""
    page = await open_page(user)
    await page.say(type="subscribe", run=journal.id)
    await journal.awrite()
    assert await page.numbers(1) == [1]
    return page


async def test_what_was_missed_is_replayed_and_then_live_events_follow(
    open_page: Open, user: User, journal: Journal
) -> None:
    await journal.awrite(5)
    page = await open_page(user)
    await page.say(type="subscribe", run=journal.id, after=2)
    assert await page.numbers(5) == [3, 4, 5]
    await journal.awrite()
    await journal.awrite(2)
    assert await page.numbers(8) == [6, 7, 8]


async def test_events_come_once_and_in_order_while_they_are_written(
    open_page: Open, user: User, journal: Journal
) -> None:
    async def write() -> None:
        for number in range(60):
            await journal.awrite(1 + number % 3, said=number % 4 != 3)

    writing = asyncio.create_task(write())
    page = await open_page(user)
    await page.say(type="subscribe", run=journal.id)
    await writing
    assert await page.numbers(journal.seq) == list(range(1, journal.seq + 1))
    assert await page.wire.receive_nothing(0.2)


async def test_an_event_after_a_quiet_while_comes_at_once(
    open_page: Open, user: User, journal: Journal
) -> None:
    page = await following(open_page, user, journal)
    delays = []
    for number in range(2, 7):
        await asyncio.sleep(0.1)
        await sync_to_async(journal.write)(said=False)
        from runner.journal.announcements import Committed, announce
        from runner.models import JournalChunk

        row = await JournalChunk.objects.aget(run_id=journal.id, first_seq=number)
        began = time.perf_counter()
        announce([Committed(journal.id, str(journal.run.blueprint_id), number, number, row.events)])
        assert await page.numbers(number) == [number]
        delays.append(time.perf_counter() - began)
    assert sorted(delays)[2] < 0.1


async def test_many_events_are_gathered_into_few_frames(
    open_page: Open, user: User, journal: Journal
) -> None:
    page = await following(open_page, user, journal)
    began = time.monotonic()
    for _ in range(200):
        await journal.awrite()
    frames = got = 0
    while got < 200:
        got += len((await page.hear())["events"])
        frames += 1
    assert frames <= 2 + 30 * (time.monotonic() - began)


async def test_events_that_another_process_wrote_are_found_in_the_rows(
    open_page: Open, user: User, journal: Journal
) -> None:
    page = await open_page(user)
    await page.say(type="subscribe", run=journal.id)
    await journal.awrite(3, said=False)
    assert await page.numbers(3) == [1, 2, 3]


async def test_a_run_that_is_no_longer_wanted_is_told_no_more(
    open_page: Open, user: User, journal: Journal
) -> None:
    page = await following(open_page, user, journal)
    await page.say(type="unsubscribe", run=journal.id)
    await page.say(type="nonsense")
    assert (await page.hear())["type"] == "error"
    await journal.awrite()
    assert await page.wire.receive_nothing(0.7)


async def test_a_slow_page_is_asked_to_subscribe_again_instead_of_being_flooded(
    open_page: Open, user: User, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "WINDOW", 20_000)
    page = await open_page(user)
    await page.say(type="subscribe", run=journal.id)
    for _ in range(10):
        await journal.awrite(data={"message": "x" * 5000})
    got: list[int] = []
    asked = 0
    while not asked or got[-1] < 10:
        message = await page.hear()
        if message["type"] == "resync":
            assert message == {"type": "resync", "run": journal.id, "after": got[-1]}
            if not asked:
                assert await page.wire.receive_nothing(0.7)
            asked += 1
            await page.say(type="subscribe", run=journal.id, after=got[-1])
        else:
            got += [event["seq"] for event in message["events"]]
    assert got == list(range(1, 11))
    assert asked >= 1


async def test_the_runs_of_a_blueprint_are_told_on_subscribing_and_on_change(
    open_page: Open, user: User, journal: Journal
) -> None:
    blueprint = str(journal.run.blueprint_id)
    page = await open_page(user)
    await page.say(type="subscribe", blueprint=blueprint)
    message = await page.hear()
    assert (message["type"], message["blueprint"]) == ("runs", blueprint)
    assert [(run["id"], run["status"]) for run in message["runs"]] == [(journal.id, "running")]
    await sync_to_async(journal.set_status)(RunStatus.SUCCEEDED)
    assert (await page.hear())["runs"][0]["status"] == "succeeded"
    await sync_to_async(journal.set_status)(RunStatus.FAILED, said=False)
    assert (await page.hear())["runs"][0]["status"] == "failed"


async def test_a_list_of_runs_stays_short_however_long_their_values_are(
    open_page: Open, user: User, journal: Journal
) -> None:
    long = "x" * 2_000_000
    error = {"code": "node_failed", "message": long, "data": {"body": long}}
    changes = {"inputs": {"body": long}, "outputs": {"out": long}, "error": error}
    await Run.objects.filter(pk=journal.run.pk).aupdate(status=RunStatus.FAILED, **changes)
    page = await open_page(user)
    await page.say(type="subscribe", blueprint=str(journal.run.blueprint_id))
    (told,) = (await page.hear())["runs"]
    assert told["error"] == {"code": "node_failed", "message": "x" * 300}
    assert len(str(told)) < 2000


async def test_others_runs_and_blueprints_are_not_there(
    open_page: Open, user: User, journal: Journal
) -> None:
    eve = await sync_to_async(User.objects.create_user)("eve")
    page = await open_page(eve)
    for what in ({"run": journal.id}, {"blueprint": str(journal.run.blueprint_id)}):
        await page.say(type="subscribe", **what)
        message = await page.hear()
        assert (message["type"], message["code"]) == ("error", "not_found")
    await journal.awrite()
    assert await page.wire.receive_nothing(0.7)
    theirs = await sync_to_async(make_run)(eve, "eve")
    await page.say(type="subscribe", run=theirs.id)
    await theirs.awrite()
    assert await page.numbers(1) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "null",
        "[1]",
        '"x"',
        "{}",
        '{"type": 7}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "run": 7}',
        '{"type": "subscribe", "run": "not an id"}',
        '{"type": "subscribe", "run": ["x"]}',
        '{"type": "subscribe", "run": "11111111-1111-1111-1111-111111111111", "after": -1}',
        '{"type": "subscribe", "run": "11111111-1111-1111-1111-111111111111", "after": 1e9}',
        '{"type": "subscribe", "run": "11111111-1111-1111-1111-111111111111", "after": true}',
        '{"type": "subscribe", "blueprint": "11111111-1111-1111-1111-111111111111"}',
        "[" * 4000,
        "x" * 100_000,
    ],
)
async def test_garbage_gets_an_error_and_the_socket_goes_on(
    open_page: Open, user: User, journal: Journal, text: str
) -> None:
    page = await open_page(user)
    await page.wire.send_to(text_data=text)
    message = await page.hear()
    assert message["type"] == "error"
    assert message["message"]
    await page.wire.send_to(bytes_data=b"\xff\x00")
    assert (await page.hear())["code"] == "malformed"
    await page.say(type="subscribe", run=journal.id)
    await journal.awrite()
    assert await page.numbers(1) == [1]


async def test_a_page_follows_a_bounded_number_of_runs(
    open_page: Open, user: User, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "MOST_RUNS", 1)
    page = await open_page(user)
    await page.say(type="subscribe", run=journal.id)
    second = await sync_to_async(make_run)(user, "C")
    await page.say(type="subscribe", run=second.id)
    assert (await page.hear())["code"] == "too_many"


async def test_who_is_not_signed_in_is_closed_out(transactional_db: None) -> None:
    wire = Wire(consumer.LiveConsumer.as_asgi(), "/ws/")
    wire.scope["user"] = AnonymousUser()
    assert (await wire.connect())[0]
    assert await wire.closed_with() == consumer.NOT_SIGNED_IN
    await wire.disconnect()


async def test_a_session_that_ends_ends_the_socket(
    open_page: Open, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "SESSION_EVERY", 0.1)
    page = await open_page(user)
    assert await page.wire.receive_nothing(0.8)
    await page.session.adelete()
    assert await page.wire.closed_with() == consumer.NOT_SIGNED_IN


async def test_a_run_that_is_deleted_while_it_is_followed_harms_nobody(
    open_page: Open, user: User, journal: Journal
) -> None:
    page = await following(open_page, user, journal)
    await Run.objects.filter(pk=journal.id).adelete()
    assert await page.wire.receive_nothing(0.7)
    await page.say(type="nonsense")
    assert (await page.hear())["type"] == "error"


async def test_a_run_whose_journal_is_gone_is_not_followed(
    user: User, journal: Journal, open_page: Open
) -> None:
    await journal.awrite(2)
    moment = timezone.now()
    await Run.objects.filter(pk=journal.run.pk).aupdate(pruned=moment, finished=moment)
    page = await open_page(user)
    await page.say(type="subscribe", run=journal.id)
    told = await page.hear()
    assert (told["type"], told["code"]) == ("error", "journal_pruned")
    assert told["run"] == journal.id
    assert "were pruned on" in told["message"]


async def test_a_run_is_told_to_whom_it_is_shared_until_the_right_is_withdrawn(
    open_page: Open, journal: Journal, user: User
) -> None:
    def share() -> Share:
        User.objects.create_user("eve")
        return share_with(journal.run.blueprint, "eve", Right.VIEW)

    given = await sync_to_async(share)()
    page = await open_page(given.user)
    await page.say(type="subscribe", run=journal.id, after=0)
    await journal.awrite(data={"at": "http://site/hooks/resume/token:1"})
    frame = await page.hear()
    assert frame["events"][0]["data"] == {"at": f"http://site/hooks/resume/{HIDDEN}"}
    await sync_to_async(withdraw)(given)
    told = await page.hear()
    assert (told["code"], told["run"]) == ("not_found", journal.id)
    await journal.awrite()
    assert await page.wire.receive_nothing(1)
