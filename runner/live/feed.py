"""What one socket still has to be told of one run: each event once, in order, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from runner.journal.announcements import Committed

# What a page may have been sent without having answered; then it is asked to.
WINDOW = 2 * 1024 * 1024
# What is kept of a run's news until the next frame; beyond that the rows are read.
KEPT = 512 * 1024


class Feed:
    """The place of one socket in one run's journal.

    News comes by `hear` as it is committed and is kept as the JSON text that
    it is. Where news is missed, came before its turn, or is too much to keep,
    the feed is `behind`, and the rows are read. Sending without end to a
    browser that does not read would fill the server's memory, and not every
    server says how much its socket still holds. So after `WINDOW` bytes the
    page is told to subscribe again from what it has (`resync`), and until it
    does, nothing more is sent.
    """

    def __init__(self, run: str, after: int) -> None:
        self.run = run
        self.sent = after
        self.behind = True
        self.over = False
        self.paused = False
        self._unanswered = 0
        self._kept: list[str] = []
        self._kept_bytes = 0
        self._heard = after
        self._committed = after

    def hear(self, news: Committed) -> None:
        """Take the news of a commit; doubles are dropped, and a gap is left to the rows."""
        self._committed = max(self._committed, news.last_seq)
        if news.last_seq <= self._heard or self.behind or self.paused:
            return
        if news.first_seq != self._heard + 1 or self._kept_bytes + len(news.events) > KEPT:
            self.fall_behind()
            return
        self._kept.append(news.events)
        self._kept_bytes += len(news.events)
        self._heard = news.last_seq

    def fall_behind(self) -> None:
        """Forget what is kept: the rows have it too."""
        self.behind = True
        self._kept.clear()
        self._kept_bytes = 0
        self._heard = self.sent

    @property
    def heard(self) -> int:
        """The number of the last event that was sent or is kept."""
        return self._heard

    @property
    def ready(self) -> bool:
        """Whether there is something to send or to read."""
        return not self.paused and (self.behind or bool(self._kept))

    def next_frame(self) -> str | None:
        """Return the frame of all that is kept."""
        if not self._kept:
            return None
        frame = self._frame(self._kept)
        self._kept.clear()
        self._kept_bytes = 0
        self.sent = self._heard
        return frame

    def read_frame(self, chunks: Sequence[tuple[int, int, str]], *, all_read: bool) -> str | None:
        """Return the frame of the chunks (first, last, events) that follow what was sent."""
        texts: list[str] = []
        for first, last, events in chunks:
            if last <= self.sent:
                continue
            if first > self.sent + 1:
                break
            texts.append(events if first == self.sent + 1 else _after(events, self.sent))
            self.sent = last
        self._heard = self.sent
        # What was committed while the rows were read may not be among them. Where they gave
        # nothing, the next look at the run's row asks again, not this one in a circle.
        self.behind = bool(texts) and (not all_read or self._committed > self.sent)
        return self._frame(texts) if texts else None

    def window_frame(self) -> str | None:
        """Return the question whether the page keeps up, when it is time to ask."""
        if self._unanswered < WINDOW:
            return None
        self.fall_behind()
        self.paused = True
        return orjson.dumps({"type": "resync", "run": self.run, "after": self.sent}).decode()

    def _frame(self, texts: list[str]) -> str:
        # The rows hold JSON lists; joined without their brackets they are one list.
        events = ",".join(text.strip()[1:-1] for text in texts)
        frame = f'{{"type":"events","run":"{self.run}","events":[{events}]}}'
        self._unanswered += len(frame)
        return frame


def _after(events: str, seq: int) -> str:
    return orjson.dumps([event for event in orjson.loads(events) if event["seq"] > seq]).decode()
