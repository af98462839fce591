"""A live call, on a line that notes what is asked of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from engine.carriers.live import KeyPath, Line, TrunkCall
from engine.carriers.streams import MediaEvent
from engine.interfaces import CallEvent, Happening


class NotingLine:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.serial = 0

    def play(self, payload: bytes, serial: int) -> None:
        self.asked.append("play")
        self.serial = serial

    def fall_silent(self) -> None:
        self.asked.append("fall silent")

    def press(self, keys: str) -> bool:
        self.asked.append(f"press {keys}")
        return True

    def bridge(self, other: Line) -> None:
        self.asked.append("bridge")

    def part(self, other: Line) -> None:
        self.asked.append("part")

    def end(self) -> None:
        self.asked.append("end")


def on_a_call(scenario: Callable[[TrunkCall, NotingLine], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(5):
            line = NotingLine()
            await scenario(TrunkCall(line, caller=None, called="+33612345678"), line)

    asyncio.run(bounded())


def heard(what: Happening, *, serial: int = 0, digit: str = "") -> MediaEvent:
    return MediaEvent(1, what, time.monotonic(), digit=digit, serial=serial)


async def told(call: TrunkCall) -> list[str]:
    events = []
    while (event := await call.next_event(0)) is not None and event.what is not Happening.ENDED:
        events.append(event.digit or event.what.value)
    return events


def test_what_was_replaced_is_never_told_as_played() -> None:
    async def scenario(call: TrunkCall, line: NotingLine) -> None:
        call.play(b"first")
        first = line.serial
        call.play(b"second")
        call.take_media(heard(Happening.PLAYED, serial=first))
        assert await told(call) == []
        call.take_media(heard(Happening.PLAYED, serial=line.serial))
        assert await told(call) == ["played"]

    on_a_call(scenario)


@pytest.mark.parametrize("interrupts", [TrunkCall.fall_silent, lambda call: call.play(b"second")])
def test_an_end_that_nobody_took_yet_is_not_the_end_of_what_follows(
    interrupts: Callable[[TrunkCall], None],
) -> None:
    """The announcement ended in the very frame in which the key was pressed."""

    async def scenario(call: TrunkCall, line: NotingLine) -> None:
        call.play(b"first")
        call.take_media(heard(Happening.KEY, digit="9"))
        call.take_media(heard(Happening.PLAYED, serial=line.serial))
        key = await call.next_event(0)
        assert key is not None
        assert key.digit == "9"
        interrupts(call)
        assert await told(call) == []

    on_a_call(scenario)


def test_what_was_silenced_is_never_told_as_played() -> None:
    async def scenario(call: TrunkCall, line: NotingLine) -> None:
        call.play(b"first")
        call.fall_silent()
        call.take_media(heard(Happening.PLAYED, serial=line.serial))
        assert await told(call) == []

    on_a_call(scenario)


@pytest.mark.parametrize("first", KeyPath)
def test_keys_that_come_on_both_paths_are_told_once(first: KeyPath) -> None:
    async def scenario(call: TrunkCall, _: NotingLine) -> None:
        second = KeyPath.INFO if first is KeyPath.RTP else KeyPath.RTP
        for digit in "199":
            call.take_key(digit, first)
            call.take_key(digit, second)
        assert await told(call) == ["1", "9", "9"]

    on_a_call(scenario)


def test_events_come_in_the_order_in_which_they_happened() -> None:
    async def scenario(call: TrunkCall, _: NotingLine) -> None:
        call.take_media(heard(Happening.MACHINE))
        call.take_media(heard(Happening.KEY, digit="9"))
        call.take_media(heard(Happening.BEEP))
        assert await told(call) == ["machine", "9", "beep"]

    on_a_call(scenario)


def test_after_the_end_only_the_end_is_told() -> None:
    async def scenario(call: TrunkCall, _: NotingLine) -> None:
        call.take_end(by_us=False)
        call.take_media(heard(Happening.BEEP))
        events = [await call.next_event(0) for _ in range(3)]
        assert all(event == events[0] for event in events)
        assert isinstance(events[0], CallEvent)
        assert (events[0].what, events[0].cause) == (Happening.ENDED, "hung up by the far end")

    on_a_call(scenario)


def test_a_call_ended_for_a_reason_keeps_it() -> None:
    async def scenario(call: TrunkCall, line: NotingLine) -> None:
        call.take_media(heard(Happening.ENDED))
        call.take_end(by_us=True)
        event = await call.next_event(0)
        assert event is not None
        assert event.cause == "no audio"
        assert line.asked == ["end"]

    on_a_call(scenario)


def test_hanging_up_twice_ends_once() -> None:
    async def scenario(call: TrunkCall, line: NotingLine) -> None:
        both = asyncio.gather(call.hang_up(), call.hang_up())
        while not line.asked:
            await asyncio.sleep(0)
        call.take_end(by_us=True)
        await both
        assert line.asked == ["end"]

    on_a_call(scenario)


def test_an_event_already_there_is_told_without_waiting() -> None:
    async def scenario(call: TrunkCall, _: NotingLine) -> None:
        call.take_key("9", KeyPath.RTP)
        event = await call.next_event(0)
        assert event is not None

    on_a_call(scenario)


def test_waiting_ends_without_an_event() -> None:
    async def scenario(call: TrunkCall, _: NotingLine) -> None:
        assert await call.next_event(0.01) is None

    on_a_call(scenario)


def test_only_keys_can_be_pressed() -> None:
    async def scenario(call: TrunkCall, line: NotingLine) -> None:
        with pytest.raises(ValueError):
            call.press("9E")
        assert call.press("9#")
        assert line.asked == ["press 9#"]

    on_a_call(scenario)
