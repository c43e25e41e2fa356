"""A drawing whose For each is spread over workers."""

from __future__ import annotations

from typing import Any


def spread_over(*, seconds: float, fails: str = "false", **parameters: Any) -> dict[str, Any]:
    """Return a drawing that waits for each item of the input `items`, and then gives its double.

    An item fails where the expression `fails` holds of it.
    """
    each = {"list": "{{ input['items'] }}", "concurrency": 10, "spread": True, **parameters}
    value = "{{ [index, input * 2, run.id] }}"
    choice = {"condition": f"{{{{ {fails} }}}}"}
    return {
        "format": "conductor/1",
        "name": "Spread",
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "f": {"kind": "frame.each", "parameters": each},
            "wait": {"kind": "flow.wait", "frame": "f", "parameters": {"seconds": seconds}},
            "if": {"kind": "flow.if", "frame": "f", "parameters": choice},
            "no": {"kind": "flow.fail", "frame": "f", "parameters": {"message": "not {{ item }}"}},
            "twice": {"kind": "data.value", "frame": "f", "parameters": {"value": value}},
            "out": {"kind": "flow.output", "parameters": {"name": "got"}},
        },
        "edges": [
            "start.out -> f.in",
            "f.item -> wait.in",
            "wait.out -> if.in",
            "if.true -> no.in",
            "if.false -> twice.in",
            "twice.out -> f.result",
            "f.out -> out.in",
        ],
    }
