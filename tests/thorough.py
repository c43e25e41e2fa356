"""How much the tests try that could try for ever: a sample each time, far more when asked.

`CONDUCTOR_THOROUGH=1 make test ARGS="tests/engine"` tries twenty times as much, and what nobody
has tried before; `CONDUCTOR_EXAMPLES=5000` says how many random drawings it shall be.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

THOROUGH = os.environ.get("CONDUCTOR_THOROUGH") == "1"
EXAMPLES = int(os.environ.get("CONDUCTOR_EXAMPLES", "0"))


def times(usual: int) -> int:
    """Return how often to try what is usually tried so often."""
    return 20 * usual if THOROUGH else usual


def examples(usual: int) -> settings:
    """Return hypothesis' settings: usually the same drawings each time, others when thorough."""
    return settings(
        max_examples=EXAMPLES or times(usual),
        derandomize=not (EXAMPLES or THOROUGH),
        print_blob=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
