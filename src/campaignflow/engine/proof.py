"""Proofs about a stored campaign: checkpoints, receipts, and whether its log is whole."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from campaignflow.audit.checkpoint import Checkpoint, SigningKey, VerifyingKey, open_checkpoint, origin_of, sign
from campaignflow.audit.merkle import Frontier
from campaignflow.audit.proofs import inclusion_proof
from campaignflow.audit.receipt import Receipt
from campaignflow.audit.tiles import TILE_WIDTH
from campaignflow.audit.verify import Report, verify_log
from campaignflow.core.codec import examine_event
from campaignflow.engine.loaded import Loaded
from campaignflow.errors import AuditError
from campaignflow.stores import Head, Store
from campaignflow.stores.base import CheckpointRow

__all__ = ["checkpoint", "receipt", "signer", "verify"]


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
    nodes = loaded.tree.nodes(partial(store.tile, number))
    return Receipt(loaded.head.id, seq, leaf, inclusion_proof(nodes, seq - 1, size), size, note)


def verify(store: Store, head: Head, keys: Iterable[VerifyingKey] = (), notes: Iterable[str] = ()) -> Report:
    """Check a campaign's whole log against its head, its tiles and the checkpoints that these keys have signed.

    Args:
        keys: whose checkpoints count; without any, neither those in the store nor `notes` are looked at.
        notes: checkpoints that were kept elsewhere: only they show that a log was rolled back or rewritten as a whole.

    Raises:
        AuditError: one of `notes` is not signed by one of the keys, or is of another log.
        MissingExtra: there are keys, and the extra `proof` is not installed.
    """
    number, trusted = head.number, tuple(keys)
    kept = [_opened(head.id, note, trusted) for note in notes]
    if trusted:
        kept += _own(store, head, trusted)
    tiles = partial(_tile, store, head)

    def check(checkpoints: Iterable[Checkpoint]) -> Report:
        rows = ((row.seq, row.leaf) for row in store.log(number))
        return verify_log(rows, head.frontier, tiles=tiles, checkpoints=checkpoints, examine=examine_event)

    own = check(())  # what the log itself shows names the event more exactly than a checkpoint can
    return check(kept) if own.ok and kept else own


def _tile(store: Store, head: Head, level: int, index: int) -> bytes | None:
    """A stored tile; in place of the unfinished last one the hashes that are kept beside its events."""
    found = store.tile(head.number, level, index)
    if found is None and level == 0 and index == head.version // TILE_WIDTH:
        return store.hashes(head.number, index * TILE_WIDTH)
    return found


def _opened(campaign: str, note: str, keys: tuple[VerifyingKey, ...]) -> Checkpoint:
    checkpoint, opened = open_checkpoint(note, keys)
    if checkpoint.origin not in {origin_of(key.name, campaign) for key in opened.signers}:
        raise AuditError(f"the checkpoint is for {checkpoint.origin}, not for campaign {campaign!r}")
    return checkpoint


def _own(store: Store, head: Head, keys: tuple[VerifyingKey, ...]) -> list[Checkpoint]:
    """The store's checkpoints that these keys have signed; others' say nothing here."""
    found = []
    for row in store.checkpoints(head.number):
        with suppress(AuditError):
            found.append(_opened(head.id, row.note.decode(errors="replace"), keys))
    return found
