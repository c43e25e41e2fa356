"""Who executes which run: the runs' rows are the queue, and workers claim them."""

from runner.queue.wake import wake_workers
from runner.queue.worker import Worker

__all__ = ["Worker", "wake_workers"]
