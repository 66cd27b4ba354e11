"""One decision into one transaction: events, Merkle tree, head, notifications and documents together, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from functools import partial
from types import MappingProxyType

from attrs import evolve

from campaignflow.audit.merkle import leaf_hash
from campaignflow.core.codec import encode_event
from campaignflow.core.commands import Command
from campaignflow.core.decide import Decision
from campaignflow.core.events import Event
from campaignflow.engine.loaded import Loaded
from campaignflow.engine.outbox import enqueue
from campaignflow.errors import CampaignExists
from campaignflow.stores import Head, NewRow, Store, UnitOfWork

__all__ = ["NO_BLOBS", "Blobs", "Lost", "create", "write"]

Blobs = Mapping[bytes, bytes]
"""SHA-256 → content of the documents that come with a command."""

NO_BLOBS: Blobs = MappingProxyType({})


class Lost(Enum):
    """Why a decision was not written."""

    MOVED = "somebody else appended first: decide again"
    TAKEN = "the command's id is in the log already"


def write(
    store: Store, unit: UnitOfWork, loaded: Loaded, decision: Decision, command: Command, blobs: Blobs
) -> Loaded | Lost:
    """Write what was decided on `loaded`, unless the campaign has moved on or the command's id is taken.

    The queue of timers is brought up to date, too: where the transaction then fails, the caller forgets the campaign.
    """
    head = unit.head(loaded.head.id)
    if head is None or not loaded.is_at(head):
        return Lost.MOVED
    rows = _rows(decision, command)
    if not unit.append(head.number, rows):
        return Lost.TAKEN
    return _finish(store, unit, loaded, decision, rows, blobs)


def create(
    store: Store, unit: UnitOfWork, empty: Loaded, decision: Decision, command: Command, canonical: bytes
) -> Loaded:
    """Write a new campaign and its first events.

    Args:
        empty: the campaign before its first event, its head not stored yet.

    Raises:
        CampaignExists: the id is taken.
    """
    head = unit.create(empty.head)
    if head is None:
        raise CampaignExists(empty.head.id)
    unit.put_plan(head.plan, canonical)
    rows = _rows(decision, command)
    unit.append(head.number, rows)
    return _finish(store, unit, evolve(empty, head=head), decision, rows, NO_BLOBS)


def _rows(decision: Decision, command: Command) -> Sequence[NewRow]:
    first, *others = decision.events
    return [
        _row(first, command.id),
        *(_row(event) for event in others),
    ]


def _row(event: Event, command: str | None = None) -> NewRow:
    leaf = encode_event(event)
    return NewRow(event.seq, leaf, command, leaf_hash(leaf))


def _finish(
    store: Store, unit: UnitOfWork, loaded: Loaded, decision: Decision, rows: Sequence[NewRow], blobs: Blobs
) -> Loaded:
    number, state = loaded.head.number, decision.state
    tree, tiles = loaded.tree.append([row.hash for row in rows], partial(store.tile, number))
    for tile in tiles:
        unit.put_tile(number, tile.level, tile.index, tile.hashes)
    for sha256, content in blobs.items():
        unit.put_blob(sha256, content)
    for notification in decision.notifications:
        enqueue(unit, number, notification, decision.events[-1].recorded)
    loaded.timers.follow(loaded.compiled, loaded.state, state, decision.touched)
    held = loaded.head
    due = loaded.timers.bound
    head = Head(number, held.id, rows[-1].seq, tree.frontier.to_bytes(), due, state.plan_hash, held.flags)
    unit.save(head)
    return Loaded(head, loaded.compiled, state, tree, loaded.timers)
