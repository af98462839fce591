"""Campaigns, their numbers, and the stop flag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from engine.call import CampaignState, DropState
from engine.campaign import parse_campaign
from engine.interfaces import CampaignRecord, Tally
from engine.outcome import Outcome
from engine.store import tables as t

_ENDS = (CampaignState.CANCELLED, CampaignState.DONE)


class SqlCampaigns:
    """Campaigns and the stop flag."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, campaign: CampaignRecord) -> None:
        """Add a campaign."""
        self._connection.execute(
            insert(t.campaign).values(
                id=campaign.id,
                sender_id=campaign.sender_id,
                name=campaign.name,
                definition=campaign.definition.to_json(),
                announcement_id=campaign.announcement_id,
                state=campaign.state.value,
                submitted_at=campaign.submitted_at,
                import_beat_at=campaign.import_beat_at,
                scenario_id=campaign.scenario_id,
            )
        )

    def get(self, campaign_id: str) -> CampaignRecord | None:
        """Return a campaign."""
        query = select(t.campaign).where(t.campaign.c.id == campaign_id)
        row = self._connection.execute(query).first()
        return _campaign(row) if row else None

    def all(self) -> Sequence[CampaignRecord]:
        """Return every campaign, the newest first."""
        query = select(t.campaign).order_by(t.campaign.c.submitted_at.desc(), t.campaign.c.id)
        return [_campaign(row) for row in self._connection.execute(query)]

    def running(self) -> Sequence[str]:
        """Return the ids of the campaigns that may be dialled; none while everything is stopped."""
        query = select(t.campaign.c.id).where(
            t.campaign.c.state == CampaignState.RUNNING.value,
            select(t.stop.c.is_set).where(t.stop.c.id == 1).scalar_subquery().is_(False),
        )
        return list(self._connection.execute(query).scalars())

    def hold(self, campaign_id: str, *, to_change: bool) -> CampaignState | None:
        """Return the state, which cannot change before the unit ends."""
        query = select(t.campaign.c.state).where(t.campaign.c.id == campaign_id)
        state = self._connection.execute(query.with_for_update(read=not to_change)).scalar()
        return CampaignState(state) if state else None

    def move(self, campaign_id: str, state: CampaignState, at: datetime) -> None:
        """Set the state of a campaign."""
        ended_at = at if state in _ENDS else None
        change = update(t.campaign).where(t.campaign.c.id == campaign_id)
        self._connection.execute(change.values(state=state.value, ended_at=ended_at))

    def beat(self, campaign_id: str, at: datetime | None) -> None:
        """Record that a campaign's import lives; `None`: every row is there."""
        change = update(t.campaign).where(t.campaign.c.id == campaign_id)
        self._connection.execute(change.values(import_beat_at=at))

    def abandoned(self, instant: datetime) -> Sequence[str]:
        """Return the campaigns whose import gave its last sign of life before *instant*."""
        query = select(t.campaign.c.id).where(
            t.campaign.c.state == CampaignState.LOADING.value,
            t.campaign.c.import_beat_at < instant,
        )
        return list(self._connection.execute(query).scalars())

    def tally(self, campaign_id: str) -> Tally:
        """Count a campaign's drops by state, by outcome and by what refused them."""
        drop = t.voice_drop.c
        states: Counter[DropState] = Counter()
        outcomes: Counter[Outcome] = Counter()
        query = (
            select(drop.state, drop.outcome, func.count())
            .where(drop.campaign_id == campaign_id)
            .group_by(drop.state, drop.outcome)
        )
        for state, outcome, count in self._connection.execute(query):
            states[DropState(state)] += count
            if outcome:
                outcomes[Outcome(outcome)] += count
        return Tally(states.total(), states, outcomes, self._refusals(campaign_id))

    def _refusals(self, campaign_id: str) -> Counter[tuple[str, str]]:
        drop = t.voice_drop.c
        query = select(drop.detail).where(
            drop.campaign_id == campaign_id, drop.outcome == Outcome.REFUSED.value
        )
        refusals: Counter[tuple[str, str]] = Counter()
        for findings in self._connection.execute(query).scalars():
            refusals.update((found["rule"], found["article"]) for found in findings or ())
        return refusals

    def is_stopped(self) -> bool:
        """Tell whether everything is stopped; the answer holds until the unit ends."""
        query = select(t.stop.c.is_set).where(t.stop.c.id == 1).with_for_update(read=True)
        return bool(self._connection.execute(query).scalar_one())

    def set_stop(self, is_set: bool, at: datetime) -> bool:
        """Stop everything, or lift the stop; False when it was so already."""
        change = update(t.stop).where(t.stop.c.id == 1, t.stop.c.is_set.is_not(is_set))
        return self._connection.execute(change.values(is_set=is_set, at=at)).rowcount == 1


def _campaign(row: Row[Any]) -> CampaignRecord:
    values = dict(row._mapping)
    definition, state = parse_campaign(values.pop("definition")), values.pop("state")
    if isinstance(definition, list):
        fields = ", ".join(problem.field for problem in definition)
        raise ValueError(f"campaign {row.id} was stored with fields that cannot be used: {fields}")
    return CampaignRecord(definition=definition, state=CampaignState(state), **values)
