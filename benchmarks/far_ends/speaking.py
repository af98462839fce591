"""A far end for the media benchmarks: answers every call, speaks on it, and times what it hears.

One process, one SIP port and one RTP port, with kernel time stamps (SO_TIMESTAMPNS) of every
packet. Reads ``start`` and ``stop`` from standard input; prints its SIP port first, and its
measures as one JSON line after ``stop``.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import select
import socket
import sys
import time

import numpy as np
from numpy.typing import NDArray

from audio.prepare import prepare
from audio.speech import speak
from benchmarks.far_ends.stateless import answer_at_once, method_of, respond, sdp
from engine.carriers.datagrams import bind, destination, open_port
from engine.rtp.sending import SendingBank

GREETING = (
    "Bonjour, vous êtes bien sur la messagerie de Camille. Je ne suis pas disponible pour le "
    "moment, laissez-moi un message après le signal sonore et je vous rappellerai."
)
PHASES, PHASE_S = 4, 0.005
ROWS, ROW_BYTES = 4096, 256
_SO_TIMESTAMPNS = 35  # asm-generic/socket.h
_HEADER = np.dtype(
    {
        "names": ["iov", "iov_count", "control", "control_bytes", "length"],
        "formats": ["<u8", "<u8", "<u8", "<u8", "<u4"],
        "offsets": [16, 24, 32, 40, 56],
        "itemsize": 64,
    }
)


class TimedReceiver:
    """Receives in batches with the kernel's time of arrival, keeping headers only."""

    def __init__(self, bound: socket.socket) -> None:
        bound.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._descriptor = bound.fileno()
        self._recvmmsg = ctypes.PyDLL(None).recvmmsg
        self._rows = np.zeros((ROWS, ROW_BYTES), dtype=np.uint8)
        self._controls = np.zeros((ROWS, 32), dtype=np.uint8)
        vectors = np.zeros((ROWS, 2), dtype=np.uint64)
        self._headers = np.zeros(ROWS, dtype=_HEADER)
        step = np.arange(ROWS, dtype=np.uint64)
        vectors[:, 0] = self._rows.ctypes.data + step * np.uint64(ROW_BYTES)
        vectors[:, 1] = ROW_BYTES
        self._vectors = vectors
        self._headers["iov"] = vectors.ctypes.data + step * np.uint64(16)
        self._headers["iov_count"] = 1
        self._headers["control"] = self._controls.ctypes.data + step * np.uint64(32)
        self.heard: list[NDArray[np.int64]] = []

    def receive(self) -> None:
        """Note SSRC, sequence number and nanoseconds of everything that arrived."""
        self._headers["control_bytes"] = 32
        count = self._recvmmsg(
            self._descriptor, ctypes.c_void_p(self._headers.ctypes.data), ROWS, 0x40, None
        )
        if count <= 0:
            return
        heard = np.empty((count, 3), dtype=np.int64)
        rows = self._rows[:count]
        heard[:, 0] = rows[:, 8:12].copy().view(">u4").ravel()
        heard[:, 1] = rows[:, 2:4].copy().view(">u2").ravel()
        times = self._controls[:count, 16:32].copy().view("<i8").reshape(count, 2)
        heard[:, 2] = times[:, 0] * 1_000_000_000 + times[:, 1]
        self.heard.append(heard)


class FarEnd:
    """Answers, speaks and listens, in one loop of 5 ms."""

    def __init__(self, calls: int) -> None:
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._sip.bind(("127.0.0.1", 0))
        self._sip.setblocking(False)
        rtp = bind("127.0.0.1", 0)
        self._rtp_socket = rtp
        self._port = open_port(rtp)
        self._receiver = TimedReceiver(rtp)
        self._bank = SendingBank(calls, random=np.random.default_rng(7))
        self._slots: dict[str, int] = {}
        self._destinations = np.zeros((calls, 16), dtype=np.uint8)
        speech = speak(GREETING, language="fr")
        self._greeting = prepare((speech.pcm / 32768).astype(np.float32), speech.rate_hz).alaw
        self.sent = 0
        self.is_speaking = True

    def run(self) -> None:
        """Serve until told to stop, then report."""
        print(self._sip.getsockname()[1], flush=True)
        tick, due = 0, time.monotonic()
        while self._obey():
            delay = due - time.monotonic()
            if delay > 0:
                time.sleep(delay)
            self._send(tick % PHASES)
            self._receiver.receive()
            self._answer()
            tick, due = tick + 1, due + PHASE_S

    def _obey(self) -> bool:
        if not select.select([sys.stdin], [], [], 0)[0]:
            return True
        order = sys.stdin.readline().strip()
        if order == "start":
            self._receiver.heard.clear()
        elif order == "quiet":
            self.is_speaking = False
            print(json.dumps(self.report()), flush=True)
        return order in ("start", "quiet")

    def report(self) -> dict[str, float | int]:
        """Return gaps and losses of what was heard since ``start``."""
        heard = np.concatenate(self._receiver.heard)
        order = np.lexsort((heard[:, 2], heard[:, 0]))
        ssrc, sequence, at_ns = heard[order].T
        same = ssrc[1:] == ssrc[:-1]
        gaps_ms = (np.diff(at_ns) / 1e6)[same]
        steps = ((np.diff(sequence) + (1 << 15)) % (1 << 16) - (1 << 15))[same]
        p50, p99, p999 = np.percentile(gaps_ms, [50, 99, 99.9])
        streams = len(np.unique(ssrc))
        seconds = (at_ns.max() - at_ns.min()) / 1e9
        return {
            "streams": streams,
            "packets": len(heard),
            "packets_per_s_a_stream": round(len(heard) / streams / seconds, 2),
            "gap_p50_ms": round(float(p50), 2),
            "gap_p99_ms": round(float(p99), 2),
            "gap_p999_ms": round(float(p999), 2),
            "gap_max_ms": round(float(gaps_ms.max()), 2),
            "lost": int((steps - 1).sum()),
            "sent_back": self.sent,
        }

    def _send(self, phase: int) -> None:
        if not self.is_speaking:
            return
        slots = np.arange(phase, len(self._slots), PHASES)
        stamped = self._bank.stamp(slots)
        self.sent += self._port.send(stamped.packets, stamped.lengths, self._destinations[slots])
        for slot in stamped.played.tolist():
            self._bank.play(slot, self._greeting)

    def _answer(self) -> None:
        for _ in range(64):
            try:
                request, source = self._sip.recvfrom(65_535)
            except BlockingIOError:
                return
            self._answer_one(request, source)

    def _answer_one(self, request: bytes, source: tuple[str, int]) -> None:
        method = method_of(request)
        body = self._description(request) if method == "INVITE" else b""
        for code, reason in answer_at_once(method):
            answered = body if code == 200 else b""
            response = respond(
                request, code, reason, contact=self._sip.getsockname(), body=answered
            )
            self._sip.sendto(response, source)

    def _description(self, request: bytes) -> bytes:
        """Open a call, and describe our end of it."""
        text = request.decode()
        slot = self._slots.setdefault(_after(text, "Call-ID: "), len(self._slots))
        ssrc = 1000 + slot
        host, port = _after(text, "c=IN IP4 "), int(_after(text, "m=audio ").split(" ")[0])
        self._destinations[slot] = destination(host, port)
        self._bank.open(slot, payload_type=8, is_ulaw=False, ssrc=ssrc)
        self._bank.play(slot, self._greeting)
        described = sdp("127.0.0.1", self._rtp_socket.getsockname()[1])
        return described + f"a=ssrc:{ssrc} cname:far\r\n".encode()


def _after(text: str, label: str) -> str:
    return text.split(label, 1)[1].split("\r\n", 1)[0]


def main() -> None:
    """Be the far end of as many calls as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--core", type=int, default=None)
    arguments = parser.parse_args()
    if arguments.core is not None:
        os.sched_setaffinity(0, {arguments.core})
    FarEnd(arguments.calls).run()


if __name__ == "__main__":
    main()
