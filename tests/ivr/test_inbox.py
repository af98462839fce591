from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import wait
from datetime import UTC, datetime

from engine.interfaces import StoreUnavailable
from engine.reports import CallStatus, Report, status_report
from ivr.inbox import MOST_AT_ONCE, ReportInbox

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def a_report(sequence: int) -> Report:
    return status_report("tw", 1, CallStatus.RINGING, reference="CA1", sequence=sequence, at=AT)


class Broken(RuntimeError):
    """A commit's own fault."""


class Ledger:
    """Commits in memory; can be away, and can be held up."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.is_away = False
        self.may_commit = threading.Event()
        self.may_commit.set()
        self.is_committing = threading.Event()

    def __call__(self, reports: Sequence[Report]) -> int:
        self.is_committing.set()
        assert self.may_commit.wait(30)
        if self.is_away:
            raise StoreUnavailable("away")
        self.commits.append([report.key for report in reports])
        return len(reports)


def test_what_comes_during_a_commit_is_committed_together_after_it() -> None:
    ledger = Ledger()
    ledger.may_commit.clear()
    inbox = ReportInbox(ledger)
    first = inbox.put(a_report(0))
    assert ledger.is_committing.wait(30)
    later = [inbox.put(a_report(n)) for n in range(1, 40)]
    assert not first.done()
    ledger.may_commit.set()
    assert all(taken.result(30) for taken in (first, *later))
    assert [len(commit) for commit in ledger.commits] == [1, 39]
    inbox.close()


def test_what_the_store_does_not_take_is_told_as_not_taken() -> None:
    ledger = Ledger()
    ledger.is_away = True
    inbox = ReportInbox(ledger)
    assert inbox.put(a_report(0)).result(30) is False
    ledger.is_away = False
    assert inbox.put(a_report(1)).result(30) is True
    assert ledger.commits == [["CA1:1"]]
    inbox.close()


def test_what_nobody_tells_twice_is_kept_until_the_store_is_back() -> None:
    ledger = Ledger()
    ledger.is_away = True
    inbox = ReportInbox(ledger)
    taken = [inbox.put(a_report(n), keep=True) for n in range(3)]
    wait(taken, 30)
    assert not any(each.result() for each in taken)
    assert inbox.retry() is False
    ledger.is_away = False
    assert inbox.retry() is True
    assert sorted(key for commit in ledger.commits for key in commit) == ["CA1:0", "CA1:1", "CA1:2"]
    inbox.close()


def test_a_commit_that_breaks_answers_nobody_that_it_was_made() -> None:
    def breaks(_reports: Sequence[Report]) -> int:
        raise Broken

    inbox = ReportInbox(breaks)
    assert inbox.put(a_report(0)).result(30) is False
    inbox.close()


def test_each_of_many_threads_learns_of_its_own_commit() -> None:
    ledger = Ledger()
    inbox = ReportInbox(ledger)
    results: list[bool] = []

    def tell(first: int) -> None:
        for n in range(first, first + 50):
            results.append(inbox.put(a_report(n)).result(30))

    threads = [threading.Thread(target=tell, args=(n * 50,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 400
    assert len({key for commit in ledger.commits for key in commit}) == 400
    inbox.close()


def test_a_full_commit_is_followed_by_another_at_once() -> None:
    ledger = Ledger()
    ledger.may_commit.clear()
    inbox = ReportInbox(ledger)
    first = inbox.put(a_report(0))
    assert ledger.is_committing.wait(30)
    later = [inbox.put(a_report(n)) for n in range(1, 2 * MOST_AT_ONCE + 2)]
    ledger.may_commit.set()
    assert all(taken.result(30) for taken in (first, *later))
    assert [len(commit) for commit in ledger.commits] == [1, MOST_AT_ONCE, MOST_AT_ONCE, 1]
    inbox.close()


def test_a_commit_that_breaks_holds_up_nobody_behind_it() -> None:
    ledger = Ledger()
    ledger.may_commit.clear()

    def breaks_once(reports: Sequence[Report]) -> int:
        if len(reports) == MOST_AT_ONCE:
            raise Broken
        return ledger(reports)

    inbox = ReportInbox(breaks_once)
    inbox.put(a_report(0))
    assert ledger.is_committing.wait(30)
    later = [inbox.put(a_report(n)) for n in range(1, MOST_AT_ONCE + 2)]
    ledger.may_commit.set()
    assert [taken.result(30) for taken in later] == [False] * MOST_AT_ONCE + [True]
    inbox.close()


def test_what_is_kept_keeps_nobody_else_from_an_answer() -> None:
    ledger = Ledger()
    ledger.is_away = True
    inbox = ReportInbox(ledger)
    kept = [inbox.put(a_report(n), keep=True) for n in range(MOST_AT_ONCE)]
    assert not any(taken.result(30) for taken in kept)
    assert inbox.put(a_report(MOST_AT_ONCE)).result(30) is False
    ledger.is_away = False
    assert inbox.retry() is True
    assert sum(map(len, ledger.commits)) == MOST_AT_ONCE
    inbox.close()
