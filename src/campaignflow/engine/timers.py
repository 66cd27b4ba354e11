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


class TimerQueue:
    """A heap by (due, kind, item). Not safe between threads: its engine holds its lock."""

    # Plain tuples, because a hundred thousand timers are compared some two million times when a campaign is loaded.

    def __init__(self, timers: Iterable[Timer] = ()) -> None:
        self._fill(timers)

    def _fill(self, timers: Iterable[Timer]) -> None:
        self._held = {(timer.due, timer.kind, timer.item) for timer in timers}
        self._heap = sorted(self._held)

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def bound(self) -> int | None:
        """No timer is due before this instant; None where there is none at all."""
        return self._heap[0][0] if self._heap else None

    def push(self, timers: Iterable[Timer]) -> None:
        """Take these in; one that is held already is not held twice."""
        for timer in timers:
            entry = (timer.due, timer.kind, timer.item)
            if entry not in self._held:
                self._held.add(entry)
                heapq.heappush(self._heap, entry)

    def follow(self, compiled: Compiled, before: State, after: State, touched: Set[tuple[str, str]]) -> None:
        """Take in what a decision has touched. The top is looked at only where it may have changed.

        A suspended or ended campaign has no timers, a resumed one has them all again.
        """
        if before.status != after.status:
            self._fill(all_timers(compiled, after))
            return
        self.push(timers_of(compiled, after, touched))
        if self._heap and (_subject(self._heap[0][2]) in touched or any(not register for register, _ in touched)):
            self._drop_stale(compiled, after)

    def next(self, compiled: Compiled, state: State) -> Timer | None:
        """The earliest timer that this state still has."""
        self._drop_stale(compiled, state)
        return Timer(*self._heap[0]) if self._heap else None

    def due(self, compiled: Compiled, state: State, now: int) -> Timer | None:
        """The earliest timer that this state still has, if it is due by now."""
        if not self._heap or self._heap[0][0] > now:
            return None
        timer = self.next(compiled, state)
        return timer if timer is not None and timer.due <= now else None

    def drop(self, timer: Timer) -> None:
        """Forget a timer that stands at the top."""
        if self._heap and Timer(*self._heap[0]) == timer:
            self._pop()

    def _drop_stale(self, compiled: Compiled, state: State) -> None:
        while self._heap and not is_current(compiled, state, Timer(*self._heap[0])):
            self._pop()

    def _pop(self) -> None:
        self._held.discard(heapq.heappop(self._heap))


def _subject(about: str) -> tuple[str, str]:
    register, _, item = about.partition("/")
    return register, item
