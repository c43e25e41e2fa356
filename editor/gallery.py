"""The examples that come with Conductor, to be opened as copies of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

from runner.graph import Document, load

# As the canvas draws a node; a sketch needs no more.
WIDTH, HEIGHT = 220, 56
MARGIN = 60


@dataclass(frozen=True)
class Sketch:
    """A drawing in a few lines: where its nodes stand, and the curves between them."""

    view_box: str
    boxes: tuple[tuple[float, float], ...]
    curves: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """An example: its file's name without the ending, its document, and a sketch of it."""

    key: str
    document: Document
    sketch: Sketch


@cache
def examples() -> dict[str, Example]:
    """Return all examples by their keys, in the order of their names; read once."""
    folder: Path = settings.BASE_DIR / "examples"
    found = [
        Example(path.stem, document, _sketch(document))
        for path in folder.glob("*.yaml")
        for document in [load(path)]
    ]
    return {one.key: one for one in sorted(found, key=lambda one: one.document.name)}


def _sketch(document: Document) -> Sketch:
    places = {key: document.layout[key] for key in document.nodes if key in document.layout}
    lefts, tops = [x for x, _ in places.values()], [y for _, y in places.values()]
    left, top = min(lefts, default=0) - MARGIN, min(tops, default=0) - MARGIN
    width = max(lefts, default=0) + WIDTH + MARGIN - left
    height = max(tops, default=0) + HEIGHT + MARGIN - top
    curves = [
        _curve(places[edge.source], places[edge.target])
        for edge in document.edges
        if edge.source in places and edge.target in places
    ]
    return Sketch(f"{left} {top} {width} {height}", tuple(places.values()), tuple(curves))


def _curve(source: tuple[float, float], target: tuple[float, float]) -> str:
    x1, y1 = source[0] + WIDTH, source[1] + HEIGHT / 2
    x2, y2 = target[0], target[1] + HEIGHT / 2
    bend = max(abs(x2 - x1) / 2, 40)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
