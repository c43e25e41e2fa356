"""The built-in node types, one small file a family, and those that other packages bring."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType, ModuleType

from runner.engine.node import NodeType

GROUP = "conductor.nodes"


def declared_in(module: ModuleType) -> Iterator[NodeType]:
    """Yield the node types that a module declares, in its order."""
    for value in vars(module).values():
        if isinstance(value, NodeType):
            yield value


@cache
def node_types() -> Mapping[str, NodeType]:
    """Return all node types by kind: the built-in ones and those of the entry points.

    Raises ValueError where two declare the same kind.
    """
    modules = [
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    ]
    modules += [entry.load() for entry in entry_points(group=GROUP)]
    types: dict[str, NodeType] = {}
    for module in modules:
        for declared in declared_in(module):
            kind = declared.spec.kind
            if types.setdefault(kind, declared) is not declared:
                raise ValueError(f"Two node types are called {kind!r}; rename one of them.")
    order = {name: place for place, name in enumerate(CATEGORIES)}
    return MappingProxyType(
        dict(
            sorted(
                types.items(),
                key=lambda pair: (order.get(pair[1].spec.category, 99), pair[1].spec.title),
            )
        )
    )


CATEGORIES = ("Triggers", "Flow", "Frames", "Data", "Text", "HTTP", "Files")
