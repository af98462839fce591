"""Who is called in the demonstration, on what ground, and how their lines behave.

Every number is one that the Arcep keeps for fiction (01 99 00, 02 61 91, 03 53 01, 04 65 71) or
belongs to nobody the sandbox would ring: nothing here could reach a real person.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from engine.campaign import COLUMNS
from engine.sandbox.kinds import Kind

SENDER_ID = "soleil"
SENDER_NAME = "Boulangerie du Soleil"
NPV = "09 48 12 34 56"
TEXT_ID = "soleil-2026"
LACKING_TEXT_ID = "soleil-ancien"
PARTNER_ID, PARTNER_TEXT_ID = "partenaire", "partenaire-2026"

PEOPLE = {
    Kind.CALLS_BACK_WITHHELD: 1,
    Kind.CALLS_BACK: 1,
    Kind.CALLS_BACK_HANGS_UP: 1,
    Kind.LISTENER: 3,
    Kind.PRESSES_9: 2,
    Kind.PRESSES_9_AT_ONCE: 1,
    Kind.PRESSES_1_THEN_9: 1,
    Kind.WRONG_KEYS: 1,
    Kind.HANGS_UP_EARLY: 2,
    Kind.SAYS_ALLO_TWICE: 2,
    Kind.SILENT: 1,
    Kind.LONG_HELLO: 1,
}
MAILBOXES = {
    Kind.MAILBOX_LONG: 1,
    Kind.MAILBOX_SHORT: 3,
    Kind.MAILBOX_PAUSING: 2,
    Kind.MAILBOX_NO_BEEP: 1,
    Kind.MAILBOX_DOUBLE_BEEP: 1,
    Kind.MAILBOX_LOW_BEEP: 1,
    Kind.MAILBOX_HIGH_BEEP: 1,
    Kind.MAILBOX_DECAYING_BEEP: 1,
    Kind.MAILBOX_QUIET_BEEP: 1,
    Kind.MAILBOX_FULL: 1,
    Kind.MAILBOX_LIMIT: 1,
    Kind.MAILBOX_PCMU: 1,
}
OTHERS = (
    Kind.BUSY,
    Kind.NO_ANSWER,
    Kind.REJECTED,
    Kind.UNKNOWN,
    Kind.UNREACHABLE,
    Kind.FAX,
    Kind.SCREENING,
    Kind.EARLY_MEDIA,
    Kind.CHALLENGES,
)

#: How long each kind of person stays, so that the demonstration fits its time.
STAYS: Mapping[Kind, Mapping[str, object]] = {
    Kind.LISTENER: {"hangs_up_after_s": 24.0},
    Kind.SAYS_ALLO_TWICE: {"hangs_up_after_s": 22.0},
    Kind.LONG_HELLO: {"hangs_up_after_s": 24.0},
    Kind.SILENT: {"hangs_up_after_s": 24.0},
    Kind.PRESSES_1_THEN_9: {"key_after_s": 4.0, "key_gap_s": 5.0},
    Kind.WRONG_KEYS: {"key_after_s": 4.0, "hangs_up_after_s": 26.0},
    Kind.SCREENING: {"hangs_up_after_s": 18.0},
    Kind.CALLS_BACK: {"call_back_after_s": 1.0, "first": "busy"},
    Kind.CALLS_BACK_HANGS_UP: {"call_back_after_s": 1.0, "first": "busy"},
    Kind.CALLS_BACK_WITHHELD: {"call_back_after_s": 1.0, "first": "busy"},
}

OPT_OUT_KINDS = frozenset(
    {Kind.PRESSES_9, Kind.PRESSES_9_AT_ONCE, Kind.PRESSES_1_THEN_9}
    | {Kind.CALLS_BACK, Kind.CALLS_BACK_HANGS_UP, Kind.CALLS_BACK_WITHHELD}
)


@dataclass(frozen=True, slots=True)
class Part:
    """One row of the list, and the line that answers at its number."""

    number: str
    "E.164, or something that is no number."
    line: Kind | None = None
    row: Mapping[str, str] = field(default_factory=dict)
    "The row's columns, where they differ from a good consent."


def cast() -> tuple[Part, ...]:
    """Return everybody on the list: those who may be called, then those who may not."""
    return (*_callable(), *_refused(), *_unreadable())


def _callable() -> Iterable[Part]:
    for root, kinds in (("+3319900", PEOPLE), ("+3326191", MAILBOXES), ("+3335301", _once())):
        numbers = count(1201)
        for kind, times in kinds.items():
            for _ in range(times):
                yield Part(f"{root}{next(numbers)}", kind)


def _once() -> Mapping[Kind, int]:
    return dict.fromkeys(OTHERS, 1)


def _refused() -> Iterable[Part]:
    """Return those whom the law keeps from being called, each for another reason."""
    rows: tuple[Mapping[str, str], ...] = (
        {"consent_at": "expired"},
        {"consent_text": LACKING_TEXT_ID},
        {"consent_text": PARTNER_TEXT_ID},
        {"basis": "legitimate_interest", "consent_at": "", "consent_text": ""},
        {"consent_at": "tomorrow"},
        {"callee_kind": "legal_entity", "basis": "legitimate_interest", "consent_at": ""},
    )
    for ending, row in enumerate(rows, 1201):
        yield Part(f"+3346571{ending}", row=row)
    yield Part(ALREADY_SUPPRESSED)
    yield Part("+590590001201", row={"territory": "GP"})


#: Somebody who objected before the demonstration began.
ALREADY_SUPPRESSED = "+33465711299"


def _unreadable() -> Iterable[Part]:
    """Return rows that the import refuses, and goes on."""
    return (
        Part("01 99 00"),
        Part("+33465711281", row={"consent_text": "nobody-registered-this"}),
        Part("+33465711282", row={"consent_at": "2026-06-01"}),
    )


def lines_toml(parts: Iterable[Part]) -> str:
    """Return the sandbox's file of lines."""
    blocks = ["ring_s = 0.6\n"]
    for part in parts:
        if part.line is not None:
            chosen = {"number": part.number, "kind": part.line.value, **STAYS.get(part.line, {})}
            blocks.append("[[line]]\n" + "".join(_setting(*pair) for pair in chosen.items()))
    return "\n".join(blocks)


def _setting(name: str, value: object) -> str:
    return f"{name} = {value}\n" if isinstance(value, float) else f'{name} = "{value}"\n'


def callees_csv(parts: Iterable[Part], *, at: datetime) -> str:
    """Return the list of callees; consents are dated from *at*, the law's clock."""
    dates = {
        "given": at - timedelta(days=40),
        "expired": at - timedelta(days=400),
        "tomorrow": at + timedelta(days=1),
    }
    good = {
        "callee_kind": "consumer",
        "territory": "FR",
        "basis": "consent",
        "consent_at": "given",
        "consent_text": TEXT_ID,
        "consent_channel": "ticked_box",
        "consent_source": "carte de fidélité, en boutique",
    }
    written = io.StringIO()
    rows = csv.DictWriter(written, COLUMNS)
    rows.writeheader()
    for part in parts:
        row = {"number": part.number, **good, **part.row}
        if (given := dates.get(row["consent_at"])) is not None:
            row["consent_at"] = given.isoformat(timespec="seconds")
        rows.writerow(row)
    return written.getvalue()


def campaign_toml(name: str, *, until: datetime) -> str:
    """Return the campaign's file."""
    return f"""\
name = "{name}"
sender = "{SENDER_ID}"
kind = "marketing"
sector = "food"
purpose = "Présenter les offres de la semaine"
caller_id = "{NPV}"
opt_out_number = "{NPV}"
announcement = "galettes"
routes = ["sandbox"]
callees = "callees.csv"
consent_texts = ["{TEXT_ID}", "{LACKING_TEXT_ID}", "{PARTNER_TEXT_ID}"]
ring_s = 5
attempts = 1
until = {until.isoformat()}
"""
