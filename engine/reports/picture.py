"""The picture that a call's reports make: a pure fold over their set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import reduce

from engine.journal import Json
from engine.outcome import RETRIABLE, Outcome, further
from engine.reports.report import TERMINAL, CallStatus, Report, ReportKind, Verdict

#: Why an answered call that never asked what to say has failed.
UNASKED = "answered, and we were never asked what to say"

#: What a call came to that nobody answered, by its state.
_UNANSWERED = {
    CallStatus.CANCELLED: Outcome.CANCELLED,
    CallStatus.BUSY: Outcome.BUSY,
    CallStatus.NO_ANSWER: Outcome.NO_ANSWER,
    CallStatus.FAILED: Outcome.FAILED,
}

#: States of which a code may say more: some carriers call a refusal busy.
_BY_CODE = (CallStatus.FAILED, CallStatus.BUSY)

#: States that contradict each other, the most telling first; what rules a further attempt out
#: comes before all of them.
_TELLING = (Outcome.CANCELLED, Outcome.BUSY, Outcome.NO_ANSWER, Outcome.UNREACHABLE, Outcome.FAILED)

_MACHINE = frozenset({Verdict.BEEP, Verdict.GREETING_OVER, Verdict.MACHINE})

#: What was played to its end, as far as the flow could tell.
_PLAYED = frozenset({Outcome.HEARD, Outcome.DEPOSITED_UNCONFIRMED})

Timed = tuple[float, str]

#: No call costs more, in any currency.
DEAREST = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Played:
    """A variant of the announcement, or a scenario's prompt, that a node began to play."""

    node: str
    detail: Mapping[str, Json]
    "``at_s`` from the answer, ``variant`` (or ``prompt``), ``sha256``, ``codec``."


@dataclass(frozen=True, slots=True)
class Picture:
    """What became of a call, as far as is known; the same whether we conducted it or a carrier."""

    outcome: Outcome | None = None
    "`None` until it is over."
    cause: str = ""
    evidence: Mapping[str, Json] = field(default_factory=dict)
    answered_at: datetime | None = None
    over_at: datetime | None = None
    by: str = "unsure"
    "Who answered: ``person``, ``machine`` or ``unsure``."
    played: tuple[Played, ...] = ()
    keys: tuple[Timed, ...] = ()
    duration_s: float | None = None
    "From the answer to the end."
    cost_micros: int | None = None
    currency: str | None = None
    queue_ms: int | None = None
    "How long the carrier let the call wait before it dialled."


def picture(reports: Iterable[Report], reference: str | None = None) -> Picture:
    """Return what *reports* of one call say together, whatever their order and repetition.

    Those that name the call otherwise than *reference* are left aside.
    """
    ours = {report.key: report for report in reports if _is_of(report, reference)}
    told = sorted(ours.values(), key=_order)
    answered_at, over_at = _answered_at(told), _over_at(told)
    cost_micros, currency = _cost(told)
    return Picture(
        outcome=_outcome(told) if over_at else None,
        cause=_cause(told) if over_at else "",
        evidence=_evidence(told, answered_at),
        answered_at=answered_at,
        over_at=over_at,
        by=_by(told),
        played=tuple(_played(told, answered_at)),
        keys=tuple(_keys(told, answered_at)),
        duration_s=_duration_s(told, answered_at, over_at),
        cost_micros=cost_micros,
        currency=currency,
        queue_ms=_most(told, "queue_ms"),
    )


def shows_answer(report: Report) -> bool:
    """Tell whether *report* could not be, had nobody answered."""
    if report.kind is ReportKind.STATUS:
        return status_of(report) in (CallStatus.ANSWERED, CallStatus.COMPLETED)
    return report.kind in (ReportKind.TURN, ReportKind.VERDICT)


def is_terminal(report: Report) -> bool:
    """Tell whether *report* says that the call is over."""
    return report.kind is ReportKind.STATUS and status_of(report) in TERMINAL


def verdict_of(reports: Iterable[Report]) -> Verdict | None:
    """Return who answered, by the carrier's detection; `None`: it has not said."""
    said = [report for report in reports if report.kind is ReportKind.VERDICT]
    first = min(said, key=_order, default=None)
    return Verdict(first.detail["heard"]) if first else None


def is_conversing(reports: Iterable[Report]) -> bool:
    """Tell whether a key was pressed: a person is there, whatever a detection says."""
    return any(_key(report) for report in reports)


def status_of(report: Report) -> CallStatus:
    """Return the state that a report of kind STATUS tells."""
    return CallStatus(report.detail["status"])


def _is_of(report: Report, reference: str | None) -> bool:
    return reference is None or report.detail.get("reference", reference) == reference


def _order(report: Report) -> tuple[int, datetime, str]:
    """Sort by what the carrier numbers, the turns first; never by who came first alone."""
    turn = report.detail.get("turn")
    return (turn if isinstance(turn, int) else 0, report.at, report.key)


def _outcome(told: Sequence[Report]) -> Outcome:
    if any(map(shows_answer, told)):
        return _believed(told) or Outcome.FAILED
    ends = {_unanswered(report) for report in told if is_terminal(report)}
    return min(ends, key=lambda end: (end in RETRIABLE, _rank(end), end.value))


def _unanswered(report: Report) -> Outcome:
    said = report.detail.get("outcome")
    if status_of(report) in _BY_CODE and isinstance(said, str):
        return Outcome(said)
    return _UNANSWERED[status_of(report)]


def _rank(outcome: Outcome) -> int:
    return _TELLING.index(outcome) if outcome in _TELLING else -1


def _believed(told: Sequence[Report]) -> Outcome | None:
    """Return what the conversation came to, held against who the carrier says was there.

    A flow whose verdict was on its way spoke as to a person: only a verdict or a key makes what was
    played to its end `Outcome.HEARD`.
    """
    said = (report.detail.get("came_to") for report in told if report.kind is ReportKind.TURN)
    came_to = reduce(further, (Outcome(one) for one in said if isinstance(one, str)), None)
    verdict, has_keys = verdict_of(told), is_conversing(told)
    if verdict is Verdict.FAX and not has_keys and came_to is not Outcome.OPTED_OUT:
        return Outcome.FAX
    if came_to in _PLAYED and (has_keys or verdict is Verdict.PERSON):
        return Outcome.HEARD
    if came_to is Outcome.HEARD:
        return Outcome.DEPOSITED_UNCONFIRMED
    return came_to


def _cause(told: Sequence[Report]) -> str:
    if any(map(shows_answer, told)):
        return "" if any(report.kind is ReportKind.TURN for report in told) else UNASKED
    outcome = _outcome(told)
    ends = [one for one in told if is_terminal(one) and _unanswered(one) is outcome]
    said = [str(one.detail["cause"]) for one in ends if one.detail.get("cause")]
    codes = [str(one.detail["sip_code"]) for one in ends if one.detail.get("sip_code")]
    return min(said or codes or [outcome.value])


def _by(told: Sequence[Report]) -> str:
    verdict = verdict_of(told)
    if is_conversing(told) or verdict is Verdict.PERSON:
        return "person"
    return "machine" if verdict in _MACHINE else "unsure"


def _answered_at(told: Sequence[Report]) -> datetime | None:
    """Return the first sign of an answer; where only the end is known, as long before it."""
    signs = [report.at for report in told if shows_answer(report) and not is_terminal(report)]
    over_at = _over_at(told)
    if signs or over_at is None or not any(map(shows_answer, told)):
        return min(signs, default=None)
    return over_at - timedelta(seconds=_most(told, "duration_s") or 0)


def _over_at(told: Sequence[Report]) -> datetime | None:
    return min((report.at for report in told if is_terminal(report)), default=None)


def _duration_s(
    told: Sequence[Report], answered_at: datetime | None, over_at: datetime | None
) -> float | None:
    if answered_at is None or over_at is None:
        return None
    said = [one.detail.get("duration_s") for one in told if one.kind is ReportKind.STATUS]
    known = [float(one) for one in said if isinstance(one, int | float)]
    return max(known, default=max(0.0, (over_at - answered_at).total_seconds()))


def _evidence(told: Sequence[Report], answered_at: datetime | None) -> dict[str, Json]:
    """Return what the journal keeps: times in seconds from the answer, and the network's codes."""
    codes = {name: _most(told, name) for name in ("sip_code", "error_code", "queue_ms")}
    known: dict[str, Json] = {name: code for name, code in codes.items() if code is not None}
    if answered_at is None:
        return {"sip_code": None, **known}
    turns = [report for report in told if report.kind is ReportKind.TURN]
    steps: Json = [[_after(one, answered_at), _node(one)] for one in turns if _node(one)]
    keys: Json = [[after, key] for after, key in _keys(told, answered_at)]
    return {"steps": steps, "keys": keys, "heard": _heard(told, answered_at), **known}


def _heard(told: Sequence[Report], answered_at: datetime) -> Json:
    verdicts = [one for one in told if one.kind is ReportKind.VERDICT]
    return [[_after(one, answered_at), str(one.detail["heard"])] for one in verdicts]


def _keys(told: Sequence[Report], answered_at: datetime | None) -> list[Timed]:
    if answered_at is None:
        return []
    return [(_after(one, answered_at), key) for one in told if (key := _key(one))]


def _key(report: Report) -> str:
    """Return the key that led to a turn; empty where none did, or where keys are a number."""
    heard = report.detail.get("heard")
    is_key = report.kind is ReportKind.TURN and isinstance(heard, str) and len(heard) == 1
    return str(heard) if is_key and not report.detail.get("keyed") else ""


def _node(report: Report) -> str:
    return str(report.detail.get("node") or "")


def _played(told: Sequence[Report], answered_at: datetime | None) -> list[Played]:
    return [
        Played(
            _node(one),
            {
                "at_s": _after(one, answered_at),
                what: one.detail[what],
                "sha256": one.detail.get("played_sha256"),
                "codec": one.detail.get("codec", "PCMA"),
            },
        )
        for one in told
        for what in ("variant", "prompt")
        if answered_at is not None and one.kind is ReportKind.TURN and one.detail.get(what)
    ]


def _after(report: Report, answered_at: datetime | None) -> float:
    return round(max(0.0, (report.at - (answered_at or report.at)).total_seconds()), 3)


def _most(told: Sequence[Report], name: str) -> int | None:
    said = [report.detail.get(name) for report in told]
    known = [int(one) for one in said if isinstance(one, int | float) and not isinstance(one, bool)]
    return max(known, default=None)


def _cost(told: Sequence[Report]) -> tuple[int | None, str | None]:
    """Return the dearest price told, in millionths: a carrier corrects upwards, if at all."""
    known = [price for one in told if (price := _price(one.detail.get("price")))]
    return max(known) if known else (None, None)


def _price(said: Json) -> tuple[int, str] | None:
    """Read ``{"amount": "-0.0075", "currency": "usd"}``; some carriers count what they take.

    What is no price of a call is none: a carrier's mistake must not stand in the way of its others.
    """
    if not isinstance(said, Mapping):
        return None
    try:
        amount = abs(Decimal(str(said.get("amount"))))
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount > DEAREST:
        return None
    return (int(amount * 1_000_000), str(said.get("currency", "")).upper()[:3])
