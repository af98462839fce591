"""What carriers report of the calls that they conduct for us, and the picture this makes.

A report is one event, committed under its own key before it is acknowledged; the same again is the
same event. `picture` folds the *set* of a call's reports: neither order nor repetition matters.
"""

from engine.reports.entries import Noted, entries
from engine.reports.picture import (
    Picture,
    Played,
    is_conversing,
    is_terminal,
    picture,
    shows_answer,
    verdict_of,
)
from engine.reports.report import (
    REDIRECTED,
    TERMINAL,
    CallStatus,
    Report,
    ReportKind,
    Verdict,
    status_report,
    turn_report,
    verdict_report,
)

__all__ = [
    "REDIRECTED",
    "TERMINAL",
    "CallStatus",
    "Noted",
    "Picture",
    "Played",
    "Report",
    "ReportKind",
    "Verdict",
    "entries",
    "is_conversing",
    "is_terminal",
    "picture",
    "shows_answer",
    "status_report",
    "turn_report",
    "verdict_of",
    "verdict_report",
]
