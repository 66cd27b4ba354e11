"""The proof: a Merkle tree over each campaign's events, signed checkpoints, receipts, and the checks of all of them.

Everything here takes bytes and gives bytes: it knows neither plans nor events nor stores, reads no file and asks no
clock. The standard library is enough to check a log; signatures need the extra `proof`.
"""

from __future__ import annotations

from campaignflow.audit.checkpoint import (
    Checkpoint,
    Note,
    SigningKey,
    VerifyingKey,
    open_checkpoint,
    open_note,
    origin_of,
    sign,
    sign_text,
)
from campaignflow.audit.export import export_lines, read_lines
from campaignflow.audit.merkle import EMPTY_ROOT, HASH_SIZE, Frontier, leaf_hash, node_hash, root_of
from campaignflow.audit.proofs import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from campaignflow.audit.receipt import Receipt, verify_receipt
from campaignflow.audit.tiles import TILE_WIDTH, Nodes, Tile, TileReader, Tree
from campaignflow.audit.verify import Report, verify_extension, verify_log

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "TILE_WIDTH",
    "Checkpoint",
    "Frontier",
    "Nodes",
    "Note",
    "Receipt",
    "Report",
    "SigningKey",
    "Tile",
    "TileReader",
    "Tree",
    "VerifyingKey",
    "consistency_proof",
    "export_lines",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "open_checkpoint",
    "open_note",
    "origin_of",
    "read_lines",
    "root_of",
    "sign",
    "sign_text",
    "verify_consistency",
    "verify_extension",
    "verify_inclusion",
    "verify_log",
    "verify_receipt",
]
