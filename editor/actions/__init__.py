"""What people do with blueprints, one function a use case; API, pages and commands call these."""

from editor.actions.create import create_blueprint
from editor.actions.drafts import RevisionConflict, save_draft
from editor.actions.drawings import store_drawing
from editor.actions.naming import name_version
from editor.actions.publishing import publish

__all__ = [
    "RevisionConflict",
    "create_blueprint",
    "name_version",
    "publish",
    "save_draft",
    "store_drawing",
]
