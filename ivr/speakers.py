"""For whom a call speaks, and what: read from the store once, then carried in the addresses.

Several web processes answer the turns of one call, and the store may go away in the middle of it.
Each address that we give out remembers, sealed, all that the next turn takes: a callee's 9 can then
be kept and confirmed by any process, store or not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from audio.prompts import Prompts
from engine.clearance import Sender
from engine.interfaces import Call, Means
from engine.operations import Dial
from ivr import flows
from ivr.sounds import Voices
from ivr.turns import Part

PERSON, MACHINE = "person", "machine"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks in one call, and with which words."""

    sender: Sender
    language: str
    opt_out_number: str | None = None
    caller_id: str = field(default="", repr=False)
    "The number of the sender's own that this call shows, in E.164."
    person: str = ""
    machine: str = ""
    "The SHA-256 of the announcement's variants; empty in a call-back."
    scenario_id: int | None = None

    def to_text(self) -> str:
        """Return what the address of a call's first words remembers; `read` is the inverse."""
        return _document({"speaker": asdict(self)})

    @classmethod
    def read(cls, text: str) -> Speaker | None:
        """Return who speaks, by what the first address remembers; `None` for any other."""
        told = json.loads(text) if text else None
        return _speaker(told["speaker"]) if isinstance(told, dict) else None

    @property
    def hashes(self) -> dict[str, str]:
        """The recordings by their prompts' names."""
        known = {flows.TO_PERSON: self.person, flows.TO_MACHINE: self.machine}
        return {name: sha256 for name, sha256 in known.items() if sha256}

    def voices(self, recorded: Mapping[str, str]) -> Voices:
        """Return the sounds of this call's prompts, those of a scenario among them."""
        prompts = _prompts(
            self.language, self.sender.registered_name, self.opt_out_number, self.sender.contact
        )
        return Voices(prompts, self.language, {**self.hashes, **recorded})


@dataclass(frozen=True, slots=True)
class Memory:
    """What an address remembers."""

    part: Part
    state: str
    "With the number that was keyed, which must not stand in an address."
    reference: str
    "The network's name of the call that this address is for."
    since_s: float
    "When the call was answered: seconds since 1970, the machine's clock."
    speaker: Speaker

    def to_text(self) -> str:
        """Return what to seal; `read` is the inverse."""
        speaker = asdict(self.speaker)
        told = [self.part.value, self.state, self.reference, round(self.since_s, 1), speaker]
        return _document(told)

    @classmethod
    def read(cls, text: str) -> Memory | None:
        """Return what an address remembers; `None` for one that no document of ours named."""
        told = json.loads(text) if text else None
        if not isinstance(told, list):
            return None
        part, state, reference, since_s, speaker = told
        return cls(Part(part), state, reference, since_s, _speaker(speaker))


class Speakers:
    """Who speaks in the calls of one web process."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._campaigns = lru_cache(maxsize=256)(self._of_campaign)

    def of_call(self, call_id: int) -> tuple[Speaker, Call] | None:
        """Return who speaks in a drop's call; `None` for a call that there is not.

        Raises StoreUnavailable.
        """
        with self._means.store.read() as unit:
            call = unit.calls.get(call_id)
            drop = unit.drops.get(call.drop_id) if call else None
            sender = unit.setup.sender(call.sender_id) if call else None
        if call is None or drop is None or sender is None:
            return None
        speaker = self._campaigns(drop.campaign_id)
        return replace(speaker, sender=sender, caller_id=call.caller_id), call

    def _of_campaign(self, campaign_id: str) -> Speaker:
        """Return what a campaign's calls say: it never changes."""
        with self._means.store.read() as unit:
            campaign = unit.campaigns.get(campaign_id)
            version = campaign and unit.setup.announcement_version(campaign.announcement_id)
            sender = campaign and unit.setup.sender(campaign.sender_id)
        if not (campaign and version and sender):
            raise LookupError(f"campaign {campaign_id} has lost its announcement or its sender")
        return Speaker(
            sender,
            version.language,
            campaign.definition.opt_out_number,
            person=version.variants[PERSON].sha256,
            machine=version.variants[MACHINE].sha256,
            scenario_id=campaign.scenario_id,
        )


def speaker_of(dial: Dial) -> Speaker:
    """Return who speaks in a call that is about to leave."""
    hashes = dial.paper.announcements
    return Speaker(
        dial.sender,
        dial.language,
        dial.opt_out_number,
        caller_id=dial.paper.caller_id,
        person=hashes.person,
        machine=hashes.machine,
        scenario_id=dial.scenario.id if dial.scenario else None,
    )


def _speaker(told: dict[str, Any]) -> Speaker:
    return Speaker(**{**told, "sender": Sender(**told["sender"])})


def _document(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=256)
def _prompts(language: str, name: str, opt_out_number: str | None, contact: str) -> Prompts:
    return Prompts(language, sender_name=name, opt_out_number=opt_out_number, contact=contact)
