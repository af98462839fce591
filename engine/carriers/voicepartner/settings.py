"""What a Voice Partner route can choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from engine.carriers.settings import RouteSettings
from engine.interfaces.records import LONGEST_DELAY_MIN, Route
from engine.numbers import NumberRefused, PhoneNumber, parse

API_URL = "https://api.voicepartner.fr"
"Where Voice Partner is; another address is a double's."

MOST_AT_ONCE = 500  #: Voice Partner: POST /campaign/send, phoneNumbers


#: Seconds that a request may be given: what is left of a batch's time after clearing and waiting
#: (`engine.interfaces.records.HANDING`).
LONGEST_S = 20


class Mode(Enum):
    """What is asked of the provider."""

    DIRECT = "direct"  #: A file put straight into a mobile's mailbox (POST /campaign/send)
    SMS_VOCAL = "sms_vocal"  #: A call that speaks the approved text (POST /tts/send)


@dataclass(frozen=True, slots=True)
class VoicePartnerSettings:
    """The settings of one route, checked."""

    route: str
    api_key: str = field(repr=False)
    email: str
    "Where the provider writes once a request is worked off: it asks for one."
    sender: PhoneNumber
    "The number shown, which the provider validated for the account: callees ring it back."
    sender_as_validated: str
    api_url: str = API_URL
    mode: Mode = Mode.DIRECT
    batch_size: int = MOST_AT_ONCE
    worst_delay_min: int = 60
    "How long after a request a deposit may still be made, at the very worst."
    timeout_s: float = 15.0
    "How long one request to the provider may take, from its first byte to the answer's last."

    @classmethod
    def read(cls, route: Route) -> VoicePartnerSettings:
        """Return the settings of *route*.

        Raises engine.carriers.settings.SettingRefused, naming the field and the way out.
        """
        given = RouteSettings(route)
        sender = given.text("sender", like="09 48 00 00 01")
        try:
            number = parse(sender)
        except NumberRefused as error:
            raise given.refuse("sender", error.cause, **error.facts) from error
        return cls(
            route=route.name,
            api_key=given.secret(),
            email=given.text(
                "email", pattern=r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+", like="drops@example.org"
            ),
            sender=number,
            sender_as_validated=sender,
            api_url=given.address("api_url", API_URL),
            mode=Mode(
                given.text(
                    "mode", "direct", pattern="direct|sms_vocal", like="direct, or sms_vocal"
                )
            ),
            batch_size=given.whole("batch_size", MOST_AT_ONCE, least=1, most=MOST_AT_ONCE),
            worst_delay_min=given.whole("worst_delay_min", 60, least=1, most=LONGEST_DELAY_MIN),
            timeout_s=given.number("timeout_s", 15.0, least=0.05, most=LONGEST_S),
        )
