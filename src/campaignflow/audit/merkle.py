"""The Merkle tree of RFC 9162 (section 2.1): hashes, and the frontier that an append needs.

A leaf is hashed with the prefix 0x00, an inner node with 0x01, so that neither can be passed off as the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from campaignflow.errors import AuditError

__all__ = ["EMPTY_FRONTIER", "EMPTY_ROOT", "HASH_SIZE", "Frontier", "leaf_hash", "node_hash", "root_of"]

HASH_SIZE = 32
"""Length of every hash: SHA-256."""

EMPTY_ROOT = hashlib.sha256().digest()
"""Root of the tree without leaves."""

_COUNT = 8  # bytes of the number of leaves in a stored frontier
_LARGEST = 2 ** (8 * _COUNT - 1) - 1


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf, given its bytes exactly as stored."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes (or over the roots of equally large complete subtrees), left to right.

    >>> root_of([leaf_hash(b"a"), leaf_hash(b"b")]) == node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
    True
    """
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        paired = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
        row = paired + row[len(paired) * 2 :]  # an odd last node moves up as it is
    return row[0]


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: all that is needed to append to it and to know its root.

    Attributes:
        size: number of leaves.
        peaks: roots of the complete subtrees that make up the tree, largest (leftmost) first: one for each bit that is
            set in `size`.

    >>> frontier = Frontier().append(leaf_hash(b"a")).append(leaf_hash(b"b")).append(leaf_hash(b"c"))
    >>> frontier.size, len(frontier.peaks), Frontier.from_bytes(frontier.to_bytes()) == frontier
    (3, 2, True)
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf_hash: bytes) -> Frontier:
        """The frontier after one more leaf, given the leaf's hash; costs one hash on average, log n at most."""
        peaks, size, node = self.peaks, self.size, leaf_hash
        while size & 1:
            node = node_hash(peaks[-1], node)
            peaks = peaks[:-1]
            size >>= 1
        return Frontier(self.size + 1, (*peaks, node))

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """The frontier after several more leaves."""
        frontier = self
        for each in leaf_hashes:
            frontier = frontier.append(each)
        return frontier

    @property
    def root(self) -> bytes:
        """The root hash of the whole tree."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def to_bytes(self) -> bytes:
        """The form to store: the size in 8 bytes, big-endian, then the peaks."""
        return self.size.to_bytes(_COUNT, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Frontier:
        """A frontier from its stored form.

        Raises:
            AuditError: bytes that are no frontier (their length does not fit the size that they state).
        """
        size, rest = int.from_bytes(stored[:_COUNT], "big"), stored[_COUNT:]
        if len(stored) < _COUNT or size > _LARGEST or len(rest) != size.bit_count() * HASH_SIZE:
            raise AuditError(f"{len(stored)} bytes that are no stored frontier: it was cut or changed")
        return cls(size, tuple(rest[at : at + HASH_SIZE] for at in range(0, len(rest), HASH_SIZE)))


EMPTY_FRONTIER = Frontier()
"""The frontier of the tree without leaves."""
