"""What the operations need of the store: voice scenarios, in versions that never change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.interfaces.records import Recording
from engine.scenario import Scenario


@dataclass(frozen=True, slots=True)
class ScenarioVersion:
    """One immutable version of a voice scenario, with what its prompts sound like."""

    id: int
    name: str
    version: int
    definition: str
    "The TOML that the operator wrote."
    added_at: datetime
    scenario: Scenario
    "What `definition` says."
    prompts: Mapping[str, Recording]
    "By the names of `scenario.prompts`."


class Scenarios(Protocol):
    """Voice scenarios."""

    def add(
        self,
        name: str,
        *,
        definition: str,
        prompts: Mapping[str, Recording],
        at: datetime,
    ) -> ScenarioVersion:
        """Add the next version of a scenario; the same again is the same version."""

    def newest(self, name: str) -> ScenarioVersion | None:
        """Return the newest version of a scenario."""

    def version(self, scenario_id: int) -> ScenarioVersion | None:
        """Return one version of a scenario."""

    def all(self) -> Sequence[ScenarioVersion]:
        """Return the newest version of every scenario."""
