"""The draft as a Yjs document: made of `conductor/1`, read back as it, changed by what differs.

Its maps are those of editor/frontend/src/model/draft/shared.ts: the blueprint's own fields, nodes
(each a map with its parameters and settings as maps), edges, places and notes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pycrdt import Doc, Map

from editor.together import grammar
from editor.together.refusals import UpdateRefused
from editor.together.values import packed, same, unpacked
from runner.graph.document import FORMAT, Edge

# All that servers write carries one author's number: they take turns under a lock, and a
# number for each process would stay in the document for ever.
SERVER = 1
OWN = ("nodes", "edges", "layout", "collapsed", "routes", "notes")
INNER = ("parameters", "settings")
NOTHING = b"\0\0"

Json = dict[str, Any]


class SharedDraft:
    """One draft in memory. Whoever uses it holds the blueprint's lock."""

    def __init__(self) -> None:
        self._doc: Doc[Any] = Doc(client_id=SERVER, allow_multithreading=True)
        self._blueprint, self._nodes, self._edges, self._layout, self._notes = (
            self._doc.get(name, type=Map)
            for name in ("blueprint", "nodes", "edges", "layout", "notes")
        )
        self._collapsed: Map[Any] = self._doc.get("collapsed", type=Map)
        self._routes: Map[Any] = self._doc.get("routes", type=Map)
        self._news: list[bytes] = []
        self._watching = self._doc.observe(lambda event: self._news.append(event.update))

    @classmethod
    def of(cls, updates: Iterable[bytes]) -> SharedDraft:
        """Return the draft that these updates, in their order, have made."""
        draft = cls()
        for update in updates:
            draft.merge(update)
        return draft

    def merge(self, update: bytes) -> None:
        """Merge an update that was committed."""
        self._doc.apply_update(update)
        self._news.clear()

    def state(self) -> bytes:
        """Return all of it as one update."""
        return self._doc.get_update()

    # --- changes -----------------------------------------------------------------------

    def take(self, update: bytes) -> bytes:
        """Merge an update from outside, and return what of it is new; nothing may be.

        Raises UpdateRefused where it cannot be merged. The draft must not be used after that.
        """
        ends = grammar.check(update)
        try:
            self._doc.apply_update(update)
            merged = grammar.clocks(self._doc.get_state())
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException as error:
            # The library's panics are no Exceptions.
            raise UpdateRefused("unreadable", f"The change is no Yjs update: {error}.") from error
        if any(merged.get(client, 0) < end for client, end in ends.items()):
            raise UpdateRefused("gap", "The change builds on others that the server has not.")
        return self._told()

    def write(self, now: Json, document: Json) -> bytes:
        """Make the draft, which says `now`, say what this document says, by the least change.

        Both are in canonical form. Returns the change.
        """
        with self._doc.transaction():
            _write_values(self._blueprint, _without(now, OWN), _without(document, OWN))
            self._write_nodes(now.get("nodes", {}), document.get("nodes", {}))
            _write_order(self._edges, now.get("edges", []), document.get("edges", []))
            _write_values(self._layout, now.get("layout", {}), document.get("layout", {}))
            _write_values(self._collapsed, _collapsed(now), _collapsed(document))
            _write_values(self._routes, now.get("routes", {}), _routes(document))
            self._write_notes(now.get("notes", []), document.get("notes", []))
        return self._told()

    def mend(self, before: Json, after: Json) -> bytes:
        """Take away what hangs loose after a change and did not before it, and return that.

        While one person removes a node, another may draw an edge to it: both are merged, and
        the edge would lead nowhere.
        """
        nodes, nodes_before = after.get("nodes", {}), before.get("nodes", {})
        drawn = set(before.get("edges", ()))
        edges = [
            text
            for text in after.get("edges", ())
            if not _ends(text) <= nodes.keys()
            and (text not in drawn or _ends(text) <= nodes_before.keys())
        ]
        held = [
            name
            for name, node in nodes.items()
            if (frame := node.get("frame"))
            and frame not in nodes
            and (frame in nodes_before or nodes_before.get(name, {}).get("frame") != frame)
        ]
        with self._doc.transaction():
            for text in edges:
                del self._edges[text]
            for name in held:
                del self._nodes[name]["frame"]
            for places in (self._layout, self._collapsed):
                for name in set(places.keys()) - nodes.keys():
                    del places[name]
            for text in set(self._routes.keys()) - set(self._edges.keys()):
                del self._routes[text]
        return self._told()

    def _told(self) -> bytes:
        news = [update for update in self._news if update != NOTHING]
        self._news.clear()
        assert len(news) <= 1
        return news[0] if news else b""

    def _write_nodes(self, now: Mapping[str, Json], wanted: Mapping[str, Json]) -> None:
        for name in now:
            if name not in wanted:
                del self._nodes[name]
        for name, node in wanted.items():
            if name not in now:
                self._nodes[name] = _new_node(node)
                continue
            shared, before = self._nodes[name], now[name]
            for inner in INNER:
                _write_values(shared[inner], before.get(inner, {}), node.get(inner, {}))
            _write_values(shared, _without(before, INNER), _without(node, INNER))
        _write_places(self._nodes, list(now), list(wanted))

    def _write_notes(self, now: list[Json], wanted: list[Json]) -> None:
        before = {note["id"]: note for note in now}
        after: dict[str, Json] = {}
        for number, note in enumerate(wanted, 1):
            name = note.get("id") or f"note_{number}"
            after[name] = {**note, "id": name}
        for name in before:
            if name not in after:
                del self._notes[name]
        for name, note in after.items():
            if name not in before:
                self._notes[name] = Map({key: packed(value) for key, value in note.items()})
            else:
                _write_values(self._notes[name], before[name], note)
        _write_places(self._notes, list(before), list(after))

    # --- reading -----------------------------------------------------------------------

    def read(self) -> Json:
        """Return the draft as plain JSON values.

        Raises UpdateRefused where its maps are not those of a draft.
        """
        with self._doc.transaction():
            head = _values(self._blueprint, "the blueprint")
            if clash := head.keys() & set(OWN):
                raise _wrong(f"the blueprint has a field {min(clash)!r}")
            nodes = {name: node for _, name, node in sorted(map(self._node, self._nodes.keys()))}
            edges = sorted((_order(order, text), text) for text, order in self._edges.items())
            layout = _values(self._layout, "the layout")
            collapsed = _values(self._collapsed, "what is collapsed")
            routes = _values(self._routes, "the routes")
            notes = sorted(map(self._note, self._notes.keys()))
        return {
            "format": FORMAT,
            **head,
            "nodes": nodes,
            "edges": [text for _, text in edges],
            "layout": {name: layout[name] for name in nodes if name in layout},
            "collapsed": [name for name in nodes if name in collapsed],
            "routes": {text: routes[text] for _, text in edges if text in routes},
            "notes": [note for _, _, note in notes],
        }

    def _node(self, name: str) -> tuple[float, str, Json]:
        shared = _map(self._nodes[name], f"the node {name!r}")
        node = {
            key: _values(_map(value, f"{name}.{key}"), f"{name}.{key}")
            if key in INNER
            else _value(value, f"{name}.{key}")
            for key, value in shared.items()
        }
        if not set(INNER) <= node.keys():
            raise _wrong(f"the node {name!r} has no parameters or settings")
        return _order(node.pop("order", None), name), name, node

    def _note(self, name: str) -> tuple[float, str, Json]:
        note = _values(_map(self._notes[name], f"the note {name!r}"), f"the note {name!r}")
        return _order(note.pop("order", None), name), name, {**note, "id": name}


def _new_node(node: Json) -> Map[Any]:
    inner = {
        key: Map({name: packed(value) for name, value in node.get(key, {}).items()})
        for key in INNER
    }
    return Map({**{key: packed(value) for key, value in _without(node, INNER).items()}, **inner})


def _write_values(shared: Map[Any], now: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for key in now:
        if key not in wanted and key in shared:
            del shared[key]
    for key, value in wanted.items():
        if key not in now or not same(now[key], value):
            shared[key] = packed(value)


def _write_order(shared: Map[Any], now: list[str], wanted: list[str]) -> None:
    """Have exactly these keys in this order, the orders being their values."""
    for key in set(now) - set(wanted):
        del shared[key]
    _renumber(
        [key for key in now if key in set(wanted)],
        list(dict.fromkeys(wanted)),
        lambda key: float(shared[key]),
        shared.__setitem__,
    )


def _write_places(shared: Map[Any], now: list[str], wanted: list[str]) -> None:
    """Have the entries in this order, each holding its own."""
    kept = [key for key in now if key in set(wanted)]

    def place(key: str, order: float) -> None:
        shared[key]["order"] = order

    _renumber(kept, wanted, lambda key: float(shared[key]["order"]), place)


def _renumber(
    kept: list[str],
    wanted: list[str],
    order: Callable[[str], float],
    place: Callable[[str, float], None],
) -> None:
    """Number what is new after the last; where that is not the order wanted, number all."""
    new = wanted[len(kept) :]
    if wanted[: len(kept)] == kept:
        greatest = max((order(key) for key in kept), default=-1.0)
        for number, key in enumerate(new, 1):
            place(key, greatest + number)
        return
    for number, key in enumerate(wanted):
        place(key, float(number))


def _collapsed(document: Json) -> Json:
    nodes = document.get("nodes", {})
    return {name: True for name in document.get("collapsed", ()) if name in nodes}


def _routes(document: Json) -> Json:
    edges = set(document.get("edges", ()))
    return {text: route for text, route in document.get("routes", {}).items() if text in edges}


def _ends(text: str) -> set[str]:
    try:
        edge = Edge.parse(text)
    except ValueError:
        return set()
    return {edge.source, edge.target}


def _without(value: Json, keys: Iterable[str]) -> Json:
    return {key: item for key, item in value.items() if key not in keys}


def _map(value: Any, what: str) -> Map[Any]:
    if not isinstance(value, Map):
        raise _wrong(f"{what[:80]} is not a map")
    return value


def _values(shared: Map[Any], what: str) -> Json:
    return {key: _value(value, f"{what}.{key}") for key, value in shared.items()}


def _value(value: Any, what: str) -> Any:
    if isinstance(value, Map):
        raise _wrong(f"{what[:80]} is a map")
    return unpacked(value)


def _order(value: Any, what: str) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value):
        raise _wrong(f"{what[:80]!r} has no place in an order")
    return float(value)


def _wrong(what: str) -> UpdateRefused:
    return UpdateRefused("foreign", f"The change makes no draft: {what}.")
