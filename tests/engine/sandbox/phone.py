"""A minimal SIP and RTP telephone for the tests: sipmessage and sockets, nothing of the engine."""

from __future__ import annotations

import asyncio
import secrets
import struct
from types import TracebackType

from sipmessage import URI, Address, CSeq, MediaType, Message, Parameters, Request, Response, Via

FRAME_S = 0.02
SILENCE = b"\xd5" * 160


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[bytes, tuple[str, int], float]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.queue.put_nowait((data, addr, asyncio.get_running_loop().time()))


async def _socket() -> tuple[asyncio.DatagramTransport, _Datagrams]:
    return await asyncio.get_running_loop().create_datagram_endpoint(
        _Datagrams, local_addr=("127.0.0.1", 0)
    )


def sdp(port: int, types: str = "8 0 101") -> bytes:
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {types}\r\na=rtpmap:101 telephone-event/8000\r\n"
    ).encode()


class Phone:
    """Calls one sandbox; keeps the audio frames and events that it receives."""

    def __init__(self, sandbox: tuple[str, int]) -> None:
        self.sandbox = sandbox
        self.responses: list[Response] = []
        self.requests: list[Request] = []
        self.audio: list[tuple[int, bytes]] = []  # payload type, payload
        self.keys: dict[int, str] = {}  # time stamp of the event, digit
        self.arrived = asyncio.Event()
        self.call_id = secrets.token_hex(8)
        self.to_send = b""
        self.playing_since: float | None = None
        self.answered_at = 0.0
        self.is_mute = False
        self.answers_bye = True
        self.payload_type = 8
        self.ack_body = b""
        self._far_rtp: tuple[str, int] | None = None
        self._cseq = 0
        self._branch = ""
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Phone:
        self._sip, self._sip_in = await _socket()
        self._rtp, self._rtp_in = await _socket()
        self.sip_address = self._sip.get_extra_info("sockname")
        self.rtp_port = self._rtp.get_extra_info("sockname")[1]
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(each()) for each in (self._listen, self._hear, self._speak)]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sip.close()
        self._rtp.close()

    def request(self, method: str, number: str = "", *, body: bytes = b"") -> Request:
        """Build a request; within the call when it has been answered."""
        host, port = self.sandbox
        self._cseq += method not in ("ACK", "CANCEL")
        request = Request(method, URI("sip", host, user=number or self.number, port=port), body)
        branch = self._branch if method == "CANCEL" else "z9hG4bK" + secrets.token_hex(6)
        here = self.sip_address
        request.via = [Via("UDP", here[0], here[1], Parameters(branch=branch, rport=None))]
        self._branch = branch
        request.from_address = Address(
            URI("sip", here[0], user="+33948120000"), parameters=Parameters(tag="phone")
        )
        answered = self.responses and method not in ("INVITE", "CANCEL") and self.responses[-1]
        request.to_address = (
            answered.to_address if answered else Address(URI("sip", host, user=self.number))
        )
        request.call_id = self.call_id
        request.cseq = CSeq(self._cseq, method)
        request.contact = [Address(URI("sip", here[0], user="phone", port=here[1]))]
        if body:
            request.content_type = MediaType("application/sdp")
        return request

    number = "+33600000000"

    def send(self, request: Request | Response) -> None:
        request.headers.set("Content-Length", str(len(request.body)))
        self._sip.sendto(bytes(request), self.sandbox)

    async def ring(self, number: str, *, types: str = "8 0 101") -> None:
        """Send an INVITE."""
        self.number = number
        self.invite = self.request("INVITE", number, body=sdp(self.rtp_port, types))
        self.invite.headers.set("P-Asserted-Identity", "<sip:+33948120000@127.0.0.1>")
        self.send(self.invite)

    async def response(self, *, at_least: int = 200, timeout_s: float = 10) -> Response:
        """Wait for a response of that class or above, and acknowledge a final one."""
        async with asyncio.timeout(timeout_s):
            while not (found := [r for r in self.responses if r.code >= at_least]):
                await self.news()
        if found[0].code >= 200 and found[0].cseq.method == "INVITE":
            self.acknowledge(found[0])
        return found[0]

    def acknowledge(self, response: Response) -> None:
        ack = self.request("ACK", body=self.ack_body)
        ack.to_address = response.to_address
        ack.cseq = CSeq(response.cseq.sequence, "ACK")
        if response.code >= 300:
            ack.via = self.invite.via
        self.send(ack)
        self.listen_to(response)

    def listen_to(self, response: Response) -> None:
        """Send our audio where the response says."""
        if response.body:
            words = response.body.split(b"m=audio ")[1].split()
            self._far_rtp, self.payload_type = ("127.0.0.1", int(words[0])), int(words[2])

    async def call(self, number: str, *, types: str = "8 0 101") -> Response:
        """Ring and wait for the final response."""
        await self.ring(number, types=types)
        return await self.response()

    async def hang_up(self) -> None:
        bye = self.request("BYE")
        self.send(bye)
        async with asyncio.timeout(5):
            while not any(r.cseq.method == "BYE" for r in self.responses):
                await self.news()

    async def far_end_hangs_up(self, timeout_s: float = 30) -> None:
        async with asyncio.timeout(timeout_s):
            while not any(r.method == "BYE" for r in self.requests):
                await self.news()

    async def hears_for(self, duration_s: float) -> None:
        """Go on with the call for a while."""
        try:
            async with asyncio.timeout(duration_s):
                await asyncio.Event().wait()
        except TimeoutError:
            return

    async def hears(self, payload_type: int, timeout_s: float = 10) -> None:
        """Wait for RTP of that payload type."""
        async with asyncio.timeout(timeout_s):
            while not any(kind == payload_type for kind, _ in self.audio):
                await self.news()

    async def hears_keys(self, keys: str, timeout_s: float = 20) -> None:
        """Wait until exactly *keys* have been pressed."""
        async with asyncio.timeout(timeout_s):
            while "".join(self.keys.values()) != keys:
                await self.news()

    async def news(self) -> None:
        """Wait for something to arrive."""
        self.arrived.clear()
        await self.arrived.wait()

    async def _listen(self) -> None:
        while True:
            data, source, at = await self._sip_in.queue.get()
            message = Message.parse(data)
            if isinstance(message, Response):
                self.responses.append(message)
                self.answered_at = self.answered_at or at * (message.code == 200)
            else:
                self.requests.append(message)
                self.take(message, source)
            self.arrived.set()

    def take(self, request: Request, source: tuple[str, int]) -> None:
        """Answer a request of the sandbox: 200, with our audio when it calls."""
        if request.method == "ACK" or (request.method == "BYE" and not self.answers_bye):
            return
        response = Response(200, "OK")
        for name in ("Via", "From", "To", "Call-ID", "CSeq"):
            response.headers.setlist(name, request.headers.getlist(name))
        if request.method == "INVITE":
            response.headers.set("To", request.headers["To"] + ";tag=called")
            response.contact = [Address(URI("sip", "127.0.0.1", port=self.sip_address[1]))]
            response.content_type = MediaType("application/sdp")
            response.body = sdp(self.rtp_port, "8 101")
            self._far_rtp = ("127.0.0.1", int(request.body.split(b"m=audio ")[1].split()[0]))
        response.headers.set("Content-Length", str(len(response.body)))
        self._sip.sendto(bytes(response), source)

    async def _hear(self) -> None:
        while True:
            data, _, _ = await self._rtp_in.queue.get()
            self.audio.append((data[1] & 0x7F, data[12:]))
            if data[1] & 0x7F == 101:
                self.keys[struct.unpack_from("!I", data, 4)[0]] = "0123456789*#"[data[12]]
            self.arrived.set()

    async def _speak(self) -> None:
        """Send 20 ms of `to_send`, or of silence, on an absolute clock."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for frame in range(1_000_000):
            await self.hears_for(max(0.0, began + frame * FRAME_S - loop.time()))
            if self._far_rtp is None or self.is_mute:
                continue
            if self.to_send and self.playing_since is None:
                self.playing_since = loop.time()
            payload, self.to_send = self.to_send[:160] or SILENCE, self.to_send[160:]
            header = struct.pack("!BBHII", 0x80, self.payload_type, frame & 0xFFFF, frame * 160, 7)
            self._rtp.sendto(header + payload.ljust(160, b"\xd5"), self._far_rtp)

    def send_sip(self, data: bytes) -> None:
        """Send raw bytes to the sandbox's SIP address."""
        self._sip.sendto(data, self.sandbox)

    def send_rtp(self, data: bytes) -> None:
        """Send raw bytes to the line's audio."""
        assert self._far_rtp is not None
        self._rtp.sendto(data, self._far_rtp)
