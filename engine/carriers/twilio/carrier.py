"""The Twilio carrier: one request a call, once; then Twilio asks us what to say."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from config.settings import Settings
from engine.addresses import Addresses
from engine.carriers.settings import SettingRefused
from engine.carriers.twilio.client import Refused, Unclear, Unsent, asked, open_client
from engine.carriers.twilio.errors import refused
from engine.carriers.twilio.requests import call_request, words_at
from engine.carriers.twilio.settings import TwilioSettings
from engine.carriers.twilio.statuses import LONGEST_QUEUE_MS, STATUSES, polled, whole
from engine.clearance import Clearance
from engine.interfaces import Clock, NotAnswered, Placed, SoughtCall, Unsure
from engine.interfaces.records import Route
from engine.keys import Keys
from engine.outcome import Outcome
from engine.reports import CallStatus, Report

if TYPE_CHECKING:
    from twilio.rest import Client
    from twilio.rest.api.v2010.account.call import CallInstance

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: Threads that ask for calls; those that steer calls are apart, so that none waits behind these.
PLACING_THREADS = 60
STEERING_THREADS = 12

#: How many of the account's calls between two numbers are looked at, the newest first.
SEARCHED = 20

_CALL_SID = re.compile(r"CA[0-9a-f]{32}")


class TwilioCarrier:
    """`engine.interfaces.RemoteCarrier` over one Twilio account; made by `open`."""

    def __init__(
        self, settings: TwilioSettings, api: Client, addresses: Addresses, clock: Clock
    ) -> None:
        self._settings = settings
        self._api = api
        self._addresses = addresses
        self._clock = clock
        self._asking = 0
        self._placing = ThreadPoolExecutor(
            min(PLACING_THREADS, settings.calls_at_once), "twilio-place"
        )
        self._steering = ThreadPoolExecutor(STEERING_THREADS, "twilio-steer")
        self.queued_calls = 0
        "Calls that Twilio made wait, as it said when it took them."

    @classmethod
    def open(cls, route: Route, settings: Settings, keys: Keys) -> TwilioCarrier:
        """Return the carrier of *route*; nothing is asked of Twilio yet.

        Raises engine.carriers.settings.SettingRefused (a ValueError) on a setting that cannot be
        used, and where ``LICITE_PUBLIC_URL`` is not set: Twilio could not ask what to say.
        """
        if not settings.public_url:
            raise SettingRefused("LICITE_PUBLIC_URL", "setting_public_url", of=route.name)
        chosen = TwilioSettings.read(route)
        shift = timedelta(seconds=settings.law_clock_shift_s or 0.0)
        addresses = Addresses(settings.public_url, keys)
        return cls(chosen, open_client(chosen), addresses, lambda: datetime.now(UTC) + shift)

    @property
    def free_lines(self) -> int:
        """How many more calls `place` would take now, beside those it was told are open."""
        return max(0, self._settings.calls_at_once - self._asking)

    async def place(
        self, paper: Clearance, *, call_id: int, ring_s: float, talk_s: float = 0.0, about: str = ""
    ) -> Placed | NotAnswered | Unsure:
        """Ask for one call to ``paper.number``, once; never again after `Unsure`.

        A call that may ring for less than 15 s rings for 15 s (`requests.LEAST_RING_S`). It may
        last *talk_s* longer than the route's setting says. Its first words are asked for at an
        address that remembers *about*.
        Raises ValueError when *paper* is not granted, or shows a French mobile number.
        """
        wanted = call_request(
            paper,
            self._addresses,
            self._settings,
            call_id=call_id,
            ring_s=ring_s,
            talk_s=talk_s,
            about=about,
        )
        self._asking += 1
        try:
            call = await self._run(self._placing, lambda: self._api.calls.create(**wanted))
        except Refused as refusal:
            return refused(refusal.code, refusal.status)
        except Unsent as error:
            return NotAnswered(Outcome.FAILED, str(error), is_routes_fault=True)
        except Unclear as error:
            return Unsure(str(error))
        finally:
            self._asking -= 1
        if not _CALL_SID.fullmatch(str(call.sid)):
            return Unsure("Twilio's answer names no call")
        self._watch(call)
        return Placed(str(call.sid))

    def _watch(self, call: CallInstance) -> None:
        """Alarm when Twilio makes a call wait: it may start where we would not have called."""
        queue_ms = whole(call.queue_time) or 0
        if queue_ms > LONGEST_QUEUE_MS:
            self.queued_calls += 1
            log.error(
                "Twilio makes a call wait: lower the route's calls_per_second",
                route=self._settings.route,
                call=call.sid,
                queue_ms=queue_ms,
                queued=self.queued_calls,
            )

    async def call_off(self, reference: str) -> bool:
        """Let a call stop ringing; False when it had been answered, or was over.

        Raises ConnectionError when Twilio did not say: ask again.
        """
        changed = await self._update(reference, status="canceled")
        # what rings still is on its way to being canceled (Twilio: UpdateCall)
        return changed is not None and STATUSES.get(str(changed.status)) in (
            CallStatus.QUEUED,
            CallStatus.RINGING,
            CallStatus.CANCELLED,
        )

    async def redirect(self, reference: str, address: str) -> bool:
        """Let an answered call go on with the TwiML at *address*; False when it is over.

        Raises ConnectionError when Twilio did not say; the call may have been redirected.
        """
        words = words_at(address, self._addresses, self._settings)
        return await self._update(reference, **words) is not None

    async def fetch(self, reference: str) -> Report | None:
        """Return how a call stands by the account's own list; `None`: no such call.

        Raises ConnectionError when Twilio did not say.
        """
        call = await self._known(lambda: self._api.calls(reference).fetch())
        if call is None:
            return None
        error_code = await self._error_of(call)
        return polled(self._settings.route, call, error_code, self._clock())

    async def find(self, sought: SoughtCall) -> str | None:
        """Return the reference of a call that may have left, if the account shows it.

        It is told by the requests that Twilio made for it: they hold our reference. A call that
        still waits at Twilio made none: it is found once it rings.
        Raises ConnectionError when Twilio did not say.
        """
        calls = await self._known(
            lambda: self._api.calls.list(to=sought.number, from_=sought.caller_id, limit=SEARCHED)
        )
        for call in calls or ():
            if await self._is_about(str(call.sid), sought.call_id):
                return str(call.sid)
        return None

    async def _is_about(self, reference: str, call_id: int) -> bool:
        events = await self._known(lambda: self._api.calls(reference).events.list(limit=SEARCHED))
        requested = (str((event.request or {}).get("url")) for event in events or ())
        return any(self._addresses.is_about(call_id, address) for address in requested)

    async def _error_of(self, call: CallInstance) -> int | None:
        """Return the code by which a call failed, if the account shows one."""
        if STATUSES.get(str(call.status)) is not CallStatus.FAILED:
            return None
        noted = await self._known(
            lambda: self._api.calls(str(call.sid)).notifications.list(limit=SEARCHED)
        )
        codes = (whole(each.error_code) for each in noted or ())
        return next((code for code in codes if code), None)

    async def _update(self, reference: str, **change: str) -> CallInstance | None:
        """Change a call; `None` when it is over, or none of the account's."""
        return await self._known(lambda: self._api.calls(reference).update(**change), over=21220)

    async def _known(self, request: Callable[[], T], *, over: int = 20404) -> T | None:
        """Return what Twilio answers; `None` for what it does not know, or is *over*."""
        try:
            return await self._run(self._steering, request)
        except Refused as refusal:
            if refusal.status == 404 or refusal.code == over:
                return None
            raise Unclear(f"Twilio refused: {refusal}") from refusal

    async def _run(self, threads: ThreadPoolExecutor, request: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, lambda: asked(request))

    async def close(self) -> None:
        """Release the connections; calls go on."""
        for threads in (self._placing, self._steering):
            threads.shutdown(wait=False, cancel_futures=True)
