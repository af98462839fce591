"""Batches that were handed over, in a house that is set up."""

from __future__ import annotations

from engine import operations
from engine.interfaces import Means, Route
from engine.interfaces.deposits import DepositBatch
from engine.operations.deposit_audio import attest_audio, bind_audio
from engine.operations.deposits import hand_over, open_batch
from tests.engine.operating import OPEN, a_recording, claim, launch

ROUTE = Route("vp", "voicepartner", {"worst_delay_min": 60})
MACHINE = a_recording("machine").sha256
BATCH = "batch-1"
REFERENCE = "1001"


def attested(house: Means, token: str = "token-1") -> None:
    """Let one person bind the file of ``soldes`` on ``vp``, and another one hear it."""
    bind_audio(house, "vp", MACHINE, token=token, by="Ada", at=OPEN)
    attest_audio(house, "vp", MACHINE, by="Grace", at=OPEN)


def dialled(house: Means, count: int = 3, **changes: object) -> tuple[str, list[int]]:
    """Launch a campaign over ``vp`` and dial its drops; return it and its calls."""
    with house.store.write() as unit:
        if unit.setup.route("vp") is None:
            unit.setup.add_route(ROUTE)
    attested(house)
    changes = {"routes": ("vp",), **changes}
    campaign = launch(house, count, first=10_000_040, at=OPEN, **changes)
    calls = []
    for claimed in claim(house, count):
        dial = operations.dial(house, claimed, at=OPEN, route="vp")
        assert isinstance(dial, operations.Dial), dial
        calls.append(dial.call_id)
    return campaign, calls


def opened(house: Means, count: int = 3, **changes: object) -> tuple[str, list[int]]:
    """Dial, and open the batch that leaves."""
    campaign, calls = dialled(house, count, **changes)
    assert open_batch(house, BATCH, ROUTE, calls, at=OPEN) == tuple(calls)
    return campaign, calls


def handed_over(house: Means, count: int = 3, **changes: object) -> tuple[str, list[int]]:
    """Dial, open a batch, and let the provider take it."""
    campaign, calls = opened(house, count, **changes)
    hand_over(house, BATCH, REFERENCE, found={"variant": "machine"}, at=OPEN)
    return campaign, calls


def the_batch(house: Means) -> DepositBatch:
    with house.store.read() as unit:
        batch = unit.deposits.batch(BATCH)
    assert batch is not None
    return batch


def outcomes(house: Means, calls: list[int]) -> list[str | None]:
    """Return what each call came to."""
    with house.store.read() as unit:
        found = [unit.calls.get(call_id) for call_id in calls]
    return [call.outcome.value if call and call.outcome else None for call in found]
