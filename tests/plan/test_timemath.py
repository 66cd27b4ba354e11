"""Arithmetic on instants: clock changes by the stated rule, working days exact, the laws of addition."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.plan.calendars import EVERY_DAY, WEEKDAYS, Calendar, find_calendar
from campaignflow.plan.time import (
    add,
    add_us,
    clock_change,
    day_bounds_us,
    day_start,
    days_between,
    from_us,
    hours_between,
    local_day,
    resolve_local,
    shift_date,
    to_us,
    workdays_between,
)
from campaignflow.plan.values import BadValue, Duration

PARIS, SHANGHAI, HAVANA, NEW_YORK = (
    ZoneInfo(name) for name in ("Europe/Paris", "Asia/Shanghai", "America/Havana", "America/New_York")
)
ZONES = st.sampled_from([PARIS, SHANGHAI, HAVANA, NEW_YORK, ZoneInfo("UTC"), ZoneInfo("Australia/Lord_Howe")])
INSTANTS = st.integers(to_us(datetime(2015, 1, 1, tzinfo=UTC)), to_us(datetime(2030, 1, 1, tzinfo=UTC)))
CALENDARS = st.sampled_from([EVERY_DAY, WEEKDAYS])


@pytest.mark.parametrize(
    ("wall", "zone", "instant", "change"),
    [
        (datetime(2026, 3, 29, 2, 30), PARIS, "2026-03-29T03:00:00+02:00", "skipped"),
        (datetime(2026, 3, 29, 2, 0), PARIS, "2026-03-29T03:00:00+02:00", "skipped"),
        (datetime(2026, 3, 29, 3, 0), PARIS, "2026-03-29T03:00:00+02:00", None),
        (datetime(2026, 10, 25, 2, 30), PARIS, "2026-10-25T02:30:00+02:00", "doubled"),
        (datetime(2026, 10, 25, 3, 0), PARIS, "2026-10-25T03:00:00+01:00", None),
        (datetime(2026, 3, 8, 0, 30), HAVANA, "2026-03-08T01:00:00-04:00", "skipped"),  # at midnight
        (datetime(2026, 7, 1, 9, 0), SHANGHAI, "2026-07-01T09:00:00+08:00", None),
    ],
)
def test_skipped_and_doubled_local_times(wall: datetime, zone: ZoneInfo, instant: str, change: str | None) -> None:
    assert resolve_local(wall, zone).isoformat() == instant
    assert clock_change(wall, zone) == change


def test_a_day_begins_with_its_first_instant_even_without_a_midnight() -> None:
    assert day_start(date(2026, 3, 8), HAVANA).isoformat() == "2026-03-08T01:00:00-04:00"
    start, end = day_bounds_us(date(2026, 3, 29), PARIS)
    assert end - start == 23 * 3_600_000_000


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-04-03T12:00+02:00", "1d", "2026-04-06T12:00:00+02:00"),  # over a weekend
        ("2026-04-03T00:00+02:00", "1d", "2026-04-04T00:00:00+02:00"),  # Friday's end, not Monday's start
        ("2026-04-04T15:00+02:00", "1d", "2026-04-07T00:00:00+02:00"),  # from a day off: all of Monday
        ("2026-04-06T00:00+02:00", "-1d", "2026-04-03T00:00:00+02:00"),
        ("2026-04-06T12:00+02:00", "-0.5d", "2026-04-06T00:00:00+02:00"),
        ("2026-04-05T15:00+02:00", "-0.5d", "2026-04-03T12:00:00+02:00"),
        ("2026-04-06T06:00+02:00", "0.25d", "2026-04-06T12:00:00+02:00"),
        ("2026-03-28T12:00+01:00", "1cd", "2026-03-29T12:00:00+02:00"),  # 23 hours
        ("2026-03-28T12:00+01:00", "24h", "2026-03-29T13:00:00+02:00"),
        ("2026-03-28T02:30+01:00", "1cd", "2026-03-29T03:00:00+02:00"),  # into the gap
        ("2026-01-31T09:00+01:00", "1mo", "2026-02-28T09:00:00+01:00"),
        ("2028-02-29T09:00+01:00", "-1y", "2027-02-28T09:00:00+01:00"),
        ("2026-04-03T12:00+02:00", "90min", "2026-04-03T13:30:00+02:00"),
        ("2026-04-03T12:00+02:00", "2w", "2026-04-17T12:00:00+02:00"),
    ],
)
def test_what_each_unit_adds(start: str, duration: str, end: str) -> None:
    count = duration.rstrip("cdwmoyhin")
    length = Duration(count, duration.removeprefix(count))
    assert add(datetime.fromisoformat(start), length, WEEKDAYS, PARIS).isoformat() == end


def test_a_working_day_is_one_whatever_its_length() -> None:
    noonish = datetime(2026, 3, 28, 12, tzinfo=PARIS)  # half of a 24 h day; the next has 23 h
    assert add(noonish, Duration(1, "d"), EVERY_DAY, PARIS).isoformat() == "2026-03-29T12:30:00+02:00"


@given(INSTANTS, CALENDARS, ZONES, st.integers(0, 30), st.integers(0, 30))
def test_whole_working_days_add_up(us: int, calendar: Calendar, zone: ZoneInfo, first: int, second: int) -> None:
    one, two, both = (Duration(count, "d") for count in (first, second, first + second))
    stepwise = add_us(add_us(us, one, calendar, zone), two, calendar, zone)
    # Each step rounds down to the microsecond, and between days of 23 and 25 h a microsecond is not always a whole one.
    assert 0 <= add_us(us, both, calendar, zone) - stepwise <= 2


@given(INSTANTS, CALENDARS, st.integers(0, 30), st.integers(0, 30), st.sampled_from([1, -1]))
def test_working_days_add_up_exactly_where_days_have_24_hours(
    us: int, calendar: Calendar, first: int, second: int, sign: int
) -> None:
    one, two, both = (Duration(Decimal(count) / 8, "d") for count in (first, second, first + second))
    stepwise = add_us(add_us(us, one, calendar, SHANGHAI, sign), two, calendar, SHANGHAI, sign)
    assert add_us(us, both, calendar, SHANGHAI, sign) == stepwise


@given(INSTANTS, CALENDARS, ZONES, st.integers(-40, 40))
def test_what_is_added_is_what_lies_between(us: int, calendar: Calendar, zone: ZoneInfo, count: int) -> None:
    start = from_us(us, zone)
    end = add(start, Duration(count, "d"), calendar, zone)
    assert abs(workdays_between(start, end, calendar, zone) - count) < Decimal("1e-9")


@given(INSTANTS, ZONES, st.integers(-1000, 1000))
def test_elapsed_time_is_elapsed(us: int, zone: ZoneInfo, minutes: int) -> None:
    end = add(from_us(us, zone), Duration(minutes, "min"), WEEKDAYS, zone)
    assert to_us(end) - us == minutes * 60_000_000
    assert hours_between(from_us(us, zone), end) * 60 - minutes < Decimal("1e-20")


@given(INSTANTS, ZONES)
def test_an_instant_lies_in_its_day(us: int, zone: ZoneInfo) -> None:
    start, end = day_bounds_us(local_day(from_us(us, zone), zone), zone)
    assert start <= us < end


@given(INSTANTS, ZONES, st.sampled_from(["d", "cd", "w", "mo", "h"]), st.integers(0, 20))
def test_more_is_never_earlier(us: int, zone: ZoneInfo, unit: str, count: int) -> None:
    shorter, longer = (add_us(us, Duration(each, unit), WEEKDAYS, zone) for each in (count, count + 1))
    assert us <= shorter <= longer


def test_differences() -> None:
    china = find_calendar("CN")
    first, last = datetime(2026, 2, 13, tzinfo=SHANGHAI), datetime(2026, 2, 25, tzinfo=SHANGHAI)
    assert workdays_between(first, last, china, SHANGHAI) == 3  # Friday, the Saturday worked in exchange, the 24th
    assert workdays_between(last, first, china, SHANGHAI) == -3
    assert days_between(first, last + timedelta(hours=12), SHANGHAI) == Decimal("12.5")


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(BadValue, match="offset"):
        to_us(datetime(2026, 1, 1))
    for length in (Duration(999_999, "d"), Duration(9000, "y"), Duration(999_999, "w"), Duration(9000 * 12, "mo")):
        with pytest.raises(BadValue) as caught:
            add(
                datetime(2026, 1, 1, tzinfo=UTC),
                Duration(999_999, "y") if length.unit == "d" else length,
                WEEKDAYS,
                PARIS,
            )
        assert caught.value.code == "CF112"
    with pytest.raises(BadValue):
        shift_date(date(2026, 1, 1), Duration("1.5", "d"), WEEKDAYS)
    with pytest.raises(BadValue):
        shift_date(date(2026, 1, 1), Duration(3, "h"), WEEKDAYS)
