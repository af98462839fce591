"""The sequencer: numbers committed entries, stores the tree's nodes and signs its head."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from engine.journal.heads import Signer, TreeHead
from engine.merkle import Frontier, Node, leaf_hash


class Ledger(Protocol):
    """What the sequencer needs of the store, inside one unit of work."""

    def lock(self) -> None:
        """Keep every other sequencer out until the unit of work ends."""

    def size(self) -> int:
        """Return how many entries are numbered."""

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a perfect subtree."""

    def pending(self, limit: int) -> Sequence[tuple[int, bytes]]:
        """Return (entry id, salted hash) of the first committed entries without a number."""

    def number(self, first: int, entries: Sequence[tuple[int, bytes]]) -> None:
        """Give *entries* the numbers from *first* on."""

    def add_nodes(self, nodes: Sequence[Node]) -> None:
        """Keep the inner *nodes*, which are of level 1 and above."""

    def add_head(self, head: TreeHead) -> None:
        """Keep a signed head."""


def seal(ledger: Ledger, signer: Signer, at: datetime, *, limit: int = 5000) -> TreeHead | None:
    """Number up to *limit* entries and sign the new head; `None` when nothing was waiting."""
    ledger.lock()
    entries = ledger.pending(limit)
    if not entries:
        return None
    first = ledger.size()
    frontier = Frontier.read(ledger.node, first)
    nodes = [node for _, value in entries for node in frontier.append(leaf_hash(value))]
    ledger.number(first, entries)
    ledger.add_nodes([node for node in nodes if node.level])
    head = signer.sign(frontier.size, frontier.root, at)
    ledger.add_head(head)
    return head
