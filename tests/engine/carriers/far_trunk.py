"""Far ends for a trunk carrier: one that says what it is told, and ears that remember."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from benchmarks.far_ends.stateless import method_of, respond, sdp
from engine.carriers.streams import Ear, Hearing
from engine.carriers.trunk import TrunkCarrier
from engine.clearance import AnnouncementHashes, Clearance

CALLEE = "+33612345678"
CALLER_ID = "+33940000001"

Said = tuple[int, str]
RINGING: Said = (180, "Ringing")
OK: Said = (200, "OK")


def a_paper(*, number: str = CALLEE, caller_id: str = CALLER_ID, granted: bool = True) -> Clearance:
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    return Clearance(granted, at, number, caller_id, "trunk", AnnouncementHashes())


def branch_of(request: bytes) -> str:
    """The transaction a request belongs to; a CANCEL shares its INVITE's (RFC 3261, 9.1)."""
    return request.decode().partition(";branch=")[2].split("\r\n")[0].split(";")[0]


def ack_of(response: bytes) -> bytes:
    """Acknowledge the 200 of an INVITE of ours (RFC 3261, 13.2.2.4)."""
    lines = response.decode().split("\r\n\r\n")[0].split("\r\n")[1:]
    headers = {line.partition(":")[0].lower(): line for line in lines}
    kept = [headers[name] for name in ("from", "to", "call-id")]
    via, cseq = headers["via"] + "ack", headers["cseq"].replace("INVITE", "ACK")
    first = "ACK sip:us@127.0.0.1 SIP/2.0"
    return "\r\n".join([first, via, "Max-Forwards: 70", *kept, cseq, "", ""]).encode()


class FarTrunk(asyncio.DatagramProtocol):
    """A trunk that says *to_invite* to every INVITE, agrees to the rest, and keeps nothing.

    A CANCEL gets its 200, and the INVITE its 487, unless the trunk is deaf to it.
    """

    is_deaf_to_cancel = False
    to_bye = OK

    def __init__(self, *to_invite: Said, body: bytes | None = None) -> None:
        self.to_invite = to_invite
        self.body = sdp("127.0.0.1", 9) if body is None else body
        self.requests: list[bytes] = []
        self.responses: list[bytes] = []
        self._offers = 0
        self._transport: asyncio.DatagramTransport

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._transport.get_extra_info("sockname")
        return host, port

    @property
    def methods(self) -> list[str]:
        return [method_of(request) for request in self.requests]

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # asyncio types the base class more widely
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        method = method_of(data)
        if not method:
            self.responses.append(data)
            if b" 200 " in data[:16] and b" INVITE\r\n" in data:
                self.send(ack_of(data), addr)
            return
        self.requests.append(data)
        if method == "INVITE":
            for code, reason in self.to_invite:
                self.say(data, code, reason, addr)
        elif method != "ACK" and not (method == "CANCEL" and self.is_deaf_to_cancel):
            self.say(data, *(self.to_bye if method == "BYE" else OK), addr)
            if method == "CANCEL":
                invite = next(r for r in self.requests if branch_of(r) == branch_of(data))
                self.say(invite, 487, "Request Terminated", addr)

    def answer_the_first_invite(self, addr: tuple[str, int]) -> None:
        self.say(self.requests[0], *OK, addr)

    def offer_anew(self, body: bytes, addr: tuple[str, int]) -> None:
        """Send a re-INVITE within the call that the first INVITE of ours began."""
        lines = self.requests[0].decode().split("\r\n\r\n")[0].split("\r\n")[1:]
        ours = {name: value for name, _, value in (line.partition(": ") for line in lines)}
        self._offers += 1
        host, port = self.address
        head = [
            "INVITE sip:us@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bKanew{self._offers}",
            "Max-Forwards: 70",
            f"From: {ours['To']};tag=far",
            f"To: {ours['From']}",
            f"Call-ID: {ours['Call-ID']}",
            f"CSeq: {self._offers} INVITE",
            f"Contact: <sip:far@{host}:{port}>",
            "Content-Type: application/sdp",
            f"Content-Length: {len(body)}",
        ]
        self.send("\r\n".join([*head, "", ""]).encode() + body, addr)

    def say(self, request: bytes, code: int, reason: str, addr: tuple[str, int]) -> None:
        body = self.body if code in (183, 200) and request.startswith(b"INVITE") else b""
        response = respond(request, code, reason, contact=self.address, body=body)
        self._transport.sendto(response, addr)

    def send(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(data, addr)

    def close(self) -> None:
        self._transport.close()


class RememberingEar:
    """An ear that hears nothing and remembers every frame."""

    def __init__(self) -> None:
        self.frames: list[list[NDArray[np.float32]]] = []
        self.resting: set[int] = set()

    def open(self) -> int:
        self.frames.append([])
        return len(self.frames) - 1

    def close(self, slot: int) -> None:
        return

    def rest(self, slot: int) -> None:
        self.resting.add(slot)

    def wake(self, slot: int) -> None:
        self.resting.discard(slot)

    def hear(self, slots: NDArray[np.intp], frames: NDArray[np.float32]) -> Sequence[Hearing]:
        for slot, frame in zip(slots.tolist(), frames, strict=True):
            self.frames[slot].append(frame.copy())
        return []


@asynccontextmanager
async def a_far_trunk(*to_invite: Said, body: bytes | None = None) -> AsyncIterator[FarTrunk]:
    loop = asyncio.get_running_loop()
    _, far = await loop.create_datagram_endpoint(
        lambda: FarTrunk(*to_invite, body=body), local_addr=("127.0.0.1", 0)
    )
    try:
        yield far
    finally:
        far.close()


@asynccontextmanager
async def a_carrier(
    trunk: tuple[str, int],
    *,
    calls_at_once: int = 20,
    inbound_share: float = 0.1,
    max_call_s: float = 60.0,
    cancelled_within_s: float = 3.0,
    no_audio_s: float = 20.0,
    ear: Ear | None = None,
) -> AsyncIterator[TrunkCarrier]:
    carrier = await TrunkCarrier.open(
        "127.0.0.1",
        0,
        0,
        trunk=trunk,
        domain="trunk.example",
        calls_at_once=calls_at_once,
        inbound_share=inbound_share,
        max_call_s=max_call_s,
        cancelled_within_s=cancelled_within_s,
        no_audio_s=no_audio_s,
        ear=ear,
    )
    try:
        yield carrier
    finally:
        await carrier.close()


@asynccontextmanager
async def two_carriers(
    *, ear: Ear | None = None, callee_calls_at_once: int = 20
) -> AsyncIterator[tuple[TrunkCarrier, TrunkCarrier]]:
    """A caller, and the callee that is its trunk."""
    nowhere = ("127.0.0.1", 9)
    async with (
        a_carrier(nowhere, calls_at_once=callee_calls_at_once) as callee,
        a_carrier(callee.sip_address, ear=ear) as caller,
    ):
        yield caller, callee
