"""What the values of a choice are called in forms, where they do not say it themselves."""

from __future__ import annotations

from typing import Any


def titled(*given: tuple[str | int, str], **titles: str) -> dict[str, Any]:
    """Return what a parameter's schema says of its values: by value, what people read.

    A value that is no name is `given` with its title. One without a title is shown as a word of
    its own: `when_finished` as "When finished".
    """
    return {"titles": {**{str(value): title for value, title in given}, **titles}}
