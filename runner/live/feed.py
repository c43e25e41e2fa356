"""What one socket still has to be told of one run: each event once, in order, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import orjson

from runner.journal.announcements import Committed
from runner.live.pieces import LONGEST, Piece, pieces, size_of

# What a page may have been sent without having answered; then it is asked to.
WINDOW = 2 * 1024 * 1024
# What is kept of a run's news until the next frames; beyond that the rows are read. All sockets
# keep the same texts.
KEPT = 2 * 1024 * 1024


class Feed:
    """The place of one socket in one run's journal.

    News comes by `hear` as it is committed and is kept as JSON text. Where news
    is missed, came before its turn, or is too much to keep, the feed is
    `behind`, and the rows are read. Sending without end to a
    browser that does not read would fill the server's memory, and not every
    server says how much its socket still holds. So after `WINDOW` bytes the
    page is told to subscribe again from what it has (`resync`), and until it
    does, nothing more is sent.
    """

    def __init__(self, run: str, after: int) -> None:
        self.run = run
        self.sent = after
        self.over = False
        self.paused = False
        self._missing = True
        self._unanswered = 0
        self._kept: deque[Piece] = deque()
        self._kept_size = 0
        self._heard = after
        self._committed = after

    def hear(self, news: Committed) -> None:
        """Take the news of a commit; doubles are dropped, and a gap is left to the rows."""
        self._committed = max(self._committed, news.last_seq)
        if news.last_seq <= self._heard or self._missing or self.paused:
            return
        # News of another process that is large comes without its events.
        follows = bool(news.events) and news.first_seq == self._heard + 1
        more = pieces(news.events) if follows else ()
        if more and self._kept_size + size_of(more) <= KEPT:
            self._keep(more)
        else:
            self.fall_behind()

    def read(self, chunks: Sequence[tuple[int, int, str]], *, all_read: bool) -> None:
        """Take chunks (first, last, text) of the rows that follow what was heard."""
        before = self._heard
        for first, last, text in chunks:
            if last <= self._heard:
                continue
            if first > self._heard + 1:
                break
            self._keep(pieces(text, self._heard))
        # What was committed while the rows were read may not be among them. Where they gave
        # nothing, the next look at the run's row asks again, not this one in a circle.
        self._missing = self._heard > before and (not all_read or self._committed > self._heard)

    def _keep(self, more: Sequence[Piece]) -> None:
        self._kept += more
        self._kept_size += size_of(more)
        self._heard = more[-1][1]

    def fall_behind(self) -> None:
        """Have the rows read: for what is missing after what is kept."""
        self._missing = True

    @property
    def behind(self) -> bool:
        """Whether the rows must be read before anything can be sent."""
        return self._missing and not self._kept

    @property
    def heard(self) -> int:
        """The number of the last event that was sent or is kept."""
        return self._heard

    @property
    def ready(self) -> bool:
        """Whether there is something to send or to read."""
        return not self.paused and (self._missing or bool(self._kept))

    def next_frame(self) -> str | None:
        """Return a frame of what is kept, as much of it as one message may hold."""
        if not self._kept:
            return None
        texts: list[str] = []
        size = 0
        while self._kept and (not texts or size + len(self._kept[0][2]) <= LONGEST):
            _, self.sent, text = self._kept.popleft()
            texts.append(text)
            size += len(text)
        self._kept_size -= size
        # Joined, the pieces are one list.
        frame = f'{{"type":"events","run":"{self.run}","events":[{",".join(texts)}]}}'
        self._unanswered += len(frame)
        return frame

    def window_frame(self) -> str | None:
        """Return the question whether the page keeps up, when it is time to ask."""
        if self._unanswered < WINDOW:
            return None
        self.paused = True
        self._kept.clear()
        return orjson.dumps({"type": "resync", "run": self.run, "after": self.sent}).decode()
