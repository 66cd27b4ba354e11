"""Notifications on their way out: after the commit, at least once, each under one key for ever.

An entry is *claimed* in a transaction of its own before anything goes out: it counts the attempt and is not due again
until its lease ends. So a process that is killed in the middle leaves an entry that another picks up later, with the
same key, and an entry that kills its process ends as a dead letter like any other.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

import orjson
import structlog
from attrs import asdict, frozen

from campaignflow.core.messages import Notification
from campaignflow.errors import CampaignflowError
from campaignflow.hooks.values import DeliveryResult
from campaignflow.stores import OutboxRow, Store, UnitOfWork
from campaignflow.stores.base import DEAD, QUEUED, SENT

__all__ = ["DeadLetter", "Deliverer", "Outbox", "Retry", "enqueue", "notification_of"]

_SECOND = 1_000_000
_ERASED = "its text was erased"
_NEVER_BACK = "no attempt ever came back: each ended with its process"
log = structlog.get_logger("campaignflow.outbox")


@frozen
class Retry:
    """How often and how fast a delivery is tried again.

    Attributes:
        attempts: the last attempt; then it is a dead letter.
        first: seconds after the first failure. Each later wait is twice the one before.
        longest: the longest wait, seconds.
        lease: seconds after which an attempt that never came back (a killed process) is made again.

    >>> [round(Retry().wait("city:7:1", attempt) / 1_000_000) for attempt in (1, 2, 3)]
    [10, 22, 36]
    """

    attempts: int = 8
    first: float = 10.0
    longest: float = 3600.0
    lease: float = 120.0

    def wait(self, key: str, attempt: int) -> int:
        """Microseconds until the next attempt: doubled each time, and spread by up to a quarter either way.

        The spread follows from key and attempt alone, so that the same run waits the same time.
        """
        seconds = min(self.longest, self.first * 2.0 ** min(attempt - 1, 60))
        share = hashlib.blake2b(f"{key}:{attempt}".encode(), digest_size=2).digest()
        return int(seconds * _SECOND * (0.75 + int.from_bytes(share, "big") / 2**17))


@frozen
class DeadLetter:
    """A notification that could not be delivered and is tried no more until somebody says so.

    Attributes:
        notification: what should have gone out. attempts: how often it was tried. error: what went wrong last.
    """

    notification: Notification
    attempts: int
    error: str

    @property
    def key(self) -> str:
        """Its idempotency key, the name to retry or discard it by."""
        return self.notification.key


class Deliverer(Protocol):
    """What hands notifications to the world."""

    def deliver(self, notification: Notification) -> DeliveryResult:
        """Hand over one notification; what went wrong is in the result."""


def enqueue(unit: UnitOfWork, number: int, notification: Notification, now: int) -> None:
    """Queue a notification in the transaction of its event; its words lie apart, where they can be erased."""
    members = asdict(notification)
    text = orjson.dumps({"subject": members.pop("subject"), "text": members.pop("text")})
    row = OutboxRow(
        notification.key, number, notification.seq, notification.channel, orjson.dumps(members), next_try=now
    )
    unit.enqueue(row, text)


def notification_of(row: OutboxRow, text: bytes | None) -> Notification:
    """The notification of a stored entry; with empty words where they were erased."""
    members = orjson.loads(row.body)
    members["attachments"] = tuple(members["attachments"])
    words = {"subject": "", "text": ""} if text is None else orjson.loads(text)
    return Notification(**members, **words)


class Outbox:
    """The outbox of a store.

    Args:
        store: where it lies. deliverer: who hands over. retry: how often.
    """

    def __init__(self, store: Store, deliverer: Deliverer, retry: Retry) -> None:
        self._store, self._deliverer, self._retry = store, deliverer, retry

    def run(self, now: int, limit: int | None = None) -> tuple[int, int]:
        """Try what is due, at most `limit` entries, each once.

        Returns:
            How many were handed over, and how many attempts failed.
        """
        sent = failed = 0
        until = now + int(self._retry.lease * _SECOND)
        while (left := 50 if limit is None else min(50, limit - sent - failed)) > 0:
            with self._store.unit() as unit:
                claimed = unit.claim(now, until, left)
            if not claimed:
                break
            for row in claimed:
                if self._attempt(row, now):
                    sent += 1
                else:
                    failed += 1
        return sent, failed

    def _attempt(self, row: OutboxRow, now: int) -> bool:
        result = self._result(row)
        dead = not result.ok and (result.permanent or row.attempts >= self._retry.attempts)
        state = SENT if result.ok else DEAD if dead else QUEUED
        next_try = now + self._retry.wait(row.key, row.attempts) if state == QUEUED else now
        with self._store.unit() as unit:
            unit.mark(row.key, state, next_try, result.reason, row.attempts)
        if dead:
            log.warning("dead letter", key=row.key, channel=row.channel, attempts=row.attempts, error=result.reason)
        return result.ok

    def _result(self, row: OutboxRow) -> DeliveryResult:
        if row.attempts > self._retry.attempts:
            return DeliveryResult.failed(_NEVER_BACK, permanent=True)
        text = self._store.text(row.key)
        if text is None:
            return DeliveryResult.failed(_ERASED, permanent=True)
        return self._deliverer.deliver(notification_of(row, text))

    def dead_letters(self) -> list[DeadLetter]:
        """All dead letters, the oldest first."""
        rows = self._store.outbox(DEAD)
        return [DeadLetter(notification_of(row, self._store.text(row.key)), row.attempts, row.error) for row in rows]

    def retry(self, key: str, now: int) -> None:
        """Queue a dead letter again, with all its attempts before it.

        Raises:
            CampaignflowError: no dead letter has this key.
        """
        row = self._dead(key)
        with self._store.unit() as unit:
            unit.mark(key, QUEUED, now, row.error, 0)

    def discard(self, key: str) -> None:
        """Give a dead letter up for good: its words are erased, its last error stays in the log of the host.

        Raises:
            CampaignflowError: no dead letter has this key.
        """
        row = self._dead(key)
        with self._store.unit() as unit:
            unit.drop(key)
        log.warning("dead letter discarded", key=key, channel=row.channel, error=row.error)

    def _dead(self, key: str) -> OutboxRow:
        row = self._store.outbox_entry(key)
        if row is None or row.state != DEAD:
            state = "is in the outbox" if row is None else f"is {row.state}"
            raise CampaignflowError(
                f"no dead letter {key!r}: {'nothing of this key ' if row is None else 'it '}{state}"
            )
        return row
