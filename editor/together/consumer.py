"""The socket of a page that edits a blueprint: takes its changes, and tells it those of others.

A change is answered when it is committed, not before. What the page is told waits for the page:
one frame is on its way at a time, so that one that does not read costs no memory.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from base64 import b64decode, b64encode
from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError

from editor.models import Right
from editor.together import grammar, rooms
from editor.together.news import group_of
from editor.together.people import NoState, People, State, read_state
from editor.together.refusals import Gone, UpdateRefused
from editor.visible import Who
from runner.live.rows import who_is_there

logger = logging.getLogger(__name__)

# News of another process may be lost on its way, and the rows are asked so often without any.
LOOK_EVERY = 2.0
FRAMES_A_SECOND = 20
UPDATES_A_SECOND = 25
MESSAGES_A_SECOND = 120
ALIVE_EVERY = 4.0
SILENT_AFTER = 10.0
MOST_MESSAGE = grammar.MOST_BYTES * 4 // 3 + 1024
NOT_SIGNED_IN = 4401
# What may be done here has changed: the page must be read anew.
RIGHT_CHANGED = 4403
GONE = 4404
TOO_MANY = 4429
FAULT = 4500

_standing = database_sync_to_async(rooms.standing)
_updates_after = database_sync_to_async(rooms.updates_after)
# A merge may take a while; other sockets' questions do not wait behind it.
_take_update = database_sync_to_async(rooms.take_update, thread_sensitive=False)


class DraftConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One page in one blueprint."""

    who: Who
    _right: Right

    async def connect(self) -> None:
        """Open for those who may look at the blueprint; any other learns nothing of it."""
        self._teller: asyncio.Task[None] | None = None
        self._blueprint: UUID = self.scope["url_route"]["kwargs"]["blueprint_id"]
        self._group = group_of(self._blueprint)
        self._peer = secrets.token_hex(6)
        self._told = -1  # the last sequence that the page has; -1 before it has joined
        self._own: set[int] = set()
        self._state: State | None = None
        self._people = People()
        self._woken = asyncio.Event()
        self._look = self._unseen = False
        self._credit, self._counted, self._updated = float(MESSAGES_A_SECOND), time.monotonic(), 0.0
        await self.accept()
        if not await self._signed_in():
            await self.close(NOT_SIGNED_IN)
            return
        user = self.who.user
        self._name = (user.get_full_name() if user else "") or self.who.name
        try:
            _, _, self._right = await _standing(self.who, self._blueprint)
        except Gone:
            await self.close(GONE)
            return
        await self.channel_layer.group_add(self._group, self.channel_name)
        self._teller = asyncio.create_task(self._tell())

    async def _signed_in(self) -> bool:
        """Say whether the session still holds, and keep whose it is."""
        user = self.scope.get("user") or AnonymousUser()
        who = await who_is_there(user, self.scope.get("session"))
        if who is not None:
            self.who = who
        return who is not None

    async def _stands(self) -> tuple[int, int]:
        """Return where the draft stands. Raises Gone, and RightChanged for another right."""
        last, revision, right = await _standing(self.who, self._blueprint)
        if right is not self._right:
            raise RightChanged
        return last, revision

    @property
    def _edits(self) -> bool:
        return bool(self._right.allows(Right.EDIT))

    async def disconnect(self, code: int) -> None:
        """Leave, and let the others know at once."""
        if self._teller is None:
            return
        self._teller.cancel()
        with suppress(asyncio.CancelledError):
            await self._teller
        await self.channel_layer.group_discard(self._group, self.channel_name)
        await self._tell_others({"type": "people.left", "peer": self._peer})

    # --- what the page says ------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Do what the page asks; anything else is answered with an error."""
        if self._teller is None or self._teller.done():
            return
        if not self._afford():
            await self.close(TOO_MANY)
            return
        try:
            message = _read(text_data)
            match message.get("type"):
                case "join":
                    await self._join(message)
                case "update" if self._told >= 0:
                    await self._update(message)
                case "presence" if self._told >= 0:
                    # Guests are nobody whom the others could know.
                    if self.who.user is not None:
                        await self._move(message)
                case "seen":
                    self._unseen = False
                    self._woken.set()
                case _:
                    raise _Malformed('The "type" must be "join", and then "update" or "presence".')
        except _Malformed as error:
            await self._say({"type": "error", "code": "malformed", "message": str(error)})
        except Gone:
            await self.close(GONE)
        except RightChanged:
            await self.close(RIGHT_CHANGED)
        except DatabaseError:
            # The page sends again what was not answered, on its next socket.
            logger.warning("The database did not answer a socket", exc_info=True)
            await self.close(FAULT)

    def _afford(self) -> bool:
        """Say whether the page may send another message; it earns so many a second."""
        now = time.monotonic()
        earned = (now - self._counted) * MESSAGES_A_SECOND
        self._credit = min(self._credit + earned, 3.0 * MESSAGES_A_SECOND) - 1
        self._counted = now
        return self._credit >= 0

    async def _join(self, message: dict[str, Any]) -> None:
        after = message.get("after")
        if type(after) is not int or not 0 <= after < 2**62:
            raise _Malformed('"after" must be the number of the last change that you have.')
        last, revision = await self._stands()
        # Where the rows are older than the page, after a backup was put back, it gets them all.
        self._told = after if after <= last else 0
        me = {"peer": self._peer, "name": self._name}
        await self._say({"type": "joined", **me, "sequence": last, "revision": revision})
        self._look = True
        self._woken.set()
        await self._tell_others({"type": "people.ask", "channel": self.channel_name})

    async def _update(self, message: dict[str, Any]) -> None:
        number, update = message.get("number"), message.get("update")
        if type(number) is not int or not isinstance(update, str):
            raise _Malformed('An update has a "number" and an "update" in base64.')
        pause = self._updated + 1 / UPDATES_A_SECOND - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        self._updated = time.monotonic()
        if not await self._signed_in():
            await self.close(NOT_SIGNED_IN)
            return
        if not self._edits:
            text = "You may look at this blueprint, not edit it."
            await self._say(
                {"type": "refused", "code": "right_missing", "message": text, "number": number}
            )
            return
        try:
            saved = await _take_update(self.who, self._blueprint, _bytes(update))
        except Gone:
            await self._stands()  # they may still look
            raise
        except UpdateRefused as refusal:
            answer = {"type": "refused", "code": refusal.code, "message": str(refusal)}
        else:
            if saved.own:
                self._own.add(saved.own)
            answer = {"type": "saved", "sequence": saved.sequence, "revision": saved.revision}
        await self._say({**answer, "number": number})

    async def _move(self, message: dict[str, Any]) -> None:
        try:
            state = read_state(message)
        except NoState as error:
            raise _Malformed(str(error)) from error
        self._state = {**state, "name": self._name}
        await self._tell_others(self._alive())

    # --- what others say ---------------------------------------------------------------

    async def draft_news(self, message: dict[str, Any]) -> None:
        """Read the rows soon: something was committed, or the blueprint is gone."""
        if message["sequence"] < 0 or message["sequence"] > self._told:
            self._look = True
            self._woken.set()

    async def people_state(self, message: dict[str, Any]) -> None:
        """Hear where somebody is."""
        if message["peer"] != self._peer:
            self._people.hear(message["peer"], message["state"], time.monotonic())
            self._woken.set()

    async def people_left(self, message: dict[str, Any]) -> None:
        """Hear that somebody has gone."""
        self._people.lose(message["peer"])
        self._woken.set()

    async def people_ask(self, message: dict[str, Any]) -> None:
        """Tell one who has just come where this page is."""
        if self._state is not None and message["channel"] != self.channel_name:
            with suppress(Exception):
                await self.channel_layer.send(message["channel"], self._alive())

    def _alive(self) -> dict[str, Any]:
        return {"type": "people.state", "peer": self._peer, "state": self._state}

    async def _tell_others(self, message: dict[str, Any]) -> None:
        try:
            await self.channel_layer.group_send(self._group, message)
        except Exception:
            # A layer that is away costs sight of the others; the rows are read all the same.
            logger.warning("The channel layer did not take a message", exc_info=True)

    # --- what the page is told ---------------------------------------------------------

    async def _tell(self) -> None:
        try:
            await self._tell_on()
        except Gone:
            await self.close(GONE)
        except RightChanged:
            await self.close(RIGHT_CHANGED)
        except Exception:
            logger.exception("A socket failed")
            await self.close(FAULT)

    async def _tell_on(self) -> None:
        looked = alive = time.monotonic()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, looked + LOOK_EVERY - time.monotonic())):
                    await self._woken.wait()
            self._woken.clear()
            now = time.monotonic()
            if now - alive >= ALIVE_EVERY and self._state is not None:
                alive = now
                await self._tell_others(self._alive())
            self._people.lose_silent(now - SILENT_AFTER)
            if now - looked >= LOOK_EVERY:
                looked, self._look = now, True
                if not await self._signed_in():
                    await self.close(NOT_SIGNED_IN)
                    return
            if self._told < 0 or self._unseen:
                continue
            try:
                told = await self._tell_news()
            except DatabaseError:
                logger.warning("The database did not answer a socket", exc_info=True)
                self._look, told = True, True
            if told:
                await asyncio.sleep(1 / FRAMES_A_SECOND)

    async def _tell_news(self) -> bool:
        """Send one frame with all that is new; return whether there was anything."""
        frame: dict[str, Any] = {}
        if self._look:
            self._look = False
            last, revision = await self._stands()
            if last > self._told and not self._edits:
                # The rows also hold what was deleted, and secrets: who only looks reads the draft.
                self._told = last
                frame |= {"sequence": last, "revision": revision, "updates": []}
            elif last > self._told:
                updates, sequence = [], self._told
                for sequence, update in await _updates_after(self._blueprint, self._told):
                    if sequence not in self._own:
                        updates.append(b64encode(update).decode())
                # What the next look would find is read at once.
                self._look = sequence < last
                self._own = {own for own in self._own if own > sequence}
                self._told = sequence
                frame |= {"sequence": sequence, "revision": revision, "updates": updates}
        if self._people.has_news and self.who.user is not None:
            frame["people"] = self._people.take_news()
        if not frame:
            return False
        self._unseen = True
        await self._say({"type": "news", **frame})
        return True

    async def _say(self, message: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps(message).decode())


class RightChanged(Exception):
    """Whoever is here may do more or less than when the page was opened."""


class _Malformed(ValueError):
    """A message that cannot be followed."""


def _read(text: str | None) -> dict[str, Any]:
    if text is None or len(text) > MOST_MESSAGE:
        raise _Malformed(f"A message is JSON text of at most {MOST_MESSAGE:,} characters.")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _Malformed(f"The message is not JSON: {error.msg}.") from error
    if not isinstance(message, dict):
        raise _Malformed("The message must be a JSON object.")
    return message


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise UpdateRefused("unreadable", "The change is not base64.") from None
