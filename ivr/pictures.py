"""The picture of a conversation of ours, as a carrier's reports make one of theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from audio.g711 import alaw_to_ulaw
from audio.script import Variant
from engine import operations
from engine.journal import Json
from engine.outcome import Outcome
from engine.reports import Picture, Played
from ivr import flows
from ivr.live import Conversation
from ivr.scenarios import heard_prompt


def picture_of(
    dial: operations.Dial,
    talk: Conversation,
    *,
    codec: str,
    answered_at: datetime,
    over_at: datetime,
    duration_s: float,
) -> Picture:
    """Return what became of a call whose audio we held, for *duration_s* from the answer on."""
    return Picture(
        outcome=talk.outcome or Outcome.FAILED,
        cause=talk.cause,
        evidence=evidence(talk),
        answered_at=answered_at,
        over_at=over_at,
        by=answered_by(talk),
        played=tuple(
            Played(node, {"at_s": round(at_s, 3), **detail})
            for at_s, node in talk.steps
            if (detail := _played_by(dial, node, codec))
        ),
        keys=tuple((round(at_s, 3), digit) for at_s, digit in talk.keys),
        duration_s=round(duration_s, 3),
    )


def _played_by(dial: operations.Dial, node: str, codec: str) -> dict[str, Json] | None:
    """Return what a node played of the announcement or of the scenario; `None`: neither."""
    if variant := flows.VARIANT_OF.get(node):
        return played(dial, variant, codec)
    prompt = heard_prompt(dial.scenario, node)
    if prompt is None or dial.scenario is None:
        return None
    return _sent(prompt, dial.scenario.prompts[prompt["prompt"]].alaw, codec)


def played(dial: operations.Dial, variant: Variant, codec: str) -> dict[str, Json]:
    """Return which approved bytes were played, and the hash of their rendering where one was."""
    hashes = dial.paper.announcements
    is_person = variant is Variant.PERSON
    approved = {
        "variant": variant.value,
        "sha256": hashes.person if is_person else hashes.machine,
    }
    return _sent(approved, dial.person if is_person else dial.machine, codec)


def _sent(approved: Mapping[str, Json], alaw: bytes, codec: str) -> dict[str, Json]:
    """Return what was approved, and as what it was sent."""
    detail = {**approved, "codec": codec}
    if codec == "PCMU":
        detail["rendered_sha256"] = hashlib.sha256(alaw_to_ulaw(alaw)).hexdigest()
    return detail


def answered_by(talk: Conversation) -> str:
    """Return who it was in the end: ``person``, ``machine`` or ``unsure``."""
    if talk.keys:
        return "person"
    nodes = [name for _, name in talk.steps]
    if any(name in ("greeted", "to_machine", "to_mute_machine") for name in nodes[-3:]):
        return "machine"
    return "person" if "to_person" in nodes else "unsure"


def evidence(talk: Conversation) -> dict[str, Json]:
    """Return what a conversation leaves in the journal: times in seconds from the answer."""
    return {
        "steps": [[round(at_s, 3), name] for at_s, name in talk.steps],
        "keys": [[round(at_s, 3), digit] for at_s, digit in talk.keys],
        "heard": [[round(at_s, 3), what] for at_s, what in talk.heard],
    }
