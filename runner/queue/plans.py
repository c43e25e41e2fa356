"""The compiled plans of drawings, kept by their hash: a drawing never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict

from editor.models import Drawing
from runner.engine.expressions import check
from runner.graph import Plan, compile, load
from runner.nodes import node_types

MOST = 256

_lock = threading.Lock()
_plans: OrderedDict[str, Plan] = OrderedDict()


def known_plan(drawing: str) -> Plan | None:
    """Return the plan of a drawing if it is at hand."""
    with _lock:
        plan = _plans.get(drawing)
        if plan is not None:
            _plans.move_to_end(drawing)
        return plan


def plan_of(drawing: str) -> Plan:
    """Return the plan of a drawing, compiled on its first use.

    Raises DocumentInvalid where it cannot run here (any more), such as with a
    node type that this installation does not have.
    """
    plan = known_plan(drawing)
    if plan is None:
        document = Drawing.objects.values_list("document", flat=True).get(pk=drawing)
        plan = compile(load(document), node_types(), check)
        with _lock:
            _plans[drawing] = plan
            while len(_plans) > MOST:
                _plans.popitem(last=False)
    return plan
