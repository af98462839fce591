"""The same scenario over every carrier leaves the same clearances, refusals and suppressions.

What each carrier can know of a call besides stands in ``docs/reference/carriers.md``; nothing else
differs.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from engine.keys import open_keys
from tests.acceptance import known, trace
from tests.acceptance.networks import Place, installed, over_sip, over_twilio, over_voicepartner
from tests.acceptance.scenario import ANSWERING, OBJECTORS, cast
from tests.acceptance.trace import Trace

pytestmark = pytest.mark.peer

RUNS: dict[str, Callable[[Place], str]] = {
    "SIP": over_sip,
    "Twilio": over_twilio,
    "Direct deposit": over_voicepartner,
}
#: Those of the callees who are voicemails.
MAILBOXES = {kind.value for kind in ANSWERING if kind.value.startswith("mailbox")}
PUBLIC_URL = "https://calls.example.org"


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trace]:
    """What each run left; every installation has the same keys, and they run at once."""
    keys = tmp_path_factory.mktemp("keys")
    open_keys(keys)
    with ExitStack() as open_places, ThreadPoolExecutor() as threads:
        places = [
            open_places.enter_context(
                installed(tmp_path_factory.mktemp(run.__name__), keys, public_url=PUBLIC_URL)
            )
            for run in RUNS.values()
        ]
        campaigns = threads.map(lambda run, place: run(place), RUNS.values(), places)
        left = [
            trace.read(place.engine, campaign)
            for place, campaign in zip(places, campaigns, strict=True)
        ]
    return dict(zip(RUNS, left, strict=True))


def of_sip(traces: dict[str, Trace]) -> Trace:
    return traces["SIP"]


@pytest.mark.parametrize("carrier", RUNS)
def test_each_is_cleared_or_refused_by_the_rules_that_stand_against_it(
    traces: dict[str, Trace], carrier: str
) -> None:
    assert traces[carrier].papers == {
        part.name: ("refused" if part.refused_by else "cleared", part.refused_by) for part in cast()
    }


@pytest.mark.parametrize("carrier", ["Twilio", "Direct deposit"])
def test_clearances_are_of_the_same(traces: dict[str, Trace], carrier: str) -> None:
    assert traces[carrier].shown == of_sip(traces).shown
    assert len(traces[carrier].shown) == len(cast())


@pytest.mark.parametrize("carrier", RUNS)
def test_nobody_is_dialled_twice_and_nobody_who_is_refused(
    traces: dict[str, Trace], carrier: str
) -> None:
    assert traces[carrier].dialled == {part.name: 1 for part in cast() if not part.refused_by}


@pytest.mark.parametrize("carrier", RUNS)
def test_what_was_left_is_what_was_cleared(traces: dict[str, Trace], carrier: str) -> None:
    left = traces[carrier].left
    for name, heard in left.items():
        cleared = zip(("person", "machine"), traces[carrier].announced(name), strict=True)
        assert heard <= frozenset(cleared)
    assert {name for name in left if "machine" in dict(left[name])} >= MAILBOXES


def test_twilio_plays_what_is_played_over_sip_at_least(traces: dict[str, Trace]) -> None:
    for name, heard in of_sip(traces).left.items():
        assert heard <= traces["Twilio"].left[name]


@pytest.mark.parametrize("carrier", ["Twilio", "Direct deposit"])
def test_suppressions_are_the_same(traces: dict[str, Trace], carrier: str) -> None:
    assert traces[carrier].suppressed == of_sip(traces).suppressed == OBJECTORS | {"suppressed"}
    assert traces[carrier].opted_out == of_sip(traces).opted_out


@pytest.mark.parametrize("carrier", RUNS)
def test_the_next_campaign_is_refused_to_the_same(traces: dict[str, Trace], carrier: str) -> None:
    refused = {part.name: part.refused_by for part in cast()} | dict.fromkeys(
        OBJECTORS, ("GDP-04",)
    )
    assert traces[carrier].next_time == refused


@pytest.mark.parametrize("carrier", RUNS)
def test_what_a_carrier_can_know_is_what_the_table_says(
    traces: dict[str, Trace], carrier: str
) -> None:
    left = traces[carrier]
    assert known.outcomes(left) == known.table_of_outcomes(carrier)
    assert known.entries(left) == known.table_of_entries(carrier)
