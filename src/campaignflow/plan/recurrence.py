"""Recurrence: the written-down subset of RFC 5545 (2009), in the plan language's short form, long form or as an RRULE.

Without `on` each period of the calendar is one occurrence, due by its end (a cut-off first or last one counts); with
`on`, that day is. Whatever is outside the subset is refused with the reason, for there libraries read the standard
differently, or run for ever: SECONDLY, MINUTELY, HOURLY, BYWEEKNO, BYYEARDAY, BYSETPOS, BYHOUR and finer, WKST, and YEARLY
with BYMONTHDAY but without BYMONTH.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from attrs import evolve, frozen
from dateutil.rrule import rrulestr

from campaignflow.plan.time import Span, TimeContext, Window, parse_window
from campaignflow.plan.timemath import day_start, local_day, resolve_local
from campaignflow.plan.values import BadValue, Duration, parse_duration

__all__ = ["LIMIT", "Occurrence", "Recurrence", "parse_recurrence"]

LIMIT = 5000
"""A recurrence with more occurrences than this is refused."""

_PERIODS = ("day", "workday", "week", "ten-days", "month", "quarter", "year")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORMS = (
    "week on fri, month on 22, month on last fri, year on 04-22, workday, 2 week, {every: week on fri, holidays: skip}"
)


def _bad(message: str, hint: str | None = _FORMS) -> BadValue:
    return BadValue(message, hint, code="CF307")


@frozen
class Occurrence:
    """One of them.

    Attributes:
        id: its day, or its period's first day, as an ISO date. start, end: aware instants, half open.
    """

    id: str
    start: datetime
    end: datetime


@frozen
class Recurrence:
    """A recurrence as written.

    Attributes:
        period: `day workday week ten-days month quarter year`; empty for a `rrule`. every: each N-th period.
        on: `fri`, `22`, `last fri`, `04-22`; empty where each period is one. at: time of day from which it counts.
        window: its own bounds. holidays: `keep`, `skip`, `earlier`, `later`. catch_up: `all`, `once`, `none` or a
            duration; None for the default of what recurs. overlap: `allow` or `skip`. rrule: text of the subset.
    """

    period: str
    every: int = 1
    on: str = ""
    at: time | None = None
    window: Window | None = None
    holidays: str = "keep"
    catch_up: str | Duration | None = None
    overlap: str = "allow"
    rrule: str = ""

    def occurrences(self, span: Span, context: TimeContext) -> tuple[Occurrence, ...]:
        """All of them within a span and its own window, in order; those in the span's gaps are left out.

        Raises:
            BadValue: (CF307) unbounded, or more than `LIMIT`.
        """
        bounds = self._bounds(span, context)
        if bounds is None:
            return ()
        low, high, gaps = bounds
        found = [each for each in self._all(low, high, context) if not _in_gap(each, gaps)]
        return tuple({each.id: each for each in found}.values())

    def _bounds(self, span: Span, context: TimeContext) -> tuple[datetime, datetime, Any] | None:
        own = self.window.resolve(context) if self.window is not None else Span(None, None)
        if not isinstance(own, Span):
            return None
        starts = [each for each in (span.start, own.start) if each is not None]
        ends = [each for each in (span.end, own.end) if each is not None]
        low = max(starts, default=None)
        high = min(ends, default=None)
        if low is None or (high is None and "COUNT" not in self.rrule and "UNTIL" not in self.rrule):
            raise _bad(f"{self} has no end: it would recur for ever", "give it, its task or its phase a window")
        return (
            (low, high or low + timedelta(days=36525), (*span.holes, *own.holes)) if high is None or low < high else None
        )

    def _all(self, low: datetime, high: datetime, context: TimeContext) -> Iterator[Occurrence]:
        first = local_day(low, context.zone)
        last = local_day(high - timedelta(microseconds=1), context.zone)
        for number, (start, end) in enumerate(self._days(first, last, context)):
            if number >= LIMIT:
                raise _bad(f"{self} gives more than {LIMIT} occurrences", "a shorter window, or a longer period")
            yield from self._occurrence(start, end, low, high, context)

    def _occurrence(
        self, start: date, end: date, low: datetime, high: datetime, context: TimeContext
    ) -> Iterator[Occurrence]:
        begin = day_start(start, context.zone)
        if self.at is not None:
            begin = resolve_local(datetime.combine(start, self.at), context.zone)
        stop = day_start(end + timedelta(days=1), context.zone)
        if begin < high and stop > low:
            yield Occurrence(start.isoformat(), max(begin, low), min(stop, high))

    def _days(self, first: date, last: date, context: TimeContext) -> Iterable[tuple[date, date]]:
        if self.rrule:
            return self._moved(_by_rule(self.rrule, first, last), context)
        if self.period == "workday":
            days = [day for day in _each_day(first, last) if context.calendar.is_working(day)]
            return ((day, day) for day in days[:: self.every])
        if self.on:
            return self._moved(self._on_days(first, last), context)
        if self.period == "day":
            return self._moved(list(_each_day(first, last))[:: self.every], context)
        return self._whole_periods(first, last)

    def _whole_periods(self, first: date, last: date) -> Iterator[tuple[date, date]]:
        start, number = _period_start(self.period, first), 0
        while start <= last:
            following = _next_period(self.period, start)
            if number % self.every == 0:
                yield start, following - timedelta(days=1)
            start, number = following, number + 1

    def _on_days(self, first: date, last: date) -> list[date]:
        start, number, found = _period_start(self.period, first), 0, []
        while start <= last:
            following = _next_period(self.period, start)
            if number % self.every == 0:
                found += [day for day in _on(self.on, start, following) if first <= day <= last]
            start, number = following, number + 1
        return found

    def _moved(self, days: Iterable[date], context: TimeContext) -> Iterator[tuple[date, date]]:
        """Days that fall on days off, kept, skipped or moved."""
        for day in days:
            if self.holidays == "keep" or context.calendar.is_working(day):
                yield day, day
            elif self.holidays != "skip":
                moved = context.calendar.shift(day, -1 if self.holidays == "earlier" else 1)
                yield moved, moved

    def canonical(self) -> Any:
        """As the plan language writes it: a text where that says all, else a mapping."""
        long: dict[str, Any] = {"rrule": self.rrule} if self.rrule else {"every": self._short()}
        if self.window is not None:
            long["window"] = str(self.window)
        if self.holidays != "keep":
            long["holidays"] = self.holidays
        if self.catch_up is not None:
            within = isinstance(self.catch_up, Duration)
            long["catch-up"] = {"within": str(self.catch_up)} if within else self.catch_up
        if self.overlap != "allow":
            long["overlap"] = self.overlap
        return long["every"] if list(long) == ["every"] else long

    def _short(self) -> str:
        text = self.period if self.every == 1 else f"{self.every} {self.period}"
        text += f" on {self.on}" if self.on else ""
        return text + (f" at {self.at:%H:%M}" if self.at is not None else "")

    def __str__(self) -> str:
        return self.rrule or self._short()


def _in_gap(occurrence: Occurrence, gaps: Iterable[Span]) -> bool:
    return any(
        hole.start is not None and hole.end is not None and hole.start <= occurrence.start and occurrence.end <= hole.end
        for hole in gaps
    )


def _each_day(first: date, last: date) -> Iterator[date]:
    if (last - first).days > 200 * 366:
        raise _bad("the window is longer than 200 years", "a shorter window")
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


# ------------------------------------------------------------------------------------------------------------------ periods
def _period_start(period: str, day: date) -> date:
    if period == "week":
        return day - timedelta(days=day.weekday())
    if period == "ten-days":
        return day.replace(day=1 + 10 * min(2, (day.day - 1) // 10))
    if period == "month":
        return day.replace(day=1)
    if period == "quarter":
        return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
    return day.replace(month=1, day=1) if period == "year" else day


def _next_period(period: str, start: date) -> date:
    if period in {"day", "workday"}:
        return start + timedelta(days=1)
    if period == "week":
        return start + timedelta(days=7)
    if period == "ten-days" and start.day < 21:
        return start + timedelta(days=10)
    months = {"ten-days": 1, "month": 1, "quarter": 3, "year": 12}[period]
    years, month = divmod(start.month - 1 + months, 12)
    return date(start.year + years, month + 1, 1)


_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
_ON_DAY = re.compile(r"\d{1,2}|last")
_ON_WEEKDAY = re.compile(rf"(?:({'|'.join(_ORDINALS)}) )?({'|'.join(_WEEKDAYS)})")
_ON_DATE = re.compile(r"(\d{1,2})-(\d{1,2})")


def _on(on: str, start: date, end: date) -> Iterator[date]:
    """The days of a period [start, end) that `on` names; a day that a month lacks is left out."""
    for part in on.split(", "):
        if match := _ON_WEEKDAY.fullmatch(part):
            days = [
                day for day in _each_day(start, end - timedelta(days=1)) if day.weekday() == _WEEKDAYS.index(match[2])
            ]
            wanted = _ORDINALS.get(match[1] or "")
            if wanted is None:
                yield from days
            elif -len(days) <= wanted < len(days):
                yield days[wanted]
        elif match := _ON_DATE.fullmatch(part):
            yield from _valid(start.year, int(match[1]), int(match[2]))
        elif part == "last":
            yield end - timedelta(days=1)
        else:
            yield from _valid(start.year, start.month, int(part))


def _valid(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


# -------------------------------------------------------------------------------------------------------------------- RRULE
_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH"}
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_BYDAY = re.compile(r"(?:[+-]?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU)")


def check_rrule(text: str) -> Mapping[str, str]:
    """The parts of an RRULE of the subset.

    >>> check_rrule("FREQ=MONTHLY;BYMONTHDAY=22;COUNT=9")["FREQ"]
    'MONTHLY'

    Raises:
        BadValue: (CF307) outside the subset, with the reason.
    """
    parts: dict[str, str] = {}
    for part in text.strip().removeprefix("RRULE:").upper().split(";"):
        name, mark, value = part.partition("=")
        if not mark or not value:
            raise _bad(f"{part!r} is no part of an RRULE", "FREQ=WEEKLY;BYDAY=FR")
        if name in parts:
            raise _bad(f"{name} stands twice in the RRULE")
        if name not in _PARTS:
            raise _bad(
                f"{name} is outside the subset: libraries read it differently", f"parts are {', '.join(sorted(_PARTS))}"
            )
        parts[name] = value
    _check_parts(parts)
    return parts


def _check_parts(parts: Mapping[str, str]) -> None:
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise _bad(f"FREQ={frequency} is outside the subset", "DAILY, WEEKLY, MONTHLY or YEARLY")
    for name in ("INTERVAL", "COUNT"):
        if name in parts and not (parts[name].isdecimal() and 1 <= int(parts[name]) <= LIMIT):
            raise _bad(f"{name}={parts[name]}", f"{name} is 1 to {LIMIT}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise _bad("COUNT and UNTIL exclude each other (RFC 5545, 3.3.10)")
    _check_days(frequency, parts)


def _check_days(frequency: str, parts: Mapping[str, str]) -> None:
    days = parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []
    if not all(_BYDAY.fullmatch(day) for day in days):
        raise _bad(f"BYDAY={parts['BYDAY']}", "MO, 1FR, -1SU, …")
    if any(len(day) > 2 for day in days) and (frequency in {"DAILY", "WEEKLY"} or "BYMONTHDAY" in parts):
        raise _bad("a numbered BYDAY goes with MONTHLY or YEARLY, and without BYMONTHDAY")
    if any(len(day) > 2 for day in days) and frequency == "YEARLY" and "BYMONTH" not in parts:
        raise _bad("YEARLY with a numbered BYDAY needs BYMONTH")
    if frequency == "YEARLY" and "BYMONTHDAY" in parts and "BYMONTH" not in parts:
        raise _bad("YEARLY with BYMONTHDAY needs BYMONTH: libraries read it differently without")
    if frequency == "WEEKLY" and "BYMONTHDAY" in parts:
        raise _bad("WEEKLY with BYMONTHDAY is not allowed (RFC 5545, 3.3.10)")
    for name, most in (("BYMONTHDAY", 31), ("BYMONTH", 12)):
        for value in parts[name].split(",") if name in parts else ():
            number = value.removeprefix("-") if name == "BYMONTHDAY" else value
            if not (number.isdecimal() and 1 <= int(number) <= most):
                raise _bad(f"{name}={parts[name]}", f"numbers are 1 to {most}")


def _by_rule(text: str, first: date, last: date) -> Iterator[date]:
    rule = rrulestr(_with_plain_until(text), dtstart=datetime(first.year, first.month, first.day))  # noqa: DTZ001 - a local day
    for number, moment in enumerate(rule):
        if moment.date() > last or number > LIMIT:
            return
        yield moment.date()


def _with_plain_until(text: str) -> str:
    parts = dict(check_rrule(text))
    if "UNTIL" in parts:
        parts["UNTIL"] = parts["UNTIL"][:8] + "T235959"
    return ";".join(f"{name}={value}" for name, value in parts.items())


# ------------------------------------------------------------------------------------------------------------------ reading
_SHORT = re.compile(
    rf"(?:(\d{{1,4}})\s+)?({'|'.join(_PERIODS)})s?(?:\s+on\s+(.+?))?(?:\s+at\s+(\d{{1,2}}):(\d{{2}}))?", re.IGNORECASE
)
_LONG = ("every", "rrule", "window", "holidays", "catch-up", "overlap")


def parse_recurrence(raw: Any) -> Recurrence:
    """A recurrence from its short form (a text) or its long form (a mapping).

    >>> str(parse_recurrence("2 week on fri")), parse_recurrence({"every": "month on 22", "holidays": "later"}).holidays
    ('2 week on fri', 'later')

    Raises:
        BadValue: (CF301) not a recurrence; (CF307) outside the subset.
    """
    if isinstance(raw, Mapping):
        return _long_form(raw)
    if not isinstance(raw, str):
        raise BadValue(f"{raw!r} is not a recurrence", _FORMS, code="CF301")
    return _short_form(raw)


def _short_form(text: str) -> Recurrence:
    match = _SHORT.fullmatch(text.strip())
    if match is None:
        raise BadValue(f"{text[:60]!r} is not a recurrence", _FORMS, code="CF301")
    number, period, on, hour, minute = match.groups()
    every = int(number or 1)
    if every < 1:
        raise _bad(f"each {every} {period} never comes", "1 or more")
    if hour is not None and (int(hour) > 23 or int(minute) > 59):
        raise BadValue(f"there is no time {hour}:{minute}", "00:00 to 23:59", code="CF301")
    at = None if hour is None else time(int(hour), int(minute))
    return Recurrence(period.lower(), every, _read_on(period.lower(), on), at)


def _read_on(period: str, on: str | None) -> str:
    if on is None:
        return ""
    parts = [" ".join(part.lower().split()) for part in re.split(r",|\band\b", on)]
    for part in parts:
        weekday, day, dated = _ON_WEEKDAY.fullmatch(part), _ON_DAY.fullmatch(part), _ON_DATE.fullmatch(part)
        fits = {
            "week": weekday is not None and weekday[1] is None,
            "month": (weekday is not None and weekday[1] is not None) or (day is not None and part != "0"),
            "year": dated is not None,
        }.get(period, False)
        if not fits or (day is not None and part.isdecimal() and not 1 <= int(part) <= 31):
            raise BadValue(f"a {period} has no day {part!r}", _FORMS, code="CF301")
    return ", ".join(parts)


def _long_form(raw: Mapping[str, Any]) -> Recurrence:
    for key in raw:
        if key not in _LONG:
            raise BadValue(f"a recurrence has no key {key!r}", f"keys are {', '.join(_LONG)}", code="CF106")
    if ("every" in raw) == ("rrule" in raw):
        raise BadValue("a recurrence has `every` or `rrule`, one of them", _FORMS, code="CF108")
    if "rrule" in raw:
        rule = str(raw["rrule"]).strip().removeprefix("RRULE:").upper()
        check_rrule(rule)
        base = Recurrence("", rrule=rule)
    else:
        base = _short_form(str(raw["every"]))
    window = parse_window(str(raw["window"])) if "window" in raw else None
    holidays = _choice(raw, "holidays", ("keep", "skip", "earlier", "later"), "keep")
    overlap = _choice(raw, "overlap", ("allow", "skip"), "allow")
    return evolve(base, window=window, holidays=holidays, overlap=overlap, catch_up=_catch_up(raw.get("catch-up")))


def _choice(raw: Mapping[str, Any], key: str, allowed: tuple[str, ...], default: str) -> str:
    value = str(raw.get(key, default))
    if value not in allowed:
        raise BadValue(f"{key} is {value!r}", ", ".join(allowed))
    return value


def _catch_up(raw: Any) -> str | Duration | None:
    if raw is None:
        return None
    if isinstance(raw, Mapping) and set(raw) == {"within"}:
        return parse_duration(str(raw["within"]))
    if str(raw) not in {"all", "once", "none"}:
        raise BadValue(f"catch-up is {raw!r}", "all, once, none, or {within: 3d}")
    return str(raw)
