"""A part of a drawing as a blueprint of its own, and a called blueprint as a part of the drawing.

Both plan only: documents in, documents out. They are here and not in the editor's page since only
the engine can read expressions, and knows what a call keeps of the ways of tokens.
"""

from runner.engine.parts.collapse import Collapsed, collapse
from runner.engine.parts.expand import Expanded, expand
from runner.engine.parts.refusing import PartRefused

__all__ = ["Collapsed", "Expanded", "PartRefused", "collapse", "expand"]
