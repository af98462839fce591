"""A telephone network in a box: real SIP and RTP on loopback, with lines that behave like life.

Nothing here knows the engine's user agent: the sandbox is a peer, and a call to it proves what
a call to a trunk would prove.

**As a process**::

    python -m engine.sandbox --sip-port 5090 --lines lines.toml --mailboxes var/mailboxes
        --events var/events.jsonl --inbound 127.0.0.1:5080

It says ``sandbox ready on 127.0.0.1:5090`` on standard output once it can be called, and ends on
SIGINT or SIGTERM, hanging up every call.

**In a program**::

    lines = Lines.read(path)          # or Lines({number: a_line(number, Kind.BUSY), ...})
    async with Sandbox(lines, mailboxes=folder, events=file,
                       inbound=("127.0.0.1", 5080)) as sandbox:
        host, port = sandbox.address
        ...
        await sandbox.settle()        # no call left, no call-back still to make
        sandbox.records               # one CallRecord a finished call

**Lines** (TOML): settings at the top are defaults for every line, listed or not; each ``[[line]]``
has a ``number`` (E.164) and a ``kind`` of `Kind`, and may set any field of `Line`::

    ring_s = 0.5
    language = "fr"

    [[line]]
    number = "+33612345601"
    kind = "presses_9"
    key_after_s = 8.0

A number that no file lists is given its kind by its last two digits: 00 to 34 are the kinds in
the order of `Kind` (00 listener, 01 presses_9, … 09 calls_back, … 12 mailbox_short, … 24 busy,
… 27 unknown, … 32 challenges, 33 reception, 34 asks_for_reception), 40-79 mailbox_short,
80-89 mailbox_pausing, 90-94 listener, 95-97 no_answer, 98 busy, 99 and 35-39 unknown (404).

``challenges`` and REGISTER ask for the credentials of `Sandbox.credentials`, by default
``licite`` / ``rehearsal``, realm ``sandbox``. Lines that call back ring ``sip:<shown
number>@<inbound>``; without ``inbound`` they ring the last registered contact, else they do not.

The caller must send RTP all along (silence too): after ``rtp_timeout_s`` (5 s) without any, the
line hangs up, as if the caller had died.

**Events** (JSON lines, one a finished call, UTF-8). Times ending in ``_s`` are seconds from the
answer unless said otherwise; `null` when it did not happen::

    call            1, 2, 3, … in the order of their INVITEs
    direction       "to_line", or "from_line" for a call-back
    line            the kind          number          E.164, the line's
    caller_id       user part of From   asserted_id   user part of P-Asserted-Identity, or null
    called          user part of the request's address
    invited_at      ISO 8601, UTC     codec           "PCMA" or "PCMU", or null
    rang_s          from the INVITE to the answer or to the refusal
    code            final SIP status  duration_s      from the answer to the end; null: no answer
    ended_by        "caller", "line", "cancelled", "refused", "no_rtp", "no_ack", "sandbox";
                    seen from the line: "caller" is whom it talks with
    greeting_end_s  end of what the line said before it listens or beeps
    beeps           [{"start_s", "end_s", "frequency_hz", "level_dbfs"}]   the truth, as sent;
                    a fax's tone too
    keys_pressed    [{"digit", "at_s"}]   by the line     keys_heard   the same, received
    wav             name of the file in the mailboxes' folder, or null
    packets         {"received", "lost"}

**WAV**: 8 kHz PCM16 stereo from the answer on; left is what the line said, right what it
received. ``<kind>-<last four digits>-<call>.wav``. `engine.sandbox.measure` finds an announcement
in it.
"""

from engine.sandbox.kinds import Kind
from engine.sandbox.lines import KeysBy, Line, Lines, LinesError, a_line
from engine.sandbox.network import CREDENTIALS, Sandbox
from engine.sandbox.records import CallRecord, Key, Packets

__all__ = [
    "CREDENTIALS",
    "CallRecord",
    "Key",
    "KeysBy",
    "Kind",
    "Line",
    "Lines",
    "LinesError",
    "Packets",
    "Sandbox",
    "a_line",
]
