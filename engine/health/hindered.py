"""Why a voice process paused a campaign by itself, where no share of calls has crossed anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engine.health.judgement import Pause
from engine.journal import Json

_GUARD = "deposit"


@dataclass(frozen=True, slots=True)
class Hindered:
    """A route whose provider cannot leave a campaign's message until an operator helps."""

    of: str
    "The route's name."
    reason: str
    "``credit``, or a value of `engine.operations.deposit_audio.Unready`."

    def to_json(self) -> dict[str, Json]:
        """Return it as JSON values; `paused_for` is its inverse."""
        return {"guard": _GUARD, "of": self.of, "reason": self.reason}

    def written(self) -> str:
        """Return it as the text that a campaign keeps."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True)


def paused_for(text: str) -> Pause | Hindered:
    """Return what `Pause.written` or `Hindered.written` wrote."""
    row: Mapping[str, Json] = json.loads(text)
    if row["guard"] == _GUARD:
        return Hindered(str(row["of"]), str(row["reason"]))
    return Pause.read(text)
