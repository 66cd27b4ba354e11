"""Moments and windows: every form of the language page, what it means, and that canonical text reads back equal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import thread_time
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from campaignflow.plan.calendars import EVERY_DAY, WEEKDAYS
from campaignflow.plan.time import (
    Moment,
    Named,
    OnCalendar,
    Pending,
    Span,
    TimeContext,
    Window,
    parse_moment,
    parse_window,
)
from campaignflow.plan.values import BadValue, Duration

SHANGHAI = ZoneInfo("Asia/Shanghai")
CTX = TimeContext(
    zone=SHANGHAI,
    calendar=WEEKDAYS,
    year=2026,
    dates={
        "d-day": parse_window("2026-06-12"),
        "fair": parse_window("5月1日—5月5日"),
        "deadline": parse_window("by 20 May"),
        "noon": parse_window("2026-05-01 12:00/2026-05-02 12:00"),
    },
    happenings={"accepted": datetime(2026, 7, 3, 15, 30, tzinfo=UTC)},
    start=datetime(2026, 3, 31, 20, tzinfo=UTC),  # 1 April in Shanghai
)


def read(text: str, ctx: TimeContext = CTX) -> str:
    """How a window is read: first and last local day, or the minute where an end is not at midnight."""
    span = parse_window(text).resolve(ctx)
    assert isinstance(span, Span), span
    return f"{_day(span.start)}/{_day(span.end, last=True)}"


def _day(when: datetime | None, *, last: bool = False) -> str:
    if when is None:
        return ""
    midnight = (when.hour, when.minute) == (0, 0)
    return str((when - timedelta(days=last)).date()) if midnight else f"{when:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        # exact forms
        ("2026-04-01/2026-04-07", "2026-04-01/2026-04-07"), ("2026-04-20", "2026-04-20/2026-04-20"),
        ("2026-04", "2026-04-01/2026-04-30"), ("2026", "2026-01-01/2026-12-31"),
        ("start/+100cd", "2026-04-01/2026-07-09"), ("2026-04-03/+2d", "2026-04-03/2026-04-06"),
        ("2026-04-04/+1d", "2026-04-04/2026-04-06"), ("4月15日/+1mo", "2026-04-15/2026-05-14"),
        ("4月1日/+36h", "2026-04-01/2026-04-02 12:00"), ("/accepted", "/2026-07-03 23:30"),
        ("accepted/+10cd", "2026-07-03 23:30/2026-07-12"), ("4月20日/", "2026-04-20/"),
        ("2026-04-20 09:00/2026-04-21 10:30", "2026-04-20 09:00/2026-04-21 10:30"),
        # names
        ("d-day", "2026-06-12/2026-06-12"), ("fair", "2026-05-01/2026-05-05"), ("fair/fair", "2026-05-01/2026-05-01"),
        ("fair.end", "2026-05-05/2026-05-05"), ("fair - 3w/fair - 1cd", "2026-04-10/2026-04-30"),
        ("/fair.end + 1cd", "/2026-05-06"), ("d-day - 10w - 1cd", "2026-04-02/2026-04-02"),
        ("/deadline", "/2026-05-20"), ("deadline", "/2026-05-20"), ("deadline/d-day", "2026-05-20/2026-06-12"),
        ("noon", "2026-05-01 12:00/2026-05-02 12:00"), ("accepted + 3cd", "2026-07-06/2026-07-06"),
        ("d-day - 1d", "2026-06-11/2026-06-11"), ("d-day + 1d", "2026-06-15/2026-06-15"),
        # Chinese forms
        ("4月1日—4月7日", "2026-04-01/2026-04-07"), ("4月1日至4月7日", "2026-04-01/2026-04-07"),
        ("4月1日～4月7日", "2026-04-01/2026-04-07"), ("４月１日－４月７日", "2026-04-01/2026-04-07"),
        ("4月1日——4月7日", "2026-04-01/2026-04-07"), ("4月1日-7日", "2026-04-01/2026-04-07"),
        ("4月1日到4月7日", "2026-04-01/2026-04-07"), ("4月1号-4月7号", "2026-04-01/2026-04-07"),
        ("1~4月", "2026-01-01/2026-04-30"), ("4—12月", "2026-04-01/2026-12-31"), ("7-8月", "2026-07-01/2026-08-31"),
        ("2026年1~4月", "2026-01-01/2026-04-30"), ("11月15日—次年3月15日", "2026-11-15/2027-03-15"),
        ("2026年11月22日至2027年2月28日", "2026-11-22/2027-02-28"), ("2027年1月5日至3月1日", "2027-01-05/2027-03-01"),
        ("5月上旬", "2026-05-01/2026-05-10"), ("5月中旬", "2026-05-11/2026-05-20"), ("2月下旬", "2026-02-21/2026-02-28"),
        ("5月上旬至中旬", "2026-05-01/2026-05-20"), ("全年", "2026-01-01/2026-12-31"), ("2027年", "2027-01-01/2027-12-31"),
        ("4月20日前", "/2026-04-20"), ("4月20日之前", "/2026-04-20"), ("截至4月20日", "/2026-04-20"), ("9月底", "/2026-09-30"),
        ("9月底前", "/2026-09-30"), ("2月底", "/2026-02-28"), ("2028年2月底前", "/2028-02-29"), ("年底前", "/2026-12-31"),
        ("2027年年底前", "/2027-12-31"), ("自9月起", "2026-09-01/"),
        ("2026年 4月 1日 — 2026年 4月 7日", "2026-04-01/2026-04-07"),
        ("2026年5月至验收完毕", "2026-05-01/2026-07-03 23:30"), ("次年3月", "2027-03-01/2027-03-31"),
        # English forms
        ("1 April to 7 April", "2026-04-01/2026-04-07"), ("1–7 April", "2026-04-01/2026-04-07"),
        ("1-7 April 2027", "2027-04-01/2027-04-07"), ("1 April to 7 April 2027", "2027-04-01/2027-04-07"),
        ("15 November to 15 March 2028", "2027-11-15/2028-03-15"), ("April 1–7", "2026-04-01/2026-04-07"),
        ("15 November to 15 March next year", "2026-11-15/2027-03-15"),
        ("from 1 May until 3rd of June", "2026-05-01/2026-06-03"),
        ("by 20 April", "/2026-04-20"), ("before 20 April", "/2026-04-20"), ("by April 20th, 2027", "/2027-04-20"),
        ("by 20 April at 17:00", "/2026-04-20 17:00"), ("end of September", "/2026-09-30"), ("by year's end", "/2026-12-31"),
        ("by the end of the year", "/2026-12-31"), ("April", "2026-04-01/2026-04-30"), ("from 1 May", "2026-05-01/"),
        ("by d-day", "/2026-06-12"), ("fair to d-day", "2026-05-01/2026-06-12"), ("before accepted", "/2026-07-03 23:30"),
    ],
)  # fmt: skip
def test_windows_mean_what_people_mean(text: str, meaning: str) -> None:
    assert read(text) == meaning
    window = parse_window(text)
    assert parse_window(str(window)) == window


HAPPENED = evolve(
    CTX,
    zone=ZoneInfo("Europe/Paris"),
    happenings={
        "accepted": datetime(2026, 7, 3, 15, 30, tzinfo=UTC),
        "advance.entered": datetime(2026, 4, 8, 22, 30, tzinfo=UTC),  # 9 April in Paris
        "advance.left": datetime(2026, 6, 15, 16, tzinfo=UTC),
        "kick-off.verified": datetime(2026, 4, 2, 8, tzinfo=UTC),
        "sub/sweep@north.verified": datetime(2026, 4, 3, 8, tzinfo=UTC),
    },
)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("advance.entered/+10cd", "2026-04-09 00:30/2026-04-18"), ("advance.entered/", "2026-04-09 00:30/"),
        ("advance.entered/advance.left", "2026-04-09 00:30/2026-06-15 18:00"), ("/accepted", "/2026-07-03 17:30"),
        ("kick-off.verified/+48h", "2026-04-02 10:00/2026-04-04 10:00"),
        ("kick-off.verified + 1d/+1d", "2026-04-03/2026-04-03"), ("advance.left + 1cd/+2w", "2026-06-16/2026-06-29"),
        ("sub/sweep@north.verified/4月底", "2026-04-03 10:00/2026-04-30"),
        ("accepted - 3cd/accepted", "2026-06-30/2026-07-03 17:30"),
        ("until accepted", "/2026-07-03 17:30"), ("4月1日至验收通过", "2026-04-01/2026-07-03 17:30"),
        # days of 23 and 25 hours, and local times that are skipped or doubled
        ("2026-03-29", "2026-03-29/2026-03-29"), ("2026-10-25/+1cd", "2026-10-25/2026-10-25"),
        ("2026-03-28 02:30/+24h", "2026-03-28 02:30/2026-03-29 03:30"), ("2026-03-29 02:30/", "2026-03-29 03:00/"),
        ("2026-03-28/2026-03-29 02:30", "2026-03-28/2026-03-29 03:00"),
        ("2026-10-25 02:30/+1h", "2026-10-25 02:30/2026-10-25 02:30"),
        ("2026-10-25/+24h", "2026-10-25/2026-10-25 23:00"), ("2026-03-28/+1d", "2026-03-28/2026-03-30"),
    ],
)  # fmt: skip
def test_windows_that_hang_on_what_has_happened(text: str, meaning: str) -> None:
    assert read(text, HAPPENED) == meaning
    window = parse_window(text)
    assert parse_window(str(window)) == window


def test_the_second_of_two_doubled_hours_ends_what_began_in_the_first() -> None:
    span = parse_window("2026-10-25 02:30/+1h").resolve(HAPPENED)
    assert isinstance(span, Span)
    assert span.start is not None
    assert span.end is not None
    assert (span.start.isoformat(), span.end.isoformat()) == ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00")
    assert span.end - span.start == timedelta(hours=1)
    assert not span.is_empty


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-04-20 09:00", "2026-04-20T09:00"), ("4月20日", "2026-04-20T00:00"), ("20 April", "2026-04-20T00:00"),
        ("9月底", "2026-09-30T00:00"), ("5月中旬", "2026-05-11T00:00"), ("年底", "2026-12-31T00:00"),
        ("fair", "2026-05-01T00:00"), ("fair.end", "2026-05-05T00:00"), ("start", "2026-04-01T00:00"),
        ("d-day - 10w - 1cd", "2026-04-02T00:00"), ("d-day + 9h", "2026-06-12T09:00"),
        ("d-day + 1d - 30min", "2026-06-14T23:30"),
        ("start + 1mo", "2026-05-01T00:00"), ("2028-02-29 - 1y", "2027-02-28T00:00"), ("4月20日 09:30", "2026-04-20T09:30"),
        ("20 April 2027 at 17:00", "2027-04-20T17:00"), ("accepted + 1cd", "2026-07-04T00:00"),
        ("accepted", "2026-07-03T23:30"),
    ],
)  # fmt: skip
def test_moments_mean_what_people_mean(text: str, moment: str) -> None:
    found = parse_moment(text).resolve(CTX)
    assert isinstance(found, datetime)
    assert found.replace(tzinfo=None) == datetime.fromisoformat(moment)
    assert found.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "A/B"), ("/", "A/B"), ("tomorrow!", "A/B"), ("2月30日", "1 to 29"), ("2026-13-01", "1 to 12"),
        ("4月0日", "1 to 31"),
        ("2026-02-29", "1 to 28"), ("2026.4.1", "2026-04-01"), ("04/01/2026", "month first"), ("2026/4/1", "2026-04-01"),
        ("accepted", "/accepted"), ("2026-04-20 09:00", "until then"), ("d-day + 3h", "until then"), ("4月初", "上旬"),
        ("2026-04-20T09:00:00+08:00", "offset"), ("2026-04-20 25:00", "23:59"), ("start/+0d", "A/"), ("start/+P3D", "A/B"),
        ("d-day - 1.5d", "h or min"), ("底", "A/B"),
    ],
)  # fmt: skip
def test_what_is_no_window_is_answered_with_what_would_be_right(text: str, hint: str) -> None:
    with pytest.raises(BadValue, match=hint) as caught:
        parse_window(text)
    assert caught.value.code == "CF301"


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("4月1日—4月7日", {"year"}), ("2026-04-01/accepted", {"accepted"}), ("advance.entered/+10d", {"advance.entered"}),
        ("d-day - 3w/fair.end", {"d-day", "fair"}), ("start/9月底", {"start", "year"}), ("2026-04 except 5月", {"year"}),
        ("sub/kick-off.verified/+3d", {"sub/kick-off.verified"}), ("2026", set()),
    ],
)  # fmt: skip
def test_a_window_says_what_it_needs_and_waits_for_it(text: str, needs: set[str]) -> None:
    window = parse_window(text)
    assert window.needs() == needs
    found = window.resolve(TimeContext(SHANGHAI))
    assert found == Pending(frozenset(needs)) if needs else isinstance(found, Span)


@pytest.mark.parametrize(
    ("around", "text", "meaning"),
    [
        ("2027", "4月1日—4月7日", "2027-04-01/2027-04-07"),
        ("2026-09-01/2027-08-31", "11月22日—2月28日", "2026-11-22/2027-02-28"),
        ("2026-09-01/2027-08-31", "3月", "2027-03-01/2027-03-31"),
        ("2026-03-01/2028-08-31", "4月", "2026-04-01/2026-04-30"),  # in several of its years: the plan's
        ("2027-03-01/", "4月", "2026-04-01/2026-04-30"),
    ],
)
def test_the_enclosing_window_gives_the_year_if_it_fixes_one(around: str, text: str, meaning: str) -> None:
    span = parse_window(around).resolve(CTX)
    assert isinstance(span, Span)
    assert read(text, CTX.enclosed_by(span)) == meaning


def test_dates_that_hang_on_each_other_stay_pending() -> None:
    ctx = evolve(CTX, dates={"a": parse_window("b + 1cd"), "b": parse_window("a - 1cd")})
    assert parse_window("a").resolve(ctx) == Pending(frozenset({"a"}))


def test_dates_may_hang_on_each_other_in_a_long_chain() -> None:
    """Each is worked out once, without recursion: 400 dates, each of which names the one before twice."""
    dates = {"day-0": parse_window("2026-01-01")}
    for index in range(1, 400):
        dates[f"day-{index}"] = parse_window(f"day-{index - 1} + 1cd/day-{index - 1}.end + 1cd")
    ctx = evolve(CTX, dates=dates)
    assert read("day-399", ctx) == "2027-02-04/2027-02-04"
    assert read("day-1", ctx) == "2026-01-02/2026-01-02"
    assert read("day-399", evolve(ctx, dates={**dates, "day-0": parse_window("2027-01-01")})) == "2028-02-04/2028-02-04"


def test_what_hangs_on_dates_that_hang_on_each_other_is_pending_whatever_was_asked_before() -> None:
    dates = {name: parse_window(text) for name, text in {"a": "b", "b": "a", "c": "b + 1cd", "d": "2026-01-01"}.items()}
    for order in ("abcd", "dcba"):
        ctx = evolve(CTX, dates=dates)
        found = {name: parse_window(name).resolve(ctx) for name in order}
        assert all(found[name] == Pending(frozenset({name})) for name in "abc")
        assert read("d", ctx) == "2026-01-01/2026-01-01"


def test_a_leap_day_without_its_year_is_refused_when_the_year_has_none() -> None:
    with pytest.raises(BadValue, match="2月底"):
        parse_window("2月29日").resolve(CTX)
    assert read("2月29日", evolve(CTX, year=2028)) == "2028-02-29/2028-02-29"


def test_exceptions_make_holes_and_move_edges() -> None:
    span = parse_window("全年 except 1月 except fair except 5月5日—5月7日 except d-day/2026-06-20").resolve(CTX)
    assert isinstance(span, Span)
    holes = [f"{_day(hole.start)}/{_day(hole.end, last=True)}" for hole in span.holes]
    assert (_day(span.start), holes) == ("2026-02-01", ["2026-05-01/2026-05-07", "2026-06-12/2026-06-20"])
    assert [span.contains(datetime(2026, 5, day, tzinfo=SHANGHAI)) for day in (1, 7, 8)] == [False, False, True]
    assert len(span.parts()) == 3


# ----------------------------------------------------------------------------------------------------------------- laws
names = st.from_regex(r"[a-z][a-z0-9]{2,8}(-[a-z0-9]{1,5})?", fullmatch=True).filter(
    lambda name: name not in {"start", "accepted"} and parse_moment(name) == Moment(Named(name))
)
years = st.one_of(st.none(), st.just("next"), st.integers(1, 9999))
days = st.builds(lambda y, d: OnCalendar(y, d.month, d.day), years, st.dates(date(2001, 1, 1), date(2001, 12, 31)))
months = st.builds(OnCalendar, years, st.integers(1, 12))
parts = st.builds(lambda y, m, p: OnCalendar(y, m, part=p), years, st.integers(1, 12), st.sampled_from([1, 2, 3]))
timed = st.builds(lambda d, t: evolve(d, at=t.replace(microsecond=0)), days, st.times())
happened = st.sampled_from(["start", "accepted", "advance.entered", "sub/a.verified"]).map(
    lambda t: parse_moment(t).base
)
bases = st.one_of(
    days, months, parts, timed, st.builds(OnCalendar, years), st.builds(Named, names, st.booleans()), happened
)
offsets = st.builds(
    Duration, st.integers(-50, 50).filter(bool), st.sampled_from(["d", "cd", "w", "mo", "y", "h", "min"])
)
moments = st.builds(Moment, bases, st.lists(offsets, max_size=2).map(tuple))


@given(moments)
def test_a_moment_reads_back(moment: Moment) -> None:
    assert parse_moment(str(moment)) == moment
    assert hash(parse_moment(str(moment))) == hash(moment)


def _windows(draw: st.DrawFn) -> Window:
    start, end = draw(st.none() | moments), draw(st.none() | moments)
    if start is not None and draw(st.booleans()):
        return Window(start, None, Duration(draw(st.integers(1, 99)), draw(st.sampled_from(["d", "cd", "w", "h"]))))
    return Window(start, end) if start or end else Window(draw(moments), None)


windows = st.composite(_windows)()


@given(windows, st.lists(windows, max_size=2))
def test_a_window_reads_back(window: Window, holes: list[Window]) -> None:
    whole = evolve(window, but=tuple(holes))
    assert parse_window(str(whole)) == whole


@given(moments)
def test_all_of_a_moment_reads_back(moment: Moment) -> None:
    if not moment.is_instant:
        assert parse_window(str(Window.of(moment))) == Window.of(moment)


@given(st.text(alphabet="0123456789年月日前底至到次上中旬—-~/ :+.abdhTto", max_size=24))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        window = parse_window(text)
    except BadValue:
        return
    assert parse_window(str(window)) == window


TOKENS = [
    "1", "12", "2026", "年", "月", "日", "底", "前", "-", "~", "—", "至", "到", "/", "+", "cd", "mo", ":",
    "by", "before", "次年", "April", "to", "except", "start", "accepted", ".end", ".entered", "@",
    "上旬", "自", "起", "截至", "end", "of", "year's", "09:00", "Z", "T", "½", "²", "٣", "ſ", "\x00",
    "\t",
]  # fmt: skip
garbage = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from([*TOKENS, " "]), max_size=80).map("".join).map(lambda text: text[:300]),
    st.tuples(st.sampled_from(TOKENS), st.sampled_from(TOKENS)).map(lambda pair: ("".join(pair) * 300)[:300]),
)


@given(garbage)
@settings(deadline=None)
def test_garbage_is_refused_soon_and_by_one_error(text: str) -> None:
    for reader in (parse_window, parse_moment):
        started = thread_time()
        try:
            value = reader(text)
        except BadValue as refused:
            assert refused.message
        else:
            assert reader(str(value)) == value
        assert thread_time() - started < 0.25  # it takes 15 ms at most on a free machine, and grows with the square


@given(windows, st.lists(windows, max_size=2), st.sampled_from([CTX, HAPPENED, TimeContext(SHANGHAI)]))
@settings(deadline=None)
def test_a_window_comes_to_a_span_or_waits_or_is_refused(window: Window, holes: list[Window], ctx: TimeContext) -> None:
    whole = evolve(window, but=tuple(holes))
    try:
        found = whole.resolve(ctx)
    except BadValue as refused:
        assert refused.code in {"CF301", "CF112"}
        return
    if isinstance(found, Pending):
        assert found.needs
        return
    edges = [found.start, *(edge for hole in found.holes for edge in (hole.start, hole.end)), found.end]
    assert all(edge.tzinfo is not None for edge in edges if edge is not None)
    if not found.is_empty:
        inner = [edge for edge in edges if edge is not None]
        assert inner == sorted(inner)
        assert all(edge is not None for edge in edges[1:-1])


@given(days.filter(lambda day: (day.month, day.day) != (2, 29)), st.sampled_from([WEEKDAYS, EVERY_DAY]))
def test_a_day_is_half_open_and_whole(day: OnCalendar, calendar: object) -> None:
    year = 2026 if not isinstance(day.year, int) else min(max(day.year, 2), 9990)
    moment = Moment(evolve(day, year=year))
    span = Window.of(moment).resolve(CTX)
    assert isinstance(span, Span)
    assert (span.start, span.end) == (moment.resolve(CTX), moment.resolve_end(CTX))
    assert span.start is not None
    assert span.contains(span.start)
    assert span.end is not None
    assert not span.contains(span.end)
