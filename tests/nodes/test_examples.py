"""Every example of every node type is run by the real engine, and gives what it says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from runner.engine import HostResources, node, run
from runner.graph import Port, compile, load
from runner.graph.ports import Conversion
from runner.nodes import node_types


class Echo(BaseHTTPRequestHandler):
    """A small real server that answers with the body it got."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def given(value: Any) -> Any:
    """Return a node type without inputs that emits a value."""

    @node(f"test.given_{id(value)}", title="Given", category="Test", icon="x", inputs=())
    def emit(step: Any) -> Any:
        return value

    return emit


EXAMPLES = [
    pytest.param(kind, example, id=f"{kind}: {example['title']}")
    for kind, declared in node_types().items()
    for example in declared.spec.examples
]


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
async def test_an_example_gives_what_it_says(
    kind: str, example: dict[str, Any], site: str, tmp_path: Path
) -> None:
    types = dict(node_types())
    document: dict[str, Any] = {
        "nodes": {"it": {"kind": kind, "parameters": example.get("parameters", {})}},
        "edges": [],
    }
    sources = [(port, value) for port, value in example.get("inputs", {}).items()]
    sources += [(p, value) for p, values in example.get("edges", {}).items() for value in values]
    for number, (port, value) in enumerate(sources):
        source = given(value)
        types[source.spec.kind] = source
        document["nodes"][f"given{number}"] = {"kind": source.spec.kind}
        document["edges"].append(f"given{number}.out -> it.{port}")
    for name, text in example.get("files", {}).items():
        (tmp_path / name).write_text(text)
    result = await run(
        compile(load(document), types),
        example.get("trigger"),
        resources=HostResources(files=tmp_path, http_allow=frozenset({site.partition("//")[2]})),
        vars={"site": site},
    )
    ended = {event.step: event for event in result.events if event.step}["it"]
    if "error" in example:
        assert ended.type == "step.failed"
        assert ended.data["error"]["code"] == example["error"]
        assert example.get("message", "") in ended.data["error"]["message"]
        return
    assert result.status == "succeeded", result.error
    if "outputs_include" in example:
        for port, part in example["outputs_include"].items():
            assert part.items() <= ended.data["outputs"][port].items()
    else:
        assert ended.data["outputs"] == example["outputs"]


def test_every_node_type_is_described_and_has_examples() -> None:
    for kind, declared in node_types().items():
        spec = declared.spec
        # What a frame does is only seen with nodes in it: tests/engine/test_frames.py.
        assert spec.begins or len(spec.examples) >= 2, kind
        assert spec.description, kind
        json.dumps(spec.to_json())
        for port in (*spec.inputs, *spec.outputs, *spec.begins, *spec.ends):
            assert isinstance(port, Port)


CONVERSIONS = [
    pytest.param(kind, conversion, id=f"{kind}: {conversion.source} to {target}")
    for kind, declared in node_types().items()
    for conversion in declared.spec.converts
    for target in conversion.targets
]


@pytest.mark.parametrize(("kind", "conversion"), CONVERSIONS)
async def test_a_conversion_gives_what_its_sample_says_and_its_ports_take_the_edges(
    kind: str, conversion: Conversion
) -> None:
    source = given(conversion.sample)
    declared = node_types()[kind]
    document = {
        "nodes": {
            "given": {"kind": source.spec.kind},
            "it": {"kind": kind, "parameters": dict(conversion.parameters)},
        },
        "edges": [f"given.out -> it.{declared.spec.inputs[0].name}"],
    }
    plan = compile(load(document), {source.spec.kind: source, **node_types()})
    result = await run(plan)
    assert result.outputs == {"it": conversion.gives}
    assert declared.spec.inputs[0].type.accepts(conversion.source)
    entered = declared.spec.outputs[0].type
    assert all(target.accepts(entered) for target in conversion.targets)
    assert conversion.source not in conversion.targets
