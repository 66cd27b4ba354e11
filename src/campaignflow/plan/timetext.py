"""Reading moments and windows: the forms that people write, Chinese and English, and the exact ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time

from attrs import evolve

from campaignflow.plan.moments import Happening, Moment, Named, OnCalendar, YearMark
from campaignflow.plan.values import BadValue, Duration, fold, parse_duration
from campaignflow.plan.windows import Window

__all__ = ["RESERVED_DATE_NAMES", "parse_moment", "parse_window"]

MOMENT_FORMS = (
    "2026-04-20, 2026-04-20 09:00, 4月20日, 20 April, 9月底, 5月中旬, 年底, a name of `dates`, start, accepted, "
    "PHASE.entered, PHASE.left or TASK.verified, each with + or - durations"
)
WINDOW_FORMS = (
    "A/B, A/+30d, /B, A/, a date, 2026-04, 4月1日—4月7日, 1~4月, 5月上旬, 全年, 1–7 April, 4月20日前, by 20 April, "
    "9月底, end of September, a name of `dates`, or W except V"
)

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), start=1,
    )
    for name in names.split()
}  # fmt: skip

RESERVED_DATE_NAMES = frozenset({"start", "accepted", *_MONTHS})
"""Names that the plan's `dates` cannot bear, because they mean something else where a date is due."""

_DURATION = r"[0-9]+(?:\.[0-9]+)?(?:min|mo|cd|[dwyh])"
_OFFSETS = re.compile(rf"(.*?)((?:\s*\+\s*{_DURATION}|\s+-\s*{_DURATION})*)")
_OFFSET = re.compile(rf"([+-])\s*({_DURATION})")

_TIME = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
_ISO = re.compile(rf"(?P<year>[0-9]{{4}})(?:-(?P<month>[0-9]{{1,2}})(?:-(?P<day>[0-9]{{1,2}})(?:[ T]{_TIME})?)?)?")

_CHINESE_YEAR = r"(?:(?P<year>[0-9]{4})年|(?P<next>次年|翌年|明年|下一年)|(?:本年|今年|当年|當年))?"
_CHINESE = re.compile(
    rf"{_CHINESE_YEAR}(?P<month>[0-9]{{1,2}})月份?"
    rf"(?:(?P<day>[0-9]{{1,2}})[日号號](?: ?{_TIME})?|(?P<last>[底末])|(?P<part>[上中下])旬)?"
)
_CHINESE_WHOLE = re.compile(rf"{_CHINESE_YEAR}(?:年?(?P<last>[底末])|全年)?")

_ENGLISH_YEAR = r"(?:,? (?:(?P<year>[0-9]{4})|(?P<next>(?:of )?(?:the )?next year)))?"
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_ENGLISH_TIME = rf"(?:,? (?:at )?{_TIME})?"
_ENGLISH = [
    re.compile(rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)? (?:of )?{_MONTH}{_ENGLISH_YEAR}{_ENGLISH_TIME}", re.IGNORECASE),
    re.compile(rf"{_MONTH} (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?{_ENGLISH_YEAR}{_ENGLISH_TIME}", re.IGNORECASE),
    re.compile(rf"(?:the )?(?P<last>end) of {_MONTH}{_ENGLISH_YEAR}", re.IGNORECASE),
    re.compile(rf"{_MONTH}{_ENGLISH_YEAR}", re.IGNORECASE),
]
_YEAR_END = re.compile(
    r"(?:(?:the )?(?P<last>end) of (?:(?:the )?(?:year|(?P<next>next year))|(?P<year>[0-9]{4}))"
    r"|(?:the )?(?P<own>year'?s'? end|year[- ]end))",
    re.IGNORECASE,
)
_ALL_YEAR = re.compile(r"(?:all|the whole|the entire) year", re.IGNORECASE)

_ID = r"[a-z][a-z0-9-]*"
_NAMED = re.compile(rf"({_ID})(\.end)?")
_HAPPENING = re.compile(rf"{_ID}(?:[/@][a-z0-9-]+)*\.(?:entered|left|verified)")
_ACCEPTANCE = re.compile(r"(?:最终|最終)?(?:检查|檢查)?(?:验收|驗收)(?:结束|結束|完毕|完畢|完成|通过|通過|合格)?")


# -------------------------------------------------------------------------------------------------------------- moments
def parse_moment(text: str) -> Moment:
    """A date or moment.

    >>> str(parse_moment("April 20th, 2026")), str(parse_moment("d-day -10w - 1cd")), str(parse_moment("４月２０日"))
    ('2026-04-20', 'd-day - 10w - 1cd', '4月20日')

    Raises:
        BadValue: (CF301) none of the accepted forms, or a day that its month does not have.
    """
    return _moment(_tidy(text), text)


def _moment(tidy: str, text: str) -> Moment:
    found = _OFFSETS.fullmatch(tidy)
    base = _base(found[1].strip()) if found else None
    if found is None or base is None:
        raise BadValue(f"{text!r} is not a date or moment", _date_hint(tidy) or MOMENT_FORMS, code="CF301")
    return Moment(base, tuple(_offset(sign, length) for sign, length in _OFFSET.findall(found[2])))


def _offset(sign: str, length: str) -> Duration:
    duration = parse_duration(length)
    return -duration if sign == "-" else duration


def _base(text: str) -> OnCalendar | Named | Happening | None:
    if text in ("start", "accepted") or _HAPPENING.fullmatch(text):
        return Happening(text)
    if _ACCEPTANCE.fullmatch(text):
        return Happening("accepted")
    on_calendar = _on_calendar(text)
    if on_calendar is not None:
        return on_calendar
    named = _NAMED.fullmatch(text)
    return Named(named[1], bool(named[2])) if named else None


def _on_calendar(text: str) -> OnCalendar | None:
    for pattern in (_ISO, _CHINESE, *_ENGLISH):
        if match := pattern.fullmatch(text):
            return _point(match.groupdict())
    if text and ((match := _CHINESE_WHOLE.fullmatch(text)) or (match := _YEAR_END.fullmatch(text))):
        groups = match.groupdict()
        ends = groups.get("last") or groups.get("own")
        # `底` alone would match the pattern's optional parts: a year has to be spoken of.
        if "年" in text or "year" in text.lower() or groups.get("year"):
            return OnCalendar(_year(groups), 12, 31) if ends else OnCalendar(_year(groups))
    return OnCalendar() if _ALL_YEAR.fullmatch(text) else None


def _year(groups: dict[str, str | None]) -> YearMark:
    year = groups.get("year")
    return int(year) if year else "next" if groups.get("next") else None


def _point(groups: dict[str, str | None]) -> OnCalendar:
    month, day, part = groups["month"], groups.get("day"), groups.get("part")
    number = None if month is None else int(month) if month.isdigit() else _MONTHS[month.lower()]
    point = OnCalendar(
        year=_year(groups),
        month=number,
        day=_positive(day) if day else 0 if groups.get("last") else None,
        part=None if part is None else "上中下".index(part) + 1,
        at=_clock(groups),
    )
    return _with_last_day(point)


def _positive(day: str) -> int:
    if int(day) == 0:  # in `OnCalendar` 0 stands for the last day
        raise BadValue("there is no day 0", "1 to 31, or 月底 for the last", code="CF301")
    return int(day)


def _with_last_day(point: OnCalendar) -> OnCalendar:
    """The last day as its number where no year is needed to know it: all but a February without one."""
    if point.day != 0 or (point.month == 2 and not isinstance(point.year, int)):
        return point
    year = point.year if isinstance(point.year, int) else 2000
    return evolve(point, day=point.days_in(year).last.day)


def _clock(groups: dict[str, str | None]) -> time | None:
    hour, minute, second = (groups.get(name) for name in ("hour", "minute", "second"))
    if hour is None:
        return None
    try:
        return time(int(hour), int(minute or 0), int(second or 0))
    except ValueError:
        raise BadValue(f"there is no time {hour}:{minute}", "00:00 to 23:59", code="CF301") from None


# -------------------------------------------------------------------------------------------------------------- windows
_UNTIL_ZH = re.compile(r"(截至|截止到?|不晚于|不晚於)?\s*(.+?)\s*(之前|以前|前|为止|為止|止)?")
_UNTIL_EN = re.compile(r"(?:by|before|until|till|no later than|not later than) (.+)", re.IGNORECASE)
_FROM = re.compile(r"(?:from|since) (.+)|(.+) onwards?|[自从從](.+?)(?:起|开始|開始)?|(.+)起", re.IGNORECASE)
_END_OF = re.compile(
    r".*[月份年][底末]|[底末]|(?:the )?end of .*|(?:the )?year'?s'? end.*|(?:the )?year[- ]end", re.IGNORECASE
)
_SEPARATOR = re.compile(r"\s*(?:~+|至|到)\s*|\s+(?:to|until|till|through)\s+|\s*-\s*", re.IGNORECASE)


def parse_window(text: str) -> Window:
    """A window, in any of the forms of the language page.

    >>> [str(parse_window(text)) for text in ("4月1日—4月7日", "1~4月", "1–7 April", "9月底", "by 20 April")]
    ['4月1日/4月7日', '1月/4月', '4月1日/4月7日', '/9月30日', '/4月20日']
    >>> str(parse_window("start/+100cd")), str(parse_window("4月 except d-day"))
    ('start/+100cd', '4月 except d-day')

    Raises:
        BadValue: (CF301) none of the accepted forms; the hint shows them, or what was probably meant.
    """
    main, *holes = re.split(r"\s+except\s+", _tidy(text), flags=re.IGNORECASE)
    window = _plain_window(main, text)
    return evolve(window, but=tuple(_plain_window(hole, text) for hole in holes)) if holes else window


def _plain_window(tidy: str, text: str) -> Window:
    if not tidy:
        raise BadValue("an empty window", WINDOW_FORMS, code="CF301")
    instant: BadValue | None = None
    try:
        for read in (_interval, _until, _single, _range, _from):
            if (window := read(tidy)) is not None:
                return window
    except BadValue as problem:
        instant = problem
    if instant is not None:
        raise BadValue(f"{text!r}: {instant.message}", instant.hint, code=instant.code)
    raise BadValue(f"{text!r} is not a window", _date_hint(tidy) or WINDOW_FORMS, code="CF301")


def _interval(tidy: str) -> Window | None:
    """`A/B`, `A/+D`, `/B`, `A/`; the slash may also stand in an included task's id, so each is tried."""
    if re.fullmatch(r"[0-9]{1,4}/[0-9]{1,2}/[0-9]{1,4}", tidy):
        return None
    for position in (index for index, sign in enumerate(tidy) if sign == "/"):
        left, right = tidy[:position].strip(), tidy[position + 1 :].strip()
        if not left and not right:
            continue
        start = _try_moment(left)
        length = re.fullmatch(rf"\+\s*({_DURATION})", right)
        end = None if length else _try_moment(right)
        if (start is None and left) or (end is None and right and not length):
            continue
        return Window(start, end, parse_duration(length[1]) if length else None)
    return None


def _try_moment(tidy: str) -> Moment | None:
    """The moment, or None where the text has not its form. A day that does not exist is still an error."""
    found = _OFFSETS.fullmatch(tidy)
    base = _base(found[1].strip()) if found and tidy else None
    if found is None or base is None:
        return None
    return _moment(tidy, tidy)


def _until(tidy: str) -> Window | None:
    if _END_OF.fullmatch(tidy) and (moment := _try_moment(tidy)):
        return Window(None, moment)
    english = _UNTIL_EN.fullmatch(tidy)
    if english and (moment := _try_moment(english[1])):
        return Window(None, moment)
    chinese = _UNTIL_ZH.fullmatch(tidy)
    if chinese and (chinese[1] or chinese[3]) and (moment := _try_moment(chinese[2])):
        return Window(None, moment)
    return None


def _from(tidy: str) -> Window | None:
    match = _FROM.fullmatch(tidy)
    if match is None:
        return None
    inner = next(group for group in match.groups() if group)
    return _range(inner) or ((moment := _try_moment(inner)) and Window(moment, None)) or None


def _single(tidy: str) -> Window | None:
    moment = _try_moment(tidy)
    return None if moment is None else Window.of(moment)


def _range(tidy: str) -> Window | None:
    for separator in _SEPARATOR.finditer(tidy):
        left, right = tidy[: separator.start()].strip(), tidy[separator.end() :].strip()
        if not left or not right:
            continue
        hyphen = separator[0].strip() == "-"
        for start_text, end_text in _completions(left, right):
            start, end = _try_moment(start_text), _try_moment(end_text)
            # A hyphen also stands in ids, so it parts only what is written on the calendar.
            if start and end and not (hyphen and not (_on_date(start) and _on_date(end))):
                return Window(_with_shared_year(start, end, start_text, end_text), end)
    return None


def _on_date(moment: Moment) -> bool:
    return isinstance(moment.base, OnCalendar)


def _completions(left: str, right: str) -> Iterator[tuple[str, str]]:
    """Both sides, with what one borrows from the other: `1~4月`, `4月1日—7日`, `5月上旬至中旬`, `1–7 April`."""
    yield left, right
    if re.fullmatch(r"[0-9]{1,2}|.*年[0-9]{1,2}", left) and (unit := re.match(r"[0-9]{1,2}(月)", right)):
        yield left + unit[1], right
    if re.search(r"月[0-9]{1,2}$", left) and (unit := re.search(r"[0-9]([日号號])$", right)):
        left += unit[1]
        yield left, right
    if (prefix := re.match(r"(.*月)(?:[0-9]{1,2}[日号號]|[上中下]旬)$", left)) and re.match(
        r"[0-9]{1,2}[日号號]|[上中下]旬|[底末]", right
    ):
        yield left, re.sub(r"^(?:[0-9]{4}年)", "", prefix[1]) + right
    if re.fullmatch(r"[0-9]{1,2}(?:st|nd|rd|th)?", left) and (
        tail := re.match(r"[0-9]{1,2}(?:st|nd|rd|th)? (.+)", right)
    ):
        yield f"{left} {tail[1]}", right
    if head := re.match(rf"{_MONTH} [0-9]{{1,2}}$", left, re.IGNORECASE):
        yield left, f"{head['month']} {right}"


def _with_shared_year(start: Moment, end: Moment, start_text: str, end_text: str) -> Moment:
    """In English a year behind a range is the whole range's: `1 April to 7 April 2026`."""
    first, last = start.base, end.base
    if not (isinstance(first, OnCalendar) and isinstance(last, OnCalendar) and re.search("[A-Za-z]", end_text)):
        return start
    if first.year is not None or not isinstance(last.year, int) or "T" in start_text:
        return start
    dated = evolve(first, year=last.year)
    if dated.days_in(last.year).first > last.days_in(last.year).last:
        dated = evolve(first, year=last.year - 1)
    return evolve(start, base=dated)


# ----------------------------------------------------------------------------------------------------------------- texts
def _tidy(text: str) -> str:
    """One writing for what is written in many: full-width forms, dashes, tildes, apostrophes, blanks between characters."""
    folded = re.sub(r"[‐‑−]", "-", fold(text))
    folded = re.sub(r"[‒–—―─～〜∼~]+", "~", folded).replace("’", "'")
    folded = re.sub(r"\s+", " ", folded)
    return re.sub(r"(?<=[年月]) (?=[0-9底末上中下全])|(?<=[0-9]) (?=[年月日号號])", "", folded)


def _date_hint(tidy: str) -> str | None:
    if match := re.fullmatch(r"([0-9]{4})[./]([0-9]{1,2})[./]([0-9]{1,2})", tidy):
        return f"write {match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"
    if re.fullmatch(r"[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}", tidy):
        return "day or month first? write year, month, day: 2026-04-20"
    if re.search(r"(?:Z|[+-][0-9]{2}:[0-9]{2})$", tidy):
        return "times are local to the plan's timezone: leave the offset out"
    return "which day? say a date, or 上旬 (1st to 10th)" if re.search(r"月份?初", tidy) else None
