"""What a date starts from: a day, a month, a ten-day period, a year, or something that has a name."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from attrs import frozen

from campaignflow.plan.values import BadValue

__all__ = ["Base", "Day", "Happening", "Month", "TenDays", "Year"]


def _written(year: int | None, text: str) -> str:
    return text if year is None else f"{year}年{text}"


def _check(year: int | None, month: int = 1) -> None:
    if year is not None and not 1 <= year <= 9998:
        raise BadValue(f"there is no year {year}", "years are 1 to 9998", code="CF301")
    if not 1 <= month <= 12:
        raise BadValue(f"there is no month {month}", "months are 1 to 12", code="CF301")


@frozen
class Day:
    """A day; `year` is None where none is written."""

    year: int | None
    month: int
    day: int

    def __attrs_post_init__(self) -> None:
        _check(self.year, self.month)
        longest = monthrange(self.year or 2024, self.month)[1]
        if not 1 <= self.day <= longest:
            raise BadValue(f"month {self.month} has no day {self.day}", f"days are 1 to {longest}", code="CF301")

    def needs(self) -> frozenset[str]:
        """The year, where none is written."""
        return frozenset() if self.year is not None else frozenset({"year"})

    def days(self, year: int) -> tuple[date, date]:
        """First and last day in a year; 29 February is the 28th in a year without one."""
        own = self.year or year
        day = date(own, self.month, min(self.day, monthrange(own, self.month)[1]))
        return day, day

    def __str__(self) -> str:
        if self.year is None:
            return f"{self.month}月{self.day}日"
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"


@frozen
class Month:
    """A month, or (with `last`) its last day: `9月`, `9月底`."""

    year: int | None
    month: int
    last: bool = False

    def __attrs_post_init__(self) -> None:
        _check(self.year, self.month)

    def needs(self) -> frozenset[str]:
        """The year, where none is written."""
        return frozenset() if self.year is not None else frozenset({"year"})

    def days(self, year: int) -> tuple[date, date]:
        """First and last day in a year."""
        own = self.year or year
        end = date(own, self.month, monthrange(own, self.month)[1])
        return (end if self.last else date(own, self.month, 1)), end

    def __str__(self) -> str:
        return _written(self.year, f"{self.month}月{'底' if self.last else ''}")


@frozen
class TenDays:
    """A third of a month: 上旬 (1–10), 中旬 (11–20), 下旬 (21 to the end)."""

    year: int | None
    month: int
    third: int

    def __attrs_post_init__(self) -> None:
        _check(self.year, self.month)

    def needs(self) -> frozenset[str]:
        """The year, where none is written."""
        return frozenset() if self.year is not None else frozenset({"year"})

    def days(self, year: int) -> tuple[date, date]:
        """First and last day in a year."""
        own = self.year or year
        end = monthrange(own, self.month)[1] if self.third == 2 else 10 * (self.third + 1)
        return date(own, self.month, 10 * self.third + 1), date(own, self.month, end)

    def __str__(self) -> str:
        return _written(self.year, f"{self.month}月{'上中下'[self.third]}旬")


@frozen
class Year:
    """A year, or (with `last`) its last day: `全年`, `年底`."""

    year: int | None
    last: bool = False

    def __attrs_post_init__(self) -> None:
        _check(self.year)

    def needs(self) -> frozenset[str]:
        """The year, where none is written."""
        return frozenset() if self.year is not None else frozenset({"year"})

    def days(self, year: int) -> tuple[date, date]:
        """First and last day."""
        own = self.year or year
        end = date(own, 12, 31)
        return (end if self.last else date(own, 1, 1)), end

    def __str__(self) -> str:
        if self.last:
            return "年底" if self.year is None else f"{self.year}年底"
        return "全年" if self.year is None else f"{self.year}年"


@frozen
class Happening:
    """Something with a name: `start`, `accepted`, `PHASE.entered`, `TASK.verified`, a named day, `NAME.end`."""

    name: str
    year: int | None = None

    def needs(self) -> frozenset[str]:
        """Its name."""
        return frozenset({self.name.removesuffix(".end")})

    def __str__(self) -> str:
        return self.name


Base = Day | Month | TenDays | Year | Happening
