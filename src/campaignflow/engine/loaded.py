"""A campaign in memory: its state after all stored events, and what is needed to append the next ones."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from campaignflow.audit.merkle import Frontier, leaf_hash
from campaignflow.audit.tiles import TILE_WIDTH, Tree
from campaignflow.core.apply import apply, empty_state
from campaignflow.core.codec import decode_event
from campaignflow.core.compiled import Compiled
from campaignflow.core.state import State
from campaignflow.core.timers import all_timers
from campaignflow.engine.timers import TimerQueue
from campaignflow.errors import AuditError
from campaignflow.stores import Head, LogRow, Store

__all__ = ["Loaded", "catch_up", "load"]


@frozen
class Loaded:
    """One campaign at one version.

    Attributes:
        head: its row in the store. compiled: its plan, compiled. state: its state.
        tree: the Merkle tree's edge. timers: its queue of timers, shared by all versions; under the engine's lock.
    """

    head: Head
    compiled: Compiled
    state: State
    tree: Tree
    timers: TimerQueue

    @property
    def version(self) -> int:
        """Number of the last event."""
        return self.head.version

    def is_at(self, head: Head) -> bool:
        """Whether the store's head is the one this was made from: same version, and the same events behind it."""
        return self.head.version == head.version and self.head.frontier == head.frontier


def load(store: Store, head: Head, compiled_of: Callable[[str], Compiled]) -> Loaded:
    """Replay a campaign's events. No plugin is asked: what they contributed stands in the events.

    Args:
        compiled_of: gives the compiled plan of a hash.

    Raises:
        AuditError: the stored events are not those that the head was made from.
    """
    compiled = compiled_of(head.plan)
    return _replayed(store, head, compiled, empty_state(compiled, head.id), Tree(), 0)


def catch_up(store: Store, loaded: Loaded, head: Head) -> Loaded:
    """Apply what another process has appended since.

    Raises:
        AuditError: the head was not made from this one and the events after it.
    """
    return _replayed(store, head, loaded.compiled, loaded.state, loaded.tree, loaded.version)


def _applied(compiled: Compiled, state: State, row: LogRow) -> State:
    try:
        return apply(compiled, state, decode_event(row.leaf))
    except Exception as error:  # whatever a changed event breaks, the log is to blame and this is its place
        text = f"campaign {state.campaign!r}: event {row.seq} cannot be replayed: {error} (audit verify says more)"
        raise AuditError(text, row.seq) from error


def _replayed(store: Store, head: Head, compiled: Compiled, state: State, tree: Tree, after: int) -> Loaded:
    frontier, tail, seq = Frontier.from_bytes(head.frontier), list(tree.tail), after
    partial_from = head.version - head.version % TILE_WIDTH
    if after < partial_from:
        tail = []
    for row in store.log(head.number, after, head.version):
        seq += 1
        if row.seq != seq:
            raise AuditError(f"campaign {head.id!r}: event {seq} is missing", seq)
        if seq > partial_from:
            tail.append(leaf_hash(row.leaf))
        state = _applied(compiled, state, row)
    if seq != head.version or frontier.size != seq:
        raise AuditError(f"campaign {head.id!r}: its head says {head.version} events, its log has {seq}", seq + 1)
    return Loaded(head, compiled, state, Tree.opened(frontier, tail), TimerQueue(all_timers(compiled, state)))
