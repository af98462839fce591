"""The facts of a drop, loaded from the store at the instant of its clearance."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial

from audio.script import Script, Variant, check
from engine.callee import Callee, MessageKind
from engine.campaign import Campaign
from engine.clearance import (
    Clearance,
    Facts,
    ScriptLack,
    Sender,
    VariantFacts,
    clear,
    rate_of,
)
from engine.clearance.facts import ATTEMPTS_SINCE
from engine.interfaces import AnnouncementVersion, Means, Recording, Route, UnitOfWork
from engine.law import NotInForce, RulesInForce
from engine.routing import Unfit


def campaign_facts(
    unit: UnitOfWork,
    campaign: Campaign,
    version: AnnouncementVersion | None,
    *,
    rules: RulesInForce,
) -> Facts:
    """Return everything about a campaign's drops but the callee and the route (`routed`).

    What is missing stays `None`. *rules* tell what the numbers said in the announcement cost.
    """
    sender = unit.setup.sender(campaign.sender)
    judged = partial(_variant_facts, version, sender=sender, campaign=campaign, rules=rules)
    return Facts(
        sender=sender,
        caller_id=unit.setup.caller_id(campaign.caller_id.e164),
        kind=campaign.kind,
        sector=campaign.sector,
        purpose=campaign.purpose,
        opt_out_number=campaign.opt_out_number,
        person=judged("person"),
        machine=judged("machine"),
        consent_texts=unit.setup.consent_texts(campaign.consent_texts),
        list_territory=campaign.territory,
        job_related=campaign.job_related,
        opt_out_at_start=campaign.opt_out_at_start,
        until=campaign.until,
    )


def routed(facts: Facts, route: Route | None, unfit: Sequence[Unfit] = ()) -> Facts:
    """Return *facts* for a call by *route*; without one, *unfit* says why."""
    if route is None:
        return replace(facts, route=None, unfit_routes=unfit)
    return replace(facts, route=route.name, worst_delay=route.worst_delay)


def clear_now(
    means: Means, unit: UnitOfWork, callee: Callee, facts: Facts, *, at: datetime
) -> Clearance:
    """Clear one callee at this instant, against the register and the attempts as they stand."""
    if facts.sender is None:
        return clear(callee, facts, means.law, at)
    sender_id, number = facts.sender.id, callee.number.e164
    hash_ = means.keys.suppression_hash(sender_id, number)
    about = facts.about(
        suppressed=unit.suppressions.holds(sender_id, hash_),
        attempts=unit.calls.attempts(sender_id, number, at - ATTEMPTS_SINCE),
    )
    return clear(callee, about, means.law, at)


def _variant_facts(
    version: AnnouncementVersion | None,
    variant: str,
    *,
    sender: Sender | None,
    campaign: Campaign,
    rules: RulesInForce,
) -> VariantFacts:
    """Return the variant's hash, if its bytes are intact, and what its script lacks."""
    recording = version.variants.get(variant) if version else None
    if version is None or recording is None or not _is_intact(recording):
        return VariantFacts()
    if sender is None:
        return VariantFacts(sha256=recording.sha256)
    lacks = _script_lacks(
        version.script,
        variant,
        sender_name=sender.registered_name,
        kind=campaign.kind,
        opt_out_number=campaign.opt_out_number,
        rules=rules,
    )
    return VariantFacts(recording.sha256, lacks)


def _is_intact(recording: Recording) -> bool:
    """Tell whether the stored bytes still are those that were approved."""
    return hashlib.sha256(recording.alaw).hexdigest() == recording.sha256


@lru_cache(maxsize=256)
def _script_lacks(
    script: str,
    variant: str,
    *,
    sender_name: str,
    kind: MessageKind,
    opt_out_number: str,
    rules: RulesInForce,
) -> tuple[ScriptLack, ...] | None:
    """Return what a script lacks, checked once a day for each campaign and variant.

    `None`, which refuses, on a day whose tariffs the rulebook does not know.
    """
    try:
        return check(
            Script.parse(script),
            sender_name=sender_name,
            kind=kind.value,
            opt_out_number=opt_out_number,
            variant=Variant(variant),
            rate_of=partial(rate_of, rules=rules),
        )
    except NotInForce:
        return None
