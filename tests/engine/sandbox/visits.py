"""Scenarios of the tests: a sandbox with one line, and a phone that calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sipmessage import Response

from engine.sandbox import CallRecord, Kind, Line, Lines, Sandbox, a_line
from tests.engine.sandbox.phone import Phone

NUMBER = "+33612345678"

Visit = Callable[[Phone], Awaitable[None]]


def lines_of(*lines: Line) -> Lines:
    return Lines({line.number: line for line in lines}, {"ring_s": 0.0})


def a_call(kind: Kind, **chosen: object) -> Line:
    return a_line(NUMBER, kind, **{"ring_s": 0.0, **chosen})


def visited(line: Line, visit: Visit, **settings: Any) -> list[CallRecord]:
    """Let *visit* use a phone that can call *line*; returns the sandbox's records."""

    async def scenario() -> list[CallRecord]:
        async with Sandbox(lines_of(line), **settings) as sandbox, Phone(sandbox.address) as phone:
            if line.calls_back:
                sandbox.inbound = phone.sip_address
            async with asyncio.timeout(60):
                await visit(phone)
                await sandbox.settle()
            return sandbox.records

    return asyncio.run(scenario())


def codes(responses: list[Response]) -> list[int]:
    return [response.code for response in responses]
