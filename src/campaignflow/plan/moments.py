"""Moments as a plan writes them, and what they come to once a year, a calendar and what has happened are known.

A moment is a base (a day, a month, a named day, a happening) and a chain of offsets. It stays as written, year-less where
it was written so, until `resolve` is given a `TimeContext`.
"""

from __future__ import annotations

import calendar as gregorian
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from campaignflow.plan.calendars import EVERY_DAY, Calendar
from campaignflow.plan.timemath import (
    add,
    clock_change,
    day_bounds_us,
    day_start,
    from_us,
    local_day,
    resolve_local,
    shift_date,
)
from campaignflow.plan.values import BadValue, Duration

if TYPE_CHECKING:
    from campaignflow.plan.windows import Span, Window

__all__ = ["Found", "Happening", "Moment", "Named", "OnCalendar", "Pending", "Stretch", "TimeContext"]

YearMark = int | Literal["next"] | None


@frozen
class Pending:
    """What cannot be resolved yet.

    Attributes:
        needs: what is missing: `year`, `start`, `accepted`, `PHASE.entered`, the name of a date, …
    """

    needs: frozenset[str]


@frozen
class Stretch:
    """Whole local days, first and last included."""

    first: date
    last: date


Found = Stretch | datetime | Pending
"""What a moment comes to: whole days, an instant, or not yet known."""


@frozen
class TimeContext:
    """What moments and windows are resolved against.

    Attributes:
        zone: the plan's time zone.
        calendar: whose working days `d` counts.
        year: the plan's `year`, or None.
        dates: the plan's `dates`.
        happenings: `accepted`, `PHASE.entered`, `PHASE.left`, `TASK.verified` → when.
        start: the campaign's start.
        within: the enclosing window, from which a year-less date takes its year if it fixes one.
    """

    zone: ZoneInfo
    calendar: Calendar = EVERY_DAY
    year: int | None = None
    dates: Mapping[str, Window] = field(factory=dict)
    happenings: Mapping[str, datetime] = field(factory=dict)
    start: datetime | None = None
    within: Span | None = None
    # Derived from the fields above alone, so that filling it changes nothing that anyone can see.
    _named: dict[str, tuple[tuple[Found | None, Found | None], Span | Pending]] = field(
        factory=dict, init=False, eq=False, repr=False
    )

    def enclosed_by(self, span: Span | None) -> TimeContext:
        """The context of what stands inside a window."""
        return evolve(self, within=span)

    def named(self, name: str) -> tuple[tuple[Found | None, Found | None], Span | Pending] | None:
        """What a named date comes to, as its ends and as a span; None where there is none, or where it hangs on itself.

        Raises:
            BadValue: (CF301, CF112) a day that its year does not have, or beyond the years 1 to 9999.
        """
        if name in self.dates and name not in self._named:
            self._learn(name)
        return self._named.get(name)

    def _learn(self, name: str) -> None:
        """Each date that a name hangs on once, those first that hang on none: without recursion, however many there are."""
        outside = self if self.within is None else evolve(self, within=None)
        sorter = TopologicalSorter(outside._hanging_on(name))
        with suppress(CycleError):  # what hangs on itself never becomes ready
            sorter.prepare()
        while ready := sorter.get_ready():
            for each in ready:
                window = self.dates[each]
                outside._named[each] = window.ends(outside), window.resolve(outside)
            sorter.done(*ready)
        self._named.update(outside._named)

    def _hanging_on(self, name: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        waiting = [name]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found[each] = {need for need in self.dates[each].needs() if need in self.dates}
                waiting.extend(found[each])
        return found


# --------------------------------------------------------------------------------------------------------------- bases
def _check_day(point: OnCalendar, attribute: object, day: int | None) -> None:
    if point.month is not None and not 1 <= point.month <= 12:
        raise BadValue(f"there is no month {point.month}", "1 to 12", code="CF301")
    if day is None or point.month is None:
        return
    longest = gregorian.monthrange(point.year if isinstance(point.year, int) else 2000, point.month)[1]
    if not 0 <= day <= longest:
        raise BadValue(f"month {point.month} has no day {day}", f"1 to {longest}", code="CF301")


@frozen
class OnCalendar:
    """A day, ten-day period, month or year, in a given year or in one still to be known.

    Attributes:
        year: the year; `next` for the one after; None where it was left out.
        month: 1 to 12, None for the whole year.
        day: of the month, 0 for its last, None for the whole of it.
        part: 1, 2, 3 for the first, second and last ten days of the month.
        at: a local time on that day.
    """

    year: YearMark = None
    month: int | None = None
    day: int | None = field(default=None, validator=_check_day)
    part: int | None = None
    at: time | None = None

    def needs(self) -> frozenset[str]:
        """`year`, if it was left out."""
        return frozenset() if isinstance(self.year, int) else frozenset({"year"})

    def find(self, ctx: TimeContext) -> Found:
        """The days, or the instant if it has a time."""
        year = self.year if isinstance(self.year, int) else self._year_from(ctx)
        if year is None:
            return Pending(frozenset({"year"}))
        days = self.days_in(year)
        return days if self.at is None else resolve_local(datetime.combine(days.first, self.at), ctx.zone)

    def days_in(self, year: int) -> Stretch:
        """The days that it covers in a year.

        Raises:
            BadValue: (CF301) 29 February in a year that has none, or a year beyond 1 to 9999.
        """
        try:
            return self._days_in(year)
        except ValueError:
            raise BadValue(f"{self}: {year} has no such day", "28 February, or 2月底", code="CF301") from None

    def _days_in(self, year: int) -> Stretch:
        if self.month is None:
            return Stretch(date(year, 1, 1), date(year, 12, 31))
        last = gregorian.monthrange(year, self.month)[1]
        if self.day is not None:
            day = date(year, self.month, self.day or last)
            return Stretch(day, day)
        first = 1 if self.part is None else self.part * 10 - 9
        end = last if self.part in (None, 3) else first + 9
        return Stretch(date(year, self.month, first), date(year, self.month, end))

    def _year_from(self, ctx: TimeContext) -> int | None:
        if self.year == "next":
            return None if ctx.year is None else ctx.year + 1
        fitting = self._years_within(ctx)
        return fitting[0] if len(fitting) == 1 else ctx.year

    def _years_within(self, ctx: TimeContext) -> list[int]:
        """The years in which the date falls into the enclosing window."""
        span = ctx.within
        if span is None or span.start is None or span.end is None or span.is_empty:
            return []
        years = range(span.start.year, span.end.year + 1)
        return [year for year in years if self._exists_in(year) and span.touches(*self._bounds(year, ctx.zone))]

    def _exists_in(self, year: int) -> bool:
        return not (self.month == 2 and self.day == 29) or gregorian.isleap(year)

    def _bounds(self, year: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
        days = self.days_in(year)
        return day_start(days.first, zone), _day_end(days.last, zone)

    def __str__(self) -> str:
        if isinstance(self.year, int) and self.part is None:
            return f"{self.year:04d}{self._numeric()}{self._clock()}"
        year = f"{self.year:04d}年" if isinstance(self.year, int) else "次年" if self.year == "next" else ""
        return f"{year}{self._chinese()}{self._clock()}"

    def _numeric(self) -> str:
        month = "" if self.month is None else f"-{self.month:02d}"
        if self.day == 0 and isinstance(self.year, int) and self.month is not None:
            return f"{month}-{gregorian.monthrange(self.year, self.month)[1]:02d}"
        return month if self.day is None else f"{month}-{self.day:02d}"

    def _chinese(self) -> str:
        if self.month is None:
            return "" if self.year == "next" else "全年"
        if self.part is not None:
            return f"{self.month}月{'上中下'[self.part - 1]}旬"
        tail = "" if self.day is None else "底" if self.day == 0 else f"{self.day}日"
        return f"{self.month}月{tail}"

    def _clock(self) -> str:
        if self.at is None:
            return ""
        return f" {self.at:%H:%M:%S}" if self.at.second else f" {self.at:%H:%M}"


@frozen
class Named:
    """A name of the plan's `dates`: its first day, or with `end` its last."""

    name: str
    end: bool = False

    def needs(self) -> frozenset[str]:
        """The name."""
        return frozenset({self.name})

    def find(self, ctx: TimeContext) -> Found:
        """The day, or the instant where the date was given to the minute; pending where the name is not known."""
        known = ctx.named(self.name)
        if known is None:
            return Pending(self.needs())
        first, last = known[0]
        # A date that has only a start or only an end ("by 20 April") means that day.
        found = (last if self.end or first is None else first) or first
        if isinstance(found, Stretch):
            return Stretch(found.last, found.last) if self.end or first is None else Stretch(found.first, found.first)
        return found if found is not None else Pending(self.needs())

    def __str__(self) -> str:
        return f"{self.name}.end" if self.end else self.name


@frozen
class Happening:
    """Something that the campaign will know when it has happened: `start`, `accepted`, `PHASE.entered`, `TASK.verified`."""

    name: str

    def needs(self) -> frozenset[str]:
        """The happening."""
        return frozenset({self.name})

    def find(self, ctx: TimeContext) -> Found:
        """The day of the start, the instant of all others; pending until then."""
        if self.name == "start":
            if ctx.start is None:
                return Pending(self.needs())
            day = local_day(ctx.start, ctx.zone)
            return Stretch(day, day)
        when = ctx.happenings.get(self.name)
        return Pending(self.needs()) if when is None else when

    def __str__(self) -> str:
        return self.name


# -------------------------------------------------------------------------------------------------------------- moments
def _day_end(day: date, zone: ZoneInfo) -> datetime:
    return from_us(day_bounds_us(day, zone)[1], zone)


def _check_offsets(moment: Moment, attribute: object, offsets: tuple[Duration, ...]) -> None:
    for offset in offsets:
        if offset.unit == "d" and offset.count != offset.count.to_integral_value():
            raise BadValue(f"{offset}: a date moves by whole days", "say it in h or min", code="CF301")


@frozen
class Moment:
    """A date or moment as written; `str()` is its canonical text.

    Attributes:
        base: what it counts from.
        offsets: durations, added in this order; `d cd w mo y` give a date, `h min` a moment.
    """

    base: OnCalendar | Named | Happening
    offsets: tuple[Duration, ...] = field(default=(), validator=_check_offsets)

    def needs(self) -> frozenset[str]:
        """What has to be known before it can be resolved, as far as its own words show it."""
        return self.base.needs()

    def find(self, ctx: TimeContext) -> Found:
        """The days it covers, or the instant, or what is missing."""
        found = self.base.find(ctx)
        for offset in self.offsets:
            if isinstance(found, Pending):
                return found
            found = _shift(found, offset, ctx)
        if isinstance(found, datetime) and not self.offsets:
            return add(found, Duration(0, "h"), ctx.calendar, ctx.zone)  # in the plan's own offset
        return found

    def resolve(self, ctx: TimeContext) -> datetime | Pending:
        """The instant at which it begins: a day's first."""
        found = self.find(ctx)
        return day_start(found.first, ctx.zone) if isinstance(found, Stretch) else found

    def resolve_end(self, ctx: TimeContext) -> datetime | Pending:
        """The instant at which it ends, as a deadline has it: after a day's last, or the moment itself."""
        found = self.find(ctx)
        return _day_end(found.last, ctx.zone) if isinstance(found, Stretch) else found

    def clock_change(self, ctx: TimeContext) -> str | None:
        """`skipped` or `doubled` if its local time falls into a clock change (CF310), else None."""
        if not isinstance(self.base, OnCalendar) or self.base.at is None:
            return None
        days = evolve(self.base, at=None).find(ctx)
        return clock_change(datetime.combine(days.first, self.base.at), ctx.zone) if isinstance(days, Stretch) else None

    @property
    def is_instant(self) -> bool:
        """Is it a point in time (true), or one or several whole days (false)? Named dates count as days."""
        if self.offsets:
            return self.offsets[-1].unit in ("h", "min")
        if isinstance(self.base, OnCalendar):
            return self.base.at is not None
        return isinstance(self.base, Happening) and self.base.name != "start"

    def __str__(self) -> str:
        return str(self.base) + "".join(f" {'-' if each.count < 0 else '+'} {abs_(each)}" for each in self.offsets)


def abs_(duration: Duration) -> Duration:
    """A duration without its sign."""
    return -duration if duration.count < 0 else duration


def _shift(found: Stretch | datetime, offset: Duration, ctx: TimeContext) -> Stretch | datetime:
    if offset.unit in ("h", "min"):
        instant = day_start(found.first, ctx.zone) if isinstance(found, Stretch) else found
        return add(instant, offset, ctx.calendar, ctx.zone)
    day = found.first if isinstance(found, Stretch) else local_day(found, ctx.zone)
    moved = shift_date(day, offset, ctx.calendar)
    return Stretch(moved, moved)
