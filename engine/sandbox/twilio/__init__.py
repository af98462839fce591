"""A double of Twilio: its REST API, its calls, its webhooks and its traps, reaching nobody.

It knows nothing of the engine: what it was told of Twilio comes from Twilio's own documents.
What answers at a number is what answers on the SIP sandbox (`engine.sandbox.lines`).

**In a test**, on a virtual clock: nothing happens but in `advance`, `settle`, `rings`, `texts`::

    double = TwilioDouble(deliver=through(app))        # app: the WSGI application with webhooks
    double.account.owns("+33162000001", voice_url=…, sms_url=…)
    client = double.client()                           # the official client, without a socket
    call = client.calls.create(to=…, from_=…, url=…)   # queued
    double.advance(5.0)                                # rings, answers, asks for TwiML, …
    double.settle()                                    # until nothing is left to happen
    double.calls[call.sid].status, .mailbox, .heard, .pressed, .alarms

`calls` maps each SID to a `Call`; `last` is the newest. A call's ``heard`` is every `Heard`
(what was played or said to the callee: URL, SHA-256 of the file and of its A-law bytes, from
when to when, whether to its end); ``mailbox`` is what its machine recorded, each with `is_whole`;
``alarms`` are Twilio's error codes with the URL; ``said`` what was spoken by `<Say>`.

`TwilioDouble(lines, account=…, deliver=…, order=…, seed=…, verdict_after_s=…, starts_at=…,
check=…)`:

* ``deliver(method, url, headers, body) -> WebAnswer`` is how webhooks reach us; it raises
  `NoConnection` or `TookTooLong`. `through(wsgi_app)` and `over_http()` make one.
* ``order`` (`Order`) is how status and verdict callbacks arrive: IN_ORDER, REVERSED (statuses of a
  call, once it is over), SHUFFLED (the same, at random), TWICE, LOSSY (each with `loss`), HELD
  (until `release()`). TwiML requests are always asked in their turn.
* ``verdict_after_s`` replaces the delay of every answering-machine verdict.
* ``check`` (`checking.against(document)`) refuses any request that Twilio's document does not
  know, with 400 and code 20001, and keeps it in ``breaches``.

`rings(from_, to, keys=…)` rings one of our numbers; `from_` may be one of `WITHHELD`. `texts(from_,
to, body)` sends us a message and returns our replies. `next_creates(*mishaps)` makes the next
creates go wrong (`Mishap`), `next_requests(*mishaps)` any request.

**On a port**: ``with served(double) as url:`` answers on loopback (for a carrier's `api_url`);
``real_clock=True`` lets its calls live by the real clock, and webhooks leave from threads.

**As a process**::

    python -m engine.sandbox.twilio --port 5092 --account-sid AC… --auth-token-file FILE
        --voice-url URL --sms-url URL --lines lines.toml --events twilio.jsonl

It says ``twilio double ready on http://127.0.0.1:5092`` and ends on SIGTERM. Every number is then
the account's own, its webhooks at the two URLs.

Differences from Twilio, on purpose: URLs on loopback are taken; the pace is 30 calls a second;
keys pressed while nothing gathers are lost (the worst that callers report); what nobody could
tell us about Twilio is marked "assumed" where it is decided.
"""

from engine.sandbox.twilio.account import Account
from engine.sandbox.twilio.calls import Alarm, Call, Heard, Recorded
from engine.sandbox.twilio.client import InProcessClient
from engine.sandbox.twilio.delivery import Order
from engine.sandbox.twilio.double import WITHHELD, TwilioDouble
from engine.sandbox.twilio.mishaps import Mishap
from engine.sandbox.twilio.serving import served
from engine.sandbox.twilio.web import (
    NoConnection,
    TookTooLong,
    WebAnswer,
    over_http,
    through,
)

__all__ = [
    "WITHHELD",
    "Account",
    "Alarm",
    "Call",
    "Heard",
    "InProcessClient",
    "Mishap",
    "NoConnection",
    "Order",
    "Recorded",
    "TookTooLong",
    "TwilioDouble",
    "WebAnswer",
    "over_http",
    "served",
    "through",
]
