"""Listens to a folder of a mailbox: each mail once, by its number there and by what it is.

Numbers (UIDs) only grow, so the next one that nobody has looked at says how far this has come. A
server that numbers anew says so (UIDVALIDITY): then a mail is known by its Message-ID and content.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

from runner.listeners import mailbox
from runner.listeners.held import Held, ListenFailed
from runner.listeners.mail_parts import header_of, read_mail
from runner.nodes.mail import EmailParameters

LOOK = 1.0  # seconds that the server is waited for until it is looked whether to stop
POLL = 15.0  # seconds between two looks where the server does not tell of mails (RFC 2177, IDLE)
RENEW = 60.0  # seconds after which it is looked all the same: a word may be lost
MOST_AT_ONCE = 20  # mails of which the headers are asked for together
WINDOW = 20_000  # numbers that are looked through together
HEADERS = 65_536  # bytes of headers that are read of a mail that is too large
REMEMBERED = 500  # mails of which it is known that they were taken


def listen(held: Held) -> None:
    """Start a run for each mail, until stopped. Raises ListenFailed."""
    wanted = EmailParameters.model_validate(dict(held.parameters))
    account = mailbox.account_of(wanted.connection)
    client = mailbox.sign_in(account)
    try:
        box = _Box(held, wanted, client)
        box.open()
        held.well()
        while not held.stop.is_set():
            box.take()
            box.wait()
    except (mailbox.client_error(), OSError) as error:
        raise account.failed(error) from None
    finally:
        mailbox.leave(client)


class _Box:
    """A folder that is open, driven by the thread that listens."""

    def __init__(self, held: Held, wanted: EmailParameters, client: Any) -> None:
        self._held, self._wanted, self._client = held, wanted, client
        self._end = 1

    def open(self) -> None:
        """Open the folder, find the place in it, and end what a worker before may not have."""
        wanted, client = self._wanted, self._client
        if not client.folder_exists(wanted.folder):
            raise ListenFailed(f"The mailbox has no folder {wanted.folder!r}.")
        if wanted.move_to and not client.folder_exists(wanted.move_to):
            client.create_folder(wanted.move_to)
        answer = client.select_folder(wanted.folder, readonly=wanted.after == "leave")
        if b"UIDNEXT" not in answer or b"UIDVALIDITY" not in answer:
            raise ListenFailed("The server numbers no mails (UIDNEXT, UIDVALIDITY).")
        validity, self._end = int(answer[b"UIDVALIDITY"]), int(answer[b"UIDNEXT"])
        cursor = self._held.cursor
        if not cursor:
            first = 1 if wanted.begin == "all" else self._end
            latest = self._latest(first)
            self._note(validity=validity, next=first, taken=[], latest=latest, since=None, done=0)
        elif cursor["validity"] != validity:
            # It is numbered anew, so all is looked at that came since the last one.
            self._note(validity=validity, next=1, since=cursor["latest"], done=0)
        elif cursor["done"]:
            self._put_away(cursor["done"])
            self._note(done=0)

    def take(self) -> None:
        """Start a run for each mail that nobody has looked at."""
        for uids in self._fresh():
            for first in range(0, len(uids), MOST_AT_ONCE):
                if self._held.stop.is_set():
                    return
                self._look_at(uids[first : first + MOST_AT_ONCE])
        if self._held.cursor["since"]:
            self._note(since=None)

    def wait(self) -> None:
        """Wait until the server tells of something, or until it is time to look all the same."""
        if not self._client.has_capability("IDLE"):
            self._held.pause(POLL)
            self._client.noop()
            return
        try:
            self._client.idle()
        except self._client.AbortError:
            raise
        except self._client.Error:
            # Something came before the server had said that it would tell of it.
            self._client.idle_done()
            return
        until = time.monotonic() + RENEW
        while not self._held.stop.is_set() and time.monotonic() < until:
            asked = time.monotonic()
            told = self._client.idle_check(timeout=LOOK)
            # A connection that has ended answers at once and with nothing.
            if told or time.monotonic() - asked < LOOK / 2:
                break
        self._client.idle_done()

    def _fresh(self) -> Iterator[list[int]]:
        """Yield the numbers that nobody has looked at, in order."""
        while (first := self._held.cursor["next"]) < self._end:
            last = min(first + WINDOW, self._end) - 1
            yield sorted(self._client.search(["UID", f"{first}:{last}"]))
            if self._held.cursor["next"] <= last and not self._held.stop.is_set():
                self._note(next=last + 1)
            if self._held.stop.is_set():
                return
        # Of a range that begins beyond the end, a server gives its last mail.
        found = self._client.search(["UID", f"{first}:*"])
        yield sorted(uid for uid in found if uid >= first)

    def _look_at(self, uids: Sequence[int]) -> None:
        head = f"BODY.PEEK[HEADER]<0.{HEADERS}>"
        heads = self._client.fetch(uids, ["FLAGS", "INTERNALDATE", "RFC822.SIZE", head])
        for uid in uids:
            about = heads.get(uid)
            if about is not None and self._fits(about):
                self._start(uid, about)
        if self._held.cursor["next"] <= uids[-1]:
            self._note(next=uids[-1] + 1)

    def _fits(self, about: dict[bytes, Any]) -> bool:
        wanted, since = self._wanted, _moment(self._held.cursor["since"])
        if since is not None and _received(about) < since:
            return False
        if wanted.unseen and b"\\Seen" in about.get(b"FLAGS", ()):
            return False
        head = message_from_bytes(_head(about))
        pairs = ((wanted.sender, "from"), (wanted.subject, "subject"))
        return all(part.casefold() in header_of(head, name).casefold() for part, name in pairs)

    def _start(self, uid: int, about: dict[bytes, Any]) -> None:
        size = int(about.get(b"RFC822.SIZE", 0))
        complete = size <= self._wanted.largest * 1_000_000
        raw = _head(about)
        if complete:
            found = self._client.fetch([uid], ["BODY.PEEK[]"]).get(uid)
            if found is None:  # somebody has taken it away meanwhile
                return
            raw = found.get(b"BODY[]") or b""
        mail = read_mail(raw, complete=complete)
        if not complete:
            mail["problem"] = f"It is larger than {self._wanted.largest} MB; only its headers came."
        received = _received(about)
        mail |= {
            "uid": uid,
            "folder": self._wanted.folder,
            "received": received.isoformat(),
            "size": size,
        }
        mark = _mark(mail["message_id"], raw, complete=complete)
        taken: list[str] = list(self._held.cursor["taken"])
        latest = max(received, _moment(self._held.cursor["latest"]) or received).isoformat()
        after = self._wanted.after != "leave"
        cursor = {
            **self._held.cursor,
            "next": uid + 1,
            "taken": [*taken, mark][-REMEMBERED:],
            "latest": latest,
            "done": uid if after else 0,
        }
        self._held.take([] if mark in taken else [mail], cursor)
        if after:
            # Where this is cut short, whoever listens next does it.
            self._put_away(uid)

    def _put_away(self, uid: int) -> None:
        """Do with a mail whose run is kept what is wanted. Doing it again changes nothing."""
        client, there = self._client, self._wanted.move_to
        if self._wanted.after == "seen":
            client.add_flags([uid], [b"\\Seen"], silent=True)
        elif self._wanted.after == "move":
            if client.has_capability("MOVE"):  # RFC 6851
                client.move([uid], there)
            elif client.search(["UID", str(uid)]):
                client.copy([uid], there)
                client.delete_messages([uid], silent=True)
                # Without this it would take along what others have marked.
                if client.has_capability("UIDPLUS"):  # RFC 4315
                    client.uid_expunge([uid])

    def _latest(self, first: int) -> str | None:
        """Return when the last of the mails came that are left out, as the server says."""
        if first == 1:
            return None
        before = self._client.search(["UID", f"{max(1, first - WINDOW)}:{first - 1}"])
        if not before:
            return None
        about = self._client.fetch([max(before)], ["INTERNALDATE"]).get(max(before))
        return _received(about).isoformat() if about else None

    def _note(self, **changed: Any) -> None:
        self._held.take([], {**self._held.cursor, **changed})


def _head(about: dict[bytes, Any]) -> bytes:
    found = (value for key, value in about.items() if key.startswith(b"BODY[HEADER]"))
    return next(found, b"") or b""


def _received(about: dict[bytes, Any]) -> datetime:
    """Return when the mail came into the mailbox (INTERNALDATE)."""
    moment = about.get(b"INTERNALDATE")
    return (
        moment.astimezone(UTC) if isinstance(moment, datetime) else datetime.fromtimestamp(0, UTC)
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _mark(message_id: str, raw: bytes, *, complete: bool) -> str:
    """Return what a mail is known by: the way that it took stands in its headers, and may differ.

    Some programs give all of their mails one Message-ID, so that alone would lose some.
    """
    content = raw.partition(b"\r\n\r\n")[2] if complete else raw
    about = message_id.encode("utf-8", "replace") if message_id else raw.partition(b"\r\n\r\n")[0]
    return hashlib.sha256(about + b"\0" + content).hexdigest()[:16]
