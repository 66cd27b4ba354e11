"""What an engine asks of a store, whatever database stands behind it.

A store knows nothing of plans, events or time: it keeps bytes, text keys and whole numbers. Reads happen outside a
transaction, on what is committed; everything that changes goes through one `UnitOfWork`, which is committed whole or
not at all. The log only grows, so a head read first and rows read afterwards up to its version always fit together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from attrs import frozen

__all__ = [
    "DEAD",
    "QUEUED",
    "SENT",
    "VIRTUAL",
    "CheckpointRow",
    "Head",
    "LogRow",
    "NewRow",
    "OutboxRow",
    "Store",
    "UnitOfWork",
]

VIRTUAL = 1
"""Flag of a head: this campaign lives under a virtual clock."""

QUEUED = "queued"
SENT = "sent"
DEAD = "dead"


@frozen
class Head:
    """The one row that says where a campaign stands.

    Attributes:
        number: the store's own number for it, the key of all its rows.
        id: the campaign's id.
        version: sequence number of its last event.
        frontier: the Merkle tree's frontier after that event, as `audit` writes it.
        next_due: a lower bound for its next timer, microseconds; None where none is running.
        plan: hash of its plan.
        flags: bits; `VIRTUAL`.
    """

    number: int
    id: str
    version: int
    frontier: bytes
    next_due: int | None
    plan: str
    flags: int = 0


@frozen
class NewRow:
    """One event to be appended: its number in the campaign, its bytes; on a command's first event the command's id.

    `hash` is the leaf's hash, kept beside it so that a check of the log can name the very event that was edited.
    """

    seq: int
    leaf: bytes
    command: str | None = None
    hash: bytes = b""


@frozen
class LogRow:
    """One stored event: its place in the whole store, whose it is, its number there, its bytes as stored."""

    position: int
    campaign: int
    seq: int
    leaf: bytes


@frozen
class OutboxRow:
    """One notification for one channel.

    Attributes:
        key: idempotency key. number: the campaign's number. seq: the event it follows from. channel: where it goes.
        body: the notification without its text, which lies in the erasable table of texts under the same key.
        state: `queued`, `sent` or `dead`.
        attempts: how often it was tried. next_try: not before this instant, microseconds. error: what went wrong last.
    """

    key: str
    number: int
    seq: int
    channel: str
    body: bytes
    state: str = QUEUED
    attempts: int = 0
    next_try: int = 0
    error: str = ""


@frozen
class CheckpointRow:
    """A signed (or plain) checkpoint of a campaign's log: how many events it covers, and its text."""

    size: int
    note: bytes


class UnitOfWork(Protocol):
    """What one commit holds. Only alive inside `with store.unit() as unit`."""

    def head(self, campaign: str) -> Head | None:
        """The head, read under the lock: nobody changes it before this unit ends."""

    def create(self, head: Head) -> Head | None:
        """A new campaign (its `number` is given by the store); None where the id is taken."""

    def append(self, number: int, rows: Sequence[NewRow]) -> bool:
        """Append events; False, with nothing written by this call, where the command's id is in the log already."""

    def save(self, head: Head) -> None:
        """Write a campaign's head."""

    def put_plan(self, plan_hash: str, canonical: bytes) -> None:
        """Keep a plan, once."""

    def put_tile(self, number: int, level: int, index: int, hashes: bytes) -> None:
        """Keep a complete subtree of a campaign's Merkle tree."""

    def put_blob(self, sha256: bytes, content: bytes) -> None:
        """Keep a document's content, once."""

    def put_checkpoint(self, number: int, row: CheckpointRow) -> None:
        """Keep a checkpoint; a later one of the same size takes its place."""

    def enqueue(self, row: OutboxRow, text: bytes) -> None:
        """Queue a notification and keep its text; a key that is there already changes nothing."""

    def claim(self, now: int, until: int, limit: int) -> list[OutboxRow]:
        """Take what is due for sending: each gets one attempt more, and is not due again before `until`."""

    def mark(self, key: str, state: str, next_try: int, error: str, attempts: int) -> bool:
        """Write what became of a notification; False where the key is unknown."""

    def drop(self, key: str) -> bool:
        """Forget a notification and its text; False where the key is unknown."""

    def erase_text(self, key: str) -> None:
        """Erase a notification's text, and nothing else."""

    def spoil(self) -> None:
        """Something broke off half-way: whatever happens now, this unit is not committed."""

    def move_cursor(self, sink: str, position: int) -> None:
        """A sink has seen the log up to here; a cursor never goes back."""


class Store(Protocol):
    """A durable place for campaigns. Safe to share between threads; a forked child opens its own connection."""

    @property
    def url(self) -> str:
        """What was opened, for messages."""

    def unit(self) -> AbstractContextManager[UnitOfWork]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises:
            StoreError: locked too long, read-only, full, broken; nothing of the unit is written.
        """

    def head(self, campaign: str) -> Head | None:
        """Where a campaign stands."""

    def heads(self) -> list[Head]:
        """All campaigns, by id."""

    def next_due(self, now: int, flags: int, limit: int) -> list[Head]:
        """Campaigns with these flags whose next timer is due by now, the earliest first (ties by id)."""

    def log(self, number: int, after: int = 0, until: int | None = None) -> Iterator[LogRow]:
        """A campaign's events with `after < seq <= until`, in order."""

    def leaf(self, number: int, seq: int) -> bytes | None:
        """One event's bytes."""

    def hashes(self, number: int, after: int) -> bytes:
        """The hashes kept beside a campaign's events with `seq > after`, joined in order."""

    def changes(self, after: int, limit: int) -> list[LogRow]:
        """The whole store's log after a position, in the order of commits."""

    def last_position(self) -> int:
        """Position of the newest event of the whole store, 0 where there is none."""

    def command(self, number: int, command: str) -> int | None:
        """Sequence number of the first event of the command of this id."""

    def plan(self, plan_hash: str) -> bytes | None:
        """A plan's canonical bytes."""

    def tile(self, number: int, level: int, index: int) -> bytes | None:
        """A complete subtree."""

    def blob(self, sha256: bytes) -> bytes | None:
        """A document's content."""

    def text(self, key: str) -> bytes | None:
        """A notification's text; None once it is erased."""

    def checkpoints(self, number: int) -> list[CheckpointRow]:
        """A campaign's checkpoints, the smallest first."""

    def outbox(self, state: str | None = None, number: int | None = None) -> list[OutboxRow]:
        """Notifications, by campaign and event."""

    def outbox_entry(self, key: str) -> OutboxRow | None:
        """One notification."""

    def cursor(self, sink: str) -> int:
        """How far a sink has come; 0 before the first."""

    def dump(self) -> Iterable[tuple[str, tuple[object, ...]]]:
        """Every row of every table as (table, row), in a fixed order: for comparing two moments of a store."""

    def close(self) -> None:
        """Give back the connection; closing twice is harmless."""
