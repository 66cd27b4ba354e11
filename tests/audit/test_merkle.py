"""Hashes, frontier and tiles, against the RFC written out and against another library."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.audit import EMPTY_ROOT, Frontier, Nodes, Tree, leaf_hash, node_hash, root_of
from campaignflow.errors import AuditError

from . import reference
from .logs import Shelf, leaf

HASHES = [leaf_hash(b"%d" % number) for number in range(70_000)]


def test_hashes_are_those_of_the_rfc() -> None:
    assert leaf_hash(b"x") == hashlib.sha256(b"\x00x").digest()
    assert node_hash(b"l" * 32, b"r" * 32) == hashlib.sha256(b"\x01" + b"l" * 32 + b"r" * 32).digest()
    assert EMPTY_ROOT == root_of([]) == Frontier().root == reference.mth([])


@pytest.mark.parametrize("size", range(1, 66))
def test_root_is_the_reference_root_however_it_is_reached(size: int) -> None:
    leaves = [b"leaf %d" % number for number in range(size)]
    hashes = [leaf_hash(each) for each in leaves]
    assert Frontier().extend(hashes).root == root_of(hashes) == reference.mth(leaves)


def test_roots_are_those_of_another_library() -> None:
    from pymerkle import InmemoryTree

    judge, frontier = InmemoryTree(algorithm="sha256"), Frontier()
    for number in range(200):
        judge.append_entry(leaf(number + 1))
        frontier = frontier.append(leaf_hash(leaf(number + 1)))
        assert frontier.root == judge.get_root()


def test_a_frontier_is_a_value() -> None:
    before = Frontier().extend(HASHES[:5])
    before.append(HASHES[5])
    assert before == Frontier().extend(HASHES[:5])
    with pytest.raises(AttributeError):
        before.size = 6  # type: ignore[misc]


@given(size=st.integers(0, 300))
def test_a_stored_frontier_reads_back_and_goes_on(size: int) -> None:
    frontier = Frontier().extend(HASHES[:size])
    again = Frontier.from_bytes(frontier.to_bytes())
    assert again == frontier
    assert again.append(HASHES[size]).root == root_of(HASHES[: size + 1])


@pytest.mark.parametrize(
    "damage", [b"", bytes(7), bytes(8) + b"x", bytes(7) + b"\x01" + bytes(31), b"\xff" * 8 + bytes(32 * 64)]
)
def test_bytes_that_are_no_frontier_are_refused(damage: bytes) -> None:
    with pytest.raises(AuditError, match="no stored frontier"):
        Frontier.from_bytes(damage)


# --------------------------------------------------------------------------------------------------------------- tiles
def test_tiles_are_written_when_full_and_hold_the_complete_subtrees() -> None:
    shelf = Shelf()
    assert shelf.append(HASHES[:255]) == ()
    assert {(tile.level, tile.index) for tile in shelf.append(HASHES[255:256])} == {(0, 0), (1, 0)}
    shelf.append(HASHES[256:1000])
    assert sorted(shelf.tiles) == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert shelf.tiles[0, 1] == b"".join(HASHES[256:512])
    assert shelf.tiles[1, 0] == b"".join(root_of(HASHES[at : at + 256]) for at in (0, 256, 512))
    assert len(shelf.tree.tail) == 1000 % 256


def test_two_levels_fill_up() -> None:
    shelf = Shelf()
    for start in range(0, 70_000, 1000):
        shelf.append(HASHES[start : start + 1000])
    assert len(shelf.tiles[1, 0]) == 256 * 32
    assert shelf.tiles[2, 0] == root_of(HASHES[:65_536])
    assert shelf.tree.frontier.root == root_of(HASHES)
    nodes = shelf.tree.nodes(shelf)
    assert nodes.subtree(16, 0) == root_of(HASHES[:65_536])
    assert nodes.subtree(9, 3) == root_of(HASHES[3 * 512 : 4 * 512])
    assert nodes.subtree(3, 2) == root_of(HASHES[16:24])
    shelf.tiles = {key: tile for key, tile in shelf.tiles.items() if key[0] == 0}
    assert nodes.subtree(16, 0) == root_of(HASHES[:65_536]), "made from the level below where a higher tile is lost"


@given(commits=st.lists(st.integers(1, 400), max_size=8))
def test_how_commits_are_cut_changes_nothing(commits: list[int]) -> None:
    shelf, size = Shelf(), 0
    for count in commits:
        shelf.append(HASHES[size : size + count])
        size += count
    once = Shelf()
    once.append(HASHES[:size])
    assert shelf.tree == once.tree
    assert shelf.tiles == once.tiles


def test_a_campaign_is_opened_from_its_head_and_at_most_255_events() -> None:
    shelf = Shelf(600)
    hashes = [leaf_hash(leaf(seq)) for seq in range(513, 601)]
    assert Tree.opened(shelf.tree.frontier, hashes) == shelf.tree
    for wrong in (hashes[1:], hashes[::-1], [*hashes, hashes[0]], []):
        with pytest.raises(AuditError, match="from 513 on do not fit") as caught:
            Tree.opened(shelf.tree.frontier, wrong)
        assert caught.value.first_bad == 513


def test_a_lost_tile_is_named() -> None:
    with pytest.raises(AuditError, match="tile 0/1 is absent"):
        Nodes(600).subtree(0, 300)
