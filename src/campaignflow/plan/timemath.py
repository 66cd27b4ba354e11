"""Arithmetic on instants, exact to the microsecond and the same on every machine.

An instant is an aware `datetime`, or whole microseconds since 1970 UTC. What this module returns bears the fixed offset
that the zone has at that instant, so that Python's subtraction and comparison of two results measure elapsed time (with
two values of one `ZoneInfo` they would compare wall clocks).

Local times that a clock change skips or doubles:

| local time | reads as | Europe/Paris 2026 |
|---|---|---|
| skipped (clocks go forward) | the first instant after the gap | 29 March 02:30 → 03:00 +02:00 |
| doubled (clocks go back) | the first of the two | 25 October 02:30 → 02:30 +02:00 |

Durations:

| unit | adds |
|---|---|
| `d` | working days: each working local day is 1d whatever its length (23, 24 or 25 h), spread evenly over it |
| `cd`, `w` | calendar days, weeks of seven of them: the same local time on another day |
| `mo`, `y` | months, years: the same local time on the same day of the month, or on its last day |
| `h`, `min` | elapsed time |

A positive `d` ends as early as it can (Friday and one day: Friday's end, not Monday's start), a negative one as late as
it can. Results are rounded down to the microsecond.
"""

from __future__ import annotations

import calendar as gregorian
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Context, Decimal
from fractions import Fraction
from math import ceil, floor
from zoneinfo import ZoneInfo

from campaignflow.plan.calendars import EVERY_DAY, Calendar
from campaignflow.plan.values import BadValue, Duration

__all__ = [
    "add",
    "add_us",
    "clock_change",
    "day_bounds_us",
    "day_start",
    "days_between",
    "from_us",
    "hours_between",
    "local_day",
    "resolve_local",
    "shift_date",
    "to_us",
    "workdays_between",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ELAPSED_US = {"h": 3_600_000_000, "min": 60_000_000}
_EXACT = Context(prec=34)


def to_us(when: datetime) -> int:
    """Microseconds since 1970 UTC of an aware datetime.

    Raises:
        BadValue: it has no offset.
    """
    if when.tzinfo is None:
        raise BadValue(f"{when} has no offset: an instant needs one", "datetime(…, tzinfo=ZoneInfo('Europe/Paris'))")
    return (when - _EPOCH) // _MICROSECOND


def from_us(us: int, zone: ZoneInfo) -> datetime:
    """The instant, with the fixed offset that the zone has then.

    >>> from_us(0, ZoneInfo("Asia/Shanghai")).isoformat()
    '1970-01-01T08:00:00+08:00'

    Raises:
        BadValue: (CF112) beyond the years 1 to 9999.
    """
    try:
        local = (_EPOCH + us * _MICROSECOND).astimezone(zone)
    except (OverflowError, ValueError):
        raise _beyond() from None
    return local.replace(tzinfo=timezone(local.utcoffset() or timedelta(0)), fold=0)


def _beyond() -> BadValue:
    return BadValue("the result lies beyond the years 1 to 9999", "a shorter duration", code="CF112")


# ---------------------------------------------------------------------------------------------------------- local times
def resolve_local(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant that a local time names, by the table above.

    >>> resolve_local(datetime(2026, 3, 29, 2, 30), ZoneInfo("Europe/Paris")).isoformat()
    '2026-03-29T03:00:00+02:00'
    """
    return from_us(_local_us(wall, zone), zone)


def _local_us(wall: datetime, zone: ZoneInfo) -> int:
    naive = wall.replace(tzinfo=UTC, fold=0)
    before, after = _offsets(wall, zone)
    as_utc = (naive - _EPOCH) // _MICROSECOND
    if after <= before:  # no change, or a doubled time: fold 0 is the first
        return as_utc - before
    return _change_between(as_utc - after, as_utc - before, after, zone)


def _offsets(wall: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """The offset that the zone had before a change near this local time, and after; equal where there is none."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0) for fold in (0, 1))
    return first // _MICROSECOND, second // _MICROSECOND


def _change_between(low: int, high: int, after: int, zone: ZoneInfo) -> int:
    """The first instant in (low, high] at which the offset is the one after the change."""
    while high - low > 1:
        middle = (low + high) // 2
        offset = (_EPOCH + middle * _MICROSECOND).astimezone(zone).utcoffset() or timedelta(0)
        low, high = (low, middle) if offset // _MICROSECOND == after else (middle, high)
    return high


def clock_change(wall: datetime, zone: ZoneInfo) -> str | None:
    """`skipped` or `doubled` where a clock change does that to a local time, else None.

    >>> clock_change(datetime(2026, 10, 25, 2, 30), ZoneInfo("Europe/Paris"))
    'doubled'
    """
    before, after = _offsets(wall, zone)
    if before == after:
        return None
    return "skipped" if after > before else "doubled"


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day."""
    return resolve_local(datetime.combine(day, time.min), zone)


def day_bounds_us(day: date, zone: ZoneInfo) -> tuple[int, int]:
    """First instant of a local day and first of the next, in microseconds."""
    try:
        midnight = datetime.combine(day, time.min)
        return _local_us(midnight, zone), _local_us(midnight + timedelta(days=1), zone)
    except OverflowError:
        raise _beyond() from None


def _day_at(us: int, zone: ZoneInfo) -> tuple[date, int, int]:
    day = from_us(us, zone).date()
    start, end = day_bounds_us(day, zone)
    # Where a change at midnight makes the wall clock return to yesterday, the bounds decide, not the clock's face.
    while us < start:
        day -= timedelta(days=1)
        start, end = day_bounds_us(day, zone)
    while us >= end:
        day += timedelta(days=1)
        start, end = day_bounds_us(day, zone)
    return day, start, end


def local_day(when: datetime, zone: ZoneInfo) -> date:
    """The local day that an instant lies in."""
    return _day_at(to_us(when), zone)[0]


# ------------------------------------------------------------------------------------------------------------- addition
def shift_date(day: date, duration: Duration, calendar: Calendar, sign: int = 1) -> date:
    """A day and a duration of days, weeks, months or years: a day.

    `d` counts working days after the day (before, if negative): the first working day after a Saturday is `+ 1d`.

    >>> from campaignflow.plan.calendars import WEEKDAYS
    >>> str(shift_date(date(2026, 1, 31), Duration(1, "mo"), WEEKDAYS))
    '2026-02-28'

    Raises:
        BadValue: a unit of hours, a fraction of a day, or (CF112) beyond the years 1 to 9999.
    """
    count = duration.count * sign
    if count != count.to_integral_value() or duration.unit in _ELAPSED_US:
        raise BadValue(f"{duration} is no whole number of days", "a date moves by d, cd, w, mo or y", code="CF301")
    whole = int(count)
    try:
        if duration.unit == "d":
            return calendar.shift(day, whole)
        if duration.unit in ("cd", "w"):
            return day + timedelta(days=whole * (7 if duration.unit == "w" else 1))
        return _shift_months(day, whole * (12 if duration.unit == "y" else 1))
    except (OverflowError, ValueError):
        raise _beyond() from None


def _shift_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise _beyond()
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def add(when: datetime, duration: Duration, calendar: Calendar, zone: ZoneInfo, sign: int = 1) -> datetime:
    """An instant and a duration: an instant, by the tables above; `sign=-1` subtracts.

    >>> from campaignflow.plan.calendars import WEEKDAYS
    >>> friday_noon = datetime(2026, 4, 3, 12, tzinfo=UTC)
    >>> add(friday_noon, Duration(1, "d"), WEEKDAYS, ZoneInfo("UTC")).isoformat()
    '2026-04-06T12:00:00+00:00'

    Raises:
        BadValue: no offset, or (CF112) beyond the years 1 to 9999.
    """
    return from_us(add_us(to_us(when), duration, calendar, zone, sign), zone)


def add_us(us: int, duration: Duration, calendar: Calendar, zone: ZoneInfo, sign: int = 1) -> int:
    """The same in microseconds since 1970 UTC: what timers and the simulation use."""
    count = Fraction(duration.count) * sign
    if count == 0:
        return us
    if duration.unit in _ELAPSED_US:
        return floor(us + count * _ELAPSED_US[duration.unit])
    if duration.unit == "d":
        return _add_working(us, count, calendar, zone)
    local = from_us(us, zone).replace(tzinfo=None)
    moved = shift_date(local.date(), duration, calendar, sign)
    return _local_us(datetime.combine(moved, local.time()), zone)


def _add_working(us: int, count: Fraction, calendar: Calendar, zone: ZoneInfo) -> int:
    day, position = _working_position(us, calendar, zone, forward=count > 0)
    total = position + count
    # Forwards the rest of the last day is in (0, 1], backwards in [0, 1): as early, as late as can be.
    whole = ceil(total) - 1 if count > 0 else floor(total)
    start, end = day_bounds_us(calendar.shift(day, whole), zone)
    return start + floor((total - whole) * (end - start))


def _working_position(us: int, calendar: Calendar, zone: ZoneInfo, *, forward: bool) -> tuple[date, Fraction]:
    """A working day and how much of it has gone; on a day off, the edge of the next or the last working day."""
    day, start, end = _day_at(us, zone)
    if calendar.is_working(day):
        return day, Fraction(us - start, end - start)
    return (calendar.shift(day, 1), Fraction(0)) if forward else (calendar.shift(day, -1), Fraction(1))


# --------------------------------------------------------------------------------------------------------- differences
def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))


def workdays_between(start: datetime, end: datetime, calendar: Calendar, zone: ZoneInfo) -> Decimal:
    """Working days from one instant to another, parts of a day included; negative if `end` is earlier.

    >>> from campaignflow.plan.calendars import WEEKDAYS
    >>> friday_noon, tuesday = datetime(2026, 4, 3, 12, tzinfo=UTC), datetime(2026, 4, 7, tzinfo=UTC)
    >>> workdays_between(friday_noon, tuesday, WEEKDAYS, ZoneInfo("UTC"))
    Decimal('1.5')
    """
    (first, gone), (last, reached) = (_position(to_us(when), calendar, zone) for when in (start, end))
    return _decimal(calendar.count(first, last) + reached - gone)


def _position(us: int, calendar: Calendar, zone: ZoneInfo) -> tuple[date, Fraction]:
    day, start, end = _day_at(us, zone)
    return day, Fraction(us - start, end - start) if calendar.is_working(day) else Fraction(0)


def days_between(start: datetime, end: datetime, zone: ZoneInfo) -> Decimal:
    """Calendar days from one instant to another, parts of a day included; each local day is 1 whatever its length."""
    return workdays_between(start, end, EVERY_DAY, zone)


def hours_between(start: datetime, end: datetime) -> Decimal:
    """Elapsed hours from one instant to another.

    >>> hours_between(datetime(2026, 4, 3, tzinfo=UTC), datetime(2026, 4, 3, 1, 30, tzinfo=UTC))
    Decimal('1.5')
    """
    return _decimal(Fraction(to_us(end) - to_us(start), _ELAPSED_US["h"]))
