"""Start a worker that claims runs from the database and executes them."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal

from conductor_site.collector import settle
from conductor_site.command import CommandError, preparing, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `worker [--labels gpu,eu]`; limits and the port come from the environment."""
    parser.add_argument(
        "--labels",
        metavar="LABEL,…",
        help="what it has that runs may ask for, instead of CONDUCTOR_LABELS",
    )


def perform(options: argparse.Namespace) -> int:
    """Work until SIGINT or SIGTERM; let steps under way end, and hand unfinished runs back."""
    if options.labels is not None:
        os.environ["CONDUCTOR_LABELS"] = options.labels
    start_django()
    from django.conf import settings

    from conductor_site import tracing
    from conductor_site.start import migrate

    with preparing():
        migrate()
    port = settings.CONDUCTOR_WORKER_PORT
    if port:
        from conductor_site.worker_port import listen

        try:
            listen(settings.HOST, port)
        except OSError as error:
            raise CommandError(
                f"The worker cannot listen at {settings.HOST}:{port}: {error.strerror}. "
                "Choose another port with CONDUCTOR_WORKER_PORT."
            ) from error
    with tracing.traced():
        asyncio.run(work())
    return 0


async def work() -> None:
    """Run a worker until the process is asked to stop."""
    from django.conf import settings

    from conductor_site.leaving import MORE, leave
    from runner.queue import Worker

    worker = Worker()
    loop = asyncio.get_running_loop()
    running = loop.create_task(worker.run())

    def stop() -> None:
        drain = settings.CONDUCTOR_DRAIN_SECONDS
        leave(drain + MORE)
        stopped.append(loop.create_task(worker.stop(drain)))

    stopped: list[asyncio.Task[None]] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    settle()
    print(f"Conductor worker {worker.name} is ready", flush=True)
    await running
