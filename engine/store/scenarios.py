"""Voice scenarios: versions that never change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from engine.interfaces import Recording
from engine.interfaces.scenarios import ScenarioVersion
from engine.scenario import Scenario, parse_scenario
from engine.store import tables as t

_SCENARIO = t.scenario.c


class SqlScenarios:
    """Voice scenarios."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        name: str,
        *,
        definition: str,
        prompts: Mapping[str, Recording],
        at: datetime,
    ) -> ScenarioVersion:
        """Add the next version of a scenario; the same again is the same version."""
        scenario = _parsed(name, definition)
        newest = self.newest(name)
        if newest and newest.definition == definition and newest.prompts == dict(prompts):
            return newest
        version = newest.version + 1 if newest else 1
        added = insert(t.scenario).values(
            name=name, version=version, definition=definition, added_at=at
        )
        row_id = self._connection.execute(added.returning(_SCENARIO.id)).scalar_one()
        rows = [
            {
                "scenario_id": row_id,
                "name": prompt,
                "sha256": recording.sha256,
                "text": recording.text,
                "alaw": recording.alaw,
            }
            for prompt, recording in prompts.items()
        ]
        if rows:
            self._connection.execute(insert(t.scenario_prompt), rows)
        return ScenarioVersion(row_id, name, version, definition, at, scenario, dict(prompts))

    def newest(self, name: str) -> ScenarioVersion | None:
        """Return the newest version of a scenario."""
        query = select(t.scenario).where(_SCENARIO.name == name).order_by(_SCENARIO.version.desc())
        row = self._connection.execute(query.limit(1)).first()
        return self._with_prompts(row) if row else None

    def version(self, scenario_id: int) -> ScenarioVersion | None:
        """Return one version of a scenario."""
        query = select(t.scenario).where(_SCENARIO.id == scenario_id)
        row = self._connection.execute(query).first()
        return self._with_prompts(row) if row else None

    def all(self) -> Sequence[ScenarioVersion]:
        """Return the newest version of every scenario."""
        newest = select(func.max(_SCENARIO.id)).group_by(_SCENARIO.name)
        query = select(t.scenario).where(_SCENARIO.id.in_(newest)).order_by(_SCENARIO.name)
        return [self._with_prompts(row) for row in self._connection.execute(query).all()]

    def _with_prompts(self, row: Row[Any]) -> ScenarioVersion:
        table = t.scenario_prompt
        query = select(table).where(table.c.scenario_id == row.id)
        prompts = {
            prompt.name: Recording(prompt.alaw, prompt.sha256, prompt.text)
            for prompt in self._connection.execute(query)
        }
        scenario = _parsed(row.name, row.definition)
        return ScenarioVersion(**row._mapping, scenario=scenario, prompts=prompts)


def _parsed(name: str, definition: str) -> Scenario:
    scenario = parse_scenario(definition)
    if isinstance(scenario, list):
        fields = ", ".join(problem.field for problem in scenario)
        raise ValueError(f"scenario {name} has fields that cannot be used: {fields}")
    return scenario
