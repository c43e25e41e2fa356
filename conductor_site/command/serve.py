"""Start the site and the embedded worker in one process."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from conductor_site.command import CommandError, preparing, start_django

if TYPE_CHECKING:
    from runner.queue import Worker


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `serve [--host HOST] [--port PORT] [--server daphne|uvicorn]`."""
    parser.add_argument(
        "--host", help="the address to listen at; without, that of the variable HOST, or 127.0.0.1"
    )
    parser.add_argument(
        "--port", type=port, help="the port; without, that of the variable PORT, or 8000"
    )
    parser.add_argument(
        "--server", choices=("daphne", "uvicorn"), default="daphne", help="the ASGI server"
    )


def perform(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; end what is under way, and hand unfinished runs back."""
    # Before the settings are read: the site's own address follows from both.
    for name, given in (("HOST", options.host), ("PORT", options.port)):
        if given:
            os.environ[name] = given
    start_django()
    from django.conf import settings

    refuse_taken_address(settings.HOST, settings.PORT)
    from django.urls import get_resolver

    from conductor_site import start, tracing, welcome
    from conductor_site.collector import settle

    with preparing():
        start.prepare()

    def announce() -> None:
        # What the first request would load is among what stays.
        list(get_resolver().url_patterns)
        gc.collect()
        settle()
        await_worker()
        here, shown = f"http://{settings.HOST}:{settings.PORT}", settings.CONDUCTOR_URL
        behind = f", for people at {shown}" if shown != here else ""
        print(f"Conductor is ready at {here}{behind}", flush=True)
        if not welcome.owner().has_usable_password():
            print(f"Sign in once, and set a password, at {welcome.link(shown)}", flush=True)

    serve = with_uvicorn if options.server == "uvicorn" else with_daphne
    with tracing.traced():
        serve(settings.HOST, settings.PORT, announce)
    return 0


def port(text: str) -> str:
    """Return the text of a port. Raises ArgumentTypeError where it is none."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 65535")
    return text


def await_worker(longest: float = 5.0) -> None:
    """Return when a worker of this process takes runs, or after so many seconds.

    Who is told that the site is ready may ask it at once whether it is.
    """
    from runner.queue.worker import workers_here

    until = time.monotonic() + longest
    while all(worker.silent for worker in workers_here()) and time.monotonic() < until:
        time.sleep(0.01)


def refuse_taken_address(host: str, port: int) -> None:
    """Raise CommandError where nobody can listen at the address, before anything is changed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen at {host}:{port}: {error.strerror}. "
                "Choose another with HOST and PORT, or --host and --port."
            ) from error


def with_daphne(host: str, port: int, announce: Callable[[], None]) -> None:
    """Serve with Daphne, the worker on its event loop."""
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.server import reactor as asyncio_reactor  # before others import one of Twisted's
    from django.conf import settings
    from twisted.internet import defer

    from conductor_site.asgi import application
    from conductor_site.daphne_server import DrainingServer
    from conductor_site.large_bodies import bound
    from conductor_site.leaving import MORE, leave
    from editor.together.consumer import MOST_MESSAGE
    from runner.queue import Worker

    reactor: Any = asyncio_reactor
    worker = Worker(embedded=True)
    drain = settings.CONDUCTOR_DRAIN_SECONDS

    def ready() -> None:
        bound(server)
        loop = asyncio.get_event_loop()
        running = loop.create_task(worker.run())

        async def stop() -> None:
            await worker.stop(drain)
            await running

        reactor.addSystemEventTrigger("before", "shutdown", leave, drain + MORE)
        reactor.addSystemEventTrigger("before", "shutdown", loop.set_exception_handler, _cut_off)
        reactor.addSystemEventTrigger(
            "before", "shutdown", lambda: defer.Deferred.fromFuture(loop.create_task(stop()))
        )
        loop.run_in_executor(None, announce)

    server = DrainingServer(
        application,
        endpoints=build_endpoint_description_strings(host=host, port=port),
        # Daphne calls this before the reactor runs. A Ctrl+C would then end the main thread in
        # the middle of something, such as starting the thread that prints the ready line.
        ready_callable=lambda: reactor.callWhenRunning(ready),
        server_name="conductor",
        # A caller who waits for a run's end may wait for a minute.
        http_timeout=120,
        # Many pages that come back at once, on a busy machine, are greeted one after the other.
        websocket_handshake_timeout=20,
        # By itself Daphne cuts off whoever says more than 1 MiB at once, as a large paste does.
        websocket_max_message_size=MOST_MESSAGE,
        websocket_max_frame_size=MOST_MESSAGE,
        verbosity=0,
    )
    server.drain = drain
    server.run()
    end_tasks(asyncio.get_event_loop())


def _cut_off(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    from django.core.exceptions import RequestAborted

    # Django leaves it to nobody to hear that a request which Daphne cancelled is also cut off.
    if not isinstance(context.get("exception"), RequestAborted):
        loop.default_exception_handler(context)


def end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is under way in a loop that was left, and run it until all has ended.

    Daphne leaves the loop when the first request that it cancelled has ended. The thread of
    another one would wait for this loop for ever, and the interpreter for the thread.
    """
    while tasks := asyncio.all_tasks(loop):
        for task in tasks:
            if not task.cancelling():
                task.cancel()
        for task in loop.run_until_complete(asyncio.wait(tasks))[0]:
            if not task.cancelled():
                # One that nobody has asked for would be told as an error when the task goes.
                task.exception()


def with_uvicorn(host: str, port: int, announce: Callable[[], None]) -> None:
    """Serve with uvicorn, the worker on its event loop."""
    import uvicorn
    from django.conf import settings

    from conductor_site.asgi import application
    from conductor_site.bounded_heads import BoundedProtocol
    from conductor_site.leaving import MORE, leave
    from runner.queue import Worker

    drain = settings.CONDUCTOR_DRAIN_SECONDS

    class Server(uvicorn.Server):
        """Uvicorn, with the worker started and stopped beside it."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                self.worker: Worker = Worker(embedded=True)
                self.running = asyncio.create_task(self.worker.run())
                asyncio.get_running_loop().run_in_executor(None, announce)

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            # Uvicorn's own raises the signal again when all is done; being asked is no failure.
            self.force_exit = self.should_exit
            if not self.should_exit:
                leave(drain + MORE)
            self.should_exit = True

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Whom it cuts off then, it cuts off because it was asked to: that is no error.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await self.worker.stop(drain)
            await super().shutdown(sockets)
            await self.running

    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        http=BoundedProtocol,
        lifespan="off",
        # It would believe what anybody on this machine says of where a request comes from;
        # CONDUCTOR_TRUSTED_PROXIES says whom to believe.
        proxy_headers=False,
        # The settings say where its lines go, and in which form.
        log_config=None,
        # Else it waits for callers that do not read, or do not send the rest of a request.
        timeout_graceful_shutdown=max(1, drain),
        access_log=False,
        server_header=False,
        date_header=False,
    )
    Server(config).run()
    sys.stdout.flush()
