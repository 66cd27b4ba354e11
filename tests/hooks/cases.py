"""Values and misbehaving plugins that the tests of the hooks share."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from campaignflow.core.events import Event
from campaignflow.core.freeze import freeze_mapping
from campaignflow.core.messages import AuditRecord, Move, Notification, ScoreItem
from campaignflow.hooks import Plugins, hookimpl

#: What the hooks read of a campaign in these tests.
VIEW: Any = SimpleNamespace(id="city", now=datetime(2026, 4, 8, 9, 0, tzinfo=UTC))
MOVE = Move("task.verify", "verify", "task", "kick-off", "submitted", "verified", "lead", {"grade": {"a": [1]}})
EVENT = Event(7, "task.verified", "kick-off", freeze_mapping({"grade": [1, 2]}), "leading-group", 1_000_000, 2_000_000)
ITEMS = (ScoreItem("streets", Decimal(80), Decimal(2)), ScoreItem("parks", Decimal(90), Decimal(1)))


def notification(**changes: Any) -> Notification:
    """A notification; every field can be changed."""
    fields: dict[str, Any] = {
        "key": "city:7:1",
        "campaign": "city",
        "event": "task.verified",
        "seq": 7,
        "recipient": "city-office",
        "channel": "mail",
        "language": "en",
        "subject": "Kick-off verified",
        "text": "The kick-off is verified.",
        "at": 1_775_638_800_000_000,
    }
    return Notification(**(fields | changes))


def record(position: int, leaf: bytes = b'{"seq":1}', leaf_hash: str | None = None) -> AuditRecord:
    """An audit record at a place in the store's log."""
    return AuditRecord("city", position, position, EVENT, leaf, leaf_hash or f"{position:064x}")


async def _later() -> None:
    return None


def misbehave(how: str, argument: Any, limit: float) -> Any:
    """Do one of the things that a hook must not do."""
    match how:
        case "raise":
            raise RuntimeError("boom")
        case "exit":
            raise SystemExit(3)
        case "wrong type":
            return 5
        case "coroutine":
            return _later()
        case "generator":
            return (each for each in ())
        case "huge":
            return ["x"] * 100_000
        case "slow":
            time.sleep(limit * 3)
            return None
        case "mutate":
            _spoil(argument)
    return None


def _spoil(argument: Any) -> None:
    """Try the ways into a frozen value; that none of them raises would be a defect of ours."""
    for inner in ("fields", "data"):
        if hasattr(argument, inner):
            getattr(argument, inner)["grade"] = "spoilt"
    argument.item = "spoilt"


class Bad:
    """A plugin whose every hook misbehaves in one way."""

    name = "bad"

    def __init__(self, how: str, limit: float = 0.02) -> None:
        self.how, self.limit, self.calls = how, limit, 0

    def _do(self, argument: Any) -> Any:
        self.calls += 1
        return misbehave(self.how, argument, self.limit)

    @hookimpl
    def authorize(self, actor: str) -> Any:
        return self._do(actor)

    @hookimpl
    def guard(self, move: Move) -> Any:
        return self._do(move)

    @hookimpl
    def compose(self, event: Event) -> Any:
        return self._do(event)

    @hookimpl
    def deliver(self, notification: Notification) -> Any:
        return self._do(notification)

    @hookimpl
    def audit(self, record: AuditRecord) -> Any:
        return self._do(record)


class Good:
    """A plugin that answers every hook as it should, and notes that it was asked."""

    name = "good"

    def __init__(self) -> None:
        self.asked: list[str] = []

    @hookimpl
    def authorize(self, actor: str, action: str, subject: str, campaign: Any) -> Any:
        self.asked.append(f"authorize {actor} {action} {subject} {campaign.id}")
        return "not today"

    @hookimpl
    def guard(self, move: Move, campaign: Any) -> Any:
        self.asked.append(f"guard {move.item}")
        return ["too early", "too loud"]

    @hookimpl
    def compose(self, event: Event, campaign: Any) -> Any:
        self.asked.append(f"compose {event.type}")
        return [notification(key="forged", campaign="other", seq=99)]

    @hookimpl
    def deliver(self, notification: Notification) -> Any:
        self.asked.append(f"deliver {notification.key}")
        return True

    @hookimpl
    def audit(self, record: AuditRecord) -> None:
        self.asked.append(f"audit {record.position}")


def call(plugins: Plugins, hook: str) -> Any:
    """Call a decision hook through the manager, as the core does."""
    if hook == "authorize":
        return plugins.authorize("city-office", "task.verify", "kick-off", VIEW)
    return plugins.guard(MOVE, VIEW) if hook == "guard" else plugins.compose(EVENT, VIEW)
