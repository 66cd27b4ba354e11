"""Working days: judged by others' data, and what a calendar says of itself."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignflow.plan.calendars import EVERY_DAY, WEEKDAYS, Calendar, find_calendar
from campaignflow.plan.values import BadValue

DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))
YEARS = range(2019, 2027)


def days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


@pytest.fixture(scope="module")
def china() -> Calendar:
    return find_calendar("CN")


@pytest.fixture(scope="module")
def judges() -> Path:
    where = os.environ.get("CAMPAIGNFLOW_JUDGES")
    if not where:
        pytest.skip("CAMPAIGNFLOW_JUDGES is not set")
    return Path(where)


@pytest.mark.parametrize("year", YEARS)
def test_china_agrees_with_the_published_notices_on_every_day(china: Calendar, judges: Path, year: int) -> None:
    published = json.loads((judges / "calendar-cn" / f"{year}.json").read_text(encoding="utf-8"))
    off = {date.fromisoformat(day["date"]): day["isOffDay"] for day in published["days"]}
    for day in days_of(year):
        assert china.is_working(day) is (not off[day] if day in off else day.weekday() < 5), day


@pytest.mark.parametrize("year", YEARS)
def test_a_second_library_agrees(china: Calendar, year: int) -> None:
    chinese_calendar = pytest.importorskip("chinese_calendar")
    assert all(china.is_working(day) == chinese_calendar.is_workday(day) for day in days_of(year))


def test_known_are_the_years_that_are_published(china: Calendar) -> None:
    assert china.known_until is not None
    assert china.known_until >= date(2026, 12, 31)
    beyond = china.known_until + timedelta(days=1)
    assert not china.guess(china.known_until)
    assert china.guess(beyond)
    assert china.is_working(beyond + timedelta(days=200)) in (True, False)  # a guess is still an answer


def test_the_days_of_2027_are_a_guess_until_they_are_published(china: Calendar) -> None:
    if china.known_until != date(2026, 12, 31):
        pytest.skip(f"this release of the package knows the days until {china.known_until}")
    assert not any(china.guess(day) for day in days_of(2026))
    assert all(china.guess(day) for day in days_of(2027))
    assert not china.is_working(date(2027, 1, 1))


def test_rules_alone_are_never_a_guess() -> None:
    assert find_calendar("FR").known_until is None
    assert not find_calendar("FR").guess(date(2080, 1, 1))


def test_what_the_plan_says_of_a_day_is_no_guess(china: Calendar) -> None:
    day = date(2040, 3, 1)
    assert china.guess(day)
    assert not china.with_exceptions(closed=[day]).guess(day)


def test_the_hash_is_of_the_data(china: Calendar) -> None:
    assert china.hash == find_calendar("CN").hash
    assert len({china.hash, find_calendar("FR").hash, EVERY_DAY.hash, WEEKDAYS.hash}) == 4
    shut = china.with_exceptions(closed=[date(2026, 4, 20)])
    assert shut.hash not in {china.hash, china.with_exceptions(open=[date(2026, 4, 20)]).hash}
    assert china.with_exceptions() is china
    again = china.with_exceptions(closed=[date(2026, 4, 20)], open=[date(2026, 5, 1)])
    assert shut.with_exceptions(open=[date(2026, 5, 1)]).hash == again.hash


def test_hashes_are_the_same_in_every_process_and_release() -> None:
    """What a campaign has recorded at its start must be found again years later."""
    assert EVERY_DAY.hash == "bcd95eb9648fa2bad121fab00b577c8c5fb448171c22cd020678bc41e4c5b27f"
    assert WEEKDAYS.hash == "c41d3f39558688dec65319af7b656bf77d12b27569f996944a2333b613ff9ced"
    assert (
        WEEKDAYS.with_exceptions([date(2026, 5, 1)], [date(2026, 5, 9)]).hash
        == "8e2394966e1bc484bc1264a5f14c51636d8b8c23723d396f14e2fa00c8fe7136"
    )
    code = "from campaignflow.plan.calendars import find_calendar as f; print(f('CN').hash, f('FR').hash)"
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "America/New_York"}
        printed = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert printed.stdout.split() == [find_calendar("CN").hash, find_calendar("FR").hash]


def test_exceptions_close_and_open_and_the_later_ones_win(china: Calendar) -> None:
    monday, sunday = date(2026, 4, 20), date(2026, 4, 19)
    changed = china.with_exceptions(closed=[monday], open=[sunday])
    assert (changed.is_working(monday), changed.is_working(sunday)) == (False, True)
    back = changed.with_exceptions(closed=[sunday], open=[monday])
    assert (back.is_working(monday), back.is_working(sunday)) == (True, False)
    with pytest.raises(BadValue, match="2026-04-20"):
        china.with_exceptions([monday], [monday])


def test_subdivisions_differ() -> None:
    assert not find_calendar("DE-BY").is_working(date(2026, 1, 6))
    assert find_calendar("DE").is_working(date(2026, 1, 6))


@pytest.mark.parametrize(
    ("name", "near"), [("cn", "CN"), ("every day", "every-day"), ("US-CC", "US-"), ("XX", "one of")]
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(BadValue, match=near) as caught:
        find_calendar(name)
    assert caught.value.code == "CF804"


@given(DAYS, st.integers(-40, 40))
def test_shift_is_what_counting_day_by_day_gives(day: date, count: int) -> None:
    step, left, found = timedelta(days=1 if count > 0 else -1), abs(count), day
    while left:
        found += step
        left -= WEEKDAYS.is_working(found)
    assert WEEKDAYS.shift(day, count) == found


@given(DAYS, DAYS)
def test_count_is_what_counting_day_by_day_gives(first: date, end: date) -> None:
    low, high = min(first, end), max(first, end)
    counted = sum(WEEKDAYS.is_working(low + timedelta(days=index)) for index in range((high - low).days))
    assert WEEKDAYS.count(first, end) == (counted if first <= end else -counted)


def test_beyond_the_end_of_time_is_refused() -> None:
    with pytest.raises(BadValue):
        EVERY_DAY.shift(date(9999, 12, 1), 100)


def test_a_calendar_is_a_value(china: Calendar) -> None:
    assert pickle.loads(pickle.dumps(china)) == china == find_calendar("CN")
    assert len({china, find_calendar("CN")}) == 1
    assert str(china) == "CN"
