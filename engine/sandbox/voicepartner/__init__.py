"""A double of Voice Partner: its requests, its limits and its unsigned totals, reaching nobody.

It knows nothing of the engine: what it was told of the provider comes from its public pages. What
a number is goes by the SIP sandbox's rule (`engine.sandbox.lines`): a mobile's mailbox takes the
message unless the line is unknown, unreachable, full or a fax; a landline rings, and takes it only
if nobody answers.

**In a test**, on a virtual clock: nothing happens but in `advance` and `settle`::

    double = VoicePartnerDouble(deliver=through(app))   # app: the WSGI application with webhooks
    double.keeps("token-1", "message.wav")              # uploaded on its console
    with served(double) as url: …                       # url: a route's api_url
    double.advance(120.0)                               # deposits, then tells the totals
    double.requests[-1].numbers, double.mailboxes["+33612345640"], double.credit

`next_requests(*mishaps)` makes the next deposits go wrong (`engine.sandbox.twilio.Mishap`),
`next_questions(*mishaps)` everything else that is asked; ``losing`` keeps notifications from
leaving, and `notify_again` sends them all once more, the last first.

**As a process**::

    python -m engine.sandbox.voicepartner --port 5093 --api-key-file FILE --lines lines.toml

It says ``voicepartner double ready on http://127.0.0.1:5093`` and ends on SIGTERM. Its account
holds nine files from the start, ``audio-1`` to ``audio-9``, as if somebody had uploaded them.

What nobody could tell us about Voice Partner is marked "assumed" where it is decided.
"""

from engine.sandbox.voicepartner.double import Request, VoicePartnerDouble
from engine.sandbox.voicepartner.serving import served

__all__ = ["Request", "VoicePartnerDouble", "served"]
