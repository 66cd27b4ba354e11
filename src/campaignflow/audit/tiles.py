"""Tiles: the tree's complete subtrees, 256 hashes at a time, so that an old leaf's proof needs no replay.

Tile (0, i) holds the hashes of leaves 256·i to 256·i+255; tile (L, i) the roots of the 256 tiles (L−1, 256·i) and
following, each the root of a complete subtree of 256ᴸ leaves (the layout of C2SP's tlog-tiles). A tile of level 0 is
written once, when it is full. A tile of a higher level grows by one hash each time that a tile below it fills up: it is
written again under the same (level, index), 256 times at most. What of them is absent or shorter is made from the level
below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from campaignflow.audit.merkle import EMPTY_FRONTIER, HASH_SIZE, Frontier, root_of
from campaignflow.errors import AuditError

__all__ = ["TILE_BYTES", "TILE_WIDTH", "Nodes", "Tile", "TileReader", "Tree"]

_BITS = 8
TILE_WIDTH = 1 << _BITS
"""Hashes in a full tile."""

TILE_BYTES = TILE_WIDTH * HASH_SIZE
"""Length of a full tile."""

TileReader: TypeAlias = Callable[[int, int], "bytes | None"]
"""(level, index) → the tile's hashes one after another, or None; it may give fewer than 256 hashes."""


def _no_tiles(_level: int, _index: int) -> bytes | None:
    return None


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile to be stored under (level, index), in place of what may stand there.

    Attributes:
        level, index: which one.
        hashes: its hashes one after another, 32 bytes each.
    """

    level: int
    index: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class Tree:
    """What an open campaign keeps in memory in order to append: the frontier, and the tile that is not full yet.

    Attributes:
        frontier: the tree's right edge; `frontier.to_bytes()` belongs into the campaign's head.
        tail: leaf hashes after the last full tile, at most 255.
    """

    frontier: Frontier = EMPTY_FRONTIER
    tail: tuple[bytes, ...] = ()

    @classmethod
    def opened(cls, frontier: Frontier, tail: Iterable[bytes]) -> Tree:
        """The tree of a stored campaign.

        Args:
            frontier: from its head.
            tail: leaf hashes of the last `frontier.size % 256` events, rehashed or read.

        Raises:
            AuditError: the tail does not fit the frontier: an event was changed, or the head was.
        """
        tree = cls(frontier, tuple(tail))
        expected = frontier.peaks[(frontier.size >> _BITS).bit_count() :]
        if Frontier().extend(tree.tail).peaks != expected:
            first = frontier.size - frontier.size % TILE_WIDTH + 1
            raise AuditError(f"the events from {first} on do not fit the campaign's head", first)
        return tree

    def append(self, leaf_hashes: Iterable[bytes], tiles: TileReader = _no_tiles) -> tuple[Tree, tuple[Tile, ...]]:
        """The tree after more leaves, and the tiles to store in the same transaction (most often none).

        Args:
            leaf_hashes: of the new events, in order.
            tiles: gives the stored tiles; asked about once in 256 events.
        """
        frontier, tail, written = self.frontier, list(self.tail), dict[tuple[int, int], bytes]()

        def stored(level: int, index: int) -> bytes | None:
            return written.get((level, index)) or tiles(level, index)

        for each in leaf_hashes:
            frontier = frontier.append(each)
            tail.append(each)
            if len(tail) == TILE_WIDTH:
                written.update(_filled(tail, (frontier.size >> _BITS) - 1, stored))
                tail = []
        return Tree(frontier, tuple(tail)), tuple(Tile(*key, hashes) for key, hashes in sorted(written.items()))

    def nodes(self, tiles: TileReader = _no_tiles) -> Nodes:
        """The tree's inner nodes, for proofs."""
        return Nodes(self.frontier.size, b"".join(self.tail), tiles)


def _filled(tail: list[bytes], index: int, stored: TileReader) -> dict[tuple[int, int], bytes]:
    """What a tile of level 0 that has just been filled changes: itself, and the tiles above it."""
    changed, level, hashes = {}, 0, b"".join(tail)
    while True:
        changed[level, index] = hashes
        if len(hashes) < TILE_BYTES:
            return changed
        root, place = root_of(_split(hashes)), index % TILE_WIDTH
        level, index = level + 1, index // TILE_WIDTH
        below = (stored(level, index) or b"")[: place * HASH_SIZE]
        if len(below) < place * HASH_SIZE:  # never written, or lost: no reason to refuse an append
            return changed
        hashes = below + root


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)]


@dataclass(frozen=True, slots=True)
class Nodes:
    """The hashes of a tree's inner nodes, out of tiles and the unfinished tail.

    Attributes:
        size: number of leaves.
        tail: hashes of the leaves after the last full tile, one after another; may be empty if `tiles` gives them.
        tiles: gives the stored tiles.
    """

    size: int
    tail: bytes = b""
    tiles: TileReader = _no_tiles

    def remembering(self) -> Nodes:
        """The same nodes, asking for each tile once: for the length of one proof."""
        return Nodes(self.size, self.tail, lru_cache(maxsize=32)(self.tiles))

    def subtree(self, height: int, index: int) -> bytes:
        """The root of the complete subtree over the leaves from `index`·2^`height` on.

        Raises:
            AuditError: a tile that would be needed is absent.
        """
        level, within = divmod(height, _BITS)
        if within == 0 and height:  # a whole tile's root: one hash of the level above
            return self._hashes(level, index, 1)[0]
        return root_of(self._hashes(level, index << within, 1 << within))

    def range(self, first: int, end: int) -> bytes:
        """The root over the leaves `first` ≤ i < `end`; `first` is aligned as in the RFC's recursion."""
        count = end - first
        height = (count - 1).bit_length()
        if count == 1 << height:
            return self.subtree(height, first >> height)
        half = 1 << (height - 1)
        return root_of([self.range(first, first + half), self.range(first + half, end)])

    def _hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """`count` neighbouring hashes of a level; they lie in one tile, as `count` divides 256 and `first`."""
        index, place = divmod(first, TILE_WIDTH)
        tile = self._tile(level, index)
        wanted = tile[place * HASH_SIZE : (place + count) * HASH_SIZE]
        if len(wanted) == count * HASH_SIZE:
            return _split(wanted)
        if level == 0:
            raise AuditError(
                f"the hashes of leaves {first + 1} to {first + count} are not stored: tile 0/{index} is absent"
            )
        return [root_of(self._hashes(level - 1, each * TILE_WIDTH, TILE_WIDTH)) for each in range(first, first + count)]

    def _tile(self, level: int, index: int) -> bytes:
        if level == 0 and index == self.size >> _BITS and self.tail:
            return self.tail
        return self.tiles(level, index) or b""
