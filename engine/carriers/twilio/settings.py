"""What a Twilio route can choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from engine.carriers.settings import RouteSettings
from engine.interfaces.records import Route

API_URL = "https://api.twilio.com"
"Where Twilio is; another address is a double's."

LONGEST_RING_S = 600  #: Twilio: CreateCall, Timeout
MOST_AT_ONCE = 1_000


class Amd(Enum):
    """When the answering machine detection tells its verdict."""

    ASYNC = "async"  #: While we speak: a person hears identity and purpose at once
    SYNC = "sync"  #: Before anything is asked of us: the callee waits in silence


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """The settings of one route, checked."""

    route: str
    account_sid: str
    auth_token: str = field(repr=False)
    api_url: str = API_URL
    amd: Amd = Amd.ASYNC
    amd_timeout_s: int = 45
    "How long the detection may take (Twilio: MachineDetectionTimeout, 3 to 59)."
    calls_per_second: float = 1.0
    calls_at_once: int = 10
    limit_s: int = 120
    "The longest a call may last (Twilio: TimeLimit)."
    byoc: str = ""
    "The trunk of another operator by which calls leave (Twilio: Byoc); empty: Twilio's own."
    fallback_url: str = ""
    "Where Twilio asks when we do not answer, hosted apart from us; empty: at ours."
    timeout_s: float = 10.0
    "How long one request to Twilio may take."

    @classmethod
    def read(cls, route: Route) -> TwilioSettings:
        """Return the settings of *route*.

        Raises engine.carriers.settings.SettingRefused, naming the field and the way out.
        """
        given = RouteSettings(route)
        if route.settings.get("webhook_secret"):
            given.secret("webhook_secret")  # looked at here alone: the web process reads it anew
        return cls(
            route=route.name,
            account_sid=given.text(
                "account_sid", pattern="AC[0-9a-f]{32}", like="AC and 32 of 0-9 a-f"
            ),
            auth_token=given.secret(),
            api_url=given.address("api_url", API_URL),
            amd=Amd(given.text("amd", "async", pattern="async|sync", like="async, or sync")),
            amd_timeout_s=given.whole("amd_timeout_s", 45, least=3, most=59),
            calls_per_second=given.number("calls_per_second", 1.0, least=0.01, most=1_000),
            calls_at_once=given.whole("calls_at_once", 10, least=1, most=MOST_AT_ONCE),
            limit_s=given.whole("limit_s", 120, least=60, most=600),
            byoc=given.text("byoc", pattern="(BY[0-9a-f]{32})?", like="BY and 32 of 0-9 a-f"),
            fallback_url=given.text(
                "fallback_url",
                pattern=r"(https?://[^\s#]+)?",
                like="https://handler.twilio.com/twiml/EH...",
            ),
            timeout_s=given.number("timeout_s", 10.0, least=0.05, most=60),
        )
