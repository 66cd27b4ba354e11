"""Receipts: what they prove, and that nothing about them can be changed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from campaignflow.audit import Checkpoint, Receipt, SigningKey, inclusion_proof, origin_of, sign, verify_receipt
from campaignflow.errors import AuditError

from .logs import Shelf, leaf

KEY = SigningKey("example.com/log", bytes(range(32)))
SHELF = Shelf(20, whole=True)


def receipt(seq: int = 7, size: int = 20, campaign: str = "city") -> Receipt:
    """A good receipt for an event of the sample log."""
    note = sign(Checkpoint(origin_of(KEY.name, campaign), size, SHELF.tree.frontier.root), KEY)
    return Receipt(campaign, seq, leaf(seq), inclusion_proof(SHELF.tree.nodes(), seq - 1, size), size, note)


def refused(wrong: Receipt) -> bool:
    """Is this receipt worth nothing?"""
    try:
        verify_receipt(wrong, [KEY.verifying])
    except AuditError:
        return True
    return False


def test_every_event_has_a_receipt_that_survives_the_journey() -> None:
    for seq in range(1, 21):
        again = Receipt.from_json(receipt(seq).to_json())
        assert again == receipt(seq)
        assert verify_receipt(again, [KEY.verifying]).size == 20


def test_the_event_can_be_read_in_it() -> None:
    assert json.loads(json.loads(receipt().to_json())["leaf"])["item"] == "task-7"


@pytest.mark.parametrize(
    "change",
    [
        {"campaign": "town"},
        {"seq": 8},
        {"seq": 0},
        {"seq": 21},
        {"leaf": leaf(8)},
        {"leaf": b""},
        {"size": 19},
        {"size": 21},
        {"proof": receipt(8).proof},
        {"proof": ()},
        {"note": receipt(campaign="town").note},
        {"note": ""},
        {"note": "example.com/log/city\n20\n"},
    ],
)
def test_a_receipt_with_another_part_is_refused(change: dict[str, Any]) -> None:
    assert refused(replace(receipt(), **change))


def test_a_receipt_of_another_key_is_refused() -> None:
    stranger = SigningKey(KEY.name, bytes(32))
    note = sign(Checkpoint(origin_of(KEY.name, "city"), 20, SHELF.tree.frontier.root), stranger)
    assert refused(replace(receipt(), note=note))


def test_a_key_vouches_only_for_logs_under_its_own_name() -> None:
    note = sign(Checkpoint(origin_of("example.com/elsewhere", "city"), 20, SHELF.tree.frontier.root), KEY)
    with pytest.raises(AuditError, match=r"is for example\.com/elsewhere/city"):
        verify_receipt(replace(receipt(), note=note), [KEY.verifying])


def test_the_event_that_is_not_proved_is_named() -> None:
    with pytest.raises(AuditError, match="event 7 is not proved") as caught:
        verify_receipt(replace(receipt(), leaf=leaf(8)), [KEY.verifying])
    assert caught.value.first_bad == 7


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_every_changed_byte_of_the_text_is_refused_or_says_the_same(mask: int) -> None:
    good, stored = receipt(), receipt().to_json().encode()
    for place in range(len(stored)):
        changed = bytes((*stored[:place], stored[place] ^ mask, *stored[place + 1 :]))
        try:
            read = Receipt.from_json(changed)
        except AuditError:
            continue
        assert read == good or refused(read), place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        "[" * 100_000,
        b"\xff",
        receipt().to_json().replace("receipt-1", "receipt-2"),
        receipt().to_json().replace('"seq": 7', '"seq": 7.0'),
        receipt().to_json().replace('"seq": 7', '"seq": true'),
        receipt().to_json().replace('"seq": 7', '"seq": 6, "seq": 7'),
        receipt().to_json().replace('"seq": 7', '"seq": 7, "more": 1'),
        receipt().to_json().replace('"proof": [', '"proof": [null,'),
        receipt().to_json().replace('"proof": [', '"proof": ["AAAA",'),
        receipt().to_json().replace("task-7", "\\ud800"),
    ],
)
def test_texts_that_are_no_receipt(text: str | bytes) -> None:
    with pytest.raises(AuditError):
        Receipt.from_json(text)


def test_no_receipt_for_bytes_that_are_no_text() -> None:
    with pytest.raises(AuditError, match="no UTF-8"):
        replace(receipt(), leaf=b"\xff").to_json()
