"""Large values leave the journal: their JSON goes to files, and what stands for them stays.

A chunk says beside its events' data which values lie in files: for such an event a
list of `{at, sha256, size}`, `at` being the keys that lead to the value in its data. In
the value's place stands `{"$cut": …}` with its beginning, for those who only look. Nothing
in the data itself can name a file: whatever a blueprint makes of its values, it reads no
others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from runner.engine.events import RUN_QUEUED, STEP_EDITED, Event
from runner.journal import files
from runner.journal.encoding import Columns, Found, Spilled, columns_of, encode, encode_columns

# Bytes of JSON in an event, or in a column, that need no file.
LARGEST = 256 * 1024
# How much of a value's JSON is shown in its place.
SHOWN = 2_000
# Objects are looked into so deep for the values that make them large.
DEEPEST = 4
# Of what this run has spilled so much is known, in bytes of JSON, that what is passed on is
# neither encoded nor written again. It stays in memory for that, so it is not much.
MOST_KNOWN = 4 * 1024 * 1024
# More parts than these are one value, not many.
MOST_PARTS = 64


class FileNeeded(Exception):
    """A value is so large that it takes a file, and who asks cannot wait for one."""


class Spiller:
    """Encodes the events of one run, and the columns of its row. Not safe for several threads.

    Where it is to work `at_once`, it raises FileNeeded rather than write a file.
    """

    def __init__(self, run: UUID) -> None:
        self.run = run
        # The run's id as its rows have it, once known: making it takes as long as a small row.
        self.key = ""
        self.at_once = False
        # By identity: the value is kept with what became of it, so that no other gets its address.
        self._known: dict[int, tuple[Any, str, int, bytes]] = {}

    def events(self, events: Sequence[Event], columns: Columns | None = None) -> str:
        """Return the text of a chunk of these events, without what is large.

        Who has their columns already gives them. Raises OperationalError where a value cannot be
        written.
        """
        columns = columns or columns_of(events)
        if not self._known or not any(self._has_known(it, 0) for it in columns.data):
            text = encode_columns(columns)
            if len(text) <= LARGEST:
                return text
        spilled: Spilled = {}
        data = [orjson.Fragment(self._data(event, spilled)) for event in events]
        seqs, times, types, steps, _ = columns
        return orjson.dumps((seqs[0], times, types, steps, data, spilled)).decode()

    def column(self, value: dict[str, Any], seq: int, key: str) -> str:
        """Return an object for a column of the run's row: its JSON, or where it is large a list.

        The list has what stands for the object, and what was spilled. `seq` and
        `key` say where an event has the same object.
        """
        if not self._known or not self._has_known(value, 1):
            text = encode(value)
            if len(text) <= LARGEST:
                return text
        found: Found = []
        fitted = self._fit(value, seq, [key], found, whole=False)
        for it in found:
            it["at"] = it["at"][1:]
        return f"[{fitted.decode()},{encode(found)}]"

    def shown(self, value: dict[str, Any], seq: int, key: str) -> str:
        """Return an object for a column that only needs to be looked at."""
        text = encode(value)
        if len(text) <= LARGEST:
            return text
        return self._fit(value, seq, [key], [], whole=False).decode()

    def _data(self, event: Event, spilled: Spilled) -> str:
        if not self._has_known(event.data, 0):
            text = encode(event.data)
            if len(text) <= LARGEST:
                return text
        found: Found = []
        data: dict[str, Any] = {}
        for key, value in event.data.items():
            # What came in is told by where it came from; there it is kept.
            refers = key == "inputs" and event.type not in (RUN_QUEUED, STEP_EDITED)
            if refers or type(value) not in (dict, list, str):
                data[key] = orjson.Fragment(encode(value))
            else:
                # Ports are always told: what reads a run only looks at which there are.
                fitted = self._fit(value, event.seq, [key], found, whole=key != "outputs")
                data[key] = orjson.Fragment(fitted)
        if found:
            spilled[str(event.seq)] = found
        return orjson.dumps(data).decode()

    def _has_known(self, value: Any, depth: int) -> bool:
        if id(value) in self._known:
            return True
        if depth >= DEEPEST or type(value) is not dict:
            return False
        return any(self._has_known(part, depth + 1) for part in value.values())

    def _fit(self, value: Any, seq: int, path: list[str], found: Found, *, whole: bool) -> bytes:
        """Return JSON that is not large; `whole` allows that all of the value is spilled."""
        if id(value) in self._known:
            return self._cut(value, b"", seq, path, found)
        if type(value) is not dict or not value or len(path) >= DEEPEST:
            text = encode(value).encode()
            return text if len(text) <= LARGEST else self._cut(value, text, seq, path, found)
        inner: Found = []
        parts = {
            str(key): self._fit(part, seq, [*path, str(key)], inner, whole=True)
            for key, part in value.items()
        }
        size = sum(map(len, parts.values()))
        largest = sorted(parts, key=lambda key: len(parts[key]), reverse=True)
        if whole and size > LARGEST and size - _sum(parts, largest[:MOST_PARTS]) > LARGEST // 2:
            return self._cut(value, encode(value).encode(), seq, path, found)
        cut = {it["at"][len(path)] for it in inner}
        for key in largest:
            if size <= LARGEST:
                break
            if key in cut:
                continue
            text = parts[key]
            parts[key] = self._cut(value.get(key), text, seq, [*path, key], inner)
            size += len(parts[key]) - len(text)
        found += inner
        return orjson.dumps({key: orjson.Fragment(text) for key, text in parts.items()})

    def _know(self, value: Any, known: tuple[Any, str, int, bytes]) -> None:
        self._known[id(value)] = known
        size = sum(it[2] for it in self._known.values())
        while size > MOST_KNOWN and len(self._known) > 1:
            oldest = next(iter(self._known))
            size -= self._known.pop(oldest)[2]

    def _cut(self, value: Any, text: bytes, seq: int, path: list[str], found: Found) -> bytes:
        known = self._known.get(id(value))
        if known is None:
            if self.at_once:
                raise FileNeeded
            # What is not much larger than its beginning would gain nothing.
            start = text[: min(SHOWN, len(text) // 16)]
            known = (value, files.write(self.run, text), len(text), start)
            if isinstance(value, dict | list | str):
                self._know(value, known)
        _, name, size, start = known
        found.append({"at": path, "sha256": name, "size": size})
        return orjson.dumps(cut_of(value, size, start, seq, path, sha256=name))


def kind_of(value: Any) -> str:
    """Return `list`, `object`, `text`, or `other`."""
    kinds: dict[Any, str] = {list: "list", dict: "object", str: "text"}
    return kinds.get(type(value), "other")


def cut_of(
    value: Any, size: int, start: bytes, seq: int, path: list[str], *, sha256: str = ""
) -> dict[str, Any]:
    """Return what stands for a large value: the event and the keys that lead to it, and its look.

    `size` is that of its JSON in bytes, of which `start` is the beginning and
    `sha256` the hash: who compares two values need not read them.
    """
    cut: dict[str, Any] = {"seq": seq, "path": path, "size": size, "kind": kind_of(value)}
    if isinstance(value, list | dict | str):
        cut["length"] = len(value)
    if sha256:
        cut["sha256"] = sha256
    return {"$cut": {**cut, "start": start[:SHOWN].decode(errors="ignore")}}


def _sum(parts: dict[str, bytes], keys: list[str]) -> int:
    return sum(len(parts[key]) for key in keys)


def restore(run: UUID, value: Any, spilled: Found, loaded: dict[str, Any] | None = None) -> Any:
    """Put what was spilled back into its places and return the value.

    `loaded` keeps what was read, by hash, for the next: equal values are then
    one object. Raises ValueLost.
    """
    loaded = {} if loaded is None else loaded
    for it in spilled:
        *way, last = it["at"]
        within = value
        for key in way:
            within = within[key]
        name = it["sha256"]
        if name not in loaded:
            loaded[name] = orjson.loads(files.read(run, name))
        within[last] = loaded[name]
    return value


def whole(run: UUID, column: Any) -> Any:
    """Return the object of a run's column, with what was spilled. Raises ValueLost."""
    return restore(run, *column) if isinstance(column, list) else column


def spilled_of(column: Any) -> Found:
    """Return what was spilled of the object of a run's column."""
    return column[1] if isinstance(column, list) else []


def looked_at(column: Any) -> Any:
    """Return the object of a run's column as it is shown: large values are cut."""
    return column[0] if isinstance(column, list) else column
