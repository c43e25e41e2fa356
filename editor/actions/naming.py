"""Name a version, so that it is found again among many."""

from __future__ import annotations

from editor.models import BlueprintVersion


def name_version(version: BlueprintVersion, name: str) -> BlueprintVersion:
    """Give the version this name; an empty one takes it away. What was published stays."""
    version.name = name.strip()
    version.save(update_fields=["name"])
    return version
