"""Inclusion and consistency proofs of RFC 9162 (sections 2.1.3 and 2.1.4): made from nodes, checked from roots.

Indexes count from 0 here, as in the RFC: event number `seq` is leaf `seq - 1`.
"""

from __future__ import annotations

from collections.abc import Sequence

from campaignflow.audit.merkle import HASH_SIZE, node_hash
from campaignflow.audit.tiles import Nodes
from campaignflow.errors import AuditError

__all__ = ["consistency_proof", "inclusion_proof", "verify_consistency", "verify_inclusion"]


# -------------------------------------------------------------------------------------------------------------- making
def inclusion_proof(nodes: Nodes, index: int, size: int | None = None) -> tuple[bytes, ...]:
    """The hashes that lead from leaf `index` to the root of the tree's first `size` leaves (default: all).

    Raises:
        AuditError: no such leaf or size, or a tile that is absent.
    """
    size = nodes.size if size is None else size
    if not 0 <= index < size <= nodes.size:
        raise AuditError(f"no proof of leaf {index} in {size} leaves: the tree has {nodes.size}")
    nodes, first, end, path = nodes.remembering(), 0, size, list[bytes]()
    while end - first > 1:
        middle = first + _split_of(end - first)
        if index < middle:
            path.append(nodes.range(middle, end))
            end = middle
        else:
            path.append(nodes.range(first, middle))
            first = middle
    return tuple(reversed(path))


def consistency_proof(nodes: Nodes, old: int, new: int | None = None) -> tuple[bytes, ...]:
    """The hashes that show that the tree's first `old` leaves are the beginning of its first `new` (default: all).

    Raises:
        AuditError: sizes that are out of order or beyond the tree, an empty old tree (it proves nothing), or a tile
            that is absent.
    """
    new = nodes.size if new is None else new
    if not 0 < old <= new <= nodes.size:
        raise AuditError(f"no proof from {old} to {new} leaves: the tree has {nodes.size}")
    nodes, first, end, whole, path = nodes.remembering(), 0, new, True, list[bytes]()
    while old != end:
        middle = first + _split_of(end - first)
        if old <= middle:
            path.append(nodes.range(middle, end))
            end = middle
        else:
            path.append(nodes.range(first, middle))
            first, whole = middle, False
    # The old tree's root is known to the verifier; only a part of it has to be given.
    return tuple(reversed(path)) if whole else (nodes.range(first, end), *reversed(path))


def _split_of(count: int) -> int:
    """The largest power of two smaller than `count` (the RFC's k)."""
    return 1 << ((count - 1).bit_length() - 1)


# ------------------------------------------------------------------------------------------------------------ checking
def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Return if the proof shows that this leaf is at `index` in the tree of this size and root.

    Raises:
        AuditError: it does not; the message says why.
    """
    _whole_numbers(index, size)
    _hashes(leaf_hash, root, *proof)
    if not 0 <= index < size:
        raise AuditError(f"there is no leaf {index} in a tree of {size}")
    node, last, computed = index, size - 1, leaf_hash
    for each in proof:
        if last == 0:
            raise AuditError("the proof is too long")
        if node & 1 or node == last:
            computed = node_hash(each, computed)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, each)
        node, last = node >> 1, last >> 1
    if last:
        raise AuditError("the proof is too short")
    if computed != root:
        raise AuditError("the proof leads to another root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Return if the proof shows that the tree of size `old` is the beginning of the tree of size `new`.

    Raises:
        AuditError: it does not; the message says why. An empty old tree is refused: it is the beginning of any tree, so
            a proof from it would say nothing.
    """
    _whole_numbers(old, new)
    if not 0 < old <= new:
        raise AuditError(f"a tree of {old} leaves proves nothing about one of {new}")
    if old == new:
        if proof:
            raise AuditError("the proof is too long")
        if old_root != new_root:
            raise AuditError("two different roots for the same size")
        return
    _hashes(old_root, new_root, *proof)
    _follow(old, new, old_root, new_root, proof)


def _follow(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    if not proof:
        raise AuditError("the proof is too short")
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    from_old = from_new = path[0]
    for each in path[1:]:
        if last == 0:
            raise AuditError("the proof is too long")
        if node & 1 or node == last:
            from_old, from_new = node_hash(each, from_old), node_hash(each, from_new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            from_new = node_hash(from_new, each)
        node, last = node >> 1, last >> 1
    if last:
        raise AuditError("the proof is too short")
    if from_old != old_root:
        raise AuditError("the proof leads to another old root")
    if from_new != new_root:
        raise AuditError("the proof leads to another new root")


def _whole_numbers(*numbers: int) -> None:
    for number in numbers:
        if type(number) is not int:
            raise AuditError(f"{number!r} is no whole number")


def _hashes(*hashes: bytes) -> None:
    for each in hashes:
        if type(each) is not bytes or len(each) != HASH_SIZE:
            raise AuditError(f"a hash has {HASH_SIZE} bytes, and one of these has not")
