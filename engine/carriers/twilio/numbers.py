"""Whether a Twilio account may show a number, and where that number leads who calls it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from engine.addresses import Addresses
from engine.carriers.checks import Check, Sentences
from engine.carriers.twilio.client import asked
from engine.carriers.twilio.settings import TwilioSettings
from engine.numbers import PhoneNumber

if TYPE_CHECKING:
    from twilio.rest import Client
    from twilio.rest.api.v2010.account.incoming_phone_number import IncomingPhoneNumberInstance


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """Looks at one number that senders would show."""

    says: Sentences
    number: PhoneNumber
    settings: TwilioSettings
    addresses: Addresses

    def found(self, api: Client) -> Sequence[Check]:
        """Return how the number stands at Twilio; raises `Refused` and `Unclear`."""
        if self.number.e164.startswith(("+336", "+337")):
            return [self.says.fails("caller_id_mobile", number=self.number.e164)]
        return [*self._shown(api), *self._authenticated()]

    def _shown(self, api: Client) -> Iterator[Check]:
        shown = self.number.e164
        owned = asked(lambda: api.incoming_phone_numbers.list(phone_number=shown, limit=1))
        if owned:
            yield self.says.ok("caller_id_owned", number=shown)
            yield from self._led_to(owned[0])
        elif self.settings.byoc:
            trunk = self.settings.byoc
            yield self.says.warning("caller_id_byoc", number=shown, trunk=trunk)
        elif asked(lambda: api.outgoing_caller_ids.list(phone_number=shown, limit=1)):
            yield self.says.warning("caller_id_verified", number=shown)
        else:
            yield self.says.fails("caller_id_foreign", number=shown)

    def _led_to(self, owned: IncomingPhoneNumberInstance) -> Iterator[Check]:
        """Who rings back must reach us; a STOP by text should (C. consom. art. L. 221-17)."""
        if not self.addresses.public_url:
            return  # nothing to compare with: a double's route is checked without it
        route, shown = self.settings.route, self.number.e164
        calls, texts = self.addresses.inbound(route), self.addresses.message(route)
        is_diverted = bool(owned.trunk_sid or owned.voice_application_sid)
        if not is_diverted and _leads(owned.voice_url, owned.voice_method, calls):
            yield self.says.ok("voice_url", number=shown)
        else:
            yield self.says.fails("voice_url_wrong", number=shown, address=calls)
        if not owned.sms_application_sid and _leads(owned.sms_url, owned.sms_method, texts):
            yield self.says.ok("sms_url", number=shown)
        else:
            yield self.says.warning("sms_url_wrong", number=shown, address=texts)

    def _authenticated(self) -> Iterator[Check]:
        """French operators cut what is not authenticated: Twilio does not own French NPVs."""
        if self.number.territory is not None and not self.settings.byoc:
            yield self.says.warning("npv_authentication", number=self.number.e164)


def _leads(url: object, method: object, address: str) -> bool:
    """Tell whether a webhook asks at *address*, whatever retries its fragment asks for."""
    return urldefrag(str(url or ""))[0] == address and str(method or "POST") == "POST"
