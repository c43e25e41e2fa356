"""A real server that is watched: traces at a real collector, figures, its log, and the doctor."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.forking import Forked
from tests.patience import PATIENCE, until
from tests.serving import COMMAND, ROOT, Server, free_port

pytestmark = pytest.mark.server

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector:
    """Takes spans by OTLP/HTTP at /v1/traces, and calls at /flaky, of which the first fails."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.resources: list[dict[str, str]] = []
        self.called: list[dict[str, str]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = 200
                if self.path == "/v1/traces":
                    collector.take(body)
                else:
                    collector.called.append({k.lower(): v for k, v in self.headers.items()})
                    status = 503 if len(collector.called) == 1 else 200
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append(values(resource.resource))
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def named(self, name: str) -> Span:
        (found,) = [span for span in self.spans if span.name == name]
        return found


def values(of: Any) -> dict[str, Any]:
    return {it.key: getattr(it.value, it.value.WhichOneof("value")) for it in of.attributes}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Server]:
    server = Server.installed(
        tmp_path_factory.mktemp("home"),
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_BSP_SCHEDULE_DELAY="50",
        OTEL_SERVICE_NAME="orders",
        CONDUCTOR_HTTP_ALLOW=collector.url.removeprefix("http://"),
        CONDUCTOR_LOG_FORMAT="json",
        CONDUCTOR_LOG_LEVEL="INFO",
    )
    server.start()
    yield server
    server.kill()


def published(server: Server, document: dict[str, Any]) -> str:
    body = {"name": document["name"], "document": {"format": "conductor/1", **document}}
    blueprint = server.call("POST", "/api/blueprints/", body)[1]["id"]
    assert server.call("POST", f"/api/blueprints/{blueprint}/publish/", {})[0] == 201
    return str(blueprint)


def test_a_run_is_a_trace_from_its_caller_to_what_it_calls(
    server: Server, collector: Collector
) -> None:
    inner = {
        "start": {"kind": "trigger.manual"},
        "check": {"kind": "data.set", "parameters": {"fields": {"ok": True}}},
    }
    published(server, {"name": "Stock", "nodes": inner, "edges": ["start.out -> check.in"]})
    retry = {"attempts": 2, "backoff": "fixed", "delay": 0}
    outer = {
        "hook": {"kind": "trigger.webhook", "parameters": {"response": "when_finished"}},
        "charge": {
            "kind": "http.request",
            "parameters": {"method": "POST", "url": f"{collector.url}/flaky"},
            "settings": {"retry": retry},
        },
        "stock": {"kind": "blueprint.call", "parameters": {"blueprint": "Stock"}},
    }
    edges = ["hook.out -> charge.in", "charge.out -> stock.in"]
    blueprint = published(server, {"name": "Orders", "nodes": outer, "edges": edges})
    hook = {"blueprint": blueprint, "node": "hook", "authentication": "none"}
    path = server.call("POST", "/api/webhooks/", hook)[1]["url"].removeprefix(server.url)
    caller = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    assert server.call("POST", path, {"n": 1}, caller)[0] == 200

    def made() -> bool:
        return {"run Orders", "run Stock"} <= {span.name for span in collector.spans}

    until(made)
    assert collector.resources[0] | {"service.name": "orders"} == collector.resources[0]
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    run, stock = collector.named("run Orders"), collector.named("run Stock")
    charge, call = collector.named("http.request charge"), collector.named("blueprint.call stock")
    assert run.parent_span_id.hex() == CALLER
    assert charge.parent_span_id == call.parent_span_id == run.span_id
    assert stock.parent_span_id == call.span_id
    assert collector.named("data.set check").parent_span_id == stock.span_id
    attempts = [collector.named(f"attempt {number}") for number in (1, 2)]
    assert [span.parent_span_id for span in attempts] == [charge.span_id] * 2
    assert [span.status.message for span in attempts] == ["node_failed", ""]
    assert [it["traceparent"] for it in collector.called] == [
        f"00-{TRACE}-{charge.span_id.hex()}-01"
    ] * 2
    told = values(charge)
    assert (told["conductor.attempts"], told["conductor.status"]) == (2, "succeeded")
    assert values(run)["conductor.trigger"] == "webhook"
    for span in collector.spans:
        assert run.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
    assert stock.end_time_unix_nano <= call.end_time_unix_nano <= run.end_time_unix_nano


def test_the_figures_tell_what_has_happened(server: Server) -> None:
    def figures() -> str:
        request = urllib.request.Request(f"{server.url}/metrics")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            return str(answer.read().decode())

    published(server, {"name": "Idle", "nodes": {"start": {"kind": "trigger.manual"}}})
    assert server.call("POST", "/hooks/none/at-all", {})[0] == 404
    text = figures()
    for line in (
        'conductor_webhook_requests_total{verdict="accepted"} 1.0',
        'conductor_runs_accepted_total{trigger="webhook"} 1.0',
        'conductor_runs_ended_total{status="succeeded",trigger="blueprint"} 1.0',
        'conductor_step_retries_total{kind="http.request"} 1.0',
        'conductor_http_request_seconds_count{method="POST",status="5xx"} 1.0',
        'conductor_http_request_seconds_count{method="POST",status="2xx"} 1.0',
        "conductor_workers 1.0",
        "conductor_journal_trouble 0.0",
        "conductor_journal_refused_total 0.0",
    ):
        assert f"\n{line}\n" in text, line


def test_who_is_behind_a_proxy_reads_no_figures_and_health_is_soon_answered(
    server: Server,
) -> None:
    assert server.call("GET", "/metrics", headers={"X-Forwarded-For": "127.0.0.1"})[0] == 403

    def seconds() -> float:
        began = time.perf_counter()
        status, told = server.call("GET", "/readyz", headers={"Host": "10.0.0.9:8000"})
        took = time.perf_counter() - began
        assert (status, told["status"]) == (200, "ready")
        return took

    # One that nothing else on the machine has held up is enough.
    until(lambda: seconds() < 0.05, "it is answered in 50 ms")


def test_the_doctor_finds_a_running_site_well(server: Server) -> None:
    # It runs beside the server, and so with the same environment.
    told = json.loads(server.command("doctor", "--json"))
    assert told["ok"], told
    found = {it["name"]: it["status"] for it in told["checks"]}
    assert found["workers"] == found["durability"] == found["traces"] == "ok"


def test_a_worker_of_its_own_answers_at_its_port(server: Server) -> None:
    port = free_port()
    environment = {**server.environment, "CONDUCTOR_WORKER_PORT": str(port)}
    with Forked(
        [*COMMAND, "worker"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline().endswith("is ready\n")

            def answer(path: str) -> bytes | None:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as given:
                        return bytes(given.read())
                except urllib.error.HTTPError:
                    return None

            assert until(lambda: answer("/readyz"))
            figures = answer("/metrics") or b""
            assert b"conductor_workers 2.0" in figures
            assert b"conductor_process_runs 0.0" in figures
            assert answer("/api/blueprints/") is None
        finally:
            worker.terminate()
            assert worker.wait(PATIENCE) == 0


def test_lines_of_the_log_are_objects(server: Server, tmp_path: Path) -> None:
    assert server.stop() == 0
    for line in server.output:
        if not line.startswith(("Conductor is ready", "Sign in once")):
            assert {"time", "level", "logger", "message"} <= set(json.loads(line)), line
