"""Receipts: the proof that one event stands in a campaign's log, for whoever depends on it, to be checked offline.

A receipt carries the signed checkpoint that its proof leads to. Without one a proof shows only that somebody can build
a tree around a leaf.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from campaignflow.audit.checkpoint import Checkpoint, VerifyingKey, open_checkpoint, origin_of
from campaignflow.audit.merkle import HASH_SIZE, leaf_hash
from campaignflow.audit.proofs import verify_inclusion
from campaignflow.errors import AuditError

__all__ = ["Receipt", "verify_receipt"]

_FORM = "campaignflow-receipt-1"
_MEMBERS = {"form": str, "campaign": str, "seq": int, "leaf": str, "proof": list, "size": int, "note": str}


@dataclass(frozen=True, slots=True)
class Receipt:
    """One event with the proof that it is in the log.

    Attributes:
        campaign: the campaign's id.
        seq: the event's number.
        leaf: its bytes exactly as stored.
        proof: inclusion proof, from the leaf's neighbour up.
        size: number of events that the proof's tree has.
        note: the signed checkpoint of that tree.
    """

    campaign: str
    seq: int
    leaf: bytes
    proof: tuple[bytes, ...]
    size: int
    note: str

    def to_json(self) -> str:
        """The receipt as JSON text, to be handed over or kept.

        Raises:
            AuditError: a leaf that is no UTF-8; such a log is damaged.
        """
        members = {
            "form": _FORM,
            "campaign": self.campaign,
            "seq": self.seq,
            "leaf": _leaf_text(self.leaf),
            "proof": [base64.b64encode(each).decode() for each in self.proof],
            "size": self.size,
            "note": self.note,
        }
        return json.dumps(members, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Receipt:
        """The receipt of a JSON text. Reading proves nothing yet: that is `verify_receipt`.

        Raises:
            AuditError: no receipt; the message says what is wrong.
        """
        members = _members(text)
        if members["form"] != _FORM:
            raise AuditError(f"a receipt of the form {members['form']!r}; this release reads {_FORM}")
        return cls(
            members["campaign"],
            members["seq"],
            _utf8(members["leaf"]),
            tuple(_hash(each) for each in members["proof"]),
            members["size"],
            members["note"],
        )


def verify_receipt(receipt: Receipt, keys: Iterable[VerifyingKey]) -> Checkpoint:
    """The checkpoint that the receipt was proved against, if everything fits.

    What it shows: one of these keys vouched for a log of this campaign in which event `seq` is exactly `leaf`. That the
    log was not rewritten since, only a later checkpoint and a consistency proof show (`verify_extension`).

    Raises:
        AuditError: the note is not signed by one of the keys, it is another campaign's or another size's, or the proof
            does not lead from the event to its root.
        MissingExtra: the extra `proof` is not installed.
    """
    checkpoint, note = open_checkpoint(receipt.note, keys)
    if checkpoint.origin not in {origin_of(key.name, receipt.campaign) for key in note.signers}:
        raise AuditError(f"the checkpoint is for {checkpoint.origin}, not for campaign {receipt.campaign!r}")
    if checkpoint.size != receipt.size:
        raise AuditError(f"the checkpoint is for {checkpoint.size} events, the proof for {receipt.size}")
    try:
        verify_inclusion(receipt.seq - 1, receipt.size, leaf_hash(receipt.leaf), receipt.proof, checkpoint.root)
    except AuditError as error:
        raise AuditError(f"event {receipt.seq} is not proved: {error}", receipt.seq) from None
    return checkpoint


def _leaf_text(leaf: bytes) -> str:
    try:
        return leaf.decode()
    except UnicodeDecodeError:
        raise AuditError("the event's bytes are no UTF-8: it was changed") from None


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise AuditError("the receipt's event is no valid text") from None


def _hash(text: Any) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError):
        data = b""
    if len(data) != HASH_SIZE or base64.b64encode(data).decode() != text:
        raise AuditError("the receipt's proof holds something that is no hash")
    return data


def _members(text: str | bytes) -> dict[str, Any]:
    try:
        members = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise AuditError(f"no receipt: not JSON ({error})") from None
    if not isinstance(members, dict) or members.keys() != _MEMBERS.keys():
        raise AuditError(f"no receipt: a JSON object with the members {', '.join(_MEMBERS)}")
    for name, kind in _MEMBERS.items():
        if type(members[name]) is not kind:
            raise AuditError(f"no receipt: {name!r} is of the wrong kind")
    return members


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise AuditError("no receipt: a member stands there twice")
    return members
