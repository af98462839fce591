"""Which cores a benchmark may use, and what it used of them."""

from __future__ import annotations

import os
import time
from pathlib import Path

#: A process is at rest once it took less than this share of a core for as many seconds.
AT_REST, REST_S = 0.05, 0.5


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


def cpu_s(pid: int) -> float:
    """Return the processor seconds of a process and of its children, threads that ended included.

    Linux, /proc/<pid>/stat: fields 14 and 15, in clock ticks.
    """
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own_s + sum(cpu_s(int(child)) for child in children)


def await_rest(pid: int, at_most_s: float = 30.0) -> None:
    """Wait until a process and its children have done what they do at their start."""
    deadline = time.monotonic() + at_most_s
    while time.monotonic() < deadline:
        before_s = cpu_s(pid)
        time.sleep(REST_S)
        if cpu_s(pid) - before_s < AT_REST * REST_S:
            return
