"""The written-down subset of RFC 5545 recurrence rules that plans may use.

| part | in the subset |
|---|---|
| FREQ | DAILY, WEEKLY, MONTHLY, YEARLY |
| INTERVAL, COUNT | 1 or more (COUNT at most 5,000) |
| UNTIL | a date (that day included), a local time, or a UTC time ending in Z |
| BYDAY | SU … SA; with a number (`-1FR`) in MONTHLY and YEARLY only |
| BYMONTHDAY | 1 … 31, -1 … -31; not in WEEKLY; in YEARLY only together with BYMONTH |
| BYMONTH | 1 … 12 |

All else is refused with the reason: libraries read it differently (BYWEEKNO, BYSETPOS, WKST, YEARLY with BYMONTHDAY alone),
or it has no use for work that is counted in days (HOURLY and below, BYHOUR and its kin).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, time
from itertools import islice, product
from zoneinfo import ZoneInfo

from attrs import field, frozen
from dateutil import rrule as dateutil_rrule

from campaignflow.plan.values import BadValue

__all__ = ["MAX_OCCURRENCES", "Rule", "parse_rrule"]

MAX_OCCURRENCES = 5000

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCIES = {name: getattr(dateutil_rrule, name) for name in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")}
_HORIZON_YEARS = 200
_REFUSED = {
    "WKST": "weeks begin on Monday here",
    "BYWEEKNO": "libraries disagree about week numbers; use BYDAY with BYMONTH",
    "BYSETPOS": "libraries disagree about it; use BYDAY with a number, as in BYDAY=-1FR",
    "BYYEARDAY": "use BYMONTH with BYMONTHDAY",
    "BYHOUR": "occurrences are days; say the time by `at`",
    "BYMINUTE": "occurrences are days; say the time by `at`",
    "BYSECOND": "occurrences are days",
    "RSCALE": "the calendar is the Gregorian one",
    "SKIP": "a month without the day has no occurrence; use BYMONTHDAY=-1 for its last",
}


def _bad(message: str, hint: str | None = None) -> BadValue:
    return BadValue(message, hint, code="CF307")


@frozen
class Rule:
    """A recurrence rule inside the subset; `str()` is its canonical text.

    Attributes:
        freq: `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`.
        interval, count: as in the RFC; `count` None where it has none.
        until: last instant, local unless `until_utc`; None where it has none.
        byday: pairs of (number or 0, weekday from Monday = 0).
        bymonthday, bymonth: as in the RFC.
    """

    freq: str
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    until_utc: bool = False
    byday: tuple[tuple[int, int], ...] = ()
    bymonthday: tuple[int, ...] = ()
    bymonth: tuple[int, ...] = field(default=())

    def __attrs_post_init__(self) -> None:
        for reason in _objections(self):
            raise reason

    @property
    def is_bounded(self) -> bool:
        """Does it end by itself?"""
        return self.count is not None or self.until is not None

    def instances(self, start: datetime, zone: ZoneInfo, end: datetime | None = None) -> Iterator[datetime]:
        """The local times at which it falls, in order, from a local start (DTSTART) to before a local end.

        Args:
            start: naive local time of the first possible instance.
            zone: in which an UNTIL in UTC is read.
            end: naive local time that ends it, or None: two hundred years on.

        Raises:
            BadValue: (CF307) more than 5,000 instances.
        """
        limit = end or start.replace(year=min(start.year + _HORIZON_YEARS, 9999), day=min(start.day, 28))
        until = self._local_until(zone)
        found = dateutil_rrule.rrule(
            _FREQUENCIES[self.freq],
            dtstart=start,
            interval=self.interval,
            until=limit if until is None else min(until, limit),
            byweekday=[dateutil_rrule.weekday(day, number or None) for number, day in self.byday] or None,
            bymonthday=self.bymonthday or None,
            bymonth=self.bymonth or None,
        )
        # Counted here: the library wants COUNT or UNTIL, and without an end an impossible rule would run for ever.
        for index, instance in enumerate(islice(found, self.count)):
            if instance >= limit:
                return
            if index == MAX_OCCURRENCES:
                raise _bad(f"{self} falls more than {MAX_OCCURRENCES} times", "a shorter window, or a longer INTERVAL")
            yield instance

    def _local_until(self, zone: ZoneInfo) -> datetime | None:
        if self.until is None or not self.until_utc:
            return self.until
        try:
            return self.until.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
        except OverflowError:  # `UNTIL=99991231T235959Z`, which some write for "never"
            return self.until

    def __str__(self) -> str:
        parts = [f"FREQ={self.freq}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self._until_text(self.until)}")
        if self.byday:
            parts.append("BYDAY=" + ",".join(f"{number or ''}{_DAYS[day]}" for number, day in self.byday))
        for name, values in (("BYMONTHDAY", self.bymonthday), ("BYMONTH", self.bymonth)):
            if values:
                parts.append(f"{name}={','.join(map(str, values))}")
        return ";".join(parts)

    def _until_text(self, until: datetime) -> str:
        day = f"{until.year:04d}{until:%m%d}"
        return day if until.time() == time.max else f"{day}T{until:%H%M%S}{'Z' if self.until_utc else ''}"


def _objections(rule: Rule) -> Iterator[BadValue]:
    if rule.interval < 1:
        yield _bad(f"INTERVAL={rule.interval} would never move on", "1 or more")
    if rule.count is not None and not 1 <= rule.count <= MAX_OCCURRENCES:
        yield _bad(f"COUNT={rule.count} is out of range", f"1 to {MAX_OCCURRENCES}")
    if rule.count is not None and rule.until is not None:
        yield _bad("COUNT and UNTIL together", "one of the two")
    if rule.freq in ("DAILY", "WEEKLY") and any(number for number, _ in rule.byday):
        yield _bad(f"{rule.freq} takes no numbered BYDAY", "MONTHLY or YEARLY does, as in BYDAY=-1FR")
    if rule.bymonthday and rule.freq == "WEEKLY":
        yield _bad("WEEKLY takes no BYMONTHDAY", "BYDAY, or FREQ=MONTHLY")
    if rule.bymonthday and rule.freq == "YEARLY" and not rule.bymonth:
        yield _bad("YEARLY with BYMONTHDAY needs BYMONTH", "libraries disagree about it otherwise; or FREQ=MONTHLY")
    limit = 5 if rule.freq == "MONTHLY" or rule.bymonth else 53
    if any(abs(number) > limit for number, _ in rule.byday):
        yield _bad(f"a numbered BYDAY beyond {limit} never falls")
    if (
        rule.bymonth
        and rule.bymonthday
        and not any(map(_ever, *zip(*product(rule.bymonth, rule.bymonthday), strict=True)))
    ):
        yield _bad("no such day in these months: it would never fall")


def _ever(month: int, day: int) -> bool:
    return abs(day) <= monthrange(2000, month)[1]


def parse_rrule(text: str) -> Rule:
    """A rule of the subset.

    >>> str(parse_rrule("BYDAY=-1FR;FREQ=MONTHLY;INTERVAL=1"))
    'FREQ=MONTHLY;BYDAY=-1FR'

    Raises:
        BadValue: (CF307) outside the subset, or not a rule; the reason is given.
    """
    parts = _parts(text.strip().removeprefix("RRULE:"))
    freq = parts.pop("FREQ", None)
    if freq not in _FREQUENCIES:
        raise _bad(f"FREQ={freq} is outside the subset" if freq else "no FREQ", "DAILY, WEEKLY, MONTHLY or YEARLY")
    for name in parts:
        if name in _REFUSED:
            raise _bad(f"{name} is outside the subset", _REFUSED[name])
    until = parts.pop("UNTIL", None)
    rule = Rule(
        freq=freq,
        interval=_whole("INTERVAL", parts.pop("INTERVAL", "1")),
        count=_whole("COUNT", parts.pop("COUNT")) if "COUNT" in parts else None,
        until=None if until is None else _until(until),
        until_utc=until is not None and until.endswith("Z"),
        byday=tuple(_weekday(day) for day in _listed(parts.pop("BYDAY", ""))),
        bymonthday=tuple(_within("BYMONTHDAY", day, 31, signed=True) for day in _listed(parts.pop("BYMONTHDAY", ""))),
        bymonth=tuple(_within("BYMONTH", month, 12) for month in _listed(parts.pop("BYMONTH", ""))),
    )
    if parts:
        raise _bad(f"{next(iter(parts))} is unknown", "FREQ INTERVAL COUNT UNTIL BYDAY BYMONTHDAY BYMONTH")
    return rule


def _parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = (piece.strip().upper() for piece in part.partition("="))
        if not equals or not name or not value:
            raise _bad(f"{part!r} is no part of a rule", "NAME=VALUE, parted by ;")
        if name in parts:
            raise _bad(f"{name} stands twice", "each part once")
        parts[name] = value
    return parts


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(text.split(","))) if text else []


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,6}", text):
        raise _bad(f"{name}={text} is not a number", "a whole number")
    return int(text)


def _within(name: str, text: str, limit: int, *, signed: bool = False) -> int:
    number = _whole(name, text)
    if number == 0 or abs(number) > limit or (number < 0 and not signed):
        raise _bad(f"{name}={text} is out of range", f"1 to {limit}" + (f" or -1 to -{limit}" if signed else ""))
    return number


def _weekday(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", text)
    if match is None or (match[1] is not None and int(match[1]) == 0):
        raise _bad(f"BYDAY={text} is not a weekday", "MO TU WE TH FR SA SU, with a number as in 2TU or -1FR")
    return int(match[1] or 0), _DAYS.index(match[2])


def _until(text: str) -> datetime:
    try:
        if len(text) == 8:
            return datetime.combine(datetime.strptime(text, "%Y%m%d"), time.max)  # noqa: DTZ007 - a local date
        return datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local unless it ends in Z
    except ValueError:
        raise _bad(f"UNTIL={text} is not a date", "20261231, 20261231T235959 or 20261231T155959Z") from None
