"""Calls at once with audio both ways, each listened to, on one core.

python -m benchmarks.calls_at_once [CALLS] [SECONDS]
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime

import numpy as np

from audio.listen import Ear
from benchmarks.far_ends.cores import kept_waiting_s, two_cores
from engine.carriers.live import TrunkCall
from engine.carriers.trunk import TrunkCarrier
from engine.clearance import AnnouncementHashes, Clearance

ANNOUNCEMENT_S = 17


def a_paper(n: int) -> Clearance:
    number = f"+336{n:08d}"
    at = datetime.now(UTC)
    return Clearance(True, at, number, "+33940000001", "bench", AnnouncementHashes())


async def keep_playing(call: TrunkCall, announcement: bytes) -> None:
    """Play over and over, taking the call's events as a conversation would."""
    call.play(announcement)
    while True:
        event = await call.next_event()
        if event is None or event.what.value == "ended":
            return
        if event.what.value == "played":
            call.play(announcement)


async def measure(far: subprocess.Popen[str], sip_port: int, calls: int, seconds: float) -> str:
    random = np.random.default_rng(3)
    announcement = random.integers(0, 256, ANNOUNCEMENT_S * 8000, dtype=np.uint8).tobytes()
    carrier = await TrunkCarrier.open(
        "127.0.0.1",
        0,
        0,
        trunk=("127.0.0.1", sip_port),
        domain="bench.example",
        calls_at_once=calls,
        inbound_share=0.0,
        ear=Ear(calls),
    )
    playing = []
    for n in range(calls):
        call = await carrier.place(a_paper(n), ring_s=10)
        assert isinstance(call, TrunkCall), call
        playing.append(asyncio.create_task(keep_playing(call, announcement)))
    await asyncio.sleep(1)
    assert far.stdin is not None
    assert far.stdout is not None
    print("start", file=far.stdin, flush=True)
    cpu, wall, waited = time.process_time(), time.monotonic(), kept_waiting_s()
    await asyncio.sleep(seconds)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    waited = kept_waiting_s() - waited
    print("quiet", file=far.stdin, flush=True)
    heard = json.loads(await asyncio.to_thread(far.stdout.readline))
    await asyncio.sleep(0.2)
    counts = asdict(carrier.media_counts)
    # What the far end said before we had taken its 200 is ignored, not lost.
    heard["lost_back"] = heard.pop("sent_back") - counts["received"] - counts["ignored"]
    await carrier.close()
    ours = {
        "calls": calls,
        "cpu_pct_of_a_core": round(100 * cpu / wall),
        "kept_waiting_for_the_core_pct": round(100 * waited / wall),
        **heard,
        "latest_tick_ms": round(1000 * counts["latest_s"], 1),
        "faults": counts["faults"],
        "restarts": counts["restarts"],
        "ignored": counts["ignored"],
        "received": counts["received"],
    }
    line = {
        "name": "calls_at_once",
        "ours": ours,
        "theirs": None,
        "ratio": None,
        "why": "no other engine is installed with the project; this is a floor to hold",
        "target": {"gap_p99_ms": 30, "lost": 0},
        "holds": heard["gap_p99_ms"] <= 30 and heard["lost"] == heard["lost_back"] == 0,
        "conditions": f"{seconds:.0f} s, one core, every call listened to, far end on another",
    }
    return json.dumps(line)


def main() -> None:
    """Print one JSON line."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 15.0
    ours, theirs = two_cores()
    command = [sys.executable, "-m", "benchmarks.far_ends.speaking", "--calls", str(calls)]
    far = subprocess.Popen(
        [*command, "--core", str(theirs)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    os.sched_setaffinity(0, {ours})
    try:
        assert far.stdout is not None
        print(asyncio.run(measure(far, int(far.stdout.readline()), calls, seconds)))
    finally:
        far.kill()
        far.wait()


if __name__ == "__main__":
    main()
