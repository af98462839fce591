"""The operations, on a real store: what each leaves in the tables and in the journal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import operations
from engine.call import CampaignState, DropState
from engine.campaign import CalleeRow, RowProblem
from engine.interfaces import AlreadyThere, CampaignRecord, StoreUnavailable
from engine.journal import Kind
from engine.keys import open_keys
from engine.outcome import Outcome
from engine.store import SqlStore
from tests.engine.operating import (
    CLOSED,
    OPEN,
    REAL,
    House,
    a_callee,
    a_campaign,
    a_house,
    a_number,
    claim,
    dial_one,
    drops,
    entries,
    kinds,
    launch,
    some_rows,
)
from tests.engine.store.tampering import tampering

FIRST = a_number(10_000_000)


@pytest.fixture
def house(store: SqlStore) -> House:
    return a_house(store)


def campaign_of(house: House, campaign_id: str) -> CampaignRecord:
    with house.store.read() as unit:
        campaign = unit.campaigns.get(campaign_id)
    assert campaign is not None
    return campaign


# Submission.


def test_a_submitted_campaign_runs_with_its_callees(house: House) -> None:
    campaign_id = launch(house, 3)
    assert campaign_of(house, campaign_id).state is CampaignState.RUNNING
    assert campaign_of(house, campaign_id).definition == a_campaign()
    assert [drop.callee for drop in drops(house, campaign_id)] == [
        row.callee for row in some_rows(3)
    ]
    assert kinds(house) == ["submitted"]


def test_a_bad_row_is_reported_and_the_others_go_in(house: House) -> None:
    bad = RowProblem(3, "number", "Not a number.", "Correct it.")
    rows: list[CalleeRow | RowProblem] = [CalleeRow(2, a_callee(1)), bad, CalleeRow(4, a_callee(2))]
    submitted = operations.submit(house, a_campaign(), rows, at=OPEN)
    assert isinstance(submitted, operations.Submitted)
    assert (submitted.accepted, submitted.problems) == (2, (bad,))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sender", "nobody"),
        ("caller_id", a_callee().number),
        ("announcement", "none"),
        ("routes", ("sandbox", "nowhere")),
        ("consent_texts", ("web-2026", "unheard-of")),
    ],
)
def test_a_campaign_that_names_what_is_not_there_writes_nothing(
    house: House, field: str, value: object
) -> None:
    campaign = a_campaign(**{field: value})
    refused = operations.submit(house, campaign, some_rows(), at=OPEN, language="en")
    assert isinstance(refused, operations.Unlaunched)
    assert [problem.field for problem in refused.problems] == [field]
    assert "not registered" in refused.problems[0].reason
    with house.store.read() as unit:
        assert unit.campaigns.all() == []


def test_a_campaign_without_a_usable_row_writes_nothing(house: House) -> None:
    bad = RowProblem(2, "number", "Not a number.", "Correct it.")
    refused = operations.submit(house, a_campaign(), [bad], at=OPEN)
    assert isinstance(refused, operations.Unlaunched)
    assert refused.row_problems == (bad,)
    assert kinds(house) == []


def test_an_opt_out_number_serves_one_sender_only(house: House) -> None:
    with house.store.write() as unit:
        unit.setup.add_opt_out_line("+33800123456", "autre")
    refused = operations.submit(house, a_campaign(), some_rows(), at=OPEN)
    assert isinstance(refused, operations.Unlaunched)
    assert refused.problems[0].field == "opt_out_number"


def test_an_import_that_fails_midway_is_never_dialled(house: House) -> None:
    def rows() -> Iterator[CalleeRow]:
        yield from some_rows(2500)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        operations.submit(house, a_campaign(), rows(), at=OPEN)
    with house.store.read() as unit:
        (campaign,) = unit.campaigns.all()
    assert campaign.state is CampaignState.CANCELLED
    assert claim(house) == []


def test_an_import_that_was_cancelled_stops_and_says_so(house: House) -> None:
    def rows() -> Iterator[CalleeRow]:
        yield from some_rows(4100)
        with house.store.read() as unit:
            (campaign,) = unit.campaigns.all()
        assert operations.cancel(house, campaign.id, at=OPEN)
        yield from some_rows(4100, first=20_000_000)

    answer = operations.submit(house, a_campaign(), rows(), at=OPEN, language="en")
    assert isinstance(answer, operations.Unlaunched)
    assert "cancelled during its import" in answer.problems[0].reason
    with house.store.read() as unit:
        (campaign,) = unit.campaigns.all()
        assert not unit.drops.any_open(campaign.id)
    assert kinds(house) == ["cancelled"]


def test_a_campaign_whose_import_died_is_cancelled_once_it_was_silent_for_long(
    house: House,
) -> None:
    loading = CampaignRecord(
        id="dead",
        sender_id="lumiere",
        name="soldes",
        definition=a_campaign(),
        announcement_id=1,
        state=CampaignState.LOADING,
        submitted_at=OPEN,
        import_beat_at=REAL,
    )
    with house.store.write() as unit:
        unit.campaigns.add(loading)
        unit.drops.add("dead", [a_callee()], OPEN)
    soon, late = REAL + timedelta(seconds=600), REAL + timedelta(seconds=601)
    assert operations.recover(house, at=OPEN, beat_at=soon).abandoned == 0
    assert operations.recover(house, at=OPEN, beat_at=late).abandoned == 1
    assert operations.recover(house, at=OPEN, beat_at=late).abandoned == 0
    assert campaign_of(house, "dead").state is CampaignState.CANCELLED
    assert [drop.outcome for drop in drops(house, "dead")] == [Outcome.CANCELLED]
    assert kinds(house) == ["cancelled"]


def test_an_import_beats_and_what_is_whole_beats_no_more(house: House) -> None:
    beats = iter(REAL + timedelta(seconds=second) for second in range(9))
    seen: list[datetime | None] = []

    def rows() -> Iterator[CalleeRow]:
        yield from some_rows(4001)
        with house.store.read() as unit:
            seen.extend(found.import_beat_at for found in unit.campaigns.all())

    submitted = operations.submit(house, a_campaign(), rows(), at=OPEN, beat_at=lambda: next(beats))
    assert isinstance(submitted, operations.Submitted)
    assert seen == [REAL + timedelta(seconds=2)]
    assert campaign_of(house, submitted.id).import_beat_at is None


def test_screening_tells_everything_and_writes_nothing(house: House) -> None:
    operations.opt_out(house, "lumiere", FIRST, channel="console", at=OPEN)
    before = kinds(house)
    bad = RowProblem(9, "number", "Not a number.", "Correct it.")
    seen = list(operations.screen(house, a_campaign(), [*some_rows(2), bad], at=OPEN))
    assert isinstance(seen[0], operations.Screened)
    assert isinstance(seen[1], operations.Screened)
    assert [found.reason for found in seen[0].paper.findings] == ["suppressed"]
    assert seen[1].paper.granted, seen[1].paper.findings
    assert seen[2] is bad
    assert "10000000" not in repr(seen[0].number)
    assert kinds(house) == before


# Dialling.


def test_dialled_is_committed_before_the_call_can_leave(house: House) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    assert dial.paper.granted
    assert dial.paper.number == FIRST
    assert dial.person != dial.machine
    with house.store.read() as unit:
        call = unit.calls.get(dial.call_id)
    assert call is not None
    assert (call.dialled_at, call.caller_id, call.concluded_at) == (OPEN, "+33162000001", None)
    (drop,) = drops(house, campaign_id)
    assert (drop.state, drop.attempts) == (DropState.CALLING, 1)
    assert kinds(house) == ["submitted", "cleared", "dialled"]


def test_no_clear_number_stands_in_the_journal(house: House) -> None:
    launch(house, 2)
    dial = dial_one(house)
    cause = f"503 from sip:{FIRST}@192.0.2.1"
    operations.conclude(house, dial.call_id, Outcome.UNREACHABLE, cause=cause, at=OPEN)
    operations.opt_out(house, "lumiere", FIRST, channel="call_back", at=OPEN)
    operations.called_back(house, "lumiere", FIRST, at=OPEN, detail={"keyed": FIRST})
    whole = repr(entries(house))
    for number in (FIRST, FIRST[1:], "0610000000", "+33162000001", "162000001"):
        assert number not in whole
    with house.store.read() as unit:
        call = unit.calls.get(dial.call_id)
    assert call is not None
    assert FIRST not in str(call.cause)


def test_a_clearance_shows_the_consent_the_announcement_and_the_caller_id(house: House) -> None:
    launch(house)
    dial = dial_one(house)
    cleared = entries(house)[1]
    assert cleared["subject"] == house.keys.subject(FIRST)
    assert cleared["detail"]["basis"]["text"] == "web-2026"
    assert cleared["detail"]["basis"]["at"] == "2026-09-01T08:00:00+00:00"
    assert cleared["detail"]["announcements"] == [
        dial.paper.announcements.person,
        dial.paper.announcements.machine,
    ]
    assert cleared["detail"]["caller_id_subject"] == house.keys.subject("+33162000001")


def test_outside_the_hours_a_drop_waits_for_the_next_opening(house: House) -> None:
    campaign_id = launch(house, at=CLOSED)
    (claimed,) = claim(house, at=CLOSED)
    postponed = operations.dial(house, claimed, at=CLOSED)
    assert isinstance(postponed, operations.Postponed)
    assert postponed.until == OPEN.replace(day=25, hour=9, minute=0)
    assert claim(house, at=CLOSED) == []
    assert operations.next_due_at(house) == postponed.until
    assert drops(house, campaign_id)[0].state is DropState.PENDING
    assert dial_one(house, at=postponed.until).paper.granted


def test_a_refusal_ends_the_drop_with_its_articles(house: House) -> None:
    campaign_id = launch(house, caller_id=a_campaign().caller_id, sector="cpf")
    (claimed,) = claim(house)
    refused = operations.dial(house, claimed, at=OPEN)
    assert isinstance(refused, operations.Refused)
    (drop,) = drops(house, campaign_id)
    assert (drop.outcome, drop.findings) == (Outcome.REFUSED, refused.paper.findings)
    with house.store.read() as unit:
        tally = unit.campaigns.tally(campaign_id)
    assert [rule for rule, _ in tally.refusals] == ["CON-17"]
    assert campaign_of(house, campaign_id).state is CampaignState.DONE
    assert kinds(house) == ["submitted", "refused"]


def test_an_announcement_whose_bytes_changed_is_never_played(house: House) -> None:
    launch(house)
    with tampering(house.store) as connection:
        connection.execute(
            sa.text("UPDATE announcement_variant SET alaw = :b WHERE variant = 'person'"),
            {"b": b"\xd5" * 8000},
        )
    (claimed,) = claim(house)
    refused = operations.dial(house, claimed, at=OPEN)
    assert isinstance(refused, operations.Refused)
    assert "announcement_missing" in [found.reason for found in refused.paper.findings]


def test_a_script_that_lacks_the_opt_out_number_is_never_dialled(house: House) -> None:
    launch(house, opt_out_number="0 800 999 999")
    (claimed,) = claim(house)
    refused = operations.dial(house, claimed, at=OPEN)
    assert isinstance(refused, operations.Refused)
    assert {found.reason for found in refused.paper.findings} == {"message_lacks"}


def test_before_the_rulebooks_first_day_nothing_is_dialled(house: House) -> None:
    early = datetime(2020, 6, 2, 9, tzinfo=UTC)
    launch(house, at=early)
    (claimed,) = claim(house, at=early)
    refused = operations.dial(house, claimed, at=early)
    assert isinstance(refused, operations.Refused)
    assert [finding.reason for finding in refused.paper.findings] == ["rulebook_silent"]


def test_four_attempts_in_thirty_days_are_counted_over_campaigns(house: House) -> None:
    at = OPEN
    for _ in range(4):
        launch(house, at=at)
        dial = dial_one(house, at=at)
        operations.conclude(house, dial.call_id, Outcome.HEARD, at=at)
        at += timedelta(minutes=30)
    launch(house, at=at)
    (claimed,) = claim(house, at=at)
    postponed = operations.dial(house, claimed, at=at)
    assert isinstance(postponed, operations.Postponed)
    assert postponed.until > OPEN + timedelta(days=29)


@pytest.mark.parametrize("order", ["pause", "cancel", "stop"])
def test_an_order_takes_effect_on_the_very_next_dial(house: House, order: str) -> None:
    campaign_id = launch(house, 2)
    (claimed,) = claim(house)
    if order == "stop":
        assert operations.stop(house, at=OPEN)
        assert not operations.stop(house, at=OPEN)
    else:
        assert getattr(operations, order)(house, campaign_id, at=OPEN)
        assert not getattr(operations, order)(house, campaign_id, at=OPEN)
    assert isinstance(operations.dial(house, claimed, at=OPEN), operations.Gone)
    assert claim(house, 9) == []
    assert "dialled" not in kinds(house)


def test_what_was_paused_or_stopped_goes_on(house: House) -> None:
    campaign_id = launch(house, 2)
    (claimed,) = claim(house)
    operations.pause(house, campaign_id, at=OPEN)
    operations.stop(house, at=OPEN)
    operations.dial(house, claimed, at=OPEN)
    assert operations.resume(house, campaign_id, at=OPEN)
    assert operations.restart(house, at=OPEN)
    assert len(claim(house, 9)) == 2
    assert kinds(house)[1:] == ["paused", "stopped", "resumed", "restarted"]


def test_a_drop_that_another_process_holds_is_not_dialled(house: House) -> None:
    launch(house)
    (claimed,) = claim(house)
    theirs = dataclasses.replace(claimed, worker="voice-2")
    assert isinstance(operations.dial(house, theirs, at=OPEN), operations.Gone)
    assert isinstance(operations.dial(house, claimed, at=OPEN), operations.Dial)
    assert isinstance(operations.dial(house, claimed, at=OPEN), operations.Gone)


def test_claims_are_shared_out_among_campaigns(house: House) -> None:
    first, second = launch(house, 50), launch(house, 50, first=20_000_000)
    claimed = claim(house, 10)
    assert [c.campaign_id for c in claimed].count(first) == 5
    assert [c.campaign_id for c in claimed].count(second) == 5
    assert len(claim(house, 1000)) == 90


def test_what_is_not_due_is_not_claimed_with_what_is(house: House) -> None:
    later, now = drops(house, launch(house, 2))
    with house.store.write() as unit:
        unit.drops.postpone(later.id, OPEN + timedelta(seconds=1))
    assert [claimed.drop_id for claimed in claim(house, 10)] == [now.id]


# What becomes of a call.


def test_a_concluded_call_is_concluded_once(house: House) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    operations.answered(house, dial.call_id, by="machine", at=OPEN)
    assert operations.conclude(
        house, dial.call_id, Outcome.DEPOSITED, evidence={"start_s": 3.2}, at=OPEN
    )
    assert not operations.conclude(house, dial.call_id, Outcome.HUNG_UP, at=OPEN)
    assert drops(house, campaign_id)[0].outcome is Outcome.DEPOSITED
    assert campaign_of(house, campaign_id).state is CampaignState.DONE
    assert kinds(house)[-2:] == ["answered", "concluded"]


def test_an_unanswered_call_is_tried_again_and_not_beyond_its_attempts(house: House) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    operations.conclude(house, dial.call_id, Outcome.BUSY, cause="486 Busy Here", at=OPEN)
    assert claim(house) == []
    later = OPEN + timedelta(hours=1)
    again = dial_one(house, at=later)
    assert again.drop_id == dial.drop_id
    operations.conclude(house, again.call_id, Outcome.BUSY, at=later)
    (drop,) = drops(house, campaign_id)
    assert (drop.state, drop.outcome, drop.attempts) == (DropState.DONE, Outcome.BUSY, 2)


@pytest.mark.parametrize("outcome", [Outcome.HEARD, Outcome.UNKNOWN, Outcome.REJECTED])
def test_what_may_have_been_heard_is_never_tried_again(house: House, outcome: Outcome) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    operations.conclude(house, dial.call_id, outcome, at=OPEN)
    assert drops(house, campaign_id)[0].outcome is outcome


def test_a_call_that_was_answered_is_never_tried_again(house: House) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    operations.answered(house, dial.call_id, by="person", at=OPEN)
    operations.conclude(house, dial.call_id, Outcome.FAILED, at=OPEN)
    assert drops(house, campaign_id)[0].outcome is Outcome.FAILED


def test_a_call_handed_over_stays_open_until_its_end_is_known(house: House) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    assert operations.conclude(house, dial.call_id, Outcome.HANDED_OVER, at=OPEN)
    assert not operations.conclude(house, dial.call_id, Outcome.HANDED_OVER, at=OPEN)
    operations.leave(house, "voice-1", at=OPEN)
    assert drops(house, campaign_id)[0].state is DropState.CALLING
    assert operations.conclude(house, dial.call_id, Outcome.DEPOSITED, at=OPEN)
    assert drops(house, campaign_id)[0].outcome is Outcome.DEPOSITED


def test_a_silent_process_leaves_unknown_calls_and_gives_its_claims_back(house: House) -> None:
    campaign_id = launch(house, 3)
    operations.beat(house, "voice-1", beat_at=REAL)
    dial = dial_one(house)
    claim(house, 2)
    soon, late = REAL + timedelta(seconds=14), REAL + timedelta(seconds=16)
    assert operations.recover(house, at=OPEN, beat_at=soon) == operations.Recovery(0, 0)
    assert operations.recover(house, at=OPEN, beat_at=late) == operations.Recovery(1, 2)
    assert operations.recover(house, at=OPEN, beat_at=late) == operations.Recovery(0, 0)
    assert drops(house, campaign_id)[0].outcome is Outcome.UNKNOWN
    taken = {c.drop_id for c in claim(house, 9, worker="voice-2")}
    assert len(taken) == 2
    assert dial.drop_id not in taken


def test_a_claim_that_outlives_its_lease_is_given_back(house: House) -> None:
    launch(house)
    (claimed,) = claim(house)
    after = REAL + timedelta(seconds=31)
    assert operations.recover(house, at=OPEN, beat_at=after).released == 1
    assert isinstance(operations.dial(house, claimed, at=OPEN), operations.Gone)


def test_a_process_that_claims_is_known_to_live(house: House) -> None:
    launch(house)
    assert claim(house, 0) == []
    claim(house)
    with house.store.read() as unit:
        assert unit.workers.last_beat() == REAL


def test_the_truth_replaces_unknown_and_dials_nothing(house: House) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    operations.conclude(house, dial.call_id, Outcome.UNKNOWN, at=OPEN)
    assert operations.conclude(house, dial.call_id, Outcome.BUSY, at=OPEN)
    assert not operations.conclude(house, dial.call_id, Outcome.UNKNOWN, at=OPEN)
    (drop,) = drops(house, campaign_id)
    assert (drop.state, drop.outcome) == (DropState.DONE, Outcome.BUSY)


def test_cancelling_ends_what_waits_and_lets_open_calls_end(house: House) -> None:
    campaign_id = launch(house, 3)
    dial = dial_one(house)
    operations.cancel(house, campaign_id, at=OPEN)
    assert [drop.outcome for drop in drops(house, campaign_id)] == [
        None,
        Outcome.CANCELLED,
        Outcome.CANCELLED,
    ]
    operations.conclude(house, dial.call_id, Outcome.BUSY, at=OPEN)
    assert drops(house, campaign_id)[0].outcome is Outcome.BUSY
    assert campaign_of(house, campaign_id).state is CampaignState.CANCELLED


# Objection.


def test_an_opt_out_ends_every_drop_that_waits_in_the_same_commit(house: House) -> None:
    one, other = launch(house, 2), launch(house, 1)
    (claimed, *_) = claim(house)
    assert operations.opt_out(house, "lumiere", FIRST, channel="key", at=OPEN)
    assert not operations.opt_out(house, "lumiere", FIRST, channel="key", at=OPEN)
    assert operations.is_opted_out(house, "lumiere", FIRST)
    assert not operations.is_opted_out(house, "autre", FIRST)
    for drop in (drops(house, one)[0], drops(house, other)[0]):
        assert drop.outcome is Outcome.REFUSED
        assert [found.rule for found in drop.findings] == ["GDP-04"]
    assert drops(house, one)[1].outcome is None
    assert isinstance(operations.dial(house, claimed, at=OPEN), operations.Gone)
    assert campaign_of(house, other).state is CampaignState.DONE
    assert kinds(house).count("opted_out") == 1


def test_an_opt_out_from_one_sender_leaves_the_others_drops(house: House) -> None:
    other = launch(house, sender="autre", opt_out_number="0 800 999 999")
    operations.opt_out(house, "lumiere", FIRST, channel="key", at=OPEN)
    assert drops(house, other)[0].state is DropState.PENDING
    assert not operations.is_opted_out(house, "autre", FIRST)


def test_whoever_opted_out_is_refused_in_every_later_campaign(house: House) -> None:
    operations.opt_out(house, "lumiere", FIRST, channel="call_back", at=OPEN)
    launch(house)
    (claimed,) = claim(house)
    refused = operations.dial(house, claimed, at=OPEN)
    assert isinstance(refused, operations.Refused)
    assert [found.reason for found in refused.paper.findings] == ["suppressed"]


@pytest.mark.parametrize("objects", ["before the retry", "at no time"])
def test_a_callee_refused_after_a_call_keeps_that_calls_outcome(house: House, objects: str) -> None:
    """`refused` says that nobody was called."""
    later = OPEN + timedelta(hours=2)
    campaign_id = launch(house, 1, until=OPEN + timedelta(hours=1, minutes=30))
    busy = dial_one(house)
    operations.conclude(house, busy.call_id, Outcome.BUSY, at=OPEN)
    if objects == "before the retry":
        operations.opt_out(house, "lumiere", FIRST, channel="call_back", at=OPEN)
    else:
        (claimed,) = claim(house, at=later)
        assert isinstance(operations.dial(house, claimed, at=later), operations.Refused)
    (drop,) = drops(house, campaign_id)
    assert drop.outcome is Outcome.BUSY
    assert drop.findings


def test_whoever_opted_out_during_a_call_is_not_tried_again(house: House) -> None:
    campaign_id = launch(house)
    dial = dial_one(house)
    operations.opt_out(house, "lumiere", FIRST, channel="call_back", at=OPEN)
    operations.conclude(house, dial.call_id, Outcome.BUSY, at=OPEN)
    assert drops(house, campaign_id)[0].state is DropState.DONE


def test_erasing_keeps_the_suppression_and_the_tree(house: House, tmp_path: Path) -> None:
    campaign_id = launch(house, 2)
    dial = dial_one(house)
    operations.conclude(house, dial.call_id, Outcome.HEARD, at=OPEN)
    operations.seal(house, tmp_path / "heads", at=OPEN)
    erasure = operations.erase(house, FIRST, at=OPEN)
    assert (erasure.drops, erasure.calls, erasure.senders) == (1, 1, ("lumiere",))
    assert erasure.entries == 4
    assert operations.is_opted_out(house, "lumiere", FIRST)
    assert drops(house, campaign_id)[0].callee is None
    with house.store.database.connect() as connection:
        for table in ("voice_drop", "voice_call"):
            query = sa.text(f"SELECT count(*) FROM {table} WHERE number = '{FIRST}'")
            assert connection.execute(query).scalar() == 0
    operations.seal(house, tmp_path / "heads", at=OPEN)
    verdict = operations.verify_journal(
        house.store, house.keys.signer.public_key, tmp_path / "heads"
    )
    assert verdict.problems == ()
    assert [purge.entries for purge in verdict.purged] == [4]


def test_a_callee_reaches_the_sender_by_its_caller_id_and_its_opt_out_number(
    house: House,
) -> None:
    launch(house)
    for called in ("+33162000001", "+33800123456"):
        sender = operations.sender_of(house, called)
        assert sender is not None
        assert sender.id == "lumiere"
    assert operations.sender_of(house, "+33162000002") is None


# The record and its keys.


def test_a_head_that_missed_the_file_is_appended_by_the_next_seal(
    house: House, tmp_path: Path
) -> None:
    launch(house)
    operations.seal(house, tmp_path / "elsewhere", at=OPEN)
    launch(house, first=20_000_000)
    operations.seal(house, tmp_path / "heads", at=OPEN)
    assert len((tmp_path / "heads").read_bytes().splitlines()) == 2
    assert operations.seal(house, tmp_path / "heads", at=OPEN) is None


def test_a_database_opens_with_its_own_keys_only(store: SqlStore, tmp_path: Path) -> None:
    ours, others = open_keys(tmp_path / "ours"), open_keys(tmp_path / "others")
    operations.bind_keys(store, ours)
    operations.bind_keys(store, open_keys(tmp_path / "ours"))
    with pytest.raises(operations.KeysRefused, match="Restore the keys folder"):
        operations.bind_keys(store, others)


def test_secret_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    open_keys(tmp_path / "keys")
    for name in ("journal.key", "suppression.key"):
        assert (tmp_path / "keys" / name).stat().st_mode & 0o077 == 0
    assert "BEGIN" not in repr(open_keys(tmp_path / "keys"))


def test_a_name_that_is_taken_is_refused_and_the_unit_goes_on(house: House) -> None:
    with house.store.write() as unit:
        sender = unit.setup.sender("lumiere")
        assert sender is not None
        with pytest.raises(AlreadyThere, match="lumiere"):
            unit.setup.add_sender(sender)
        unit.setup.add_sender(dataclasses.replace(sender, id="third"))
    with house.store.read() as unit:
        assert [found.id for found in unit.setup.senders()] == ["autre", "lumiere", "third"]


def test_a_store_that_cannot_be_reached_says_so(tmp_path: Path) -> None:
    from engine.store import open_store

    store = open_store(f"sqlite:///{tmp_path}/no/such/folder/licite.db")
    with pytest.raises(StoreUnavailable, match="cannot be used"), store.write():
        pass


def test_a_note_of_a_call_says_what_was_pressed(house: House) -> None:
    launch(house)
    dial = dial_one(house)
    operations.note(house, dial.call_id, Kind.PRESSED, {"key": "9"}, at=OPEN)
    entry = entries(house)[-1]
    assert (entry["kind"], entry["call"], entry["detail"]) == (
        "pressed",
        dial.call_id,
        {"key": "9"},
    )


# One line, one call.


def test_a_callee_is_never_called_twice_at_once(house: House) -> None:
    launch(house, 1, name="one")
    first = dial_one(house)
    launch(house, 1, name="two")
    (claimed,) = claim(house, worker="voice-2")

    assert isinstance(operations.dial(house, claimed, at=OPEN), operations.Postponed)
    operations.conclude(house, first.call_id, Outcome.HEARD, at=OPEN)

    later = OPEN + timedelta(seconds=3)
    assert dial_one(house, worker="voice-2", at=later).paper.number == FIRST


def test_what_happens_on_a_call_after_an_erasure_names_nobody(house: House) -> None:
    launch(house)
    dial = dial_one(house)
    operations.erase(house, FIRST, at=OPEN)
    operations.answered(house, dial.call_id, by="person", at=OPEN)
    operations.note(house, dial.call_id, Kind.PRESSED, {"key": "1"}, at=OPEN)
    operations.conclude(house, dial.call_id, Outcome.HEARD, at=OPEN)
    written = entries(house)
    assert [entry["kind"] for entry in written[-3:]] == ["answered", "pressed", "concluded"]
    assert not any("subject" in entry for entry in written)


def test_an_erasure_keeps_the_proof_of_consent_until_its_three_years_end(house: House) -> None:
    launch(house, 1, name="one")
    launch(house, 1, name="two")
    operations.erase(house, FIRST, at=OPEN)
    hash_ = house.keys.suppression_hash("lumiere", FIRST)
    given = a_callee().basis.at
    assert given is not None
    end = given.replace(year=given.year + 3)
    with house.store.read() as unit:
        (proof,) = unit.consent_proofs.of("lumiere", hash_)
    assert (proof.given_at, proof.text_id, proof.channel) == (given, "web-2026", "ticked_box")
    assert (proof.source, proof.kept_until) == ("formulaire du site", end)
    operations.recover(house, at=end - timedelta(seconds=1), beat_at=REAL)
    with house.store.read() as unit:
        assert unit.consent_proofs.of("lumiere", hash_) == [proof]
    operations.recover(house, at=end, beat_at=REAL)
    with house.store.read() as unit:
        assert unit.consent_proofs.of("lumiere", hash_) == []
