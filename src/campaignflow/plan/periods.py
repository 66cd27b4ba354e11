"""Calendar periods (days, weeks, ten-day periods, months, …) and the days that a short recurrence names in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from attrs import frozen

from campaignflow.plan.calendars import Calendar
from campaignflow.plan.rrules import Rule
from campaignflow.plan.values import BadValue, fold

__all__ = ["UNITS", "On", "parse_on", "period_start", "periods", "rules_for"]

UNITS = ("day", "workday", "week", "ten-days", "month", "quarter", "year")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


# ------------------------------------------------------------------------------------------------------------- periods
def period_start(unit: str, day: date) -> date:
    """The first day of the period that a day lies in; weeks begin on Monday, ten-day periods on the 1st, 11th, 21st.

    >>> str(period_start("week", date(2026, 5, 28))), str(period_start("ten-days", date(2026, 5, 31)))
    ('2026-05-25', '2026-05-21')
    """
    if unit in ("day", "workday"):
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "ten-days":
        return day.replace(day=min(day.day - 1, 29) // 10 * 10 + 1)
    months = _MONTHS_IN[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _next_start(unit: str, start: date, count: int) -> date:
    """The first day after `count` periods from one's first day on."""
    if unit in ("day", "week"):
        return start + timedelta(days=count * (7 if unit == "week" else 1))
    if unit == "ten-days":
        index = start.year * 36 + (start.month - 1) * 3 + (start.day - 1) // 10 + count
        return date(index // 36, index % 36 // 3 + 1, index % 3 * 10 + 1)
    year, month = divmod(start.year * 12 + start.month - 1 + count * _MONTHS_IN[unit], 12)
    return date(year, month + 1, 1)


def periods(unit: str, count: int, first: date, last: date, calendar: Calendar) -> Iterator[tuple[date, date]]:
    """First and last day of each stretch of `count` periods that meets the days from `first` to `last`, in order.

    Counting begins with the period that `first` lies in; `workday` counts the working days of the calendar alone.
    """
    if unit == "workday":
        start = first if calendar.is_working(first) else calendar.shift(first, 1)
        while start <= last:
            yield start, calendar.shift(start, count - 1)
            start = calendar.shift(start, count)
        return
    start = period_start(unit, first)
    while start <= last:
        following = _next_start(unit, start, count)
        yield start, following - timedelta(days=1)
        start = following


# ------------------------------------------------------------------------------------------------------- days in them
@frozen
class On:
    """A day within a period.

    Attributes:
        weekday: Monday = 0; None for a day by number.
        nth: which of these weekdays, -1 for the last; 0 for each (in a week).
        day: day of the month, -1 for the last; 0 where a weekday decides.
        month: of the year; 0 where there is none.
    """

    weekday: int | None = None
    nth: int = 0
    day: int = 0
    month: int = 0

    def __str__(self) -> str:
        if self.weekday is not None:
            nth = "" if self.nth == 0 else "last " if self.nth < 0 else f"{_ORDINALS[self.nth - 1]} "
            return f"{nth}{WEEKDAYS[self.weekday]}"
        if self.month:
            return f"{self.month:02d}-{self.day:02d}"
        return "last" if self.day < 0 else str(self.day)


_ON_FORMS = {
    "week": "week on fri, week on mon, thu",
    "month": "month on 22, month on 1, 15, month on last, month on last fri, month on first mon",
    "quarter": "quarter on last, quarter on last fri, quarter on first mon",
    "year": "year on 04-22",
}


def parse_on(unit: str, text: str) -> tuple[On, ...]:
    """The days after `on`, as the unit takes them.

    Raises:
        BadValue: (CF301) this unit takes no such day.
    """
    if unit not in _ON_FORMS:
        raise BadValue(f"{unit} takes no `on`", "; ".join(_ON_FORMS.values()), code="CF301")
    parts = [part for part in re.split(r"\s*[,，、]\s*|\s+and\s+", fold(text).lower()) if part]
    days = tuple(dict.fromkeys(_on(unit, part) for part in parts))
    if not days:
        raise BadValue(f"{unit} on what?", _ON_FORMS[unit], code="CF301")
    return tuple(sorted(days, key=lambda on: (on.month, on.day, on.nth, on.weekday or 0)))


def _on(unit: str, part: str) -> On:
    ordinal, _, name = part.rpartition(" ")
    weekday = WEEKDAYS.index(name[:3]) if _is_weekday(name) else None
    if weekday is not None and unit == "week" and not ordinal:
        return On(weekday=weekday)
    if weekday is not None and unit in ("month", "quarter") and (nth := _nth(ordinal)):
        return On(weekday=weekday, nth=nth)
    if unit in ("month", "quarter") and part in ("last", "last day"):
        return On(day=-1)
    if unit == "month" and re.fullmatch(r"[0-9]{1,2}(?:st|nd|rd|th|日|号)?", part) and 1 <= _number(part) <= 31:
        return On(day=_number(part))
    if unit == "year" and (match := re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})|([0-9]{1,2})月([0-9]{1,2})[日号]", part)):
        return _year_day(int(match[1] or match[3]), int(match[2] or match[4]))
    raise BadValue(f"{unit} on {part!r}", _ON_FORMS[unit], code="CF301")


def _is_weekday(name: str) -> bool:
    full = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return len(name) >= 3 and any(day.startswith(name) for day in full)


def _nth(ordinal: str) -> int:
    if ordinal == "last":
        return -1
    if ordinal in _ORDINALS:
        return _ORDINALS.index(ordinal) + 1
    match = re.fullmatch(r"([1-5])(?:st|nd|rd|th)?", ordinal)
    return int(match[1]) if match else 0


def _number(text: str) -> int:
    digits = re.match(r"[0-9]+", text)
    return int(digits[0]) if digits else 0


def _year_day(month: int, day: int) -> On:
    try:
        date(2000, month, day)
    except ValueError:
        raise BadValue(f"no year has a {month:02d}-{day:02d}", "month and day: 04-22", code="CF301") from None
    return On(month=month, day=day)


def rules_for(unit: str, count: int, days: tuple[On, ...]) -> tuple[Rule, ...]:
    """The rules of the RRULE subset that short forms with `on` lower to.

    >>> [str(rule) for rule in rules_for("month", 2, parse_on("month", "last fri"))]
    ['FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR']

    Raises:
        BadValue: (CF301) several quarters at once.
    """
    if unit == "quarter" and count != 1:
        raise BadValue(f"{count} quarter on …", f"{3 * count} month on …", code="CF301")
    if unit == "week":
        weekdays = tuple((0, on.weekday) for on in days if on.weekday is not None)
        return (Rule("WEEKLY", interval=count, byday=weekdays),)
    return tuple(_rule(unit, count, on) for on in days)


def _rule(unit: str, count: int, on: On) -> Rule:
    byday = () if on.weekday is None else ((on.nth, on.weekday),)
    bymonthday = (on.day,) if on.day else ()
    if unit == "month":
        return Rule("MONTHLY", interval=count, byday=byday, bymonthday=bymonthday)
    if unit == "year":
        return Rule("YEARLY", interval=count, bymonth=(on.month,), bymonthday=bymonthday)
    last = on.nth < 0 or on.day < 0  # a quarter's last days lie in its last month, its first in its first
    return Rule("YEARLY", byday=byday, bymonthday=bymonthday, bymonth=(3, 6, 9, 12) if last else (1, 4, 7, 10))
