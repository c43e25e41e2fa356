"""Garbage in requests and frames: the right status with its place, never a fault, nothing kept."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.faults.conductor import Answer, Conductor, document, wait
from tests.patience import PATIENCE, until

pytestmark = pytest.mark.server

MB = 1_000_000
MANUAL = {"start": {"kind": "trigger.manual"}}


def nested(levels: int, inner: bytes = b"1") -> bytes:
    return b'{"document":{"vars":{"a":' + b"[" * levels + inner + b"]" * levels + b"}}}"


def drawn(**document: Any) -> bytes:
    return json.dumps({"name": "Garbage", "document": document}).encode()


# Bodies that make no blueprint: what they are, the status, and a word of the problem.
GARBAGE: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "Give a name"),
    "no JSON": (b"hello", 400, "line 1, column 1"),
    "cut off": (b'{"name": "x', 400, "column 12"),
    "a list": (b"[]", 400, "JSON object"),
    "not UTF-8": (b'{"name": "\xff\xfe"}', 400, "byte 10"),
    "UTF-16": ('{"name":"x"}'.encode("utf-16"), 400, "UTF-8"),
    "half a surrogate pair": (b'{"name": "\\ud800"}', 400, "surrogate"),
    "NaN": (b'{"name": NaN}', 400, "column 10"),
    "infinity": (nested(0, b"1e999"), 400, "infinity"),
    "a huge integer": (nested(1, b"9" * 25), 400, "64 bits"),
    "more digits than a float has": (nested(1, b"9" * 5000), 400, "infinity"),
    "a key twice": (b'{"name": "a", "name": "b"}', 400, "second time"),
    "a NUL in the name": (b'{"name": "a\\u0000"}', 400, "name has a NUL"),
    "a NUL below": (nested(1, b'"\\u0000"'), 400, "document.vars.a[0] has a NUL"),
    "a NUL in a key": (b'{"document": {"vars": {"a\\u0000": 1}}}', 400, "key in document.vars"),
    "100,000 brackets": (nested(100_000), 400, "too deep"),
    "100,000 objects": (b'{"document":' * 100_000 + b"1" + b"}" * 100_000, 400, "too deep"),
    "200 brackets": (nested(200), 400, "deeper than 100"),
    "9 MB": (nested(1, b'"' + b"a" * 9 * MB + b'"'), 413, "8 MiB"),
    "50 MB": (b'{"name": "' + b"a" * 50 * MB + b'"}', 413, "8 MiB"),
    "an unknown member": (b'{"nam": "x"}', 400, "nam"),
    "a name that is no text": (b'{"name": [1]}', 400, "name"),
    "a document that is no object": (b'{"document": "x"}', 400, "document"),
    "a kind that is no text": (drawn(nodes={"a": {"kind": 7}}), 400, "nodes.a.kind"),
    "an edge that is none": (drawn(edges=["a.b->"]), 400, "edges[0]"),
    "edges as an object": (drawn(edges={"a": 1}), 400, "edges"),
    "a node's name with a dot": (drawn(nodes={"a.b": {"kind": "x"}}), 400, "a.b"),
    "another format": (drawn(format="conductor/9"), 400, "conductor/9"),
    "an unknown key": (drawn(colour="red"), 400, "colour"),
}


def count(server: Conductor) -> tuple[int, int]:
    blueprints = server.ask("GET", "/api/blueprints/?limit=200").body["results"]
    return len(blueprints), len(server.ask("GET", "/api/runs/?limit=200").body["results"])


def test_garbage_makes_no_blueprint_and_says_where_it_is_wrong(live: Conductor) -> None:
    blueprint = live.make(document("Sound"))
    before, draft = count(live), live.ask("GET", f"/api/blueprints/{blueprint}/").body
    for name, (body, status, word) in GARBAGE.items():
        one = f"/api/blueprints/{blueprint}/"
        json_type = {"Content-Type": "application/json", "If-Match": "*"}
        tries = [("POST", "/api/blueprints/"), ("PUT", one), ("POST", f"{one}validate/")]
        for method, path in tries if len(body) < MB else tries[:1]:
            answer = live.ask(method, path, body, json_type)
            if body == b"" and path.endswith("validate/"):
                continue  # without a document the draft is validated
            assert answer.status == status, (name, method, path, answer)
            assert answer.is_problem, (name, answer)
            assert answer.body["status"] == status
            if method == "POST" and path == "/api/blueprints/":
                assert word in answer.body["detail"], (name, answer.body)
            assert answer.seconds < 5, name
    assert count(live) == before
    assert live.ask("GET", f"/api/blueprints/{blueprint}/").body == draft


def test_a_drawing_that_cannot_run_is_kept_but_neither_published_nor_run(live: Conductor) -> None:
    wrong = {
        "unknown_kind": {"nodes": {**MANUAL, "a": {"kind": "no.such"}}, "edges": []},
        "type_mismatch": {
            "nodes": {
                **MANUAL,
                "text": {"kind": "text.template", "parameters": {"template": "x"}},
                "sort": {"kind": "data.sort", "parameters": {"by": "a"}},
            },
            "edges": ["start.out -> text.in", "text.out -> sort.in"],
        },
        "unknown_node": {"nodes": MANUAL, "edges": ["start.out -> gone.in"]},
        "unknown_port": {
            "nodes": {**MANUAL, "a": wait(1)},
            "edges": ["start.out -> a.nowhere"],
        },
    }
    before = count(live)[1]
    for code, parts in wrong.items():
        blueprint = live.make({"format": "conductor/1", "name": code, **parts})
        path = f"/api/blueprints/{blueprint}/"
        found = live.ask("POST", f"{path}validate/", {}).body["problems"]
        places = {place for each in found for place in each if place in {"node", "edge", "port"}}
        assert places, found
        for act, body in (("publish/", {}), ("runs/", {"draft": True})):
            answer = live.ask("POST", path + act, body)
            assert answer.status == 422, (code, act, answer)
            assert answer.is_problem
            assert answer.body["problems"]
        assert live.ask("GET", path).body["published"] is None
    assert count(live)[1] == before


def test_a_run_is_not_started_with_garbage(live: Conductor) -> None:
    drawing = document("Inputs", wait(0.01))
    drawing["inputs"] = {"n": {"type": "integer"}}
    path = f"/api/blueprints/{live.make(drawing)}/runs/"
    before = count(live)
    for body, status, word in [
        (b'{"draft": true, "inputs": []}', 400, "inputs"),
        (b'{"draft": true, "inputs": {"n": "x"}}', 400, "'n'"),
        (b'{"draft": true, "inputs": {"a": "\\u0000"}}', 400, "inputs.a"),
        (b'{"draft": true, "inputs": {"n": 99999999999999999999}}', 400, "64 bits"),
        (b'{"draft": true, "wait": -1}', 400, "wait"),
        (b'{"draft": true, "wait": 1e300}', 400, "wait"),
        (b'{"draft": "maybe"}', 400, "draft"),
        (b'{"draft": true, "trigger": "nope"}', 422, "nope"),
        (b'{"draft": true, "trigger": {"a": 1}}', 400, "trigger"),
        (b"{}", 409, "published"),
    ]:
        answer = live.ask("POST", path, body, {"Content-Type": "application/json"})
        assert answer.status == status, (body, answer)
        assert answer.is_problem
        assert word in answer.body["detail"], answer.body
    assert count(live) == before


def test_wrong_methods_types_addresses_and_hosts_get_their_status(live: Conductor) -> None:
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "NONSENSE"):
        answer = live.ask(method, "/api/blueprints/")
        assert answer.status == 405
        assert "POST" in answer.headers["allow"]
        assert answer.is_problem
    for kind in ("text/plain", "application/x-www-form-urlencoded", "", "\xff"):
        answer = live.ask("POST", "/api/blueprints/", b'{"name": "x"}', {"Content-Type": kind})
        assert (answer.status, answer.is_problem) == (415, True), kind
    expected = {
        "/api/blueprints/%00/": 404,
        "/api/blueprints/%ff/": 404,
        "/api/x%0d%0ay/": 404,
        "/api//": 404,
        "/api/runs/?status=%00": 400,
        "/api/runs/?status=done": 400,
        "/api/runs/?blueprint=zz": 400,
        "/api/runs/?cursor=%00%ff": 400,
        "/api/runs/?cursor=cD0lMDA=": 400,
        "/api/runs/?limit=99999999999999999999": 200,
        "/api/blueprints/?search=%00": 400,
        "/api/blueprints/?search=%ff": 200,
    }
    for path, status in expected.items():
        answer = live.ask("GET", path)
        assert answer.status == status, (path, answer)
        assert answer.is_problem == (status != 200), path
    answer = live.ask("GET", "/api/runs/", token="\xff\xfe")
    assert (answer.status, answer.is_problem) == (401, True)


def test_a_host_that_is_not_this_site_is_refused(conductor: Conductor) -> None:
    # Django logs these with a traceback, hence not with the fixture that looks for them.
    answer = conductor.ask("GET", "/api/runs/", headers={"Host": "evil.example"})
    assert (answer.status, answer.is_problem) == (400, True)
    assert "cannot be read" in conductor.ask("GET", "/", headers={"Host": "evil.example"}).body


def test_bodies_beyond_all_bounds_are_refused_without_being_kept(live: Conductor) -> None:
    path = live.webhook(wait(0.01))
    text = {"Content-Type": "text/plain"}
    assert live.ask("POST", path, b"a" * MB, text).status == 202
    held = live.memory()
    size = 300 * MB
    part = b"a" * MB
    chunk = b"%x\r\n%b\r\n" % (len(part), part)
    # A webhook tells of its own limit, and its owner sees that the request came.
    told = {path: (b"1048576 are allowed", b"X-Conductor-Delivery"), "/sign-in/": (b"64 MiB",)}
    for address, words in told.items():
        announced = [head(address, f"Content-Length: {size}"), *[part] * 300]
        chunked = [head(address, "Transfer-Encoding: chunked"), *[chunk] * 300, b"0\r\n\r\n"]
        for request in (announced, chunked):
            got = raw(live, *request)
            assert got.startswith(b"HTTP/1.1 413 "), got[:200]
            assert b"application/problem+json" in got
            assert all(one in got for one in words), got[:500]
            assert live.memory() - held < 100 * MB


def test_a_malformed_form_is_answered_by_whom_it_was_sent_to(live: Conductor) -> None:
    path = live.webhook(wait(0.01))
    no_boundary = {"Content-Type": "multipart/form-data"}
    answer = live.ask("POST", "/api/blueprints/", b"x", no_boundary)
    assert (answer.status, answer.is_problem) == (415, True)
    answer = live.ask("POST", path, b"x", no_boundary)
    assert (answer.status, answer.body["code"]) == (400, "bad_body")
    assert "x-conductor-delivery" in answer.headers, "its owner can see it"
    form = b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--X--\r\n'
    with_boundary = {"Content-Type": "multipart/form-data; boundary=X"}
    answer = live.ask("POST", path, form, with_boundary)
    assert live.ended(answer.body["run"])["inputs"]["body"] == {"a": "b"}


# --- the socket ----------------------------------------------------------------------

FRAMES: list[tuple[str | bytes, str]] = [
    ("garbage", "malformed"),
    ("", "malformed"),
    (b"\x00\xff\xfe", "malformed"),
    ("[]", "malformed"),
    ("null", "malformed"),
    ("[" * 4000, "malformed"),
    ("x" * 100_000, "malformed"),
    ('{"type": "nonsense"}', "unknown_type"),
    ('{"type": ["subscribe"]}', "unknown_type"),
    ('{"type": "subscribe"}', "malformed"),
    ('{"type": "subscribe", "run": 7}', "malformed"),
    ('{"type": "subscribe", "run": "7"}', "malformed"),
    ('{"type": "subscribe", "run": {"a": 1}}', "malformed"),
    ('{"type": "subscribe", "run": "00000000-0000-0000-0000-000000000000"}', "not_found"),
    ('{"type": "subscribe", "blueprint": "\\u0000"}', "malformed"),
    ('{"type": "subscribe", "run": "RUN", "after": -1}', "malformed"),
    ('{"type": "subscribe", "run": "RUN", "after": 1e99}', "malformed"),
    ('{"type": "subscribe", "run": "RUN", "after": 99999999999999999999}', "malformed"),
    ('{"type": "subscribe", "run": "RUN", "after": true}', "malformed"),
    ('{"type": "subscribe", "run": "RUN", "after": "1"}', "malformed"),
]


def test_garbage_in_frames_is_answered_and_the_socket_goes_on(live: Conductor) -> None:
    run = live.start_run(live.make(document("Framed", wait(0.01))))
    events = live.ended(run) and live.events(run)
    with live.socket(live.session()) as page:
        for frame, code in FRAMES:
            page.send(frame.replace("RUN", run) if isinstance(frame, str) else frame)
            answer = json.loads(page.recv(timeout=PATIENCE))
            assert (answer["type"], answer["code"]) == ("error", code), (frame[:60], answer)
        # A number beyond the end is only early: what comes is told.
        page.send(json.dumps({"type": "subscribe", "run": run, "after": 2**31 - 1}))
        page.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
        assert json.loads(page.recv(timeout=PATIENCE))["events"] == events


def test_ten_thousand_subscriptions_neither_fill_memory_nor_silence_the_socket(
    live: Conductor,
) -> None:
    run = live.start_run(live.make(document("Again", wait(0.01))))
    events = live.ended(run) and live.events(run)
    cookie = live.session()
    held = live.memory()
    with live.socket(cookie) as page:
        for number in range(10_000):
            message = {"type": "subscribe", "run": run, "after": number}
            page.send(json.dumps(message))
        page.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
        deadline = time.monotonic() + PATIENCE
        while json.loads(page.recv(timeout=PATIENCE)).get("events") != events:
            assert time.monotonic() < deadline
        with live.socket(cookie) as another:
            another.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
            assert json.loads(another.recv(timeout=PATIENCE))["events"] == events
    assert live.memory() - held < 30 * MB


def test_a_frame_beyond_all_bounds_ends_its_socket_only(live: Conductor) -> None:
    cookie = live.session()
    with live.socket(cookie) as other, live.socket(cookie) as page:
        with contextlib.suppress(ConnectionClosed):
            page.send("x" * 20 * MB)
        with pytest.raises(ConnectionClosed):
            page.recv(timeout=PATIENCE)
        other.send("{}")
        assert json.loads(other.recv(timeout=PATIENCE))["code"] == "unknown_type"


# --- webhooks ------------------------------------------------------------------------


def raw(server: Conductor, *request: bytes, within: float = PATIENCE, answers: int = 1) -> bytes:
    """Send bytes as they are; return what comes until the server closes or has answered."""
    got = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=within) as line:
        for part in request:
            line.sendall(part)
        while got.count(b"HTTP/1.") < answers or not got.rstrip().endswith(b"}"):
            try:
                part = line.recv(65536)
            except ConnectionResetError:
                break
            if not part:
                break
            got += part
    return got


def head(path: str, *lines: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


def runs_of_hook(server: Conductor) -> int:
    return len(
        [
            run
            for run in server.ask("GET", "/api/runs/?limit=200").body["results"]
            if run["trigger"] == "webhook"
        ]
    )


def test_requests_that_are_no_http_start_no_run(live: Conductor) -> None:
    path = live.webhook(wait(0.01))
    before = runs_of_hook(live)
    for request in (
        head(path, "Transfer-Encoding: chunked") + b"zz\r\nabc",
        head(path, "Content-Length: -5") + b"abc",
        head(path, "Content-Length: abc") + b"abc",
        head(path, "Content-Length: 3", "Content-Length: 5") + b"abcde",
        head(path, "Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        head(path, *(f"X-{number}: a" for number in range(2000))),
        head(path, "X-NUL: a\0b", "Content-Length: 0"),
        os.urandom(3000) + b"\r\n\r\n",
    ):
        assert raw(live, request).startswith(b"HTTP/1.1 400 "), request[:100]
    # A line of this length is not read to its end: the server hangs up.
    assert b" 202 " not in raw(live, head(path, "X-Long: " + "a" * 100_000))
    assert runs_of_hook(live) == before


def test_requests_in_one_piece_are_each_answered_in_turn(live: Conductor) -> None:
    path = live.webhook(wait(0.01))
    before = runs_of_hook(live)
    one = head(path, "Content-Length: 2", "Content-Type: application/json") + b"{}"
    got = raw(live, one * 5, answers=5)
    assert got.count(b"HTTP/1.1 202 ") == 5
    assert runs_of_hook(live) == before + 5


def test_a_sender_that_stalls_or_hangs_up_starts_no_run_and_holds_nobody_up(
    live: Conductor,
) -> None:
    path = live.webhook(wait(0.01))
    before = runs_of_hook(live)
    stalled = []
    for _ in range(20):
        line = socket.create_connection(("127.0.0.1", live.port), timeout=PATIENCE)
        line.sendall(head(path, "Content-Length: 100") + b"half")
        stalled.append(line)
    answer = live.ask("POST", path, {})
    assert answer.status == 202
    assert answer.seconds < 5
    for line in stalled:
        line.close()
    until(lambda: runs_of_hook(live) == before + 1, "only the whole request started a run")


def test_webhook_bodies_that_cannot_be_read_are_refused_with_their_place(live: Conductor) -> None:
    path = live.webhook(wait(0.01))
    before = runs_of_hook(live)
    json_type = {"Content-Type": "application/json"}
    tries: list[tuple[Callable[[], Answer], int, str]] = [
        (lambda: live.ask("POST", path, b"{", json_type), 400, "line 1, column"),
        (lambda: live.ask("POST", path, b'{"a": "\xff"}', json_type), 400, "position 7"),
        (lambda: live.ask("POST", path, b"[" * 100_000, json_type), 400, "JSON"),
        (lambda: live.ask("POST", path, b'["\\u0000"]', json_type), 400, "NUL"),
        (lambda: live.ask("POST", path, b"a" * 50 * MB), 413, "1048576"),
        (lambda: live.ask("POST", path + "/%00", b"{}", json_type), 400, "NUL"),
        (lambda: live.ask("POST", path + "?a=%ff", b"{}", json_type), 400, "UTF-8"),
        (lambda: live.ask("POST", path + "?" + "a=1&" * 1001, b""), 400, "1000 fields"),
        (lambda: live.ask("DELETE", path), 405, "POST"),
        (lambda: live.ask("POST", path, b"x", {"Content-Encoding": "br"}), 415, "gzip"),
        (lambda: live.ask("POST", path, b"x", {"Content-Encoding": "gzip"}), 400, "packed body"),
        (lambda: live.ask("POST", "/hooks/" + "a" * 43, b"{}"), 404, "no webhook"),
    ]
    for attempt, status, word in tries:
        answer = attempt()
        assert answer.status == status, answer
        assert answer.is_problem
        assert word in answer.body["detail"], answer.body
    assert runs_of_hook(live) == before
