"""Finds the character that PostgreSQL stores in no text."""

from __future__ import annotations

from typing import Any


def place_of_nul(value: Any, place: str = "") -> str:
    """Return where the first text with a NUL character is; empty where there is none."""
    if isinstance(value, str):
        return (place or "The text") if "\0" in value else ""
    if isinstance(value, dict):
        for key, item in value.items():
            if "\0" in key:
                return f"A key in {place or 'the object'}"
            if found := place_of_nul(item, f"{place}.{key}" if place else key):
                return found
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if found := place_of_nul(item, f"{place}[{index}]"):
                return found
    return ""
