"""Requests offered at a constant rate, whatever becomes of the earlier ones (an open loop).

A closed loop such as wrk's sends less when the answers are slow, and so measures a server that is
never late. Here each latency counts from the instant at which its request was due.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

#: A request as it goes over the wire, but for its first line's host.
Post = tuple[str, dict[str, str], bytes]


@dataclass(slots=True)
class Offered:
    """What became of the requests of one kind."""

    latencies_ms: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    def share_ms(self, share: float) -> float:
        return sorted(self.latencies_ms)[
            min(len(self.latencies_ms) - 1, int(share * len(self.latencies_ms)))
        ]


class Client:
    """Connections to one port, each used by one request at a time, and kept."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, post: Post) -> tuple[int, bytes]:
        path, headers, body = post
        reader, writer = await self._connection()
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{fields}"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        lines = answer.decode("latin-1").split("\r\n")
        told = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines[1:])}
        content = await reader.readexactly(int(told.get("content-length", "0")))
        if told.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._free.append((reader, writer))
        return int(lines[0].split()[1]), content

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a kept connection that the server has not ended meanwhile, or a new one."""
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await self._open()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)


async def offer(
    posts: Iterator[Callable[[], Awaitable[int]]], per_s: float, seconds: float, into: Offered
) -> None:
    """Start one of *posts* every ``1/per_s`` seconds; wait for the last of them."""
    began, tasks = time.perf_counter(), []
    for place in range(int(per_s * seconds)):
        due = began + place / per_s
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(_timed(next(posts), due, into)))
    await asyncio.gather(*tasks)


async def _timed(post: Callable[[], Awaitable[int]], due: float, into: Offered) -> None:
    status = await post()
    into.latencies_ms.append(1000 * (time.perf_counter() - due))
    into.statuses[status] = into.statuses.get(status, 0) + 1
