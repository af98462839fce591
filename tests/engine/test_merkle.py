"""The tree of RFC 9162, compared with `pymerkle` and with itself."""

from __future__ import annotations

import pymerkle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import merkle


class Tree:
    """A small tree held in memory."""

    def __init__(self, values: list[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.frontier = merkle.Frontier()
        for value in values:
            for node in self.frontier.append(merkle.leaf_hash(value)):
                self.nodes[node.level, node.index] = node.hash

    def read(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


def leaves(count: int) -> list[bytes]:
    return [b"leaf %d" % number for number in range(count)]


def oracle(values: list[bytes]) -> pymerkle.InmemoryTree:
    tree = pymerkle.InmemoryTree(algorithm="sha256")  # type: ignore[no-untyped-call]  # untyped
    for value in values:
        tree.append_entry(value)
    return tree


@pytest.mark.parametrize("size", [*range(0, 34), 63, 64, 65, 127, 200])
def test_roots_are_those_of_pymerkle(size: int) -> None:
    tree = Tree(leaves(size))
    expected = oracle(leaves(size)).get_root() if size else merkle.EMPTY_ROOT
    assert tree.frontier.root == expected
    assert merkle.root(tree.read, size) == expected


@settings(max_examples=60)
@given(st.data())
def test_a_proof_of_inclusion_satisfies_pymerkle_and_us(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    tree = Tree(leaves(size))
    path = merkle.inclusion_proof(tree.read, index, size)
    theirs = oracle(leaves(size)).prove_inclusion(index + 1, size).serialize()["path"]
    leaf = merkle.leaf_hash(leaves(size)[index])
    assert [leaf.hex(), *(step.hex() for step in path)] == theirs
    root = tree.frontier.root
    assert merkle.proves_inclusion(leaf, index, size, path=path, root=root)
    assert not merkle.proves_inclusion(leaf, index, size + 70, path=path, root=root)
    assert not merkle.proves_inclusion(bytes(32), index, size, path=path, root=root)


@settings(max_examples=100)
@given(st.data())
def test_a_tree_extends_each_of_its_prefixes_and_nothing_else(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 90))
    old_size = data.draw(st.integers(1, size))
    tree = Tree(leaves(size))
    old_root = merkle.root(tree.read, old_size)
    path = merkle.consistency_proof(tree.read, old_size, size)
    root = tree.frontier.root

    def proved(old_size: int, old_root: bytes) -> bool:
        return merkle.proves_consistency(old_size, size, path=path, old_root=old_root, root=root)

    assert proved(old_size, old_root)
    assert not proved(old_size, bytes(32))
    forged = Tree([b"forged", *leaves(size)[1:]])
    assert not proved(old_size, merkle.root(forged.read, old_size))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33])
def test_a_frontier_read_from_the_store_grows_like_the_original(size: int) -> None:
    tree = Tree(leaves(size))
    resumed = merkle.Frontier.read(tree.read, size)
    leaf = merkle.leaf_hash(b"one more")
    assert resumed.append(leaf) == tree.frontier.append(leaf)
    assert resumed.root == tree.frontier.root


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3), (5, 4)])
def test_a_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="is not in a tree"):
        merkle.inclusion_proof(Tree(leaves(4)).read, index, size)


@pytest.mark.parametrize(("old_size", "size"), [(0, 3), (4, 3)])
def test_a_tree_does_not_extend_a_longer_or_an_empty_one(old_size: int, size: int) -> None:
    with pytest.raises(ValueError, match="does not extend"):
        merkle.consistency_proof(Tree(leaves(4)).read, old_size, size)
    assert not merkle.proves_consistency(
        old_size, size, path=[], old_root=bytes(32), root=bytes(32)
    )
