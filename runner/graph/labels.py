"""Labels: what a worker must have before it may take a run, such as `gpu` or `eu`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, StringConstraints

LABEL = r"[a-z0-9][a-z0-9_.-]{0,30}"
EXPECTED = "small letters, digits, '.', '-' and '_', at most 31 characters, such as gpu or eu-west"
MOST_LABELS = 16
"""Labels that a run may ask for, all of its nodes together."""

Label = Annotated[str, StringConstraints(pattern=rf"^{LABEL}$")]
Labels = Annotated[list[Label], Field(max_length=MOST_LABELS)]


def together(labels: Iterable[str]) -> str:
    """Return the labels as one text, the same for the same ones: sorted, with commas between."""
    return ",".join(sorted(set(labels)))


def apart(text: str) -> frozenset[str]:
    """Return the labels of such a text."""
    return frozenset(text.split(",")) if text else frozenset()
