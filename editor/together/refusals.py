"""Why an update is not taken."""

from __future__ import annotations


class UpdateRefused(Exception):
    """An update cannot become part of the draft; nothing was changed."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class Gone(Exception):
    """The blueprint was deleted, or is no longer this user's to edit."""
