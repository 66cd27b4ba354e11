"""Proofs about a stored campaign: checkpoints, receipts, and whether its log is whole."""

from __future__ import annotations

from campaignflow.audit.checkpoint import Checkpoint, SigningKey, origin_of, sign
from campaignflow.audit.merkle import Frontier
from campaignflow.audit.proofs import inclusion_proof
from campaignflow.audit.receipt import Receipt
from campaignflow.engine.loaded import Loaded
from campaignflow.errors import AuditError
from campaignflow.stores import Store
from campaignflow.stores.base import CheckpointRow

__all__ = ["checkpoint", "receipt", "signer"]


def signer(key: SigningKey | None, default: SigningKey | None) -> SigningKey:
    """The key to sign with.

    Raises:
        AuditError: there is none.
    """
    found = key if key is not None else default
    if found is None:
        raise AuditError("no key to sign with: give key=, or one to the engine: Engine(…, key=SigningKey(…))")
    return found


def checkpoint(store: Store, loaded: Loaded, key: SigningKey) -> str:
    """The signed note of a campaign's log as it is, and a row of it in the store.

    Raises:
        MissingExtra: the extra `proof` is not installed.
    """
    frontier = Frontier.from_bytes(loaded.head.frontier)
    note = sign(Checkpoint(origin_of(key.name, loaded.head.id), frontier.size, frontier.root), key)
    row = CheckpointRow(frontier.size, note.encode())
    if row not in store.checkpoints(loaded.head.number):  # so that a store that is only read gives receipts, too
        with store.unit() as unit:
            unit.put_checkpoint(loaded.head.number, row)
    return note


def receipt(store: Store, loaded: Loaded, seq: int, key: SigningKey) -> Receipt:
    """The proof that event `seq` is in the log, with the checkpoint of its present size, signed for it.

    Raises:
        AuditError: the campaign has no such event. MissingExtra: the extra `proof` is not installed.
    """
    number, size = loaded.head.number, loaded.version
    leaf = store.leaf(number, seq) if 1 <= seq <= size else None
    if leaf is None:
        raise AuditError(f"campaign {loaded.head.id!r} has events 1 to {size}, and none of number {seq}")
    note = checkpoint(store, loaded, key)
    nodes = loaded.tree.nodes(lambda level, index: store.tile(number, level, index))
    return Receipt(loaded.head.id, seq, leaf, inclusion_proof(nodes, seq - 1, size), size, note)
