"""Whether a callee's legal ground carries a message: consent and its proof, other grounds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.callee import Basis, BasisKind, MessageKind
from engine.law import Finding, RulesInForce
from engine.law.values import table, texts, whole

_PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A registered text by which callees consent; immutable, named by its hash."""

    id: str
    sender: str
    "The id of the sender that the text names."
    text: str
    mentions: frozenset[str]
    "Which of the five mentions it makes: ``identity_and_goods``, ``choice``, ``period``, …"
    sha256: str
    "Of the text in UTF-8, as it was registered."
    valid_from: datetime
    "The text was shown from this instant on."
    valid_to: datetime | None = None
    "It was no longer shown from this instant on."
    period_days: int | None = None
    "How long the consent lasts by the text's own words."

    @property
    def is_intact(self) -> bool:
        """Whether the text still is the one that was registered."""
        return _sha256(self.text) == self.sha256


@lru_cache(maxsize=1024)
def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a ground: to carry this message, for this sender, at this instant."""

    basis: Basis
    kind: MessageKind
    is_consumer: bool
    sender_id: str | None
    texts: Mapping[str, ConsentText] | None
    job_related: bool | None
    opt_out_at_start: bool | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _Terms:
    """The rulebook's terms of consent on one day."""

    acts: frozenset[str]
    mentions: frozenset[str]
    longest_days: int
    period_days: int


#: The parameter that lists the grounds for every kind of message but marketing.
_PARAMETERS = {
    MessageKind.INFORMATIONAL.value: "informational_ground",
    MessageKind.POLITICAL.value: "political",
    MessageKind.CHARITY.value: "charity",
    MessageKind.SURVEY.value: "survey",
}


@lru_cache(maxsize=64)
def _terms(rules: RulesInForce) -> _Terms:
    mentions = table(rules.value("consent_mentions"))
    return _Terms(
        acts=frozenset(rules.texts("consent_act")),
        mentions=frozenset(texts(mentions["mentions"])),
        longest_days=whole(mentions["longest_days"]),
        period_days=whole(rules.value("consent_period")),
    )


def proof_kept_until(given: datetime, rules: RulesInForce) -> datetime | None:
    """Return until when a consent's proof is kept (C. consom. art. R. 223-2); `None`: no rule."""
    if not rules.holds("consent_proof_kept"):
        return None
    year = given.year + whole(rules.value("consent_proof_kept"))
    is_leap_day = (given.month, given.day) == (2, 29)
    return given.replace(year=year, month=3, day=1) if is_leap_day else given.replace(year=year)


def weigh(question: Question, rules: RulesInForce) -> Iterator[Finding]:
    """Tell why the ground does not carry the message; nothing when it does."""
    if question.basis.source is None:
        yield rules.finding("collection_source", "source_missing")
    parameter = _parameter(question)
    if question.basis.kind.value not in rules.texts(parameter):
        yield _not_enough(question, parameter, rules)
    elif question.basis.kind is BasisKind.CONSENT:
        yield from _consent(question, rules)
    yield from _particulars(question, rules)


def _parameter(question: Question) -> str:
    """Name the parameter that lists the grounds for this kind of message."""
    if question.kind is MessageKind.MARKETING:
        return "consent_prior" if question.is_consumer else "legal_entity"
    return _PARAMETERS[question.kind.value]


def _not_enough(question: Question, parameter: str, rules: RulesInForce) -> Finding:
    """Say why the declared ground is not one that this kind of message can stand on."""
    ground = question.basis.kind
    if parameter == "consent_prior" and ground is BasisKind.CONTRACT:
        return rules.finding("running_contract", "contract_is_no_ground")
    if parameter == "consent_prior" and ground is BasisKind.EXISTING_CUSTOMER:
        return rules.finding("soft_opt_in", "customer_is_no_ground")
    return rules.finding(
        parameter,
        "ground_not_enough",
        ground=ground.value,
        kind=question.kind.value,
        wanted=", ".join(rules.texts(parameter)),
    )


def _particulars(question: Question, rules: RulesInForce) -> Iterator[Finding]:
    """Tell what one kind of message wants besides its ground."""
    basis = question.basis
    if question.kind is MessageKind.MARKETING and not question.is_consumer:
        if question.job_related is None:
            yield rules.finding("legal_entity", "job_related_unknown")
        elif not question.job_related:
            yield rules.finding("legal_entity", "not_job_related")
    elif question.kind is MessageKind.CHARITY and basis.notice is None:
        yield rules.finding("charity", "notice_missing")
    elif question.kind is MessageKind.POLITICAL:
        if question.opt_out_at_start is not True:
            yield rules.finding("political", "opt_out_not_at_start")
        if basis.slot is None or not basis.slot.opens <= question.at < basis.slot.closes:
            yield rules.finding("political", "slot_missing")


def _consent(question: Question, rules: RulesInForce) -> Iterator[Finding]:
    """Hold a consent and its proof against the rules of consent."""
    basis, terms = question.basis, _terms(rules)
    if basis.channel is None:
        yield rules.finding("consent_act", "consent_act_missing")
    elif basis.channel not in terms.acts:
        wanted = ", ".join(sorted(terms.acts))
        yield rules.finding("consent_act", "consent_act_invalid", act=basis.channel, wanted=wanted)
    if basis.at is None:
        yield rules.finding("consent_period", "consent_date_missing")
    elif basis.at >= question.at:
        yield rules.finding(
            "consent_prior",
            "consent_after_call",
            given=_instant(basis.at),
            at=_instant(question.at),
        )
    text = (question.texts or {}).get(basis.text_id or "")
    if text is None:
        yield rules.finding("consent_proof", "consent_text_unknown", text=basis.text_id or "—")
    else:
        yield from _text(question, text, rules)
    if basis.at is not None:
        yield from _period(basis.at, text, question.at, rules)


def _period(
    given: datetime, text: ConsentText | None, at: datetime, rules: RulesInForce
) -> Iterator[Finding]:
    """Tell whether the consent has lapsed: a year, or the text's shorter period."""
    stated = text.period_days if text is not None else None
    days = _terms(rules).period_days if stated is None else min(stated, _terms(rules).period_days)
    ends = given + timedelta(days=days)
    if at > ends:
        yield rules.finding(
            "consent_period",
            "consent_lapsed",
            given=_instant(given),
            ended=_instant(ends),
            days=str(days),
        )


def _text(question: Question, text: ConsentText, rules: RulesInForce) -> Iterator[Finding]:
    """Hold the text that the callee accepted against what a request for consent must be."""
    given, terms = question.basis.at, _terms(rules)
    if text.sender != question.sender_id:
        yield rules.finding("consent_sender", "consent_other_sender", text=text.id)
    if not text.is_intact:
        yield rules.finding("consent_proof", "consent_text_altered", text=text.id)
    if missing := terms.mentions - text.mentions:
        yield rules.finding(
            "consent_mentions", "mentions_missing", text=text.id, missing=", ".join(sorted(missing))
        )
    if text.period_days is None:
        yield rules.finding("consent_mentions", "period_missing", text=text.id)
    elif not 0 < text.period_days <= terms.longest_days:
        yield rules.finding(
            "consent_mentions",
            "period_too_long",
            text=text.id,
            days=str(text.period_days),
            longest=str(terms.longest_days),
        )
    if given is not None and (
        given < text.valid_from or (text.valid_to is not None and given >= text.valid_to)
    ):
        yield rules.finding(
            "consent_proof", "consent_text_not_shown", text=text.id, given=_instant(given)
        )


def _instant(at: datetime) -> str:
    """Return an instant as the operator's clock shows it, offset included."""
    return at.astimezone(_PARIS).isoformat(sep=" ", timespec="minutes")
