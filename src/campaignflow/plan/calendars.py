"""Working days: calendars as versioned data.

A calendar has a source, a version, a hash of its data and the last day for which that data is published. Beyond that
day a calendar still answers, but the answer is a guess, and `Calendar.guess` says so: the make-up working days of
China, for one, are announced each November for the next year only.

National calendars come from the package `holidays` (extra `calendars`): weekends, public holidays, and the weekend days
that are worked in exchange. Nothing is computed at import; a calendar computes a year when it is first asked about it.
"""

from __future__ import annotations

import difflib
import hashlib
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import MAXYEAR, MINYEAR, date
from functools import partial
from typing import Any

from attrs import evolve, field, frozen

from campaignflow.errors import MissingExtra
from campaignflow.plan.values import BadValue

__all__ = ["EVERY_DAY", "WEEKDAYS", "Calendar", "find_calendar"]

_FIRST_HASHED, _LAST_HASHED = 2015, 2050
_STILL_EXCHANGES = 2023  # a country whose last exchanged working day is older has given the habit up
_ExceptionDays = Iterable[date]


def _days_of(year: int) -> range:
    return range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)


def _sorted_days(days: _ExceptionDays) -> tuple[date, ...]:
    return tuple(sorted(set(days)))


@frozen
class _Year:
    """The working days of one year, as proleptic ordinals: in order, and for asking about one."""

    ordered: tuple[int, ...]
    known: frozenset[int]


@frozen
class Calendar:
    """Which local days are worked. Two calendars are equal when name, version, hash and exceptions are.

    Attributes:
        name: as the plan writes it: `CN`, `DE-BY`, `every-day`, `weekdays`.
        source: where the data comes from.
        version: of the source.
        hash: SHA-256, hex, of the working days from 2015 to the last known year (2050 where there is none), and of the
            exceptions. The start of a campaign records it.
        known_until: the last day for which the data is published, or None where days follow from rules alone.
        closed: days that the plan closes.
        open: days that the plan opens.

    >>> EVERY_DAY.is_working(date(2026, 10, 1)), WEEKDAYS.is_working(date(2026, 10, 3))
    (True, False)
    """

    name: str
    source: str
    version: str
    hash: str
    known_until: date | None = None
    closed: tuple[date, ...] = field(default=(), converter=_sorted_days)
    open: tuple[date, ...] = field(default=(), converter=_sorted_days)
    _rule: Callable[[int], Iterable[int]] = field(default=_days_of, eq=False, repr=False)
    _base_hash: str = field(default="", eq=False, repr=False)
    # Derived from the fields above alone, so that filling it changes nothing that anyone can see.
    _years: dict[int, _Year] = field(factory=dict, init=False, eq=False, repr=False)

    def is_working(self, day: date) -> bool:
        """Is this local day worked?"""
        return day.toordinal() in self._year(day.year).known

    def guess(self, day: date) -> bool:
        """Is the answer for this day only an estimate, because its year's data is not published?

        A day that the plan itself closes or opens is no guess.
        """
        if self.known_until is None or day <= self.known_until:
            return False
        return day not in self.closed and day not in self.open

    def with_exceptions(self, closed: _ExceptionDays = (), open: _ExceptionDays = ()) -> Calendar:  # noqa: A002 - the plan's word
        """This calendar with some days closed and others opened; later exceptions win over earlier ones.

        Raises:
            BadValue: a day is both closed and open.
        """
        shut, worked = set(closed), set(open)
        if both := sorted(shut & worked):
            raise BadValue(f"{both[0]} is both closed and open", "name a day in one of the two lists")
        shut |= set(self.closed) - worked
        worked |= set(self.open) - shut
        if (shut, worked) == (set(self.closed), set(self.open)):
            return self
        lines = [f"-{day}" for day in sorted(shut)] + [f"+{day}" for day in sorted(worked)]
        base = self._base_hash or self.hash
        return evolve(self, closed=shut, open=worked, hash=_sha256([base, *lines]), base_hash=base)

    def shift(self, day: date, count: int) -> date:
        """The `count`-th working day after a day (before it, if negative); the day itself for 0.

        >>> str(WEEKDAYS.shift(date(2026, 4, 3), 1)), str(WEEKDAYS.shift(date(2026, 4, 4), -2))
        ('2026-04-06', '2026-04-02')

        Raises:
            BadValue: (CF112) beyond the years 1 to 9999.
        """
        if count == 0:
            return day
        year, left = day.year, abs(count)
        ordered = self._year(year).ordered
        there = bisect_right(ordered, day.toordinal()) if count > 0 else bisect_left(ordered, day.toordinal())
        available = len(ordered) - there if count > 0 else there
        while available < left:
            left -= available
            year += 1 if count > 0 else -1
            ordered = self._year(self._within_time(year)).ordered
            there, available = (0, len(ordered)) if count > 0 else (len(ordered), len(ordered))
        return date.fromordinal(ordered[there + left - 1] if count > 0 else ordered[there - left])

    def count(self, first: date, end: date) -> int:
        """How many working days there are from `first` up to, not including, `end`; negative if `end` is earlier."""
        if end < first:
            return -self.count(end, first)
        total = 0
        for year in range(first.year, end.year + 1):
            ordered = self._year(year).ordered
            total += bisect_left(ordered, end.toordinal()) - bisect_left(ordered, first.toordinal())
        return total

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            days = set(self._rule(year))
            days -= {day.toordinal() for day in self.closed}
            days |= {day.toordinal() for day in self.open if day.year == year}
            found = self._years[year] = _Year(tuple(sorted(days)), frozenset(days))
        return found

    def _within_time(self, year: int) -> int:
        if MINYEAR <= year <= MAXYEAR:
            return year
        raise BadValue(f"calendar {self.name}: no such working day before the end of time", code="CF112")

    def __str__(self) -> str:
        return self.name


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _hash_of(rule: Callable[[int], Iterable[int]], last: int) -> str:
    return _sha256(f"{year} {bytes(_flags(rule, year)).hex()}" for year in range(_FIRST_HASHED, last + 1))


def _flags(rule: Callable[[int], Iterable[int]], year: int) -> Iterator[int]:
    working = set(rule(year))
    return (int(day in working) for day in _days_of(year))


def _monday_to_friday(year: int) -> Iterable[int]:
    return (day for day in _days_of(year) if (day + 6) % 7 < 5)


EVERY_DAY = Calendar("every-day", "campaignflow", "1", _sha256(["every-day"]))
"""Every day is worked: what a plan without `calendar:` has."""

WEEKDAYS = Calendar("weekdays", "campaignflow", "1", _sha256(["weekdays"]), rule=_monday_to_friday)
"""Monday to Friday, no holidays."""

_BUILT_IN = {calendar.name: calendar for calendar in (EVERY_DAY, WEEKDAYS)}


# --------------------------------------------------------------------------------------------------- national calendars
def find_calendar(name: str) -> Calendar:
    """A calendar by the name that a plan writes: `CN`, `GB`, `DE-BY` (with subdivision), `every-day`, `weekdays`.

    >>> find_calendar("CN").is_working(date(2026, 2, 14))         # a Saturday, worked for the Spring Festival
    True

    Raises:
        MissingExtra: a national calendar, and the extra `calendars` is not installed.
        BadValue: (CF804) no calendar of this name; the nearest is suggested.
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    library = _library(name)
    country, _, subdivision = name.partition("-")
    supported: dict[str, list[str]] = library.list_supported_countries(include_aliases=False)
    if country not in supported or (subdivision and subdivision not in supported[country]):
        raise _unknown(name, supported)
    rule = partial(_national_rule, country, subdivision)
    entity = library.country_holidays(country)
    known = _last_known_year(entity)
    until = date(known, 12, 31) if known else None
    return Calendar(
        name=name,
        source=f"holidays {country}",
        version=library.__version__,
        hash=_hash_of(rule, known or _last_year(entity)),
        known_until=until,
        rule=rule,
    )


def _library(name: str) -> Any:
    try:
        import holidays
    except ImportError:  # pragma: no cover - the tests' environment has it
        raise MissingExtra("calendars", f"calendar {name!r}") from None
    return holidays


def _unknown(name: str, supported: dict[str, list[str]]) -> BadValue:
    country = name.partition("-")[0]
    if country in supported:
        candidates = [country, *(f"{country}-{part}" for part in supported[country])]
    else:
        candidates = [*_BUILT_IN, *supported]
    near = difflib.get_close_matches(name.upper(), candidates, n=1) or difflib.get_close_matches(name, candidates, n=1)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(candidates[:8])}, …"
    return BadValue(f"there is no calendar {name!r}", hint, code="CF804")


def _national_rule(country: str, subdivision: str, year: int) -> Iterable[int]:
    working, _ = _national_year(country, subdivision, year)
    return working


def _entity(country: str, subdivision: str) -> Any:
    library = _library(country)
    language = library.country_holidays(country).default_language  # else names would follow the machine's locale
    return library.country_holidays(country, subdiv=subdivision or None, language=language)


def _national_year(country: str, subdivision: str, year: int) -> tuple[list[int], bool]:
    """The working days of a year, and whether the library vouches for them."""
    with warnings.catch_warnings(record=True) as doubts:  # it warns where it lacks a year's data: for us, a guess
        warnings.simplefilter("always")
        entity = _entity(country, subdivision)
        working = [day for day in _days_of(year) if entity.is_working_day(date.fromordinal(day))]
    label = str(getattr(entity, "estimated_label", None) or "").replace("%s", "").strip()
    estimated = bool(label) and any(label in name for day, name in entity.items() if day.year == year)
    return working, not (doubts or estimated or year > entity.end_year)


def _last_year(entity: Any) -> int:
    return min(int(entity.end_year), _LAST_HASHED)


def _last_known_year(entity: Any) -> int | None:
    """The last year whose days are published: of exchanged working days, and of feasts that the moon decides.

    None where neither plays a part. The library's answers on working days do not say which are guesses, so this is read
    from its tables: the last year that exchanges a day, and the last before the feasts are labelled as estimates.
    """
    limits = [year for year in (_last_exchange(entity), _last_certain(entity)) if year is not None]
    return min(limits) if limits else None


def _last_exchange(entity: Any) -> int | None:
    named = [name for name in dir(entity) if name.startswith("special_") and name.endswith("_holidays")]
    tables = [getattr(entity, name) for name in named]
    years = [year for table in tables for year, entries in table.items() if _exchanges(entries)]
    latest = max(years, default=0)
    return latest if latest >= _STILL_EXCHANGES else None


def _exchanges(entries: Any) -> bool:
    """An entry (month, day, from month, from day) exchanges a day; (month, day, name) only adds a feast."""
    several = entries if entries and isinstance(entries[0], tuple) else (entries,)
    return any(len(entry) >= 4 and isinstance(entry[2], int) for entry in several)


def _last_certain(entity: Any) -> int | None:
    last = _last_year(entity)
    if last == _LAST_HASHED and not getattr(entity, "estimated_label", None):
        return None
    certain = (year for year in range(last, _FIRST_HASHED, -1) if _national_year(entity.country, "", year)[1])
    found = next(certain, _FIRST_HASHED)
    return None if found == _LAST_HASHED else found
