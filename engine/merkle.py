"""The RFC 9162 Merkle tree, over perfect subtrees that somebody else keeps.

A node is named by its level and its index there: node ``(l, i)`` is the hash of the leaves
``i * 2**l`` to ``(i + 1) * 2**l - 1``. Nothing here reads or writes: `Node` lookups come in as a
function, so that roots and proofs cost O(log n) reads of a store that holds the nodes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

#: Returns the hash of the perfect subtree at (level, index).
ReadNode = Callable[[int, int], bytes]

#: The hash of the tree without leaves (RFC 9162, 2.1.1).
EMPTY_ROOT = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Node:
    """A perfect subtree and its hash."""

    level: int
    index: int
    hash: bytes


def leaf_hash(value: bytes) -> bytes:
    """Return the hash of a leaf (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + value).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def bag(hashes: Iterable[bytes]) -> bytes:
    """Return the root over perfect subtrees, given from left to right."""
    remaining = list(hashes)
    if not remaining:
        return EMPTY_ROOT
    root = remaining.pop()
    while remaining:
        root = node_hash(remaining.pop(), root)
    return root


class Frontier:
    """A growing tree, known by the perfect subtrees of its right edge only."""

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Sequence[Node] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)

    @classmethod
    def read(cls, read_node: ReadNode, size: int) -> Frontier:
        """Return the frontier of the tree of *size* leaves whose nodes *read_node* returns."""
        return cls(size, [Node(*name, read_node(*name)) for name in cover(0, size)])

    def append(self, leaf: bytes) -> list[Node]:
        """Add the leaf hash *leaf*; return the nodes that it completed, the leaf itself first."""
        node = Node(0, self.size, leaf)
        completed = [node]
        while self._peaks and self._peaks[-1].level == node.level:
            left = self._peaks.pop()
            node = Node(node.level + 1, node.index >> 1, node_hash(left.hash, node.hash))
            completed.append(node)
        self._peaks.append(node)
        self.size += 1
        return completed

    @property
    def root(self) -> bytes:
        """The root of the tree so far."""
        return bag(peak.hash for peak in self._peaks)


def cover(start: int, end: int) -> list[tuple[int, int]]:
    """Return the (level, index) of the perfect subtrees over leaves *start* to ``end - 1``.

    *start* is aligned as in the RFC's own recursion: a multiple of the first subtree's width.
    """
    names = []
    while start < end:
        level = (end - start).bit_length() - 1
        names.append((level, start >> level))
        start += 1 << level
    return names


def subtree_root(read_node: ReadNode, start: int, end: int) -> bytes:
    """Return the hash over leaves *start* to ``end - 1``: MTH(D[start:end])."""
    return bag(read_node(*name) for name in cover(start, end))


def root(read_node: ReadNode, size: int) -> bytes:
    """Return the root of the first *size* leaves."""
    return subtree_root(read_node, 0, size)


def _split(start: int, end: int) -> int:
    """Return where the RFC splits a range: the largest power of two below its width."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def inclusion_proof(read_node: ReadNode, index: int, size: int) -> list[bytes]:
    """Return the path that proves leaf *index* in the tree of *size* leaves (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size} leaves")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(subtree_root(read_node, middle, end))
            end = middle
        else:
            path.append(subtree_root(read_node, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(read_node: ReadNode, old_size: int, size: int) -> list[bytes]:
    """Return the path that proves the first *old_size* leaves unchanged (RFC 9162, 2.1.4.1)."""
    if not 0 < old_size <= size:
        raise ValueError(f"a tree of {size} leaves does not extend one of {old_size}")
    start, end, whole, path = 0, size, True, []
    while old_size != end:
        middle = _split(start, end)
        if old_size <= middle:
            path.append(subtree_root(read_node, middle, end))
            end = middle
        else:
            path.append(subtree_root(read_node, start, middle))
            start, whole = middle, False
    own = [] if whole else [subtree_root(read_node, start, end)]
    return own + path[::-1]


def proves_inclusion(
    leaf: bytes, index: int, size: int, *, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether *path* leads from the leaf hash to *root* (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, computed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            computed = node_hash(sibling, computed)
            first, last = _climb(first, last)
        else:
            computed = node_hash(computed, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and computed == root


def proves_consistency(
    old_size: int, size: int, *, path: Sequence[bytes], old_root: bytes, root: bytes
) -> bool:
    """Tell whether *path* shows *root* to extend *old_root* (RFC 9162, 2.1.4.2)."""
    if old_size == size:
        return not path and old_root == root
    if not 0 < old_size < size:
        return False
    steps = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if len(steps) < 2:
        return False
    first, last = old_size - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old, new = node_hash(step, old), node_hash(step, new)
            first, last = _climb(first, last)
        else:
            new = node_hash(new, step)
        first, last = first >> 1, last >> 1
    return last == 0 and old == old_root and new == root


def _climb(first: int, last: int) -> tuple[int, int]:
    """Skip the levels on which *first* is the lone right edge."""
    while not first & 1 and first:
        first, last = first >> 1, last >> 1
    return first, last
