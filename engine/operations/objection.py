"""Objection: a callee opts out, calls back, or asks to be erased (GDPR art. 17 and 21)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from engine.basis import proof_kept_until
from engine.callee import BasisKind
from engine.clearance import Sender
from engine.interfaces import ConsentProof, Drop, Means, UnitOfWork
from engine.journal import Entry, Json, Kind
from engine.law import Finding, Standing
from engine.operations.control import end_if_over, refused_outcome
from engine.operations.results import Erasure
from engine.reports import Report

#: Why a drop that waited ends when its callee opts out.
OBJECTION = Finding(
    rule="GDP-04",
    article="RGPD art. 21(2)-(3)",
    law_or_policy=Standing.LAW,
    reason="suppressed",
)
#: The channels by which a callee answers a call of ours with an objection.
BY_CALLEE = frozenset({"key", "call_back", "sms"})
#: How long after a call an objection still is an answer to it.
ANSWERS_CALL = timedelta(days=30)
#: Salted hashes that one purge entry lists.
_PURGE_BATCH = 500


def opt_out(means: Means, sender_id: str, number: str, *, channel: str, at: datetime) -> bool:
    """Suppress an E.164 number for a sender, at once; False when it was suppressed already.

    Every drop of the sender to that number that was not dialled ends in the same commit, and what
    rings there is called off.
    """
    with means.store.write() as unit:
        is_new, over = _opt_out(means, unit, sender_id, number, channel=channel, at=at)
    for campaign_id in over:
        end_if_over(means, campaign_id, at=at)
    return is_new


def opt_out_all(
    means: Means, sender_id: str, numbers: Iterable[str], *, channel: str, at: datetime
) -> int:
    """Suppress many numbers for a sender; return how many were new."""
    return sum(opt_out(means, sender_id, number, channel=channel, at=at) for number in numbers)


def _opt_out(
    means: Means, unit: UnitOfWork, sender_id: str, number: str, *, channel: str, at: datetime
) -> tuple[bool, set[str]]:
    hash_ = means.keys.suppression_hash(sender_id, number)
    unit.suppressions.lock(sender_id, hash_)
    is_new = unit.suppressions.add(sender_id, hash_, at=at, channel=channel)
    subject = means.keys.subject(number)
    if is_new:
        detail: dict[str, Json] = {"sender": sender_id, "channel": channel}
        unit.journal.write(Entry(Kind.OPTED_OUT, at, subject, detail=detail))
        if channel in BY_CALLEE:
            unit.health.objected(sender_id, number, since=at - ANSWERS_CALL, at=at)
    waiting = unit.drops.waiting_for(sender_id, number)
    for drop in waiting:
        unit.drops.end(drop.id, refused_outcome(unit, drop), [OBJECTION])
        unit.journal.write(_refused(drop, subject, at))
    unit.calls.call_off(sender_id, number)
    return is_new, {drop.campaign_id for drop in waiting}


def _refused(drop: Drop, subject: str, at: datetime) -> Entry:
    findings: Json = [{"rule": OBJECTION.rule, "article": OBJECTION.article}]
    return Entry(
        Kind.REFUSED, at, subject, drop.campaign_id, drop.id, detail={"findings": findings}
    )


def is_opted_out(means: Means, sender_id: str, number: str) -> bool:
    """Tell whether a sender must leave a number alone."""
    hash_ = means.keys.suppression_hash(sender_id, number)
    with means.store.read() as unit:
        return unit.suppressions.holds(sender_id, hash_)


def sender_of(means: Means, called: str) -> Sender | None:
    """Return whom a callee reaches by ringing *called* (a caller id or an opt-out number)."""
    with means.store.read() as unit:
        return unit.setup.sender_of(called)


def called_back(
    means: Means,
    sender_id: str,
    number: str | None,
    *,
    at: datetime,
    kind: Kind = Kind.CALLED_BACK,
    detail: Mapping[str, Json] | None = None,
    told: Report | None = None,
) -> None:
    """Record an inbound call, or what happened on it; *number* is `None` when withheld.

    Once for what a network *told* of it.
    """
    subject = means.keys.subject(number) if number else None
    whole: dict[str, Json] = {"sender": sender_id, **(detail or {})}
    with means.store.write() as unit:
        if told is None or unit.reports.receive([told]):
            unit.journal.write(Entry(kind, at, subject, detail=whole))


def erase(means: Means, number: str, *, at: datetime, under: str = "GDPR art. 17") -> Erasure:
    """Erase what is known of an E.164 number; it stays, or becomes, suppressed.

    Whoever asks to be forgotten is not to be called again: every sender who knew the number keeps
    its keyed hash, and under it the proof of consent until its years end (GDPR art. 17(3)(e)),
    nothing else. Journal entries and their salts go; their leaves stay.
    """
    with means.store.write() as unit:
        known = unit.drops.of_number(number)
        senders = tuple(sorted({sender_id for _, sender_id in known}))
        for sender_id in senders:
            _opt_out(means, unit, sender_id, number, channel="erasure", at=at)
        for drop, sender_id in known:
            _keep_proof(means, unit, drop, sender_id, at=at)
        purged = unit.journal.purge(means.keys.subject(number))
        for first in range(0, len(purged), _PURGE_BATCH):
            values: Json = [value.hex() for value in purged[first : first + _PURGE_BATCH]]
            detail: dict[str, Json] = {"on": at.isoformat(), "under": under, "entries": values}
            unit.journal.write(Entry(Kind.PURGED, at, detail=detail))
        erasure = Erasure(
            len(purged), unit.drops.forget(number), unit.calls.forget(number), senders
        )
    for campaign_id in {drop.campaign_id for drop, _ in known}:
        end_if_over(means, campaign_id, at=at)
    return erasure


def _keep_proof(
    means: Means, unit: UnitOfWork, drop: Drop, sender_id: str, *, at: datetime
) -> None:
    """Keep the consent on which a callee was called, or would have been, without the number."""
    callee = drop.callee
    if callee is None or callee.basis.kind is not BasisKind.CONSENT or callee.basis.at is None:
        return
    basis, given = callee.basis, callee.basis.at
    kept_until = proof_kept_until(given, means.law.at(at.date()))
    if kept_until is None or kept_until <= at:
        return
    proof = ConsentProof(
        sender_id=sender_id,
        hash=means.keys.suppression_hash(sender_id, callee.number.e164),
        given_at=given,
        text_id=basis.text_id,
        channel=basis.channel,
        source=basis.source,
        kept_until=kept_until,
    )
    unit.consent_proofs.keep(proof)
