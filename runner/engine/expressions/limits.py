"""What an expression may use. All in one place, so that the reference can be compared."""

from __future__ import annotations

LONGEST_SOURCE = 10_000  # characters of one expression
DEEPEST = 100  # levels of nesting in an expression
# Units of work of one evaluation, which all expressions of a node's parameters share. A unit
# buys about a tenth of a microsecond and a hundred bytes, so all of them 25 ms and 25 MB.
BUDGET = 250_000
LONGEST_TEXT = 1_000_000  # characters of a text that an expression makes
MOST_BITS = 256  # of a whole number on the way; a result has 64
