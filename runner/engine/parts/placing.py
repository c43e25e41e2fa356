"""Where nodes stand that come in place of a call."""

from __future__ import annotations

from collections.abc import Mapping

from runner.engine.parts.wording import free
from runner.graph import Document, Node
from runner.graph.document import Note

# From the place of a node to that of the next beside it, in canvas units.
MARGIN = 280


def places(
    document: Document,
    called: Document,
    names: Mapping[str, str],
    made: Mapping[str, Node],
    call: str,
    *,
    whole: bool,
) -> tuple[dict[str, tuple[float, float]], list[Note], tuple[float, float]]:
    """Return where nodes stand, the notes that come in, and how far what comes in has moved.

    Their middle is where the call was; what is beside it makes room. Where `whole`, a node of the
    call's name stands behind them, which makes one object of the outputs.
    """
    frame = document.nodes[call].frame
    there = {names[it]: place for it, place in called.layout.items() if names[it] in made}
    x, y = document.layout.get(call, (0, 0))
    outermost = [there[it] for it in there if made[it].frame == frame] or [(x, y)]
    middle_x = round(sum(it[0] for it in outermost) / len(outermost) / 10) * 10
    middle_y = round(sum(it[1] for it in outermost) / len(outermost) / 10) * 10
    by = (x - middle_x, y - middle_y)
    there = {name: (it[0] + by[0], it[1] + by[1]) for name, it in there.items()}
    across = [it[0] for it in there.values()] or [x]
    if whole:
        last = max(there.values(), default=(x, y))
        there[call] = (last[0] + MARGIN, last[1])
        across.append(last[0] + MARGIN)
    layout = {it: place for it, place in document.layout.items() if it in made}
    layout = {**layout, **there}
    if frame is None:
        others = [it for it in document.layout if it in made and it not in there]
        columns = [document.layout[it][0] for it in others]
        right = max(across) + MARGIN - min((it for it in columns if it > x), default=x)
        left = max((it for it in columns if it < x), default=x) + MARGIN - min(across)
        for name in others:
            was = document.layout[name]
            move = max(0, right) if was[0] > x else -max(0, left) if was[0] < x else 0
            layout[name] = (was[0] + move, was[1])
    taken = {it.id for it in document.notes}
    notes = []
    for note in called.notes:
        key = free(note.id or "note", taken)
        taken.add(key)
        place = {"id": key, "x": note.x + by[0], "y": note.y + by[1]}
        notes.append(note.model_copy(update=place))
    return layout, notes, by
