"""The port of a worker that serves no site: its health and its figures, and nothing else."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import TimeoutError as TooLate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from conductor_site import health


class _Handler(BaseHTTPRequestHandler):
    """Answers one caller, in a thread: also where the worker's event loop is held up."""

    protocol_version = "HTTP/1.1"
    timeout = 5.0  # seconds for a request to arrive
    server_version = "conductor"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        path = self.path.partition("?")[0]
        if path not in health.ADDRESSES:
            self.send_error(404, explain="A worker has /healthz, /readyz and /metrics.")
            return
        headers = [(name.lower().encode(), text.encode()) for name, text in self.headers.items()]
        question = health.question_of(self.command, path, self.client_address[0], headers)
        answer = question if isinstance(question, health.Answer) else self._patiently(question)
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name.decode(), value.decode())
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def _patiently(self, question: health.Question) -> health.Answer:
        asked, left = health.begin(question)
        try:
            answer = asked.result(left)
        except TooLate:
            answer = health.given_up(question)
        return health.with_own(answer) if question is health.site_figures else answer

    def log_message(self, format: str, *values: object) -> None:
        """There is no log of requests."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)


def listen(host: str, port: int) -> None:
    """Answer at an address from now on, until the process ends. Raises OSError."""
    server = _Server(host, port)
    threading.Thread(target=server.serve_forever, name="conductor-port", daemon=True).start()
