"""The carrier: batches handed over to Voice Partner, once each."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from engine.carriers.voicepartner.client import Answered, Client, Refused, Reply, Unclear
from engine.carriers.voicepartner.limits import Limits
from engine.carriers.voicepartner.reading import audio_files, campaign_id, credit_left
from engine.carriers.voicepartner.settings import Mode, VoicePartnerSettings
from engine.clearance import Clearance
from engine.interfaces import NotAnswered, Placed, Route, Unsure
from engine.interfaces.deposits import AudiosUnknown, Message, Throttled
from engine.outcome import Outcome

#: Voice Partner: POST /campaign/send takes 5 requests a minute and 2,000 an hour.
SENDS = ((5, 60.0), (2_000, 3_600.0))
#: Voice Partner: GET /me takes 5 a minute, POST /audio-file/rename 5, GET /audios 360.
ASKS, RENAMES, LISTS = (5, 60.0), (5, 60.0), (360, 60.0)
#: Seconds for which the list of files, and the credit, are believed.
KEPT_S = 60.0
#: Seconds to wait after a 429 that does not say how long.
THROTTLED_S = 15.0

_REFERENCE = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)


class VoicePartnerCarrier:
    """`engine.interfaces.deposits.DepositCarrier` on one account; made by `open`."""

    def __init__(
        self, settings: VoicePartnerSettings, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.settings = settings
        self._now = now
        self._client = Client(settings.api_url, settings.api_key, timeout_s=settings.timeout_s)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix=f"deposits-{settings.route}")
        self._sends = Limits(*SENDS)
        self._asks, self._renames, self._lists = Limits(ASKS), Limits(RENAMES), Limits(LISTS)
        self._audios: tuple[float, Mapping[str, str]] | None = None
        self._credit: tuple[float, float | None] | None = None
        self._is_closed = False

    @classmethod
    def open(cls, route: Route) -> VoicePartnerCarrier:
        """Return the carrier of *route*; nothing is sent yet.

        Raises engine.carriers.settings.SettingRefused.
        """
        return cls(VoicePartnerSettings.read(route))

    @property
    def batch_size(self) -> int:
        """The most callees of one request."""
        return self.settings.batch_size

    @property
    def is_spoken(self) -> bool:
        """Whether the provider speaks the text itself, instead of playing a file."""
        return self.settings.mode is Mode.SMS_VOCAL

    @property
    def free_lines(self) -> int:
        """How many callees the requests could hold that its limits allow at this moment."""
        return 0 if self._is_closed else self._sends.room(self._now()) * self.batch_size

    async def deposit(
        self, papers: Sequence[Clearance], message: Message, *, notify_url: str
    ) -> Placed | NotAnswered | Unsure | Throttled:
        """Hand a batch over, once; never again after `Unsure`.

        Raises ValueError when a paper is not granted, when they do not show one caller id, and
        when they are too many.
        """
        self._check(papers)
        if self._is_closed:
            return NotAnswered(Outcome.FAILED, "the carrier is closed")
        if any(paper.caller_id != self.settings.sender.e164 for paper in papers):
            return NotAnswered(
                Outcome.FAILED,
                "the route shows another caller id than the one cleared",
                is_routes_fault=True,
                needs_operator=True,
            )
        if not self._sends.room(self._now()):
            return Throttled(self._sends.wait_s(self._now()))
        self._sends.took(self._now())
        numbers = ",".join(paper.number for paper in papers)
        path, fields = self._request(message)
        fields |= {"phoneNumbers": numbers, "notifyUrl": notify_url}
        return self._placed(await self._run(lambda: self._client.post(path, fields)))

    def _check(self, papers: Sequence[Clearance]) -> None:
        if not 1 <= len(papers) <= self.batch_size:
            raise ValueError(f"a batch has 1 to {self.batch_size} callees")
        if not all(paper.granted for paper in papers):
            raise ValueError("no deposit without a granted clearance")
        if len({paper.number for paper in papers}) < len(papers):
            raise ValueError("a batch has each callee once")

    def _request(self, message: Message) -> tuple[str, dict[str, object]]:
        """Return the path and the fields of a request; a date is never among them.

        The provider's scheduler would leave the message at an instant that nobody cleared.
        """
        if self.is_spoken:
            return "tts/send", {"text": message.text, "lang": message.language}
        return "campaign/send", {
            "tokenAudio": message.token,
            "emailForNotification": self.settings.email,
            "sender": self.settings.sender_as_validated,
        }

    def _placed(self, reply: Reply) -> Placed | NotAnswered | Unsure | Throttled:
        """Return what an answer comes to.

        What the provider refuses in its own words (key, credit, file, number shown) it refuses to
        the next batch too, until an operator has put it right.
        """
        match reply:
            case Answered(document):
                reference = campaign_id(document)
                if reference is None or not _REFERENCE.fullmatch(reference):
                    return Unsure("taken, it seems, without the name of a campaign")
                return Placed(reference)
            case Unclear(cause):
                return Unsure(cause)
            case Refused(status=429, retry_after_s=after_s):
                wait_s = after_s or THROTTLED_S
                self._sends.close(self._now() + wait_s)
                return Throttled(wait_s)
        return NotAnswered(
            Outcome.FAILED,
            reply.cause,
            is_routes_fault=True,
            needs_operator=reply.status is not None,
        )

    async def audios(self) -> Mapping[str, str]:
        """Return the files that the provider keeps: their names by their tokens.

        At most a minute old; raises AudiosUnknown.
        """
        now = self._now()
        if self._audios is None or now - self._audios[0] >= KEPT_S:
            reply = await self._within(self._lists, lambda: self._client.get("audios"))
            if not isinstance(reply, Answered):
                raise AudiosUnknown(f"the provider does not tell its files: {reply.cause}")
            files = audio_files(reply.document)
            if files is None:
                raise AudiosUnknown("the provider's list of files is of an unknown form")
            self._audios = (now, files)
        return self._audios[1]

    async def rename(self, token: str, file_name: str) -> bool:
        """Give a file its name; False when the provider refuses, or does not tell."""
        fields = {"tokenAudio": token, "filename": file_name}
        reply = await self._within(
            self._renames, lambda: self._client.post("audio-file/rename", fields)
        )
        self._audios = None
        return isinstance(reply, Answered)

    async def cancel(self, reference: str) -> bool:
        """Cancel a campaign that waits for its date; ours never do, and cannot be recalled."""
        reply = await self._run(lambda: self._client.delete("campaign/cancel", reference))
        return isinstance(reply, Answered)

    async def credit(self) -> float | None:
        """Return what is left on the account, at most a minute old; `None`: nobody tells."""
        now = self._now()
        if self._credit is None or now - self._credit[0] >= KEPT_S:
            reply = await self.account()
            left = credit_left(reply.document) if isinstance(reply, Answered) else None
            self._credit = (now, left)
        return self._credit[1]

    async def account(self) -> Reply:
        """Return what the provider says of the account."""
        return await self._within(self._asks, lambda: self._client.get("me"))

    async def close(self) -> None:
        """Release the connections; what was handed over goes on."""
        self._is_closed = True
        self._threads.shutdown(wait=True)
        self._client.close()

    async def _within(self, limits: Limits, ask: Callable[[], Reply]) -> Reply:
        """Ask, unless the provider's limit for it is reached."""
        if not limits.room(self._now()):
            return Refused("our side keeps the provider's limit: ask again in a minute")
        limits.took(self._now())
        return await self._run(ask)

    async def _run(self, ask: Callable[[], Reply]) -> Reply:
        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
