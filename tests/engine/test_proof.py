"""Receipts and checkpoints of stored campaigns."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from campaignflow.audit.checkpoint import SigningKey, open_checkpoint
from campaignflow.audit.receipt import Receipt, verify_receipt
from campaignflow.engine import Engine
from campaignflow.errors import AuditError
from campaignflow.plan.model import Plan

KEY = SigningKey("city.example/campaigns", bytes(range(32)))


def test_every_command_has_a_receipt_that_proves_itself_elsewhere(
    url: str | None, open_engine: Callable[..., Engine], plan: Plan
) -> None:
    engine = open_engine(url, key=KEY)
    campaign = engine.start(plan)
    outcome = campaign.mobilize()
    for n in range(300):
        campaign.task("kick-off").report(progress=f"{n % 100}%")
    text = outcome.receipt().to_json()
    receipt = Receipt.from_json(text)
    checkpoint = verify_receipt(receipt, [KEY.verifying])
    assert checkpoint.size == campaign.version
    assert receipt.leaf == engine.store.leaf(1, outcome.events[0].seq)
    for seq in (1, 255, 256, 257, campaign.version):
        verify_receipt(campaign.receipt(seq), [KEY.verifying])
    with pytest.raises(AuditError, match="none of number"):
        campaign.receipt(campaign.version + 1)


def test_a_checkpoint_says_size_and_root_and_is_kept(
    url: str | None, open_engine: Callable[..., Engine], plan: Plan
) -> None:
    engine = open_engine(url)
    campaign = engine.start(plan)
    note = campaign.checkpoint(KEY)
    checkpoint, _ = open_checkpoint(note, [KEY.verifying])
    assert checkpoint.size == campaign.version
    assert [row.note for row in engine.store.checkpoints(1)] == [note.encode()]


def test_without_a_key_there_is_no_receipt(engine: Engine, plan: Plan) -> None:
    outcome = engine.start(plan).mobilize()
    with pytest.raises(AuditError, match="no key"):
        outcome.receipt()


def test_a_store_that_is_only_read_gives_receipts_of_its_last_checkpoint(
    file_url: str, open_engine: Callable[..., Engine], plan: Plan
) -> None:
    writer = open_engine(file_url, key=KEY)
    writer.start(plan).checkpoint()
    writer.close()
    reader = open_engine(f"{file_url}?mode=ro", key=KEY)
    verify_receipt(reader.campaign("spring-clean").receipt(1), [KEY.verifying])
