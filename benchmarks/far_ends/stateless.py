"""The simplest far end: answers each SIP request from its own headers alone (RFC 3261, 8.2.7).

It keeps nothing, so that what a benchmark measures is the caller.
"""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable, Iterator

_COPIED = {"via", "v", "from", "f", "call-id", "i", "cseq", "record-route"}
_TO = {"to", "t"}

Plan = Callable[[str], Iterator[tuple[int, str]]]


def sdp(host: str, port: int, *, payload_type: int = 8) -> bytes:
    """Describe G.711 audio at an address, with key presses."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {payload_type} 101\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
    ).encode()


def method_of(request: bytes) -> str:
    """Return a request's method, or "" for a response."""
    first = request.split(b" ", 1)[0].decode("ascii", "replace")
    return "" if first.startswith("SIP/") else first


def respond(
    request: bytes, code: int, reason: str, *, contact: tuple[str, int], body: bytes = b""
) -> bytes:
    """Return a response to *request*, from its headers alone."""
    lines = [f"SIP/2.0 {code} {reason}"]
    for line in request.split(b"\r\n\r\n", 1)[0].decode("utf-8", "replace").split("\r\n")[1:]:
        name = line.partition(":")[0].strip().lower()
        if name in _COPIED:
            lines.append(line)
        elif name in _TO:
            lines.append(line if ";tag=" in line or code == 100 else f"{line};tag=far")
    lines.append(f"Contact: <sip:far@{contact[0]}:{contact[1]}>")
    if body:
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def answer_at_once(method: str) -> Iterator[tuple[int, str]]:
    """Answer every call, and agree to everything else."""
    if method == "INVITE":
        yield 100, "Trying"
    if method not in ("", "ACK"):
        yield 200, "OK"


def serve(bound: socket.socket, plan: Plan, body: bytes) -> None:
    """Answer what arrives, as *plan* says, until the socket is closed."""
    contact = bound.getsockname()
    while True:
        request, source = bound.recvfrom(65_535)
        for code, reason in plan(method_of(request)):
            answered = body if code == 200 and request.startswith(b"INVITE") else b""
            bound.sendto(respond(request, code, reason, contact=contact, body=answered), source)


def main() -> None:
    """Serve on a port until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rtp-port", type=int, default=9)
    arguments = parser.parse_args()
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    bound.bind(("127.0.0.1", arguments.port))
    print(bound.getsockname()[1], flush=True)
    serve(bound, answer_at_once, sdp("127.0.0.1", arguments.rtp_port))


if __name__ == "__main__":
    main()
