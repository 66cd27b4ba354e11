"""Recurrence: how often a task, an indicator or a rule comes round, and the occurrences that this makes in a window.

| written | occurrences |
|---|---|
| `week` | each calendar week (Monday to Sunday) that meets the window, one; due by its end |
| `week on fri` | each Friday |
| `2 week on fri` | every second Friday, counted from the week that the window starts in |
| `workday` | each working day |
| `month on last fri at 09:00` | the last Friday of each month, from 09:00 on |
| `{every: month on 22, holidays: later}` | the 22nd, or the next working day |
| `{rrule: "FREQ=MONTHLY;BYDAY=-1FR"}` | the rest of the written-down subset of RFC 5545, see `rrules` |

An occurrence's id is its day, or its period's first day, as the rule names it: it stays the same when `holidays` moves the
day, so a calendar that is published later renames nothing. Whether a moved occurrence lies in the window is decided by
the day it is moved to. A month without the day (the 31st) has no occurrence: say `last`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta

from attrs import evolve, field, frozen

from campaignflow.plan.moments import Pending, TimeContext
from campaignflow.plan.periods import UNITS, On, parse_on, period_start, periods, rules_for
from campaignflow.plan.rrules import MAX_OCCURRENCES, Rule, parse_rrule
from campaignflow.plan.timemath import day_start, local_day, resolve_local
from campaignflow.plan.timetext import parse_window
from campaignflow.plan.values import BadValue, Duration, fold, parse_duration
from campaignflow.plan.windows import Span, Window

__all__ = ["MAX_OCCURRENCES", "Occurrence", "Recurrence", "occurrences_of", "parse_recurrence", "parse_recurrences"]

SHORT_FORMS = (
    "[N] day, workday, week, ten-days, month, quarter or year, then `on …`, then `at 09:00`: week on fri, month"
)
HOLIDAYS = ("keep", "skip", "earlier", "later")
CATCH_UP = ("all", "once", "none")
OVERLAP = ("allow", "skip")
_KEYS = ("every", "rrule", "window", "holidays", "catch-up", "overlap")
_ADVERBS = {
    "daily": "day", "everyday": "day", "每日": "day", "每天": "day", "weekly": "week", "每周": "week", "fortnightly": "2 week",
    "biweekly": "2 week", "monthly": "month", "每月": "month", "quarterly": "quarter", "每季度": "quarter", "yearly": "year",
    "annually": "year", "每年": "year", "每旬": "ten-days",
}  # fmt: skip
_MAX_STEP = 1000
_MAX_YEARS = 200


@frozen
class Occurrence:
    """One time that a recurrence comes round.

    Attributes:
        id: ISO day, as it stands behind the `@` of `task@2026-04-22`.
        start: when it comes into being.
        end: when it is due: the first instant after its day or period, or the window's end if that is earlier.
    """

    id: str
    start: datetime
    end: datetime


@frozen
class Recurrence:
    """A recurrence as written.

    Attributes:
        unit: `day workday week ten-days month quarter year`; empty where a rule stands.
        count: every how many of them.
        on: which days in them; none: the whole period is one occurrence.
        at: local time from which on; None: from the day's start.
        rule: in place of the unit.
        window: only inside it.
        holidays: what becomes of a day off: `keep skip earlier later`.
        catch_up: after downtime: `all once none`, a duration (no later than so long after), or None for what is usual.
        overlap: `allow`, or `skip` one that begins while the last is still open.
    """

    unit: str = ""
    count: int = 1
    on: tuple[On, ...] = ()
    at: time | None = None
    rule: Rule | None = None
    window: Window | None = None
    holidays: str = field(default="keep")
    catch_up: str | Duration | None = None
    overlap: str = "allow"

    def __attrs_post_init__(self) -> None:
        if (self.rule is None) == (not self.unit):
            raise _bad("a recurrence has `every` or `rrule`, one of the two", SHORT_FORMS)
        if self.holidays in ("earlier", "later") and not (self.on or self.rule):
            raise _bad(f"holidays: {self.holidays} moves days, and {self.short()} names none", "week on fri, or skip")
        if self.on:
            rules_for(self.unit, self.count, self.on)

    def short(self) -> str:
        """The part that says how often, in the short form: `2 week on fri at 09:00`."""
        if self.rule is not None:
            return str(self.rule)
        step = "" if self.count == 1 else f"{self.count} "
        days = f" on {', '.join(map(str, self.on))}" if self.on else ""
        clock = f" at {self.at:%H:%M}" if self.at else ""
        return f"{step}{self.unit}{days}{clock}"

    def canonical(self) -> str | dict[str, object]:
        """As the plan language writes it: the short form where that says all, else the long one."""
        extras: dict[str, object] = {}
        if self.window is not None:
            extras["window"] = str(self.window)
        if self.holidays != "keep":
            extras["holidays"] = self.holidays
        if self.catch_up is not None:
            late = isinstance(self.catch_up, Duration)
            extras["catch-up"] = {"within": str(self.catch_up)} if late else str(self.catch_up)
        if self.overlap != "allow":
            extras["overlap"] = self.overlap
        if self.rule is None and not extras:
            return self.short()
        return {"rrule" if self.rule else "every": self.short(), **extras}

    def needs(self) -> frozenset[str]:
        """What its own window needs to be known, as for windows."""
        return self.window.needs() if self.window else frozenset()

    def occurrences(self, span: Span, ctx: TimeContext) -> tuple[Occurrence, ...]:
        """All occurrences in a span, in order; none while its own window waits for something.

        Args:
            span: the window of what recurs; counting (`2 week`, COUNT) begins at its start.
            ctx: zone, calendar, and what its own window is resolved against.

        Raises:
            BadValue: (CF307) without bounds, over more than 200 years, or more than 5,000; (CF112) at the ends of time.
        """
        narrowed = self._narrowed(span, ctx)
        if narrowed is None or narrowed.is_empty:
            return ()
        span = narrowed
        if span.start is None or (span.end is None and not (self.rule and self.rule.is_bounded)):
            raise _bad(f"{self.short()} has no bounds here", "give it a window with a start and an end", "CF307")
        if span.end is not None and span.end.year - span.start.year > _MAX_YEARS:
            raise _bad(f"{self.short()}: a window of more than {_MAX_YEARS} years", "a shorter window", "CF307")
        try:
            return tuple(sorted(self._within(span, ctx), key=lambda each: (each.start, each.id)))
        except BadValue:
            raise
        except (OverflowError, ValueError):  # what `datetime` says at its own ends
            raise _bad(f"{self.short()} reaches beyond the years 1 to 9999", "a nearer window", "CF112") from None

    def _within(self, span: Span, ctx: TimeContext) -> list[Occurrence]:
        found: list[Occurrence] = []
        assert span.start is not None  # `occurrences` has seen to it
        for day, first, last in self._days(span.start, span.end, ctx):
            occurrence = self._occurrence(day, first, last, span, ctx)
            if occurrence is None:
                continue
            if len(found) == MAX_OCCURRENCES:
                raise _bad(f"{self.short()}: more than {MAX_OCCURRENCES} times", "a shorter window", "CF307")
            found.append(occurrence)
        return found

    def _narrowed(self, span: Span, ctx: TimeContext) -> Span | None:
        if self.window is None:
            return span
        own = self.window.resolve(ctx.enclosed_by(span))
        return None if isinstance(own, Pending) else span.clip(own)

    def _days(self, start: datetime, end: datetime | None, ctx: TimeContext) -> Iterator[tuple[date, date, date]]:
        """For each candidate the day it is named after, and the first and last day that it stands for."""
        first = local_day(start, ctx.zone)
        if self.on or self.rule:
            for day in self._named_days(first, end, ctx):
                moved = self._moved(day, ctx)
                if moved is not None:
                    yield day, moved, moved
            return
        assert end is not None  # only a rule may be without
        for head, tail in periods(self.unit, self.count, first, _last_day(end, ctx), ctx.calendar):
            if self.holidays != "skip" or ctx.calendar.count(head, tail + timedelta(days=1)):
                yield head, head, tail

    def _named_days(self, first: date, end: datetime | None, ctx: TimeContext) -> Iterator[date]:
        slack = timedelta(days=31 if self.holidays in ("earlier", "later") else 0)
        stop = None if end is None else datetime.combine(_last_day(end, ctx) + timedelta(days=1) + slack, time.min)
        begin = datetime.combine(first if self.rule else self._anchor(first), time.min)
        rules = (self.rule,) if self.rule else rules_for(self.unit, self.count, self.on)
        days = {instance.date() for rule in rules for instance in rule.instances(begin, ctx.zone, stop)}
        return iter(sorted(days))

    def _anchor(self, first: date) -> date:
        """The period to count from; where days may be moved into the window, some before it, in step."""
        start = period_start(self.unit, first)
        if self.holidays != "later":
            return start
        if self.unit == "week":
            return start - timedelta(weeks=5 * self.count)
        months = {"month": 1, "quarter": 3, "year": 12}[self.unit] * self.count
        year, month = divmod(start.year * 12 + start.month - 1 - months, 12)
        return date(year, month + 1, 1)

    def _moved(self, day: date, ctx: TimeContext) -> date | None:
        if self.holidays == "keep" or ctx.calendar.is_working(day):
            return day
        if self.holidays == "skip":
            return None
        return ctx.calendar.shift(day, -1 if self.holidays == "earlier" else 1)

    def _occurrence(self, day: date, first: date, last: date, span: Span, ctx: TimeContext) -> Occurrence | None:
        start = day_start(first, ctx.zone)
        if self.at is not None:
            start = resolve_local(datetime.combine(first, self.at), ctx.zone)
            # A time of day is a moment: one that lies before the window has not been cut off, it has been missed.
            if not span.contains(start):
                return None
        part = span.clip(Span(start, day_start(last + timedelta(days=1), ctx.zone)))
        if part.is_empty or part.start is None or part.end is None:
            return None
        return Occurrence(day.isoformat(), part.start, part.end)

    def __str__(self) -> str:
        canonical = self.canonical()
        if isinstance(canonical, str):
            return canonical
        return "{" + ", ".join(f"{key}: {value}" for key, value in canonical.items()) + "}"


def _last_day(end: datetime, ctx: TimeContext) -> date:
    return local_day(end - timedelta(microseconds=1), ctx.zone)


def _bad(message: str, hint: str | None = None, code: str = "CF301") -> BadValue:
    return BadValue(message, hint, code=code)


def occurrences_of(recurrences: Iterable[Recurrence], span: Span, ctx: TimeContext) -> tuple[Occurrence, ...]:
    """The occurrences of a list of recurrences (a cadence that changes), in order; of two of one day the first listed."""
    found: dict[str, Occurrence] = {}
    for recurrence in recurrences:
        for occurrence in recurrence.occurrences(span, ctx):
            found.setdefault(occurrence.id, occurrence)
    if len(found) > MAX_OCCURRENCES:
        raise _bad(f"more than {MAX_OCCURRENCES} occurrences together", "shorter windows", "CF307")
    return tuple(sorted(found.values(), key=lambda each: (each.start, each.id)))


# ------------------------------------------------------------------------------------------------------------- reading
_SHORT = re.compile(
    rf"(?:([0-9]{{1,6}})\s+)?({'|'.join(UNITS)})s?(?:\s+on\s+(.+?))?(?:\s+at\s+([0-9]{{1,2}}):([0-9]{{2}}))?",
    re.IGNORECASE,
)


def parse_recurrence(value: object) -> Recurrence:
    """A recurrence in its short form (a text) or its long one (a mapping).

    >>> str(parse_recurrence("2 weeks on Friday at 9:00"))
    '2 week on fri at 09:00'
    >>> parse_recurrence({"every": "month on 22", "holidays": "later"}).canonical()
    {'every': 'month on 22', 'holidays': 'later'}

    Raises:
        BadValue: (CF301) none of the forms; (CF307) a rule outside the subset; (CF106) an unknown key.
    """
    if isinstance(value, Recurrence):
        return value
    if not isinstance(value, str | Mapping):
        raise _bad(f"{value!r} is not a recurrence", SHORT_FORMS)
    return _short(value) if isinstance(value, str) else _long(value)


def parse_recurrences(value: object) -> tuple[Recurrence, ...]:
    """One recurrence, or a list of long forms: a cadence that changes."""
    parts = value if isinstance(value, list | tuple) else [value]
    return tuple(parse_recurrence(part) for part in parts)


def _short(text: str) -> Recurrence:
    folded = fold(text)
    match = _SHORT.fullmatch(folded)
    if match is None:
        raise _bad(f"{text!r} is not a recurrence", _nearest(folded))
    count, unit, days, hour, minute = match.groups()
    if not 1 <= int(count or 1) <= _MAX_STEP:
        raise _bad(f"{text!r}: every {count}", f"1 to {_MAX_STEP}", "CF307")
    if hour is not None and not (int(hour) < 24 and int(minute) < 60):
        raise _bad(f"there is no time {hour}:{minute}", "00:00 to 23:59")
    return Recurrence(
        unit=unit.lower(),
        count=int(count or 1),
        on=parse_on(unit.lower(), days) if days else (),
        at=None if hour is None else time(int(hour), int(minute)),
    )


def _nearest(folded: str) -> str:
    words = folded.lower().removeprefix("every ").split()
    if folded.upper().startswith("FREQ="):
        return '{rrule: "' + folded + '"}'
    if words and words[0] in _ADVERBS:
        return f"say {_ADVERBS[words[0]]}"
    near = difflib.get_close_matches(words[0], UNITS, n=1) if words else []
    return f"did you mean {near[0]}? {SHORT_FORMS}" if near else SHORT_FORMS


def _long(value: Mapping[str, object]) -> Recurrence:
    parts = {str(key).replace("_", "-"): part for key, part in value.items()}
    for key in parts:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            raise _bad(f"unknown key {key!r}", f"did you mean {near[0]}?" if near else ", ".join(_KEYS), "CF106")
    if ("every" in parts) == ("rrule" in parts):
        raise _bad("a recurrence has `every` or `rrule`, one of the two", SHORT_FORMS, "CF108")
    base = _short(_text(parts, "every")) if "every" in parts else Recurrence(rule=parse_rrule(_text(parts, "rrule")))
    window = parts.get("window")
    return evolve(
        base,
        window=window
        if isinstance(window, Window)
        else None
        if window is None
        else parse_window(_text(parts, "window")),
        holidays=_choice(parts, "holidays", HOLIDAYS),
        catch_up=_catch_up(parts),
        overlap=_choice(parts, "overlap", OVERLAP),
    )


def _text(parts: Mapping[str, object], key: str) -> str:
    value = parts[key]
    if not isinstance(value, str):
        raise _bad(f"{key}: {value!r} is not a text", SHORT_FORMS if key == "every" else None)
    return value


def _choice(parts: Mapping[str, object], key: str, allowed: tuple[str, ...]) -> str:
    value = parts.get(key, allowed[0])
    if value not in allowed:
        near = difflib.get_close_matches(str(value), allowed, n=1)
        raise _bad(f"{key}: {value}", f"did you mean {near[0]}?" if near else ", ".join(allowed), "CF107")
    return str(value)


def _catch_up(parts: Mapping[str, object]) -> str | Duration | None:
    value = parts.get("catch-up")
    if value is None:
        return None
    if isinstance(value, Mapping) and set(value) == {"within"}:
        late = value["within"]
        return late if isinstance(late, Duration) else parse_duration(str(late))
    if isinstance(value, Duration):
        return value
    return _choice(parts, "catch-up", CATCH_UP)
