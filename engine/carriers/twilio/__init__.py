"""Twilio: calls that another network conducts, asking us what to say by webhook.

    carrier = TwilioCarrier.open(route, settings, keys)     # engine.interfaces.RemoteCarrier
    reply = await carrier.place(paper, call_id=7, ring_s=25)   # Placed | NotAnswered | Unsure

`settings` reads a route, `requests` says what is asked for, `client` is the official client with
its time-outs and its back-off, `errors` the table from Twilio's codes to outcomes, `statuses` turns
Twilio's words into ours, `check` looks at the account before a campaign, `prices` asks what calls
cost.
"""

from engine.carriers.twilio.carrier import TwilioCarrier
from engine.carriers.twilio.settings import TwilioSettings

__all__ = ["TwilioCarrier", "TwilioSettings"]
