"""Calls set up, answered and torn down a second, on one core.

python -m benchmarks.setups [CALLS] [AT_ONCE]
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time

from benchmarks.calls_at_once import a_paper
from benchmarks.far_ends.cores import two_cores
from engine.carriers.live import TrunkCall
from engine.carriers.trunk import TrunkCarrier


async def place_in_turn(carrier: TrunkCarrier, numbers: list[int], setups_s: list[float]) -> None:
    while numbers:
        paper = a_paper(numbers.pop())
        began = time.perf_counter()
        call = await carrier.place(paper, ring_s=10)
        assert isinstance(call, TrunkCall), call
        setups_s.append(time.perf_counter() - began)
        await call.hang_up()


async def measure(sip_port: int, calls: int, at_once: int) -> str:
    carrier = await TrunkCarrier.open(
        "127.0.0.1",
        0,
        0,
        trunk=("127.0.0.1", sip_port),
        domain="bench.example",
        calls_at_once=at_once,
        inbound_share=0.0,
    )
    numbers, setups_s = list(range(calls)), list[float]()
    cpu, wall = time.process_time(), time.monotonic()
    await asyncio.gather(*[place_in_turn(carrier, numbers, setups_s) for _ in range(at_once)])
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    await carrier.close()
    setups_s.sort()
    ours = {
        "calls": len(setups_s),
        "calls_per_s": round(calls / wall),
        "cpu_ms_a_call": round(1000 * cpu / calls, 2),
        "setup_p50_ms": round(1000 * setups_s[len(setups_s) // 2], 1),
        "setup_p99_ms": round(1000 * setups_s[int(len(setups_s) * 0.99)], 1),
    }
    line = {
        "name": "setups",
        "ours": ours,
        "theirs": None,
        "ratio": None,
        "why": "no other engine is installed with the project; this is a floor to hold",
        "target": {"calls_per_s": 100},
        "holds": ours["calls_per_s"] >= 100,
        "conditions": f"{at_once} at once, one core; a stateless answerer on another",
    }
    return json.dumps(line)


def main() -> None:
    """Print one JSON line."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    at_once = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    ours, theirs = two_cores()
    far = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.far_ends.stateless"], stdout=subprocess.PIPE, text=True
    )
    os.sched_setaffinity(far.pid, {theirs})
    os.sched_setaffinity(0, {ours})
    try:
        assert far.stdout is not None
        print(asyncio.run(measure(int(far.stdout.readline()), calls, at_once)))
    finally:
        far.kill()
        far.wait()


if __name__ == "__main__":
    main()
