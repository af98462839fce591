"""``/healthz``: whether this installation can work."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint

from engine.interfaces.records import StoreUnavailable
from engine.store.schema import SchemaMismatch
from web.schemas import Health
from web.wired import engine

blueprint = APIBlueprint("health", __name__, tag="Health")


@blueprint.get("/healthz")
@blueprint.output(Health)
@blueprint.doc(
    summary="Whether this installation can work",
    responses={503: "The store is out of reach, or its schema is not current"},
)
def healthz() -> tuple[dict[str, Any], int]:
    """Answer 200 when the store is reachable and its schema current, else 503."""
    state = _state()
    return state, 200 if state["healthy"] else 503


def _state() -> dict[str, Any]:
    here = engine()
    state: dict[str, Any] = {"healthy": False, "store": "reachable", "schema": "current"}
    state["last_head_age_s"] = None
    try:
        here.store.check()
        with here.store.read() as unit:
            head = unit.journal.last_head()
    except SchemaMismatch as error:
        state["schema"] = str(error)
        return state
    except StoreUnavailable:
        state["store"] = "out of reach: look at the database and LICITE_DATABASE_URL"
        state["schema"] = "not known"
        return state
    if head is not None:
        state["last_head_age_s"] = max(0.0, (here.clock() - head.at).total_seconds())
    return {**state, "healthy": True}
