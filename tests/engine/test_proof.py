"""Receipts and checkpoints of stored campaigns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from campaignflow.audit.checkpoint import SigningKey, open_checkpoint
from campaignflow.audit.receipt import Receipt, verify_receipt
from campaignflow.engine import Engine
from campaignflow.errors import AuditError, CampaignNotFound
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


def test_a_whole_log_verifies(url: str | None, open_engine: Callable[..., Engine], plan: Plan) -> None:
    engine = open_engine(url, key=KEY)
    campaign = engine.start(plan)
    campaign.mobilize()
    campaign.checkpoint()
    for n in range(300):
        campaign.task("kick-off").report(progress=f"{n % 100}%")
    report = campaign.verify()
    assert (report.ok, report.size, report.proven) == (True, campaign.version, campaign.version)
    with pytest.raises(CampaignNotFound, match="'spring-clean'"):
        engine.verify("spring-cleam")


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("UPDATE log SET leaf = CAST(replace(leaf, 'kick-off', 'leaflets') AS BLOB) WHERE seq = 10", 10),
        ("DELETE FROM log WHERE seq = 100", 100),
        ("DELETE FROM log WHERE seq > 200", 201),
        ("UPDATE log SET leaf = (SELECT leaf FROM log AS other WHERE other.seq = 5) WHERE seq = 6", 6),
        ("UPDATE log SET leaf = CAST('{}' AS BLOB) WHERE seq = 303", 303),
    ],
)
def test_tampering_is_found_and_the_first_bad_event_named(
    file_url: str, open_engine: Callable[..., Engine], plan: Plan, statement: str, first_bad: int
) -> None:
    engine = open_engine(file_url, key=KEY)
    campaign = engine.start(plan)
    campaign.mobilize()
    for n in range(300):
        campaign.task("kick-off").report(progress=f"{n % 100}%")
    engine.close()
    raw = apsw.Connection(file_url.removeprefix("sqlite:///"))
    raw.execute(statement)
    raw.close()
    report = open_engine(file_url).verify("spring-clean")
    assert (report.ok, report.first_bad) == (False, first_bad)


def test_a_log_that_was_rolled_back_is_found_by_a_checkpoint_kept_elsewhere(
    file_url: str, open_engine: Callable[..., Engine], plan: Plan
) -> None:
    engine = open_engine(file_url)
    engine.start(plan)
    path = Path(file_url.removeprefix("sqlite:///"))
    engine.close()
    backup = path.read_bytes()
    engine = open_engine(file_url)
    engine.campaign("spring-clean").mobilize()
    note = engine.campaign("spring-clean").checkpoint(KEY)
    engine.close()
    path.write_bytes(backup)
    engine = open_engine(file_url)
    assert engine.verify("spring-clean", [KEY.verifying]).ok
    assert not engine.verify("spring-clean", [KEY.verifying], [note]).ok
    engine.start(plan, id="other")
    with pytest.raises(AuditError, match="not for campaign 'other'"):
        engine.verify("other", [KEY.verifying], [note])


def test_a_changed_event_that_cannot_be_replayed_is_named_when_the_campaign_is_opened(
    file_url: str, open_engine: Callable[..., Engine], plan: Plan
) -> None:
    engine = open_engine(file_url)
    engine.start(plan).mobilize()
    engine.close()
    raw = apsw.Connection(file_url.removeprefix("sqlite:///"))
    raw.execute("UPDATE log SET leaf = CAST('{}' AS BLOB) WHERE seq = 2")
    raw.close()
    with pytest.raises(AuditError, match="event 2 cannot be replayed") as found:
        open_engine(file_url).campaign("spring-clean")
    assert found.value.first_bad == 2
