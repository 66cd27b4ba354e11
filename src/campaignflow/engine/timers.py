"""The timers of an open campaign, the next one first.

Timers follow from state; nothing stores them. The queue may hold some that state has left behind: those are dropped
when they come to the top.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from campaignflow.core.compiled import Compiled
from campaignflow.core.state import State
from campaignflow.core.timers import Timer, is_current

__all__ = ["TimerQueue"]


class TimerQueue:
    """A heap by (due, kind, item). Not safe between threads: its engine holds its lock."""

    def __init__(self, timers: Iterable[Timer] = ()) -> None:
        self._held = set(timers)
        self._heap = sorted(self._held)

    def __len__(self) -> int:
        return len(self._heap)

    def push(self, timers: Iterable[Timer]) -> None:
        """Take these in; one that is held already is not held twice."""
        for timer in timers:
            if timer not in self._held:
                self._held.add(timer)
                heapq.heappush(self._heap, timer)

    def next(self, compiled: Compiled, state: State) -> Timer | None:
        """The earliest timer that this state still has."""
        while self._heap and not is_current(compiled, state, self._heap[0]):
            self._held.discard(heapq.heappop(self._heap))
        return self._heap[0] if self._heap else None

    def drop(self, timer: Timer) -> None:
        """Forget a timer that stands at the top: it has fired, whatever became of it."""
        if self._heap and self._heap[0] == timer:
            self._held.discard(heapq.heappop(self._heap))
