"""The journal in the store: sealed, verified, purged, and every way of tampering with it found."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine import journal, merkle
from engine.journal import Entry, HeadsFile, Kind, Reason, Signer, TreeHead, Verdict, seal
from engine.store import SqlStore
from tests.engine.store.tampering import tampering

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SUBJECT = "ab" * 32


@pytest.fixture
def signer() -> Signer:
    return Signer(Ed25519PrivateKey.generate())


@pytest.fixture
def heads(tmp_path: Path) -> HeadsFile:
    return HeadsFile(tmp_path / "heads.jsonl")


def write(store: SqlStore, count: int, *, subject: str | None = None) -> None:
    with store.write() as unit:
        unit.journal.write_all(
            Entry(Kind.PRESSED, NOON, subject, call=number, detail={"key": "9"})
            for number in range(count)
        )


def seal_all(store: SqlStore, signer: Signer, heads: HeadsFile, limit: int = 5000) -> None:
    while True:
        with store.write() as unit:
            head = seal(unit.journal, signer, NOON, limit=limit)
        if head is None:
            return
        heads.append([head])


def verify(store: SqlStore, signer: Signer, heads: HeadsFile | None = None) -> Verdict:
    with store.read() as unit:
        return journal.verify(unit.journal, signer.public_key, heads)


def reasons(verdict: Verdict) -> set[Reason]:
    return {problem.reason for problem in verdict.problems}


def test_an_empty_journal_is_sound(store: SqlStore, signer: Signer, heads: HeadsFile) -> None:
    verdict = verify(store, signer, heads)
    assert verdict.is_sound
    assert (verdict.entries, verdict.root) == (0, merkle.EMPTY_ROOT)


@pytest.mark.parametrize("batch", [1, 3, 5000])
def test_a_journal_sealed_in_any_batches_is_sound(
    store: SqlStore, signer: Signer, heads: HeadsFile, batch: int
) -> None:
    write(store, 21)
    seal_all(store, signer, heads, limit=batch)
    write(store, 2)
    verdict = verify(store, signer, heads)
    assert verdict.problems == ()
    assert (verdict.entries, verdict.waiting) == (21, 2)


def write_and_fail(store: SqlStore) -> None:
    with store.write() as unit:
        unit.journal.write(Entry(Kind.STOPPED, NOON))
        raise RuntimeError("power cut")


def test_what_was_rolled_back_leaves_no_entry(
    store: SqlStore, signer: Signer, heads: HeadsFile
) -> None:
    write(store, 3)
    with pytest.raises(RuntimeError, match="power cut"):
        write_and_fail(store)
    seal_all(store, signer, heads)
    assert verify(store, signer, heads).entries == 3


def test_each_entry_proves_its_inclusion_from_stored_nodes(
    store: SqlStore, signer: Signer, heads: HeadsFile
) -> None:
    write(store, 13, subject=SUBJECT)
    seal_all(store, signer, heads, limit=4)
    with store.read() as unit:
        head = unit.journal.last_head()
        assert head is not None
        leaves = list(unit.journal.about(SUBJECT))
        assert [leaf.number for leaf in leaves] == list(range(13))
        for leaf in leaves:
            path = merkle.inclusion_proof(unit.journal.node, leaf.number, head.size)
            hashed = merkle.leaf_hash(leaf.value)
            assert merkle.proves_inclusion(
                hashed, leaf.number, head.size, path=path, root=head.root
            )


def test_a_purged_entry_is_told_from_a_missing_one(
    store: SqlStore, signer: Signer, heads: HeadsFile
) -> None:
    write(store, 4)
    write(store, 3, subject=SUBJECT)
    seal_all(store, signer, heads)
    write(store, 1, subject=SUBJECT)
    with store.write() as unit:
        purged = unit.journal.purge(SUBJECT)
        detail = {
            "on": NOON.isoformat(),
            "under": "GDPR art. 17",
            "entries": [v.hex() for v in purged],
        }
        unit.journal.write(Entry(Kind.PURGED, NOON, detail=detail))
    seal_all(store, signer, heads)
    verdict = verify(store, signer, heads)
    assert verdict.problems == ()
    assert [(purge.under, purge.entries) for purge in verdict.purged] == [("GDPR art. 17", 4)]
    with tampering(store) as connection:
        connection.execute(sa.text("DELETE FROM journal_entry WHERE id = 2"))
    verdict = verify(store, signer, heads)
    assert [problem.reason for problem in verdict.problems] == [Reason.MISSING]
    assert verdict.problems[0].number == 1


TAMPERINGS = {
    "an entry's text": (
        "UPDATE journal_entry SET body = :x WHERE id = 6",
        {Reason.ALTERED},
    ),
    "an entry's salt": (
        "UPDATE journal_entry SET salt = :x WHERE id = 6",
        {Reason.ALTERED},
    ),
    "whom an entry is filed under": (
        "UPDATE journal_entry SET subject = 'cd' WHERE id = 6",
        {Reason.ALTERED},
    ),
    "the campaign that an entry is filed under": (
        "UPDATE journal_entry SET campaign_id = 'other' WHERE id = 6",
        {Reason.ALTERED},
    ),
    "a leaf": (
        "UPDATE journal_leaf SET value = :x WHERE number = 5",
        {Reason.ALTERED, Reason.NODE, Reason.ROOT},
    ),
    "a node": (
        "UPDATE journal_node SET hash = :x WHERE last_leaf = 5 AND level = 1",
        {Reason.NODE},
    ),
    "a node that is gone": (
        "DELETE FROM journal_node WHERE last_leaf = 5 AND level = 1",
        {Reason.NODE},
    ),
    "a node too many": (
        "INSERT INTO journal_node (last_leaf, level, hash) VALUES (99, 1, :x)",
        {Reason.NODE},
    ),
    "a head's root": (
        "UPDATE journal_head SET root = :x WHERE size = 10",
        {Reason.SIGNATURE, Reason.UNSIGNED},
    ),
    "a head's signature": (
        "UPDATE journal_head SET signature = :x WHERE size = 10",
        {Reason.SIGNATURE, Reason.UNSIGNED},
    ),
    "an entry that is gone": (
        "DELETE FROM journal_entry WHERE id = 6",
        {Reason.MISSING},
    ),
    "two entries that changed places": (
        "UPDATE journal_leaf SET entry_id = CASE entry_id WHEN 3 THEN 1003 ELSE 1006 END "
        "WHERE entry_id IN (3, 6); "
        "UPDATE journal_leaf SET entry_id = CASE entry_id WHEN 1003 THEN 6 ELSE 3 END "
        "WHERE entry_id IN (1003, 1006)",
        {Reason.REORDERED},
    ),
    "a leaf in the middle that is gone": (
        "DELETE FROM journal_leaf WHERE number = 5",
        {Reason.MISSING, Reason.NODE, Reason.TRUNCATED, Reason.UNSEALED},
    ),
    "the last entries": (
        "DELETE FROM journal_leaf WHERE number >= 7; "
        "DELETE FROM journal_entry WHERE id >= 8; "
        "DELETE FROM journal_node WHERE last_leaf >= 7",
        {Reason.TRUNCATED},
    ),
    "the last entry, its text left behind": (
        "DELETE FROM journal_leaf WHERE number = 9; DELETE FROM journal_node WHERE last_leaf = 9; "
        "DELETE FROM journal_head WHERE size = 10",
        {Reason.UNSEALED, Reason.UNSIGNED},
    ),
    "every head": (
        "DELETE FROM journal_head",
        {Reason.UNSIGNED},
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_whatever_is_changed_is_found(
    store: SqlStore, signer: Signer, heads: HeadsFile, what: str
) -> None:
    statements, expected = TAMPERINGS[what]
    write(store, 10)
    seal_all(store, signer, heads, limit=5)
    assert verify(store, signer).is_sound
    with tampering(store) as connection:
        for statement in statements.split("; "):
            values = {"x": b"x" * 32} if ":x" in statement else {}
            connection.execute(sa.text(statement), values)
    assert reasons(verify(store, signer)) == expected


def test_a_tail_cut_off_and_signed_anew_contradicts_the_heads_file(
    store: SqlStore, signer: Signer, heads: HeadsFile
) -> None:
    write(store, 10)
    seal_all(store, signer, heads, limit=4)
    rebuild(store, signer, keep=6)
    assert verify(store, signer).is_sound
    verdict = verify(store, signer, heads)
    assert reasons(verdict) == {Reason.TRUNCATED}
    write(store, 9)
    with store.write() as unit:
        seal(unit.journal, signer, NOON + timedelta(hours=1))
    assert verify(store, signer).is_sound
    assert reasons(verify(store, signer, heads)) == {Reason.ROOT}


def test_history_rewritten_and_signed_anew_contradicts_the_heads_file(
    store: SqlStore, signer: Signer, heads: HeadsFile
) -> None:
    write(store, 10)
    seal_all(store, signer, heads, limit=4)
    with tampering(store) as connection:
        entry = Entry(Kind.PRESSED, NOON, detail={"key": "1"})
        salt, body = journal.new_salt(), entry.body()
        value = journal.commit_to(salt, body)
        values = {"salt": salt, "body": body, "value": value}
        connection.execute(
            sa.text("UPDATE journal_entry SET salt = :salt, body = :body WHERE id = 1"), values
        )
        connection.execute(
            sa.text("UPDATE journal_leaf SET value = :value WHERE number = 0"), values
        )
    rebuild(store, signer, keep=10)
    assert verify(store, signer).is_sound
    assert reasons(verify(store, signer, heads)) == {Reason.ROOT}


def rebuild(store: SqlStore, signer: Signer, *, keep: int) -> None:
    """Cut the journal to its first entries and sign what is left with the real key."""
    with tampering(store) as connection:
        for statement in (
            f"DELETE FROM journal_entry WHERE id > {keep}",
            f"DELETE FROM journal_leaf WHERE number >= {keep}",
            "DELETE FROM journal_node",
            "DELETE FROM journal_head",
        ):
            connection.execute(sa.text(statement))
    with store.write() as unit:
        frontier = merkle.Frontier()
        for leaf in list(unit.journal.leaves()):
            nodes = frontier.append(merkle.leaf_hash(leaf.value))
            unit.journal.add_nodes([node for node in nodes if node.level])
        unit.journal.add_head(signer.sign(frontier.size, frontier.root, NOON))


def test_an_entry_added_without_the_key_is_found(
    store: SqlStore, signer: Signer, heads: HeadsFile
) -> None:
    write(store, 4)
    seal_all(store, signer, heads)
    write(store, 1)
    with store.write() as unit:
        ((entry_id, value),) = unit.journal.pending(9)
        unit.journal.number(4, [(entry_id, value)])
    assert reasons(verify(store, signer, heads)) == {Reason.UNSIGNED}


def test_a_head_signed_by_another_key_is_found(
    store: SqlStore, signer: Signer, heads: HeadsFile
) -> None:
    write(store, 3)
    seal_all(store, signer, heads)
    other = Signer(Ed25519PrivateKey.generate())
    assert reasons(verify(store, other)) == {Reason.SIGNATURE, Reason.UNSIGNED}


def test_a_heads_file_that_was_spoiled_or_lost_is_told(
    store: SqlStore, signer: Signer, heads: HeadsFile, tmp_path: Path
) -> None:
    write(store, 3)
    seal_all(store, signer, heads)
    with heads.path.open("ab") as file:
        file.write(b"garbage\n")
    assert reasons(verify(store, signer, heads)) == {Reason.UNREADABLE}
    assert reasons(verify(store, signer, HeadsFile(tmp_path / "lost"))) == {Reason.UNREADABLE}


def test_a_forged_line_in_the_heads_file_is_told(
    store: SqlStore, signer: Signer, heads: HeadsFile
) -> None:
    write(store, 3)
    seal_all(store, signer, heads)
    with store.read() as unit:
        head = unit.journal.last_head()
    assert isinstance(head, TreeHead)
    forged = dataclasses.replace(head, size=2)
    heads.path.write_bytes(forged.line())
    assert reasons(verify(store, signer, heads)) == {Reason.SIGNATURE}


def test_many_problems_are_counted_and_the_first_told(
    store: SqlStore, signer: Signer, heads: HeadsFile
) -> None:
    write(store, 150)
    seal_all(store, signer, heads)
    with tampering(store) as connection:
        connection.execute(sa.text("DELETE FROM journal_entry"))
    verdict = verify(store, signer)
    assert verdict.problem_count == 150
    assert len(verdict.problems) == 100
