"""What holds for all tests."""

import pytest
from hypothesis import HealthCheck, settings

from runner.queue import queues

# How long an example takes says nothing about the code: machines are busy.
settings.register_profile("conductor", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("conductor")


@pytest.fixture(autouse=True)
def queues_as_they_are() -> None:
    """What a test before this one has read of its queues holds no more."""
    queues.forget()
