"""From an expression's text to Python's syntax tree, with the places in it."""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings

from runner.engine.expressions.errors import ExpressionError
from runner.engine.expressions.limits import LONGEST_SOURCE
from runner.engine.values import is_text

# Python warns of doubtful spellings, such as "\d"; in an expression they are errors, whatever
# the process does with warnings.
FILE = "<expression>"
warnings.filterwarnings("error", module=FILE)


class Source:
    """An expression's text, its tree, and where a node of the tree stands in the text.

    `folded` are the names that the text does not have as the tree has them.
    """

    __slots__ = ("_lines", "folded", "text", "tree")

    def __init__(self, text: str) -> None:
        """Read the text. Raises ExpressionError where it is no expression."""
        if len(text) > LONGEST_SOURCE:
            raise ExpressionError(f"The expression is longer than {LONGEST_SOURCE:,} characters.")
        self.text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
        if not self.text:
            raise ExpressionError("The expression is empty.")
        if not is_text(self.text):
            raise ExpressionError("The expression holds half a surrogate pair.")
        self._lines = self.text.split("\n")
        # Python reads `ﬁ` as `fi`, which would be another key; strings are looked at too, since
        # nothing but such a name is lost by it.
        words = () if self.text.isascii() else re.findall(r"\w+", self.text)
        folds = {word: unicodedata.normalize("NFKC", word) for word in words}
        self.folded = frozenset(fold for word, fold in folds.items() if fold != word)
        self.tree = self._parsed()

    def _parsed(self) -> ast.expr:
        try:
            # Brackets let it span lines, as templates do.
            tree = ast.parse(f"[{self.text}\n]", FILE, mode="eval").body
        except SyntaxError as error:
            raise self._unreadable(error) from None
        except (ValueError, RecursionError, MemoryError):
            raise ExpressionError("The expression is nested too deep, or no text.") from None
        if not isinstance(tree, ast.List):
            raise ExpressionError("This is no expression.", self.text, 1)
        if not tree.elts:
            raise ExpressionError("The expression is only a comment.", self.text, 1)
        if len(tree.elts) > 1:
            reason = "Several values need brackets around them, such as [a, b]."
            raise ExpressionError(reason, self.text, 1)
        return tree.elts[0]

    def _unreadable(self, error: SyntaxError) -> ExpressionError:
        if len(self._lines) == 1:
            try:
                # Without our own brackets, which the message might speak of.
                ast.parse(self.text, FILE, mode="eval")
            except SyntaxError as own:
                reason = f"This is no expression: {own.msg}."
                return ExpressionError(reason, self.text, max(1, own.offset or 1))
            except (ValueError, RecursionError, MemoryError):
                return ExpressionError("The expression is nested too deep, or no text.")
        line = min(max(error.lineno or 1, 1), len(self._lines)) - 1
        # Our bracket stands before the first line.
        column = max(1, (error.offset or 1) - (line == 0))
        reason = f"This is no expression: {error.msg}."
        return ExpressionError(reason, self.text, self._start(line) + column)

    def _start(self, line: int) -> int:
        return sum(len(each) + 1 for each in self._lines[:line])

    def column(self, node: ast.expr) -> int:
        """Return the place where a node begins, from 1."""
        return self._place(node.lineno, node.col_offset) + 1

    def column_of_end(self, node: ast.expr, length: int) -> int:
        """Return the place of the last so many characters of a node, from 1."""
        end = self._place(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return max(0, end - length) + 1

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Return where in the text a node begins, from 0, and where what follows it begins."""
        end = self._place(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return self._place(node.lineno, node.col_offset), end

    def _place(self, line: int, offset: int) -> int:
        """Return a place in the text from Python's, which counts bytes of UTF-8 in a line."""
        if line == 1:
            offset = max(0, offset - 1)
        if not (1 <= line <= len(self._lines)):
            return 0
        text = self._lines[line - 1]
        if not text.isascii():
            offset = len(text.encode()[:offset].decode("utf-8", "ignore"))
        return self._start(line - 1) + offset

    def error(self, column: int, message: str) -> ExpressionError:
        """Return an error at this place."""
        return ExpressionError(message, self.text, column)
