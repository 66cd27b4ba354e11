"""What runs by itself: timers, deliveries, audit sinks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from campaignflow.core.messages import AuditRecord, Notification
from campaignflow.engine import Engine, Retry, VirtualClock
from campaignflow.hooks import DeliveryResult, Memory, hookimpl
from campaignflow.plan.model import Plan


def types(campaign: Any) -> list[str]:
    return [event.type for event in campaign.events()]


def test_a_timer_fires_once_when_it_is_due_with_its_own_time(engine: Engine, clock: VirtualClock, plan: Plan) -> None:
    campaign = engine.start(plan)
    campaign.mobilize()
    clock.advance("2026-04-07T23:59:59+08:00")
    engine.tick()
    assert "task.overdue" not in types(campaign)
    clock.advance("2026-04-20T00:00:00+08:00")
    engine.tick()
    assert engine.tick().timers == 0
    (overdue,) = [event for event in campaign.events() if event.type == "task.overdue"]
    assert overdue.item == "kick-off"
    assert campaign.loaded.compiled.when(overdue.at).isoformat() == "2026-04-08T00:00:00+08:00"
    assert overdue.recorded == clock.now()
    assert overdue.by == "engine"


def test_due_timers_fire_before_a_command(engine: Engine, clock: VirtualClock, plan: Plan) -> None:
    campaign = engine.start(plan)
    campaign.mobilize()
    clock.advance("2026-04-20T00:00:00+08:00")
    outcome = campaign.task("kick-off").done()
    before = types(campaign)[: outcome.events[0].seq - 1]
    assert "task.overdue" in before
    assert engine.tick().timers == 0


def test_a_tick_costs_what_is_due_and_obeys_its_limit(engine: Engine, clock: VirtualClock, plan: Plan) -> None:
    for n in range(5):
        engine.start(plan, id=f"city-{n}").mobilize()
    clock.advance("2026-04-08T00:00:00+08:00")
    assert engine.tick(limit=2).timers == 2
    total = 2
    while fired := engine.tick(limit=1).timers:
        total += fired
    assert total >= 5
    for campaign in engine.campaigns():
        assert types(campaign).count("task.overdue") == 1


def test_timers_of_a_reopened_store_fire(
    file_url: str, open_engine: Callable[..., Engine], clock: VirtualClock, plan: Plan
) -> None:
    first = open_engine(file_url)
    first.start(plan).mobilize()
    first.close()
    clock.advance("2026-04-20T00:00:00+08:00")
    again = open_engine(file_url)
    again.tick()
    assert types(again.campaign("spring-clean")).count("task.overdue") == 1


def test_a_suspended_campaign_has_no_timers_and_a_resumed_one_has_them_again(
    engine: Engine, clock: VirtualClock, plan: Plan
) -> None:
    campaign = engine.start(plan)
    campaign.mobilize()
    campaign.suspend("typhoon")
    assert engine.store.next_due(10**17, 1, 10) == []
    clock.advance("2026-04-20T00:00:00+08:00")
    assert engine.tick().timers == 0
    campaign.resume()
    engine.tick()
    assert types(campaign).count("task.overdue") == 1


def test_an_ended_campaign_has_no_timers(engine: Engine, clock: VirtualClock, plan: Plan) -> None:
    campaign = engine.start(plan)
    campaign.mobilize()
    campaign.abort("merged with another")
    clock.advance("2026-04-20T00:00:00+08:00")
    assert engine.tick().timers == 0
    assert campaign.state == "aborted"


def test_a_bound_that_came_too_early_is_corrected_once(engine: Engine, clock: VirtualClock, plan: Plan) -> None:
    campaign = engine.start(plan)
    campaign.mobilize()
    head = engine.store.head(campaign.id)
    assert head is not None
    with engine.store.unit() as unit:
        unit.save(evolve(head, next_due=clock.now()))
    assert engine.tick().timers == 0
    corrected = engine.store.head(campaign.id)
    assert corrected == head


class Faulty:
    """A guard-like plugin that fails on demand when an event is composed."""

    name = "faulty"
    failing = True

    @hookimpl
    def compose(self, event: Any, campaign: Any) -> None:
        """Raise while failing."""
        if self.failing and event.type == "task.overdue":
            raise RuntimeError("out of paper")


def test_a_plugin_that_fails_keeps_its_campaigns_timers_waiting_and_no_others(
    url: str | None, open_engine: Callable[..., Engine], clock: VirtualClock, plan: Plan
) -> None:
    plugin = Faulty()
    engine = open_engine(url, plugins=[plugin])
    waiting = engine.start(plan, id="a")
    waiting.mobilize()
    done = engine.start(plan, id="b")
    done.mobilize()
    done.task("kick-off").done()
    clock.advance("2026-04-20T00:00:00+08:00")
    problems = engine.tick().problems
    assert len(problems) == 1
    assert "out of paper" in problems[0]
    assert "task.overdue" not in types(waiting)
    plugin.failing = False
    assert engine.tick().problems == ()
    assert types(waiting).count("task.overdue") == 1


def test_notifications_go_out_after_the_commit_in_the_tick(
    url: str | None, open_engine: Callable[..., Engine], herald: object, memory: Memory, plan: Plan
) -> None:
    engine = open_engine(url, plugins=[herald, memory])
    campaign = engine.start(plan)
    campaign.mobilize()
    outcome = campaign.task("kick-off").done()
    assert memory.notifications == {}
    result = engine.tick()
    assert (result.deliveries, result.failed) == (1, 0)
    (note,) = memory.notifications.values()
    assert note.text == "kick-off was verified by host."
    assert note.seq in [event.seq for event in outcome.events]
    assert engine.tick().deliveries == 0


def test_nothing_goes_out_for_a_batch_that_failed(
    url: str | None, open_engine: Callable[..., Engine], herald: object, memory: Memory, plan: Plan
) -> None:
    engine = open_engine(url, plugins=[herald, memory], deliver="commit")
    campaign = engine.start(plan)
    campaign.mobilize()
    with pytest.raises(ZeroDivisionError), engine.batch():
        campaign.task("kick-off").done()
        raise ZeroDivisionError
    engine.tick()
    assert memory.notifications == {}
    campaign.task("kick-off").done()
    assert len(memory.notifications) == 1


def test_an_engine_that_never_delivers_only_queues(
    url: str | None, open_engine: Callable[..., Engine], herald: object, memory: Memory, plan: Plan
) -> None:
    engine = open_engine(url, plugins=[herald, memory], deliver="never")
    campaign = engine.start(plan)
    campaign.mobilize()
    campaign.task("kick-off").done()
    assert engine.tick().deliveries == 0
    assert memory.notifications == {}
    assert [row.state for row in engine.store.outbox()] == ["queued"]


class Down:
    """A channel that does not answer."""

    name = "down"

    @hookimpl
    def deliver(self, notification: Notification) -> DeliveryResult:
        """Never."""
        return DeliveryResult.failed("connection refused")


def test_dead_letters_are_listed_retried_and_discarded(
    url: str | None, open_engine: Callable[..., Engine], herald: object, plan: Plan
) -> None:
    engine = open_engine(url, plugins=[herald, Down()], retry=Retry(attempts=1))
    campaign = engine.start(plan)
    campaign.mobilize()
    campaign.task("kick-off").done()
    assert engine.tick().failed == 1
    (letter,) = engine.dead_letters()
    assert (letter.error, letter.notification.recipient) == ("connection refused", "office")
    engine.retry(letter.key)
    assert engine.dead_letters() == []
    engine.tick()
    engine.discard(letter.key)
    assert engine.dead_letters() == []


class Ledger:
    """An audit sink that stops at some records."""

    name = "ledger"

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.broken = False

    @hookimpl
    def audit(self, record: AuditRecord) -> None:
        """Take the record, unless broken."""
        if self.broken and len(self.seen) % 3 == 2:
            raise RuntimeError("disk is full")
        self.seen.append(record.position)


def test_an_audit_sink_misses_nothing_and_waits_where_it_fails(
    url: str | None, open_engine: Callable[..., Engine], plan: Plan
) -> None:
    ledger = Ledger()
    engine = open_engine(url, plugins=[ledger])
    for n in range(3):
        engine.start(plan, id=f"city-{n}").mobilize()
    ledger.broken = True
    engine.tick()
    assert ledger.seen == [1, 2]
    engine.tick()
    assert ledger.seen == [1, 2]
    ledger.broken = False
    engine.tick()
    assert ledger.seen == list(range(1, engine.store.last_position() + 1))
    assert engine.tick().audited == 0
