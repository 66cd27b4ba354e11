"""The timers of an open campaign, the next one first.

Timers follow from state; nothing stores them. The queue may hold some that state has left behind: they make its bound
come too early, never too late, and are dropped when they come to the top.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Set

from campaignflow.core.compiled import Compiled
from campaignflow.core.state import State
from campaignflow.core.timers import Timer, all_timers, is_current, timers_of

__all__ = ["TimerQueue"]

_CAMPAIGN = ("", "")


class TimerQueue:
    """A heap by (due, kind, item). Not safe between threads: its engine holds its lock."""

    def __init__(self, timers: Iterable[Timer] = ()) -> None:
        self._held = set(timers)
        self._heap = sorted(self._held)

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def bound(self) -> int | None:
        """No timer is due before this instant; None where there is none at all."""
        return self._heap[0].due if self._heap else None

    def push(self, timers: Iterable[Timer]) -> None:
        """Take these in; one that is held already is not held twice."""
        for timer in timers:
            if timer not in self._held:
                self._held.add(timer)
                heapq.heappush(self._heap, timer)

    def follow(self, compiled: Compiled, before: State, after: State, touched: Set[tuple[str, str]]) -> None:
        """Take in what a decision has touched. The top is looked at only where it may have changed.

        A suspended or ended campaign has no timers, a resumed one has them all again.
        """
        if before.status != after.status:
            self._heap = sorted(set(all_timers(compiled, after)))
            self._held = set(self._heap)
            return
        self.push(timers_of(compiled, after, touched))
        if self._heap and (_CAMPAIGN in touched or _subject(self._heap[0]) in touched):
            self._drop_stale(compiled, after)

    def next(self, compiled: Compiled, state: State) -> Timer | None:
        """The earliest timer that this state still has."""
        self._drop_stale(compiled, state)
        return self._heap[0] if self._heap else None

    def due(self, compiled: Compiled, state: State, now: int) -> Timer | None:
        """The earliest timer that this state still has, if it is due by now."""
        if not self._heap or self._heap[0].due > now:
            return None
        timer = self.next(compiled, state)
        return timer if timer is not None and timer.due <= now else None

    def drop(self, timer: Timer) -> None:
        """Forget a timer that stands at the top."""
        if self._heap and self._heap[0] == timer:
            self._pop()

    def _drop_stale(self, compiled: Compiled, state: State) -> None:
        while self._heap and not is_current(compiled, state, self._heap[0]):
            self._pop()

    def _pop(self) -> None:
        self._held.discard(heapq.heappop(self._heap))


def _subject(timer: Timer) -> tuple[str, str]:
    register, _, item = timer.item.partition("/")
    return register, item
