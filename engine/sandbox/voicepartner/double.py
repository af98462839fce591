"""The double itself: what it keeps, what it is asked for, what it tells later."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from engine.sandbox.lines import Lines
from engine.sandbox.twilio.clock import Clock
from engine.sandbox.twilio.mishaps import Mishap
from engine.sandbox.twilio.web import Deliver, NoConnection, TookTooLong, over_http, with_parameters
from engine.sandbox.voicepartner.mailboxes import is_answered, is_deposited

#: Voice Partner: requests in so many seconds, by what is asked for.
LIMITS: Final[Mapping[str, tuple[tuple[int, float], ...]]] = {
    "campaign/send": ((5, 60.0), (2_000, 3_600.0)),
    "tts/send": ((5, 60.0), (2_000, 3_600.0)),  # assumed: as for deposits
    "audios": ((360, 60.0),),
    "audio-file/rename": ((5, 60.0),),
    "me": ((5, 60.0),),
}
MOST_NUMBERS: Final = 500


@dataclass(slots=True)
class Request:
    """One campaign that was taken."""

    id: int
    numbers: tuple[str, ...]
    audio: str
    "The token of the file, or the text to be spoken."
    notify_url: str
    fields: Mapping[str, object] = field(repr=False)
    is_spoken: bool = False
    delivered: int = 0
    is_over: bool = False


class VoicePartnerDouble:
    """One account. Times in seconds on the virtual clock, credit in the account's currency."""

    def __init__(
        self,
        lines: Lines | None = None,
        *,
        api_key: str = "key-of-the-double",
        deliver: Deliver | None = None,
        credit: float = 1_000.0,
        price: float = 0.1,
        delay_s: float = 90.0,
        starts_at: datetime = datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        on_event: Callable[[Mapping[str, object]], None] | None = None,
    ) -> None:
        self.lines = lines or Lines()
        self.api_key = api_key
        self.credit, self.price, self.delay_s = credit, price, delay_s
        self.clock: Final = Clock(starts_at)
        self.requests: list[Request] = []
        self.mailboxes: dict[str, list[str]] = defaultdict(list)
        "What was left at each number: tokens, or texts."
        self.audios: dict[str, str] = {}
        self.losing = False
        "Whether notifications get lost."
        self.told: list[tuple[str, str, int]] = []
        "Every notification: method, address and the status of the answer (0: none)."
        self.mishaps: deque[Mishap] = deque()
        self.mishaps_asked: deque[Mishap] = deque()
        self.silence: Final = threading.Event()
        "Set once connections that hang are let go."
        self._deliver = deliver or over_http()
        self._on_event = on_event
        self._made: dict[str, list[float]] = defaultdict(list)
        self._letters: list[tuple[str, str, bytes]] = []

    def keeps(self, token: str, file_name: str) -> None:
        """Let a file be uploaded on the console."""
        self.audios[token] = file_name

    def next_requests(self, *mishaps: Mishap) -> None:
        """Let the next requests to leave a message go wrong, each in its way."""
        self.mishaps.extend(mishaps)

    def next_questions(self, *mishaps: Mishap) -> None:
        """Let the next of all other requests go wrong, each in its way."""
        self.mishaps_asked.extend(mishaps)

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass, and everything happen that falls due."""
        self.clock.advance(seconds)

    def settle(self) -> None:
        """Let time pass until nothing is due any more."""
        self.clock.settle()

    def notify_again(self) -> None:
        """Send every notification once more, the last first; lost ones too."""
        for letter in reversed(list(self._letters)):
            self._send(*letter)

    def is_throttled(self, what: str) -> bool:
        """Count a request; tell whether it goes beyond the limits."""
        now, made = self.clock.now_s, self._made[what]
        if any(sum(at > now - span for at in made) >= most for most, span in LIMITS[what]):
            return True
        made.append(now)
        return False

    def take(self, fields: Mapping[str, object], *, is_spoken: bool) -> Request:
        """Take a campaign: it is charged now, worked off after the delay."""
        numbers = tuple(str(fields["phoneNumbers"]).split(","))
        audio = str(fields["text"] if is_spoken else fields["tokenAudio"])
        with self.clock.lock:
            request = Request(
                id=1_000 + len(self.requests),
                numbers=numbers,
                audio=audio,
                notify_url=str(fields.get("notifyUrl", "")),
                fields=fields,
                is_spoken=is_spoken,
            )
            self.requests.append(request)
            self.credit = round(self.credit - self.price * len(numbers), 6)
            self._log(what="taken", campaign=request.id, size=len(numbers))
            self.clock.surely_after(self.delay_s, lambda: self._work_off(request))
        return request

    def _work_off(self, request: Request) -> None:
        lines = [self.lines.at(_e164(number)) for number in request.numbers]
        left = [line for line in lines if is_deposited(line)]
        for line in left:
            self.mailboxes[line.number].append(request.audio)
        request.delivered, request.is_over = len(left), True
        self._log(what="over", campaign=request.id, delivered=len(left), total=len(lines))
        if not request.notify_url:
            return
        if request.is_spoken:
            for line in lines:
                status = _status(request, line.number, is_answered(line), line in left)
                self._tell("POST", request.notify_url, json.dumps(status).encode())
        else:
            totals = {
                "campaign_token": f"ct-{request.id}",
                "campaign_id": str(request.id),
                "delivered_quantity": str(len(left)),
                "total_quantity": str(len(lines)),
            }
            self._tell("GET", with_parameters(request.notify_url, totals), b"")

    def _tell(self, method: str, address: str, body: bytes) -> None:
        self._letters.append((method, address, body))
        if not self.losing:
            self._send(method, address, body)

    def _send(self, method: str, address: str, body: bytes) -> None:
        headers = {"Content-Type": "application/json"} if body else {}

        def leave() -> Callable[[], None]:
            try:
                status = self._deliver(method, address, headers, body).status
            except (NoConnection, TookTooLong):
                status = 0
            return lambda: self.told.append((method, address, status))

        self.clock.surely_after(0.0, lambda: self.clock.aside(leave))

    def _log(self, **event: object) -> None:
        if self._on_event:
            self._on_event(event)

    def is_known(self, tokens: Iterable[str]) -> bool:
        """Tell whether the account keeps these files."""
        return all(token in self.audios for token in tokens)


def _e164(number: str) -> str:
    """Return a number in E.164: the provider takes national numbers too."""
    return f"+33{number[1:]}" if number.startswith("0") else number


def _status(request: Request, number: str, is_taken: bool, is_left: bool) -> dict[str, object]:
    """Return what is told of one callee of a text that was spoken."""
    status: dict[str, object] = {
        "campaignId": request.id,
        "status": "delivered" if is_taken or is_left else "undelivered",
        "additionnal_status": "VOICE_ANSWERED" if is_taken else "VOICE_NOT_ANSWERED",
        "phoneNumber": number,
        "duration": 12 if is_taken or is_left else 0,
    }
    if is_left and not is_taken:
        status["audioFileComplementaire"] = {"status": "Deposit"}
    return status
