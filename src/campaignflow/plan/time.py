"""Moments and windows as a plan writes them, and what they mean once year, calendar and happenings are known.

Both ends of a window are included as local days; what comes out is half open, `[start, end)`. What hangs on something
not known yet (a year, a named day, acceptance) resolves to `Pending`, which names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from attrs import field, frozen

from campaignflow.plan.calendars import EVERY_DAY, Calendar
from campaignflow.plan.dateforms import Base, Happening
from campaignflow.plan.timemath import add, day_start, local_day, resolve_local, shift_date
from campaignflow.plan.values import Duration

__all__ = ["Moment", "Pending", "Span", "TimeContext", "Window", "parse_moment", "parse_window"]


@frozen
class Span:
    """A stretch of time, half open. None is an open end.

    Attributes:
        start, end: aware instants. gaps: stretches inside that are excepted, in order.
    """

    start: datetime | None
    end: datetime | None
    gaps: tuple[tuple[datetime, datetime], ...] = ()

    def covers(self, when: datetime) -> bool:
        """Whether an instant lies in it, and in none of its gaps."""
        inside = (self.start is None or self.start <= when) and (self.end is None or when < self.end)
        return inside and not any(low <= when < high for low, high in self.gaps)


@frozen
class Pending:
    """Not known yet.

    Attributes:
        needs: what is missing: `year`, `start`, `accepted`, `PHASE.entered`, the name of a date that is a gap.
    """

    needs: frozenset[str]


@frozen
class TimeContext:
    """What times are resolved against.

    Attributes:
        zone, calendar: local days, and which of them are worked. year: of what is written without one.
        dates: the plan's named days and windows. happenings: name → when it happened.
        start: when the campaign started.
    """

    zone: ZoneInfo
    calendar: Calendar = EVERY_DAY
    year: int | None = None
    dates: Mapping[str, Window] = field(factory=dict)
    happenings: Mapping[str, datetime] = field(factory=dict)
    start: datetime | None = None
    _within: frozenset[str] = frozenset()

    def entering(self, name: str) -> TimeContext | None:
        """The context inside a named date; None if it hangs on itself."""
        if name in self._within:
            return None
        return TimeContext(
            self.zone, self.calendar, self.year, self.dates, self.happenings, self.start, self._within | {name}
        )


@frozen
class Moment:
    """A date or an instant: `2026-04-20`, `4月20日`, `d-day - 10w`, `accepted`, `2026-04-20 09:00`.

    Attributes:
        base: what it starts from. at: the time of day, if one is given. offsets: signed durations, in order.
    """

    base: Base
    at: time | None = None
    offsets: tuple[Duration, ...] = ()

    def needs(self) -> frozenset[str]:
        """What must be known: `year`, `start`, happenings, names of dates (as they are written)."""
        return self.base.needs()

    def resolve(self, context: TimeContext) -> datetime | Pending:
        """The instant it means: of a date its first one."""
        found = self.span(context)
        if isinstance(found, Pending):
            return found
        assert found.start is not None  # a moment has no open end
        return found.start

    def span(self, context: TimeContext) -> Span | Pending:
        """The day or period it means, or the instant as a span of no length."""
        days = self._days(context)
        if isinstance(days, Pending):
            return days
        if isinstance(days, datetime):
            return self._from_instant(days, context)
        first, last = days
        if self.at is not None:
            return self._from_instant(resolve_local(datetime.combine(first, self.at), context.zone), context)
        return self._from_days(first, last, context)

    def _days(self, context: TimeContext) -> tuple[date, date] | datetime | Pending:
        if not isinstance(self.base, Happening):
            if context.year is None and self.base.year is None:
                return Pending(frozenset({"year"}))
            return self.base.days(context.year or 0)
        return _happened(self.base, context)

    def _from_days(self, first: date, last: date, context: TimeContext) -> Span:
        for number, offset in enumerate(self.offsets):
            if offset.unit in {"h", "min"}:
                rest = Moment(self.base, None, self.offsets[number:])
                return rest._from_instant(day_start(first, context.zone), context)
            first = shift_date(first, offset, context.calendar)
            last = shift_date(last, offset, context.calendar)
        return Span(day_start(first, context.zone), day_start(last + timedelta(days=1), context.zone))

    def _from_instant(self, when: datetime, context: TimeContext) -> Span:
        for offset in self.offsets:
            when = add(when, offset, context.calendar, context.zone)
        return Span(when, when)

    def __str__(self) -> str:
        at = "" if self.at is None else f" {self.at.isoformat(timespec='auto') if self.at.second else self.at:%H:%M}"
        if self.at is not None and self.at.second:
            at = f" {self.at.isoformat()}"
        more = "".join(
            f" {'-' if each.count < 0 else '+'} {-each if each.count < 0 else each}" for each in self.offsets
        )
        return f"{self.base}{at}{more}"


def _happened(base: Happening, context: TimeContext) -> tuple[date, date] | datetime | Pending:
    name = base.name
    if name == "start":
        if context.start is None:
            return Pending(frozenset({"start"}))
        day = local_day(context.start, context.zone)
        return day, day
    if name == "accepted" or ("." in name and not name.endswith(".end")):
        when = context.happenings.get(name)
        return Pending(frozenset({name})) if when is None else when
    return _named(name, context)


def _named(name: str, context: TimeContext) -> tuple[date, date] | datetime | Pending:
    own, at_end = (name.removesuffix(".end"), name.endswith(".end"))
    window, inside = context.dates.get(own), context.entering(own)
    if window is None or inside is None:
        return Pending(frozenset({own}))
    span = window.resolve(inside)
    if isinstance(span, Pending):
        return span
    edge = span.end if at_end else span.start
    if edge is None:
        return Pending(frozenset({name}))
    if span.start == span.end:
        return edge
    day = local_day(edge - timedelta(microseconds=1) if at_end else edge, context.zone)
    return day, day


@frozen
class Window:
    """A stretch of dates as written.

    Attributes:
        first, last: its ends, both included; None where it is open. lasting: how long from `first`, the first day
            included, in place of `last`. but: what is excepted. rolls: `last` lies in the year after.
    """

    first: Moment | None = None
    last: Moment | None = None
    lasting: Duration | None = None
    but: Window | None = None
    rolls: bool = False

    def needs(self) -> frozenset[str]:
        """What must be known: `year`, `start`, happenings, names of dates."""
        parts = [part.needs() for part in (self.first, self.last, self.but) if part is not None]
        return frozenset[str]().union(*parts)

    def resolve(self, context: TimeContext) -> Span | Pending:
        """The stretch it means, or what it waits for."""
        whole = self._whole(context)
        if isinstance(whole, Pending) or self.but is None:
            return whole
        excepted = self.but.resolve(context)
        return excepted if isinstance(excepted, Pending) else _without(whole, excepted)

    def _whole(self, context: TimeContext) -> Span | Pending:
        first = self.first.span(context) if self.first is not None else Span(None, None)
        last = self._last(context, first)
        missing = frozenset[str]().union(*(each.needs for each in (first, last) if isinstance(each, Pending)))
        if isinstance(first, Pending) or isinstance(last, Pending):
            return Pending(missing)
        return Span(first.start, last.end)

    def _last(self, context: TimeContext, first: Span | Pending) -> Span | Pending:
        if self.lasting is not None:
            return first if isinstance(first, Pending) else _long(first, self.lasting, context)
        if self.last is None:
            return Span(None, None)
        if self.first is not None and self.last == self.first:
            return first
        own = context
        if self.rolls and context.year is not None and self.last.base.year is None:
            own = TimeContext(
                context.zone, context.calendar, context.year + 1, context.dates, context.happenings, context.start
            )
        return self.last.span(own)

    def __str__(self) -> str:
        text = self._text()
        return text if self.but is None else f"{text} except {self.but}"

    def _text(self) -> str:
        first = "" if self.first is None else str(self.first)
        if self.lasting is not None:
            return f"{first}/+{self.lasting}"
        if self.first is not None and self.first == self.last:
            return first
        last = "" if self.last is None else str(self.last)
        return f"{first}/{'次年' if self.rolls else ''}{last}"


def _long(first: Span, lasting: Duration, context: TimeContext) -> Span:
    """So long from the first day, that day included: `+7cd` from Monday ends with Sunday."""
    assert first.start is not None  # a moment has no open end
    if lasting.unit in {"h", "min"}:
        return Span(None, add(first.start, lasting, context.calendar, context.zone))
    day = local_day(first.start, context.zone)
    if lasting.unit == "d":
        end = add(first.start, lasting, context.calendar, context.zone)
    else:
        end = day_start(shift_date(day, lasting, context.calendar), context.zone)
    return Span(None, end)


def _without(whole: Span, excepted: Span) -> Span:
    low, high = excepted.start, excepted.end
    if low is None or (whole.start is not None and low <= whole.start):
        start = whole.start if high is None or whole.start is None else max(whole.start, high)
        return Span(start, whole.end, whole.gaps)
    if high is None or (whole.end is not None and high >= whole.end):
        return Span(whole.start, low if whole.end is None else min(whole.end, low), whole.gaps)
    return Span(whole.start, whole.end, tuple(sorted((*whole.gaps, (low, high)))))


def parse_moment(text: str) -> Moment:
    """A date or moment from its text.

    >>> str(parse_moment("4月20日 - 2w")), str(parse_moment("2026-04-20 09:00"))
    ('4月20日 - 2w', '2026-04-20 09:00')

    Raises:
        BadValue: (CF301) none of the forms; the hint shows them.
    """
    from campaignflow.plan.timeforms import read_moment

    return read_moment(text)


def parse_window(text: str) -> Window:
    """A window from its text, as the plan language or as people write it.

    >>> str(parse_window("4月1日—4月7日")), str(parse_window("before 20 April"))
    ('4月1日/4月7日', '/4月20日')

    Raises:
        BadValue: (CF301) none of the forms; the hint shows them.
    """
    from campaignflow.plan.timeforms import read_window

    return read_window(text)
