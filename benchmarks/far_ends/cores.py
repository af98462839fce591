"""Which cores a benchmark may use."""

from __future__ import annotations

import os
from pathlib import Path


def two_cores() -> tuple[int, int]:
    """Return a core for us and one for the far end: the same when there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def kept_waiting_s() -> float:
    """Return how long our threads were ready to run while others had the core.

    It tells a busy machine from a slow program (Linux, /proc/<pid>/task/<tid>/schedstat).
    """
    waits_ns = [
        int(path.read_text().split()[1]) for path in Path("/proc/self/task").glob("*/schedstat")
    ]
    return sum(waits_ns) / 1e9
