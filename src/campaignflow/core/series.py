"""The occurrences of something that recurs, such that the next one is found without looking through all of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from campaignflow.plan.recurrence import Occurrence
from campaignflow.plan.timemath import to_us

__all__ = ["NO_SERIES", "Series"]


class Series:
    """Occurrences in order of their starts.

    Attributes:
        all: the occurrences. starts, ends: when they start and end, microseconds.
    """

    __slots__ = ("_latest", "all", "ends", "starts")

    def __init__(self, occurrences: Iterable[Occurrence]) -> None:
        self.all = tuple(occurrences)
        self.starts = [to_us(each.start) for each in self.all]
        self.ends = [to_us(each.end) for each in self.all]
        self._latest = list(accumulate(self.ends, max))  # ends need not be in order; the latest so far are

    def starting_after(self, us: int) -> int:
        """Place of the first that starts after an instant; the length where none does."""
        return bisect_right(self.starts, us)

    def ending_after(self, us: int) -> int:
        """Place of the first that ends after an instant; the length where none does."""
        return bisect_right(self._latest, us)

    def __len__(self) -> int:
        return len(self.all)


NO_SERIES = Series(())
"""Nothing recurs."""
