"""How many machine instructions a step costs: counted by callgrind, so noise does not matter.

Run `python benchmarks/instructions.py`; it needs Valgrind. Each case is run in an
interpreter of its own, once with a few runs and once with some more; the difference
is theirs alone, without starting Python or compiling the blueprint. "Plain" is the
same number of calls, or awaits, without the engine.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CASES = ("pass", "async", "plain pass", "plain async")
STEPS, FEW, MORE = 500, 3, 13
COUNTED = re.compile(r"Collected\s*:\s*(\d+)")


def work(case: str, runs: int) -> None:
    """Do the runs of a case; this is what is counted."""
    sys.path.insert(0, str(HERE.parent))
    from benchmarks import engine
    from runner.engine import run

    kind = case.removeprefix("plain ")
    plain: Callable[[Any], Any] = engine.pass_on.work if kind == "pass" else engine.pass_async.work
    plan = engine.chain(STEPS, kind)

    class Given:
        input = 1

    async def all_runs() -> None:
        # One event loop for all of them: its making is no part of a step.
        for _ in range(runs):
            if not case.startswith("plain"):
                result = await run(plan, 1, journal=engine.Forgetful())
                assert result.status == "succeeded", result
                continue
            for _ in range(STEPS):
                if kind == "pass":
                    plain(Given())
                else:
                    await asyncio.create_task(plain(Given()))

    asyncio.run(all_runs())


def counted(case: str, runs: int) -> int:
    """Return the instructions of a whole process that does so many runs."""
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            [
                *("valgrind", "--tool=callgrind", f"--callgrind-out-file={place}/out"),
                *(sys.executable, __file__, case, str(runs)),
            ],
            env={**os.environ, "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=True,
        )
    found = COUNTED.search(done.stderr)
    assert found is not None, done.stderr
    return int(found[1])


def main() -> int:
    """Count every case, and print a line each."""
    if len(sys.argv) == 3:
        work(sys.argv[1], int(sys.argv[2]))
        return 0
    if shutil.which("valgrind") is None:
        print("Valgrind is not installed, so nothing can be counted (apt install valgrind).")
        return 2
    jobs = [(case, runs) for case in CASES for runs in (FEW, MORE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = dict(zip(jobs, pool.map(lambda job: counted(*job), jobs), strict=True))
    each = {
        case: (counts[case, MORE] - counts[case, FEW]) / ((MORE - FEW) * STEPS) for case in CASES
    }
    for case in ("pass", "async"):
        line = {
            "benchmark": "instructions",
            "case": case,
            "a_step": round(each[case]),
            "plain": round(each[f"plain {case}"]),
            "ratio": round(each[case] / each[f"plain {case}"], 1),
        }
        print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
