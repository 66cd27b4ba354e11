"""The outbox alone: claimed, delivered, tried again, dead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from campaignflow.core.messages import Notification
from campaignflow.engine.outbox import Outbox, Retry, enqueue
from campaignflow.errors import CampaignflowError
from campaignflow.hooks import DeliveryResult
from campaignflow.stores import SqliteStore

NOTE = Notification(
    "city:3:1",
    "city",
    "task.overdue",
    3,
    "city-office",
    "mail",
    "zh",
    "逾期",
    "任务已逾期",
    ("minutes",),
    "rule:late",
    7,
)
SECOND = 1_000_000


class World:
    """Takes what it is given, or answers what the test says."""

    def __init__(self) -> None:
        self.got: list[Notification] = []
        self.answers: list[DeliveryResult] = []

    def deliver(self, notification: Notification) -> DeliveryResult:
        self.got.append(notification)
        return self.answers.pop(0) if self.answers else DeliveryResult.delivered()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "drive.db")
    yield made
    made.close()


def queue(store: SqliteStore, *notes: Notification, now: int = 0) -> None:
    with store.unit() as unit:
        for note in notes:
            enqueue(unit, 1, note, now)


def test_what_is_delivered_is_what_was_composed_and_goes_out_once(store: SqliteStore) -> None:
    world = World()
    outbox = Outbox(store, world, Retry())
    queue(store, NOTE, evolve(NOTE, key="city:3:2", channel="sms"), NOTE)
    assert outbox.run(now=0) == (2, 0)
    assert world.got == [NOTE, evolve(NOTE, key="city:3:2", channel="sms")]
    assert outbox.run(now=10**18) == (0, 0)


def test_nothing_goes_out_before_its_time_and_no_more_than_the_limit(store: SqliteStore) -> None:
    outbox = Outbox(store, World(), Retry())
    queue(store, *(evolve(NOTE, key=f"city:3:{n}") for n in range(120)), now=100)
    assert outbox.run(now=99) == (0, 0)
    assert outbox.run(now=100, limit=70) == (70, 0)
    assert outbox.run(now=100) == (50, 0)


def test_a_failure_is_tried_again_later_with_the_same_key(store: SqliteStore) -> None:
    world = World()
    world.answers = [DeliveryResult.failed("host is down"), DeliveryResult.failed("still down")]
    outbox = Outbox(store, world, Retry())
    queue(store, NOTE)
    assert outbox.run(now=0) == (0, 1)
    first = store.outbox()[0]
    assert (first.state, first.attempts, first.error) == ("queued", 1, "host is down")
    assert 7.5 * SECOND <= first.next_try <= 12.5 * SECOND
    assert outbox.run(now=first.next_try - 1) == (0, 0)
    assert outbox.run(now=first.next_try) == (0, 1)
    second = store.outbox()[0]
    assert 15 * SECOND <= second.next_try - first.next_try <= 25 * SECOND
    assert outbox.run(now=second.next_try) == (1, 0)
    assert {note.key for note in world.got} == {"city:3:1"}
    assert store.outbox()[0].state == "sent"


def test_waits_double_are_spread_and_follow_from_the_key_alone() -> None:
    retry = Retry()
    waits = [retry.wait("a", attempt) for attempt in range(1, 200)]
    assert waits == [retry.wait("a", attempt) for attempt in range(1, 200)]
    assert waits != [retry.wait("b", attempt) for attempt in range(1, 200)]
    assert all(0.75 * 3600 * SECOND <= wait <= 1.25 * 3600 * SECOND for wait in waits[10:])


def test_after_the_last_attempt_it_is_a_dead_letter_that_can_be_retried(store: SqliteStore) -> None:
    world = World()
    world.answers = [DeliveryResult.failed("no route")] * 3
    outbox = Outbox(store, world, Retry(attempts=3, first=0.001))
    queue(store, NOTE)
    for now in (0, SECOND, 2 * SECOND, 3 * SECOND):
        outbox.run(now)
    (dead,) = outbox.dead_letters()
    assert (dead.key, dead.attempts, dead.error, dead.notification) == ("city:3:1", 3, "no route", NOTE)
    outbox.retry("city:3:1", now=4 * SECOND)
    assert outbox.dead_letters() == []
    assert outbox.run(now=4 * SECOND) == (1, 0)


def test_a_permanent_failure_is_dead_at_once_and_can_be_discarded(store: SqliteStore) -> None:
    world = World()
    world.answers = [DeliveryResult.failed("no such address", permanent=True)]
    outbox = Outbox(store, world, Retry())
    queue(store, NOTE)
    assert outbox.run(now=0) == (0, 1)
    outbox.discard("city:3:1")
    assert store.outbox() == []
    assert store.text("city:3:1") is None


@pytest.mark.parametrize("key", ["city:9:9", "city:3:1"])
def test_only_dead_letters_are_retried_or_discarded(store: SqliteStore, key: str) -> None:
    outbox = Outbox(store, World(), Retry())
    queue(store, NOTE)
    with pytest.raises(CampaignflowError, match=f"no dead letter '{key}'"):
        outbox.retry(key, now=0)
    with pytest.raises(CampaignflowError, match=f"no dead letter '{key}'"):
        outbox.discard(key)


def test_an_attempt_that_never_came_back_is_made_again_when_its_lease_ends(store: SqliteStore) -> None:
    class Killed(BaseException):
        """As if the process had died."""

    class Dying(World):
        def deliver(self, notification: Notification) -> DeliveryResult:
            super().deliver(notification)
            raise Killed

    dying, world = Dying(), World()
    queue(store, NOTE)
    with pytest.raises(Killed):
        Outbox(store, dying, Retry(lease=60)).run(now=0)
    outbox = Outbox(store, world, Retry(lease=60))
    assert outbox.run(now=59 * SECOND) == (0, 0)
    assert outbox.run(now=60 * SECOND) == (1, 0)
    assert dying.got == world.got == [NOTE]


def test_what_kills_its_process_each_time_ends_as_a_dead_letter(store: SqliteStore) -> None:
    queue(store, NOTE)
    for now in range(3):
        with store.unit() as unit:
            assert len(unit.claim(now, now + 1, 10)) == 1
    world = World()
    outbox = Outbox(store, world, Retry(attempts=3))
    assert outbox.run(now=3) == (0, 1)
    assert world.got == []
    assert ["ended with its process" in dead.error for dead in outbox.dead_letters()] == [True]


def test_a_notification_whose_text_was_erased_is_not_sent(store: SqliteStore) -> None:
    world = World()
    outbox = Outbox(store, world, Retry())
    queue(store, NOTE)
    with store.unit() as unit:
        unit.erase_text(NOTE.key)
    assert outbox.run(now=0) == (0, 1)
    assert world.got == []
    assert [(dead.error, dead.notification.text) for dead in outbox.dead_letters()] == [("its text was erased", "")]
