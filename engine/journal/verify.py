"""Verification: recomputes every leaf, node, root and signature, in one pass over the journal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine.journal.entry import Kind, commit_to
from engine.journal.heads import HeadsFile, TreeHead
from engine.merkle import Frontier, Node, leaf_hash

#: Problems told one by one; further ones are counted only.
TOLD = 100


class Reason(Enum):
    """What can be wrong with a journal."""

    ALTERED = "altered"  #: An entry is not the one that was sealed
    REORDERED = "reordered"  #: An entry stands where another one was sealed
    MISSING = "missing"  #: An entry is gone, and no purge says why
    TRUNCATED = "truncated"  #: A signed head covers more entries than there are
    UNSEALED = "unsealed"  #: An entry was taken out of the tree
    NODE = "node"  #: A stored inner node is not the hash of what is below it
    ROOT = "root"  #: A signed head is not the root of the entries that it covers
    SIGNATURE = "signature"  #: A head that the key did not sign
    UNSIGNED = "unsigned"  #: Numbered entries that no signed head of the store covers
    UNREADABLE = "unreadable"  #: A line of the heads file is not a head


@dataclass(frozen=True, slots=True)
class Leaf:
    """A numbered entry as stored; `salt` and `body` are `None` once it is gone."""

    number: int
    value: bytes
    salt: bytes | None
    body: bytes | None
    subject: str | None = None
    "Under which callee's keyed hash the store files it: its proof and its erasure look there."
    campaign: str | None = None
    "Under which campaign the store files it."


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, and where."""

    reason: Reason
    number: int
    sentence: str

    def __str__(self) -> str:
        """Say the problem."""
        return self.sentence


@dataclass(frozen=True, slots=True)
class Purge:
    """Entries deleted on purpose."""

    on: str
    under: str
    entries: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found."""

    entries: int
    root: bytes
    heads: int
    "Signed heads in the store."
    waiting: int
    "Entries committed and not yet numbered."
    purged: tuple[Purge, ...]
    problems: tuple[Problem, ...]
    problem_count: int

    @property
    def is_sound(self) -> bool:
        """Nothing was altered, removed, reordered or cut off."""
        return self.problem_count == 0


class Archive(Protocol):
    """What a verification reads of the store; each stream is in order and never held whole."""

    def leaves(self) -> Iterator[Leaf]:
        """Yield every numbered entry by its number."""

    def nodes(self) -> Iterator[Node]:
        """Yield every inner node, by the number of its last leaf, then by level."""

    def heads(self) -> Iterator[TreeHead]:
        """Yield every signed head by its size."""

    def waiting(self) -> int:
        """Count the entries not yet numbered."""

    def strays(self) -> int:
        """Count the entries that neither have a number nor wait for one."""


def verify(
    archive: Archive, public_key: Ed25519PublicKey, heads_file: HeadsFile | None = None
) -> Verdict:
    """Recompute the whole journal; with *heads_file*, check that it extends every head there."""
    audit = _Audit(public_key)
    stored = [head for head in archive.heads() if audit.signed(head, "the store")]
    heads = [(head, "the store") for head in stored]
    if heads_file is not None and (stored or heads_file.path.exists()):
        heads += [(head, "the heads file") for head in audit.readable(heads_file)]
    audit.walk(archive, sorted(heads, key=lambda pair: pair[0].size))
    audit.check_covered(stored[-1].size if stored else 0)
    if strays := archive.strays():
        audit.tell(Reason.UNSEALED, audit.frontier.size, f"{strays} entries left the tree.")
    return audit.verdict(heads=len(stored), waiting=archive.waiting())


class _Audit:
    """The state of one pass."""

    def __init__(self, public_key: Ed25519PublicKey) -> None:
        self.public_key = public_key
        self.frontier = Frontier()
        self.expected = 0
        self.problems: list[Problem] = []
        self.problem_count = 0
        self.gone: dict[bytes, int] = {}
        self.purges: list[tuple[Purge, frozenset[bytes]]] = []
        self.sealed: dict[bytes, int] = {}
        self.found: dict[int, bytes] = {}

    def tell(self, reason: Reason, number: int, sentence: str) -> None:
        self.problem_count += 1
        if len(self.problems) < TOLD:
            self.problems.append(Problem(reason, number, sentence))

    def signed(self, head: TreeHead, where: str) -> bool:
        if head.is_signed_by(self.public_key):
            return True
        sentence = f"The head of {head.size} entries in {where} was not signed by this key."
        self.tell(Reason.SIGNATURE, head.size, sentence)
        return False

    def readable(self, heads_file: HeadsFile) -> Iterator[TreeHead]:
        if not heads_file.path.exists():
            sentence = f"There is no heads file {heads_file.path}: nothing outside proves the tree."
            self.tell(Reason.UNREADABLE, 0, sentence)
            return
        for line, head in enumerate(heads_file, start=1):
            if head is None:
                self.tell(Reason.UNREADABLE, line, f"Line {line} of the heads file is not a head.")
            elif self.signed(head, "the heads file"):
                yield head

    def walk(self, archive: Archive, heads: list[tuple[TreeHead, str]]) -> None:
        """Grow the tree leaf by leaf; compare nodes and heads where they fall due."""
        nodes = _Stream(archive.nodes())
        ahead = 0
        for leaf in archive.leaves():
            self.check_entry(leaf)
            computed = self.frontier.append(leaf_hash(leaf.value))
            self.check_nodes(computed[1:], nodes.until(self.frontier.size - 1))
            while ahead < len(heads) and heads[ahead][0].size <= self.frontier.size:
                self.check_root(*heads[ahead])
                ahead += 1
        for head, where in heads[ahead:]:
            self.check_root(head, where)
        if rest := nodes.rest():
            self.tell(Reason.NODE, self.frontier.size, f"{rest} nodes lie beyond the last entry.")

    def check_entry(self, leaf: Leaf) -> None:
        if leaf.number != self.expected:
            sentence = f"Entry {self.expected} left the tree; the next one is {leaf.number}."
            self.tell(Reason.MISSING, self.expected, sentence)
        self.expected = leaf.number + 1
        if leaf.salt is None or leaf.body is None:
            self.gone[leaf.value] = leaf.number
            return
        value = commit_to(leaf.salt, leaf.body)
        if value != leaf.value:
            self.sealed[leaf.value] = leaf.number
            self.found[leaf.number] = value
        else:
            self.check_filing(leaf, json.loads(leaf.body))

    def check_filing(self, leaf: Leaf, entry: Mapping[str, Any]) -> None:
        """Hold an entry's place in the store's indexes against what it says of itself."""
        if (leaf.subject, leaf.campaign) != (entry.get("subject"), entry.get("campaign")):
            sentence = f"Entry {leaf.number} is filed under another callee or campaign."
            self.tell(Reason.ALTERED, leaf.number, sentence)
        if entry["kind"] == Kind.PURGED.value:
            self.note_purge(entry["detail"])

    def note_purge(self, detail: Mapping[str, Any]) -> None:
        values = frozenset(bytes.fromhex(value) for value in detail["entries"])
        self.purges.append((Purge(detail["on"], detail["under"], len(values)), values))

    def check_nodes(self, computed: list[Node], stored: list[Node]) -> None:
        if computed == stored:
            return
        last = self.frontier.size - 1
        first = last + 1 - (1 << max(node.level for node in computed or stored))
        sentence = (
            f"A stored node over the entries {max(first, 0)} to {last} is not their hash: "
            "an entry there was altered, moved or removed."
        )
        self.tell(Reason.NODE, last, sentence)

    def check_root(self, head: TreeHead, where: str) -> None:
        if head.size > self.frontier.size:
            sentence = (
                f"A head in {where}, signed at {head.at.isoformat()}, covers {head.size} entries; "
                f"the journal has {self.frontier.size}."
            )
            self.tell(Reason.TRUNCATED, self.frontier.size, sentence)
        elif head.size < self.frontier.size or head.root != self.frontier.root:
            sentence = (
                f"The first {head.size} entries are not those of the head in {where} "
                f"signed at {head.at.isoformat()}."
            )
            self.tell(Reason.ROOT, head.size, sentence)

    def check_covered(self, covered: int) -> None:
        """Numbering and signing are one unit of work: an entry beyond the last head is forged."""
        if covered < self.frontier.size:
            sentence = f"No signed head covers the entries from {covered} on."
            self.tell(Reason.UNSIGNED, covered, sentence)

    def verdict(self, *, heads: int, waiting: int) -> Verdict:
        self.settle_altered()
        self.settle_gone()
        return Verdict(
            entries=self.frontier.size,
            root=self.frontier.root,
            heads=heads,
            waiting=waiting,
            purged=tuple(purge for purge, _ in self.purges),
            problems=tuple(sorted(self.problems, key=lambda problem: problem.number)),
            problem_count=self.problem_count,
        )

    def settle_altered(self) -> None:
        """Tell an entry that moved from one that changed."""
        for number, value in self.found.items():
            if value in self.sealed:
                sentence = f"Entry {number} is the one sealed as {self.sealed[value]}."
                self.tell(Reason.REORDERED, number, sentence)
            else:
                self.tell(Reason.ALTERED, number, f"Entry {number} is not the one sealed.")

    def settle_gone(self) -> None:
        """Tell an entry that was purged from one that is missing."""
        purged: set[bytes] = set()
        for _, values in self.purges:
            purged |= values
        for value, number in self.gone.items():
            if value not in purged:
                sentence = f"Entry {number} is missing, and no purge accounts for it."
                self.tell(Reason.MISSING, number, sentence)


class _Stream:
    """The stored inner nodes, taken as the walk reaches them."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes = iter(nodes)
        self._next = next(self._nodes, None)

    def until(self, last_leaf: int) -> list[Node]:
        taken = []
        while self._next and ((self._next.index + 1) << self._next.level) - 1 <= last_leaf:
            taken.append(self._next)
            self._next = next(self._nodes, None)
        return taken

    def rest(self) -> int:
        return (self._next is not None) + sum(1 for _ in self._nodes)
