"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# How long an example takes says nothing about the code: machines are busy.
settings.register_profile("conductor", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("conductor")
