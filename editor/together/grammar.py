"""What an update from outside may look like, told before the merging library sees its bytes.

An update is read by compiled code that recurses over what is nested and reserves what is
announced; where that fails hard, the process ends. So each is walked here first: only the
structs that the editor writes, no deeper and no longer than they can be.
"""

from __future__ import annotations

from editor.together.refusals import UpdateRefused

ROOTS = frozenset({"blueprint", "nodes", "edges", "layout", "collapsed", "routes", "notes"})
MOST_BYTES = 8 * 1024 * 1024
MOST_STRUCTS = 250_000
# Lists in lists; objects are kept as JSON text, see `values`.
MOST_NESTED = 60
# A node is a map, and its parameters are one in it.
DEEPEST_MAP = 2

_GC, _DELETED, _TYPE, _ANY, _SKIP = 0, 1, 7, 8, 10
_MAP = 1
_FIXED = {127: 0, 126: 0, 124: 4, 123: 8, 121: 0, 120: 0}
_INTEGER, _TEXT, _OBJECT, _LIST = 125, 119, 118, 117

Id = tuple[int, int]


def check(update: bytes) -> dict[int, int]:
    """Return up to which clock the update goes for each client that it has structs of.

    Raises UpdateRefused unless these bytes are an update as the editor makes them.
    """
    if len(update) > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise UpdateRefused("too_large", f"The change is larger than {most} MiB.")
    return _Walk(update).whole()


def clocks(state: bytes) -> dict[int, int]:
    """Return the clock of each client in a state vector."""
    return _Walk(state).vector()


class _Walk:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._structs = 0
        self._depths: dict[Id, int] = {}

    def vector(self) -> dict[int, int]:
        return {self._number(): self._number() for _ in range(self._number())}

    def whole(self) -> dict[int, int]:
        ends: dict[int, int] = {}
        for _ in range(self._number()):
            count, client, clock = self._number(), self._number(), self._number()
            for _ in range(count):
                clock += self._struct(client, clock)
            ends[client] = clock
        for _ in range(self._number()):
            self._number()
            for _ in range(self._number()):
                self._number()
                self._number()
        if self._at != len(self._data):
            raise _unreadable("something follows its end")
        return ends

    # --- structs -----------------------------------------------------------------------

    def _struct(self, client: int, clock: int) -> int:
        """Walk one struct, and return how many clocks it takes."""
        self._structs += 1
        if self._structs > MOST_STRUCTS:
            raise UpdateRefused("too_large", "The change has too many parts.")
        info = self._byte()
        kind = info & 0x1F
        if kind in (_GC, _SKIP):
            return self._length()
        depth = self._place(info)
        if kind == _DELETED:
            return self._length()
        if kind == _TYPE:
            if self._number() != _MAP:
                raise _foreign("a shared type other than a map")
            if depth > DEEPEST_MAP:
                raise _foreign("maps in maps in maps")
            self._depths[client, clock] = depth
            return 1
        if kind == _ANY:
            length = self._length()
            for _ in range(length):
                self._value(0)
            return length
        raise _foreign(f"content of the kind {kind}")

    def _place(self, info: int) -> int:
        """Walk where an item stands, and return how deep a map there would be."""
        depth = 1
        if info & 0x80:
            depth = self._depths.get(self._id(), 1)
        if info & 0x40:
            depth = max(depth, self._depths.get(self._id(), 1))
        if info & 0xC0:
            return depth
        if self._number() == 1:
            root = self._text()
            if root not in ROOTS:
                raise _foreign(f"the top-level name {root[:40]!r}")
        else:
            # A parent that is not in this update was accepted before, and is no deeper than it may.
            depth = self._depths.get(self._id(), 1) + 1
        if info & 0x20:
            self._text()
        else:
            raise _foreign("entries of a list")
        return depth

    def _value(self, depth: int) -> None:
        if depth > MOST_NESTED:
            raise _foreign(f"values nested deeper than {MOST_NESTED}")
        kind = self._byte()
        if kind in _FIXED:
            self._skip(_FIXED[kind])
        elif kind == _INTEGER:
            while self._byte() & 0x80:
                pass
        elif kind == _TEXT:
            self._skip(self._number())
        elif kind == _LIST:
            for _ in range(self._number()):
                self._value(depth + 1)
        elif kind == _OBJECT:
            for _ in range(self._number()):
                self._text()
                self._value(depth + 1)
        else:
            raise _foreign(f"a value of the kind {kind}")

    # --- what they are made of ---------------------------------------------------------

    def _byte(self) -> int:
        at = self._at
        if at >= len(self._data):
            raise _unreadable("it ends too early")
        self._at = at + 1
        return self._data[at]

    def _number(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7
            if shift > 63:
                raise _unreadable("a number in it is too long")

    def _length(self) -> int:
        length = self._number()
        if not 0 < length < 2**31:
            raise _unreadable("a length in it cannot be")
        return length

    def _id(self) -> Id:
        return self._number(), self._number()

    def _skip(self, count: int) -> None:
        if count > len(self._data) - self._at:
            raise _unreadable("it ends too early")
        self._at += count

    def _text(self) -> str:
        length, start = self._number(), self._at
        self._skip(length)
        try:
            return self._data[start : self._at].decode()
        except UnicodeDecodeError:
            raise _unreadable("a text in it is not UTF-8") from None


def _unreadable(why: str) -> UpdateRefused:
    return UpdateRefused("unreadable", f"The change is no Yjs update: {why}.")


def _foreign(what: str) -> UpdateRefused:
    return UpdateRefused("foreign", f"The change holds what no draft has: {what}.")
