"""From Python's expression grammar to closures over JSON values; the rest is refused."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NoReturn

from runner.engine.expressions.calls import (
    function_call,
    function_wrong,
    method_call,
    method_wrong,
)
from runner.engine.expressions.formats import FORMAT, formatted, joined
from runner.engine.expressions.limits import DEEPEST, MOST_BITS
from runner.engine.expressions.lookups import cut, member, named, plain
from runner.engine.expressions.loops import Closure, Loop, list_made, object_made
from runner.engine.expressions.operators import BINARY, COMPARISONS
from runner.engine.expressions.parsing import Source
from runner.engine.expressions.scope import Refused, Scope, is_number, type_name
from runner.engine.expressions.words import word_of
from runner.engine.values import is_text

CONSTANTS = {"true": True, "false": False, "null": None}
# Units of work of a node of the tree, for what it does itself whatever its values are.
COSTS = {"Call": 9, "Compare": 4, "BinOp": 3, "Subscript": 3, "Attribute": 2, "Dict": 3,
         "JoinedStr": 3, "FormattedValue": 8, "BoolOp": 2, "UnaryOp": 2, "ListComp": 9,
         "GeneratorExp": 9, "DictComp": 9}  # fmt: skip
Local = dict[str, int]


class Compiler:
    """Turns one tree into closures; one method for each kind of node that is offered.

    `cost` is the work of evaluating it once, without what its loops repeat;
    `slots` is how many variables its loops have. `builds` says whether its
    value may be a list or an object that it made itself.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.cost = 0
        self.slots = 0
        self.builds = False

    def compile(self, node: ast.expr, depth: int, local: Local) -> Closure:
        """Return the closure of a node. Raises ExpressionError for what is not offered."""
        kind = type(node).__name__
        if depth > DEEPEST:
            self._refuse(node, f"The expression is nested deeper than {DEEPEST} levels.")
        method = getattr(self, "_" + kind.lower(), None)
        if method is None:
            self._refuse(node, f"{word_of(node)} is not offered in expressions.")
        self.cost += COSTS.get(kind, 1)
        closure: Closure = method(node, depth + 1, local)
        return closure

    def _refuse(self, node: ast.expr, message: str) -> NoReturn:
        raise self._source.error(self._source.column(node), message)

    # --- values -----------------------------------------------------------

    def _constant(self, node: ast.Constant, depth: int, local: Local) -> Closure:
        value = node.value
        if value is not None and type(value) not in (str, int, float, bool):
            self._refuse(node, f"A value of the form {str(value)[:60]!r} is not offered.")
        if type(value) is int and value.bit_length() > MOST_BITS:
            self._refuse(node, f"A whole number may have {MOST_BITS} bits at most.")
        if type(value) is float and value == float("inf"):
            self._refuse(node, "The number is too large.")
        if type(value) is str and not is_text(value):
            self._refuse(node, "The text holds half a surrogate pair.")
        return lambda scope: value

    def _name(self, node: ast.Name, depth: int, local: Local) -> Closure:
        if self._is_known(node, local):
            return self._known(node, local)
        look_up = self._given(node)
        return lambda scope: plain(scope, look_up(scope))

    def _owner(self, node: ast.expr, depth: int, local: Local) -> Closure:
        """Compile what only a part is read of: a name's value is taken as it is, uncopied."""
        if isinstance(node, ast.Name) and not self._is_known(node, local):
            self.cost += 1
            return self._given(node)
        return self.compile(node, depth, local)

    def _is_known(self, node: ast.Name, local: Local) -> bool:
        return node.id in local or node.id in CONSTANTS

    def _known(self, node: ast.Name, local: Local) -> Closure:
        if node.id in local:
            slot = local[node.id]
            return lambda scope: scope.slots[slot]
        value = CONSTANTS[node.id]
        return lambda scope: value

    def _given(self, node: ast.Name) -> Closure:
        name, column = node.id, self._source.column(node)
        self._as_written(node, name)

        def look_up(scope: Scope) -> Any:
            scope.at = column
            return named(scope, name)

        return look_up

    def _as_written(self, node: ast.expr, name: str) -> None:
        if name in self._source.folded:
            self._refuse(node, f"This would be read as the name {name!r}; write it as ['…'].")

    def _list(self, node: ast.List | ast.Tuple, depth: int, local: Local) -> Closure:
        self.builds = True
        items = [self.compile(item, depth, local) for item in node.elts]
        return lambda scope: [item(scope) for item in items]

    _tuple = _list

    def _dict(self, node: ast.Dict, depth: int, local: Local) -> Closure:
        self.builds = True
        entries = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self._refuse(node, "'**' is not offered in expressions.")
            entries.append((self._key(key, depth, local), self.compile(value, depth, local)))
        return lambda scope: {key(scope): value(scope) for key, value in entries}

    def _key(self, node: ast.expr, depth: int, local: Local) -> Closure:
        key, column = self.compile(node, depth, local), self._source.column(node)

        def check(scope: Scope) -> str:
            name = key(scope)
            if type(name) is not str:
                scope.at = column
                raise Refused(f"An object's keys are texts, not {type_name(name)}.")
            return name

        return check

    def _joinedstr(self, node: ast.JoinedStr, depth: int, local: Local) -> Closure:
        parts = [self.compile(part, depth, local) for part in node.values]
        return joined(parts, self._source.column(node))

    def _formattedvalue(self, node: ast.FormattedValue, depth: int, local: Local) -> Closure:
        value, column = self.compile(node.value, depth, local), self._source.column(node)
        spec = ""
        if isinstance(node.format_spec, ast.JoinedStr):
            parts = node.format_spec.values
            if not all(isinstance(part, ast.Constant) for part in parts):
                self._refuse(node, "A format must be written out.")
            spec = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
        if node.conversion != -1 or not FORMAT.fullmatch(spec):
            self._refuse(node, "Of formats only such as ',', '.2f', '.1%' and 'd' are offered.")
        return formatted(value, spec, column) if spec else value

    # --- operators --------------------------------------------------------

    def _binop(self, node: ast.BinOp, depth: int, local: Local) -> Closure:
        name = type(node.op).__name__
        if name not in BINARY:
            self._refuse(node, f"The operator {word_of(node.op)} is not offered.")
        operate = BINARY[name]
        # The sum of two lists is a list of its own.
        self.builds = self.builds or name == "Add"
        left = self.compile(node.left, depth, local)
        right = self.compile(node.right, depth, local)
        column = self._source.column(node)

        def compute(scope: Scope) -> Any:
            one, two = left(scope), right(scope)
            scope.at = column
            return operate(scope, one, two)

        return compute

    def _unaryop(self, node: ast.UnaryOp, depth: int, local: Local) -> Closure:
        operand, column = self.compile(node.operand, depth, local), self._source.column(node)
        if isinstance(node.op, ast.Not):
            return lambda scope: not operand(scope)
        if isinstance(node.op, ast.Invert):
            self._refuse(node, "The operator ~ is not offered.")
        negative = isinstance(node.op, ast.USub)

        def compute(scope: Scope) -> Any:
            value = operand(scope)
            if not is_number(value):
                scope.at = column
                raise Refused(f"A sign needs a number, not {type_name(value)}.")
            return -value if negative else value

        return compute

    def _boolop(self, node: ast.BoolOp, depth: int, local: Local) -> Closure:
        *values, last = [self.compile(value, depth, local) for value in node.values]
        stops = isinstance(node.op, ast.Or)

        def decide(scope: Scope) -> Any:
            for each in values:
                value = each(scope)
                if bool(value) is stops:
                    return value
            return last(scope)

        return decide

    def _compare(self, node: ast.Compare, depth: int, local: Local) -> Closure:
        first, column = self.compile(node.left, depth, local), self._source.column(node)
        rest = []
        for op, value in zip(node.ops, node.comparators, strict=True):
            name = type(op).__name__
            self.cost += COSTS["Compare"]
            looked_into = self._owner if name in ("In", "NotIn") else self.compile
            rest.append((COMPARISONS[name], looked_into(value, depth, local)))

        def decide(scope: Scope) -> bool:
            left = first(scope)
            for compare, value in rest:
                right = value(scope)
                scope.at = column
                if not compare(scope, left, right):
                    return False
                left = plain(scope, right)
            return True

        if len(rest) > 1:
            return decide
        compare, second = rest[0]

        def decide_one(scope: Scope) -> Any:
            left, right = first(scope), second(scope)
            scope.at = column
            return compare(scope, left, right)

        return decide_one

    def _ifexp(self, node: ast.IfExp, depth: int, local: Local) -> Closure:
        test, body, other = (
            self.compile(part, depth, local) for part in (node.test, node.body, node.orelse)
        )
        return lambda scope: body(scope) if test(scope) else other(scope)

    # --- parts of values --------------------------------------------------

    def _attribute(self, node: ast.Attribute, depth: int, local: Local) -> Closure:
        owner, key = self._owner(node.value, depth, local), node.attr
        column = self._source.column_of_end(node, len(key))
        self._as_written(node, key)

        def look_up(scope: Scope) -> Any:
            value = owner(scope)
            if type(value) is dict and key in value:
                return value[key]
            scope.at = column
            return member(value, key)

        if not isinstance(node.value, ast.Name) or self._is_known(node.value, local):
            return look_up
        name = node.value.id

        def field(scope: Scope) -> Any:
            # The most frequent form of all: a field of what a name stands for.
            value = scope.names.get(name)
            return value[key] if type(value) is dict and key in value else look_up(scope)

        return field

    def _subscript(self, node: ast.Subscript, depth: int, local: Local) -> Closure:
        owner, column = self._owner(node.value, depth, local), self._source.column(node)
        if isinstance(node.slice, ast.Slice):
            return self._cut(node.slice, owner, column, depth, local)
        place = self.compile(node.slice, depth, local)

        def look_up(scope: Scope) -> Any:
            value, key = owner(scope), place(scope)
            scope.at = column
            return member(value, key)

        return look_up

    def _cut(
        self, node: ast.Slice, owner: Closure, column: int, depth: int, local: Local
    ) -> Closure:
        self.builds = True
        bounds = [
            self.compile(part or ast.Constant(None), depth, local)
            for part in (node.lower, node.upper, node.step)
        ]

        def part(scope: Scope) -> Any:
            value, places = owner(scope), [bound(scope) for bound in bounds]
            scope.at = column
            return cut(scope, value, *places)

        return part

    # --- calls ------------------------------------------------------------

    def _call(self, node: ast.Call, depth: int, local: Local) -> Closure:
        self.builds = True
        if any(isinstance(argument, ast.Starred) for argument in node.args):
            self._refuse(node, "'*' is not offered in calls.")
        if any(keyword.arg is None for keyword in node.keywords):
            self._refuse(node, "'**' is not offered in calls.")
        arguments = [self.compile(argument, depth, local) for argument in node.args]
        words = {word.arg or "": self.compile(word.value, depth, local) for word in node.keywords}
        column = self._source.column(node)
        if isinstance(node.func, ast.Name):
            name = node.func.id
            if name in local:
                self._refuse(node, f"{name!r} is a loop's variable here, and cannot be called.")
            if wrong := function_wrong(name, len(arguments), list(words)):
                self._refuse(node, wrong)
            return function_call(name, arguments, words, column)
        if not isinstance(node.func, ast.Attribute):
            self._refuse(node, "Only functions and methods can be called.")
        if wrong := method_wrong(node.func.attr):
            self._refuse(node, wrong)
        owner = self._owner(node.func.value, depth, local)
        return method_call(node.func.attr, owner, arguments, words, column)

    # --- loops ------------------------------------------------------------

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp, depth: int, local: Local) -> Closure:
        loops, (element,) = self._loops(
            node.generators, lambda inner: [self.compile(node.elt, depth, inner)], depth, local
        )
        return list_made(loops, element)

    _generatorexp = _listcomp

    def _dictcomp(self, node: ast.DictComp, depth: int, local: Local) -> Closure:
        loops, (key, value) = self._loops(
            node.generators,
            lambda inner: [
                self._key(node.key, depth, inner),
                self.compile(node.value, depth, inner),
            ],
            depth,
            local,
        )
        return object_made(loops, key, value)

    def _loops(
        self,
        generators: list[ast.comprehension],
        inside: Callable[[Local], list[Closure]],
        depth: int,
        local: Local,
    ) -> tuple[list[Loop], list[Closure]]:
        """Compile loops and what stands inside the last; each pass bears its own cost."""
        self.builds = True
        (first, *others), column = generators, self._source.column(generators[0].target)
        source = self.compile(first.iter, depth + 1, local)
        names = self._variables(first)
        slots = range(self.slots, self.slots + len(names))
        self.slots += len(names)
        local = {**local, **dict(zip(names, slots, strict=True))}
        outside, self.cost = self.cost, 4 + 2 * len(names)
        tests = tuple(self.compile(test, depth, local) for test in first.ifs)
        loops: list[Loop] = []
        if others:
            loops, closures = self._loops(others, inside, depth + 1, local)
        else:
            closures = inside(local)
        loop = Loop(tuple(slots), source, tests, self.cost, column)
        self.cost = outside
        return [loop, *loops], closures

    def _variables(self, generator: ast.comprehension) -> list[str]:
        target = generator.target
        targets = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        if generator.is_async:
            self._refuse(target, "'async' is not offered in expressions.")
        names = []
        for each in targets:
            if not isinstance(each, ast.Name):
                self._refuse(target, "A loop's variables must be plain names.")
            if each.id in CONSTANTS or each.id in names:
                self._refuse(target, f"{each.id!r} cannot be a loop's variable here.")
            self._as_written(each, each.id)
            names.append(each.id)
        if not names:
            self._refuse(target, "A loop needs a variable.")
        return names
