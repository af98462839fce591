"""The kinds of line: people, call-backs, mailboxes, and calls that nobody answers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final


class Kind(Enum):
    """What answers at a number, in the order of the rule on the last two digits (00, 01, …)."""

    LISTENER = "listener"  #: Says "allô ?" and listens to the end
    PRESSES_9 = "presses_9"  #: Presses 9 while it listens
    PRESSES_9_AT_ONCE = "presses_9_at_once"  #: Presses 9 before it has said a word
    PRESSES_1_THEN_9 = "presses_1_then_9"  #: Hears the announcement again, then presses 9
    WRONG_KEYS = "wrong_keys"  #: Presses 5, then 7, then listens
    HANGS_UP_EARLY = "hangs_up_early"
    SAYS_ALLO_TWICE = "says_allo_twice"
    SILENT = "silent"  #: Answers and never speaks
    LONG_HELLO = "long_hello"  #: Two seconds of speech, as long as a short greeting
    CALLS_BACK = "calls_back"  #: Does not answer, then rings the shown number and presses 9
    CALLS_BACK_HANGS_UP = "calls_back_hangs_up"  #: The same, hanging up right after 9
    CALLS_BACK_WITHHELD = "calls_back_withheld"  #: Hides its number: keys it, then confirms by 1
    MAILBOX_SHORT = "mailbox_short"
    MAILBOX_LONG = "mailbox_long"
    MAILBOX_PAUSING = "mailbox_pausing"  #: Its greeting pauses for 0.9 to 1.2 s
    MAILBOX_NO_BEEP = "mailbox_no_beep"
    MAILBOX_DOUBLE_BEEP = "mailbox_double_beep"
    MAILBOX_LOW_BEEP = "mailbox_low_beep"  #: 440 Hz, the frequency of network tones
    MAILBOX_HIGH_BEEP = "mailbox_high_beep"  #: 1900 Hz
    MAILBOX_DECAYING_BEEP = "mailbox_decaying_beep"  #: A struck bell
    MAILBOX_QUIET_BEEP = "mailbox_quiet_beep"  #: -32 dBFS
    MAILBOX_FULL = "mailbox_full"  #: Says that it is full and hangs up
    MAILBOX_LIMIT = "mailbox_limit"  #: Records a few seconds and hangs up
    MAILBOX_PCMU = "mailbox_pcmu"  #: Speaks mu-law only
    BUSY = "busy"  #: 486
    NO_ANSWER = "no_answer"  #: 180 until the caller gives up
    REJECTED = "rejected"  #: 603
    UNKNOWN = "unknown"  #: 404
    UNREACHABLE = "unreachable"  #: 480
    FAX = "fax"  #: 2100 Hz (ITU-T T.30 CED)
    SCREENING = "screening"  #: A robot asks who calls
    EARLY_MEDIA = "early_media"  #: 183 and an announcement of the network, then 480
    CHALLENGES = "challenges"  #: 407 digest, then a short mailbox
    RECEPTION = "reception"  #: The sender's people: answer, talk, then hang up
    ASKS_FOR_RECEPTION = "asks_for_reception"  #: Presses 2, then talks


#: What a kind sets on its line unless the file of lines says otherwise.
DEFAULTS: Final[Mapping[Kind, Mapping[str, object]]] = {
    Kind.PRESSES_9: {"keys": "9"},
    Kind.PRESSES_9_AT_ONCE: {"keys": "9", "key_after_s": 0.3},
    Kind.PRESSES_1_THEN_9: {"keys": "19", "key_gap_s": 6.0},
    Kind.WRONG_KEYS: {"keys": "57", "key_gap_s": 4.0},
    Kind.HANGS_UP_EARLY: {"hangs_up_after_s": 3.5},
    Kind.CALLS_BACK: {"keys": "9"},
    Kind.CALLS_BACK_HANGS_UP: {"keys": "9", "hangs_up_after_s": 0.2},
    Kind.MAILBOX_LIMIT: {"limit_s": 8.0},
    Kind.MAILBOX_PCMU: {"codec": "PCMU"},
    Kind.BUSY: {"code": 486},
    Kind.REJECTED: {"code": 603},
    Kind.UNKNOWN: {"code": 404},
    Kind.UNREACHABLE: {"code": 480},
    Kind.EARLY_MEDIA: {"code": 480},
    Kind.RECEPTION: {"hangs_up_after_s": 10.0},
    Kind.ASKS_FOR_RECEPTION: {"keys": "2"},
    Kind.FAX: {"hangs_up_after_s": 30.0},
    Kind.SCREENING: {"hangs_up_after_s": 20.0},
}
