"""The journal's rows: entries, leaves, nodes and heads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, text, union_all

from engine.journal import Entry, Leaf, TreeHead, commit_to, new_salt
from engine.merkle import Node, leaf_hash
from engine.store import tables as t

_ENTRY, _PENDING, _LEAF, _NODE, _HEAD = (
    table.c
    for table in (
        t.journal_entry,
        t.journal_pending,
        t.journal_leaf,
        t.journal_node,
        t.journal_head,
    )
)
#: The advisory lock that sequencers share on PostgreSQL.
_SEQUENCER = 7215844
#: Rows that a stream reads at a time.
_BATCH = 5000


class SqlJournal:
    """The journal's rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(self, entry: Entry) -> None:
        """Write an entry, which the sequencer numbers once the unit of work is committed."""
        self.write_all([entry])

    def write_all(self, entries: Iterable[Entry]) -> None:
        """Write entries in order."""
        for entry in entries:
            salt, body = new_salt(), entry.body()
            added = insert(t.journal_entry).values(
                subject=entry.subject, campaign_id=entry.campaign, salt=salt, body=body
            )
            entry_id = self._connection.execute(added.returning(_ENTRY.id)).scalar_one()
            value = commit_to(salt, body)
            self._connection.execute(
                insert(t.journal_pending).values(entry_id=entry_id, value=value)
            )

    # The sequencer's.

    def lock(self) -> None:
        """Keep every other sequencer out until the unit of work ends."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEQUENCER}
            )

    def size(self) -> int:
        """Return how many entries are numbered."""
        last: int | None = self._connection.execute(select(func.max(_LEAF.number))).scalar()
        return 0 if last is None else last + 1

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a perfect subtree."""
        if level == 0:
            leaf = select(_LEAF.value).where(_LEAF.number == index)
            return leaf_hash(self._connection.execute(leaf).scalar_one())
        query = select(_NODE.hash).where(
            _NODE.last_leaf == ((index + 1) << level) - 1, _NODE.level == level
        )
        hash_: bytes = self._connection.execute(query).scalar_one()
        return hash_

    def pending(self, limit: int) -> Sequence[tuple[int, bytes]]:
        """Return (entry id, salted hash) of the first committed entries without a number."""
        query = select(_PENDING.entry_id, _PENDING.value).order_by(_PENDING.entry_id).limit(limit)
        return [(row.entry_id, row.value) for row in self._connection.execute(query)]

    def number(self, first: int, entries: Sequence[tuple[int, bytes]]) -> None:
        """Give *entries* the numbers from *first* on."""
        leaves = [
            {"number": number, "entry_id": entry_id, "value": value}
            for number, (entry_id, value) in enumerate(entries, start=first)
        ]
        self._connection.execute(insert(t.journal_leaf), leaves)
        numbered = select(_LEAF.entry_id).where(_LEAF.number >= first)
        self._connection.execute(delete(t.journal_pending).where(_PENDING.entry_id.in_(numbered)))

    def add_nodes(self, nodes: Sequence[Node]) -> None:
        """Keep the inner *nodes*, which are of level 1 and above."""
        rows = [
            {
                "last_leaf": ((node.index + 1) << node.level) - 1,
                "level": node.level,
                "hash": node.hash,
            }
            for node in nodes
        ]
        if rows:
            self._connection.execute(insert(t.journal_node), rows)

    def add_head(self, head: TreeHead) -> None:
        """Keep a signed head."""
        self._connection.execute(
            insert(t.journal_head).values(
                size=head.size, root=head.root, at=head.at, signature=head.signature
            )
        )

    # The verifier's.

    def leaves(self) -> Iterator[Leaf]:
        """Yield every numbered entry by its number."""
        query = (
            select(
                _LEAF.number,
                _LEAF.value,
                _ENTRY.salt,
                _ENTRY.body,
                _ENTRY.subject,
                _ENTRY.campaign_id,
            )
            .outerjoin(t.journal_entry, _ENTRY.id == _LEAF.entry_id)
            .order_by(_LEAF.number)
        )
        after = -1
        while rows := self._connection.execute(
            query.where(_LEAF.number > after).limit(_BATCH)
        ).all():
            yield from (Leaf(*row) for row in rows)
            after = rows[-1].number

    def nodes(self) -> Iterator[Node]:
        """Yield every inner node, by the number of its last leaf, then by level."""
        query = select(t.journal_node).order_by(_NODE.last_leaf, _NODE.level)
        after = -1
        while rows := self._connection.execute(
            query.where(_NODE.last_leaf > after, _NODE.last_leaf <= self._end(after))
        ).all():
            yield from (Node(row.level, row.last_leaf >> row.level, row.hash) for row in rows)
            after = rows[-1].last_leaf

    def _end(self, after: int) -> int:
        """Return the last leaf of the next batch of nodes, wherever the next node stands."""
        query = select(func.min(_NODE.last_leaf)).where(_NODE.last_leaf > after)
        first: int | None = self._connection.execute(query).scalar()
        return after if first is None else first + _BATCH

    def heads(self) -> Iterator[TreeHead]:
        """Yield every signed head by its size."""
        after = -1
        while heads := self.heads_after(after):
            yield from heads
            after = heads[-1].size

    def heads_after(self, size: int) -> Sequence[TreeHead]:
        """Return signed heads larger than *size*, a batch of them, by size."""
        query = select(t.journal_head).where(_HEAD.size > size).order_by(_HEAD.size)
        return [_head(row) for row in self._connection.execute(query.limit(_BATCH))]

    def last_head(self) -> TreeHead | None:
        """Return the newest signed head."""
        query = select(t.journal_head).order_by(_HEAD.size.desc()).limit(1)
        row = self._connection.execute(query).first()
        return _head(row) if row else None

    def waiting(self) -> int:
        """Count the entries not yet numbered."""
        return self._connection.execute(
            select(func.count()).select_from(t.journal_pending)
        ).scalar_one()

    def strays(self) -> int:
        """Count the entries that neither have a number nor wait for one."""
        is_known = exists().where(_LEAF.entry_id == _ENTRY.id)
        is_waiting = exists().where(_PENDING.entry_id == _ENTRY.id)
        query = select(func.count()).select_from(t.journal_entry).where(~is_known, ~is_waiting)
        return self._connection.execute(query).scalar_one()

    # About one person.

    def about(self, subject: str) -> Iterator[Leaf]:
        """Yield the numbered entries about *subject* by their number."""
        query = (
            select(_LEAF.number, _LEAF.value, _ENTRY.salt, _ENTRY.body)
            .join(t.journal_entry, _ENTRY.id == _LEAF.entry_id)
            .where(_ENTRY.subject == subject)
            .order_by(_LEAF.number)
        )
        for row in self._connection.execute(query):
            yield Leaf(row.number, row.value, row.salt, row.body)

    def purge(self, subject: str) -> Sequence[bytes]:
        """Delete the entries and salts about *subject*; return their leaves' salted hashes."""
        mine = select(_ENTRY.id).where(_ENTRY.subject == subject)
        values = self._connection.execute(
            union_all(
                select(_LEAF.value).where(_LEAF.entry_id.in_(mine)),
                select(_PENDING.value).where(_PENDING.entry_id.in_(mine)),
            )
        ).scalars()
        purged = sorted(values)
        self._connection.execute(delete(t.journal_entry).where(_ENTRY.subject == subject))
        return purged


def _head(row: Row[Any]) -> TreeHead:
    at: datetime = row.at
    return TreeHead(row.size, row.root, at, row.signature)
