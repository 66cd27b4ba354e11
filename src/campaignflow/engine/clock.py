"""What time it is: the only place that asks.

Instants are whole microseconds since 1970 in UTC, as events carry them.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from campaignflow.errors import SimulationError
from campaignflow.plan.timemath import to_us

__all__ = ["Clock", "SystemClock", "VirtualClock"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """What an engine takes the time from."""

    @property
    def virtual(self) -> bool:
        """Whether this is not the world's time; campaigns under such a clock are marked."""

    def now(self) -> int:
        """Microseconds since 1970 in UTC; never less than the answer before."""


class SystemClock:
    """The computer's clock, except that it never runs backwards: while the computer's does, it stands still."""

    virtual = False

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def now(self) -> int:
        """Microseconds since 1970 in UTC."""
        read = time.time_ns() // 1000
        with self._lock:
            self._last = max(self._last, read)
            return self._last

    @property
    def skew(self) -> int:
        """How far, in microseconds, the computer's clock now lies behind what `now()` answers; 0 as it should be."""
        return max(0, self._last - time.time_ns() // 1000)


class VirtualClock:
    """A clock that stands until it is moved: for tests, scripts and simulations.

    Args:
        start: where it stands at first, an aware instant or its ISO text.

    Raises:
        ValueError: an instant without a time zone (`BadValue`), or a text that is no instant.

    >>> clock = VirtualClock("2026-04-01T09:00:00+08:00")
    >>> clock.advance(timedelta(days=1))
    >>> clock.at.isoformat()
    '2026-04-02T09:00:00+08:00'
    """

    virtual = True

    def __init__(self, start: datetime | str) -> None:
        first = _instant(start)
        self._now, self._zone = to_us(first), first.tzinfo

    def now(self) -> int:
        """Microseconds since 1970 in UTC."""
        return self._now

    @property
    def at(self) -> datetime:
        """Where it stands, in the zone it was started in."""
        return (_EPOCH + self._now * _MICROSECOND).astimezone(self._zone)

    def advance(self, to: datetime | timedelta | str) -> None:
        """Move on, by a stretch or to an instant.

        Raises:
            SimulationError: that would be backwards.
        """
        target = self._now + to // _MICROSECOND if isinstance(to, timedelta) else to_us(_instant(to))
        if target < self._now:
            raise SimulationError(f"time runs forwards only: from {self.at.isoformat()} not to {to}")
        self._now = target


def _instant(when: datetime | str) -> datetime:
    return datetime.fromisoformat(when) if isinstance(when, str) else when
