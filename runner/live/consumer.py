"""The page's one websocket: it tells what happens in runs, each event once and in order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError

from editor.models import Right
from editor.veil import veiled, veiled_text
from editor.visible import Who
from runner.actions.history import JournalPruned
from runner.journal.announcements import Committed
from runner.journal.encoding import encode
from runner.journal.reader import JournalDamaged
from runner.live import hub, rows
from runner.live.feed import Feed
from runner.live.sharing import shared

logger = logging.getLogger(__name__)

FRAMES_A_SECOND = 30
# Runs that another process executes are only seen in the rows.
LOOK_EVERY = 0.5
# Seconds after which an ended session closes its sockets, and a right that was withdrawn ends.
SESSION_EVERY = 2.0
# How old an answer of the rows may be that another socket has asked for, in seconds.
FRESH = 0.3
MOST_RUNS = 50
MOST_BLUEPRINTS = 10
MOST_MESSAGE = 4096
NOT_SIGNED_IN = 4401
# Applications may close with 4000 to 4999 only (RFC 6455, section 7.4.2).
FAULT = 4500


class Refused(Exception):
    """A message that cannot be followed; the page is told and the socket stays open."""

    def __init__(self, code: str, message: str, **more: str) -> None:
        self.code = code
        self.more = more
        super().__init__(message)


class Gone(Exception):
    """The page has gone while it was told something."""


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One socket: what it follows, and the task that tells it."""

    # It has no messages of its own: those of other processes come by the hub, once for all.
    channel_layer_alias = "none"

    async def connect(self) -> None:
        """Open for those who are signed in, or have opened a link."""
        self._teller: asyncio.Task[None] | None = None
        self._listening: hub.Subscription | None = None
        await self.accept()
        who = await self._asks()
        if who is None:
            await self.close(NOT_SIGNED_IN)
            return
        self.who = who
        self._rights: dict[str, Right] = {}
        self._feeds: dict[str, Feed] = {}
        self._blueprints: dict[str, rows.Statuses | None] = {}
        self._stale: set[str] = set()
        self._woken = asyncio.Event()
        self._checked = time.monotonic()
        self._listening = hub.subscribe(self._hear)
        self._teller = asyncio.create_task(self._tell())

    async def disconnect(self, code: int) -> None:
        """Stop listening and telling."""
        if self._listening is not None:
            self._listening.close()
        if self._teller is not None:
            self._teller.cancel()
            with suppress(asyncio.CancelledError):
                await self._teller

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Follow what the page asks for; whatever else it sends is answered with an error."""
        if self._teller is None or self._teller.done():
            return
        try:
            message = _read(text_data)
            if message.get("type") == "subscribe" and not await self._signed_in():
                await self.close(NOT_SIGNED_IN)
                return
            await self._obey(message)
        except Refused as refusal:
            told = {"code": refusal.code, "message": str(refusal), **refusal.more}
            await self._say({"type": "error", **told})
        except Gone:
            return
        except DatabaseError:
            logger.exception("The database did not answer a socket")
            text = "The database does not answer now. Subscribe again in a moment."
            await self._say({"type": "error", "code": "database_unavailable", "message": text})

    async def _asks(self) -> Who | None:
        """Return who is at the other end; None where the session is over."""
        user = self.scope.get("user") or AnonymousUser()
        session = self.scope.get("session")
        key = ("who", session and session.session_key, getattr(user, "pk", None))
        return await shared().ask(key, lambda: rows.who_is_there(user, session))

    async def _signed_in(self) -> bool:
        """Say whether the session still holds; asked at most once a second."""
        now = time.monotonic()
        if now - self._checked < 1:
            return True
        self._checked = now
        who = await self._asks()
        if who is not None:
            self.who = who
        return who is not None

    async def _look_at_rights(self) -> None:
        """Tell no more of what was shared with whoever is here and is not any longer."""
        who, runs, blueprints = self.who, frozenset(self._feeds), frozenset(self._blueprints)
        user = who.user and who.user.pk
        rights = await shared().ask(
            ("rights", user, who.links, runs, blueprints),
            lambda: rows.rights_now(who, runs, blueprints),
            fresh=FRESH,
        )
        # What the page has asked for meanwhile was not among what was looked at.
        gone = [("run", key) for key in runs if key not in rights]
        gone += [("blueprint", key) for key in blueprints if key not in rights]
        self._rights |= rights
        for kind, key in gone:
            followed: dict[str, Any] = self._feeds if kind == "run" else self._blueprints
            self._rights.pop(key, None)
            if followed.pop(key, self) is self:
                continue
            text = f"The {kind} {key} is not there for you any more."
            await self._say({"type": "error", "code": "not_found", "message": text, kind: key})

    # --- what the page asks ----------------------------------------------------------------

    async def _obey(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "subscribe" and "run" in message:
            await self._follow_run(_id(message, "run"), _after(message))
        elif kind == "subscribe" and "blueprint" in message:
            await self._follow_blueprint(_id(message, "blueprint"))
        elif kind == "unsubscribe" and "run" in message:
            self._feeds.pop(str(_id(message, "run")), None)
        elif kind == "unsubscribe" and "blueprint" in message:
            self._blueprints.pop(str(_id(message, "blueprint")), None)
        elif kind in ("subscribe", "unsubscribe"):
            raise Refused("malformed", 'Name a "run" or a "blueprint".')
        else:
            raise Refused("unknown_type", 'The "type" must be "subscribe" or "unsubscribe".')

    async def _follow_run(self, run: UUID, after: int) -> None:
        key = str(run)
        if key not in self._feeds:
            if len(self._feeds) >= MOST_RUNS:
                raise Refused("too_many", f"A page follows at most {MOST_RUNS} runs at once.")
            try:
                right = await self._right_to(run, rows.right_to_run)
            except JournalPruned as pruned:
                raise Refused("journal_pruned", str(pruned), run=key) from None
            if right is None:
                raise Refused("not_found", f"There is no run {run} that you may see.")
            self._rights[key] = right
        self._feeds[key] = Feed(key, after)
        self._woken.set()

    async def _follow_blueprint(self, blueprint: UUID) -> None:
        key = str(blueprint)
        if key not in self._blueprints:
            if len(self._blueprints) >= MOST_BLUEPRINTS:
                raise Refused("too_many", f"A page follows at most {MOST_BLUEPRINTS} blueprints.")
            right = await self._right_to(blueprint, rows.right_to_blueprint)
            if right is None:
                raise Refused("not_found", f"There is no blueprint {blueprint} that you may see.")
            self._rights[key] = right
        self._blueprints[key] = None
        self._stale.add(key)
        self._woken.set()

    async def _right_to(
        self, key: UUID, ask: Callable[[Who, UUID], Awaitable[Right | None]]
    ) -> Right | None:
        """Return what whoever is here may do; many who follow the same ask the rows together."""
        who = self.who
        asked = ("right", key, who.user and who.user.pk, who.links)
        return await shared().ask(asked, lambda: ask(who, key))

    # --- what it is told -------------------------------------------------------------------

    def _hear(self, news: Sequence[Committed]) -> None:
        """Take the news of commits, on the socket's own event loop."""
        for committed in news:
            feed = self._feeds.get(committed.run)
            if feed is not None:
                feed.hear(committed)
                self._woken.set()
            if committed.status_changed and committed.blueprint in self._blueprints:
                self._stale.add(committed.blueprint)
                self._woken.set()

    async def _tell(self) -> None:
        try:
            await self._tell_on()
        except Gone:
            return
        except Exception:
            # Without its teller the socket would be silent for ever; the page connects again.
            logger.exception("A socket failed")
            await self.close(FAULT)

    async def _tell_on(self) -> None:
        """Tell the page what is new: at once after a quiet while, else 30 times a second."""
        looked = time.monotonic()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, looked + LOOK_EVERY - time.monotonic())):
                    await self._woken.wait()
            self._woken.clear()
            now = time.monotonic()
            try:
                if now - self._checked >= SESSION_EVERY:
                    if not await self._signed_in():
                        await self.close(NOT_SIGNED_IN)
                        return
                    await self._look_at_rights()
                if now - looked >= LOOK_EVERY:
                    looked = now
                    await self._look()
                told = await self._tell_news()
            except DatabaseError:
                # The rows will be there again; until then the page keeps what it has.
                logger.warning("The database did not answer a socket", exc_info=True)
                told = False
                await asyncio.sleep(LOOK_EVERY)
            if told:
                await asyncio.sleep(1 / FRAMES_A_SECOND)

    async def _look(self) -> None:
        """Ask the rows for what no news of this process has told."""
        runs = [feed.run for feed in self._feeds.values() if not feed.over]
        blueprints = [key for key, known in self._blueprints.items() if known is not None]
        if not runs and not blueprints:
            return
        key = ("look", frozenset(runs), frozenset(blueprints))
        seen = await shared().ask(key, lambda: rows.look(runs, blueprints), fresh=FRESH)
        for run in runs:
            # The page may have subscribed anew or gone while the rows were read.
            if feed := self._feeds.get(run):
                last_seq, feed.over = seen.runs.get(run, (0, True))
                if last_seq > feed.heard:
                    feed.fall_behind()
        for blueprint, statuses in seen.blueprints.items():
            if self._blueprints.get(blueprint) not in (None, statuses):
                self._stale.add(blueprint)

    async def _tell_news(self) -> bool:
        """Send one frame of each run and list that has news; return whether there were any."""
        told = False
        for feed in list(self._feeds.values()):
            if not feed.ready:
                continue
            frame = await self._frame_of(feed)
            # The page may have subscribed again or gone while the rows were read. Who does so
            # without end has them read no more often than they could be told.
            if self._feeds.get(feed.run) is not feed:
                told = True
                continue
            if frame is not None:
                own = self._rights.get(feed.run) is Right.OWN
                await self.send(text_data=frame if own else veiled_text(frame))
                told = True
            if window := feed.window_frame():
                await self.send(text_data=window)
            if feed.ready:
                self._woken.set()
        while self._stale:
            told = await self._tell_runs(self._stale.pop()) or told
        return told

    async def _frame_of(self, feed: Feed) -> str | None:
        if feed.behind:
            try:
                run, heard = feed.run, feed.heard
                chunks, all_read = await shared().ask(
                    ("chunks", run, heard), lambda: rows.chunks_after(run, heard)
                )
            except JournalDamaged as damage:
                if self._feeds.get(feed.run) is feed:
                    del self._feeds[feed.run]
                    told = {"code": "journal_damaged", "message": str(damage), "run": run}
                    await self._say({"type": "error", **told})
                return None
            feed.read(chunks, all_read=all_read)
        return feed.next_frame()

    async def _tell_runs(self, blueprint: str) -> bool:
        if blueprint not in self._blueprints:
            return False
        runs = await rows.newest_runs(blueprint)
        if blueprint not in self._blueprints:
            return False
        self._blueprints[blueprint] = [(UUID(run["id"]), run["status"]) for run in runs]
        if self._rights.get(blueprint) is not Right.OWN:
            runs = veiled(runs)
        await self._say({"type": "runs", "blueprint": blueprint, "runs": runs})
        return True

    async def send(
        self, text_data: str | None = None, bytes_data: bytes | None = None, close: bool = False
    ) -> None:
        """Send a message. Raises Gone where uvicorn says that nobody is there any more."""
        try:
            await super().send(text_data, bytes_data, close)
        except OSError as error:
            raise Gone from error

    async def _say(self, message: dict[str, Any]) -> None:
        await self.send(text_data=encode(message))


def _read(text: str | None) -> dict[str, Any]:
    if text is None or len(text) > MOST_MESSAGE:
        raise Refused("malformed", f"A message is JSON text of at most {MOST_MESSAGE} characters.")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refused("malformed", f"The message is not JSON: {error.msg}.") from error
    if not isinstance(message, dict):
        raise Refused("malformed", "The message must be a JSON object.")
    return message


def _id(message: dict[str, Any], name: str) -> UUID:
    text = message[name]
    try:
        return UUID(text if isinstance(text, str) else "")
    except ValueError:
        raise Refused("malformed", f'"{name}" must be an id.') from None


def _after(message: dict[str, Any]) -> int:
    after = message.get("after", 0)
    if type(after) is not int or not 0 <= after < 2**31:
        raise Refused("malformed", '"after" must be the number of the last event that you have.')
    return after
