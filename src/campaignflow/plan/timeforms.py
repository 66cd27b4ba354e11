"""The forms in which people write dates and windows, in the plan language, in Chinese and in English."""

from __future__ import annotations

import re
from datetime import time

from campaignflow.plan.dateforms import Base, Day, Happening, Month, TenDays, Year
from campaignflow.plan.time import Moment, Window
from campaignflow.plan.values import BadValue, Duration, fold, parse_duration

__all__ = ["read_moment", "read_window"]

MOMENT_FORMS = "2026-04-20, 2026-04-20 09:00, 4月20日, 20 April, 9月底, 年底, start, accepted, PHASE.entered, NAME - 2w"
WINDOW_FORMS = (
    "2026-04-01/2026-04-07, start/+100cd, /2026-04-20 (until), 2026-04-01/ (from), 4月1日—4月7日, 1~4月, "
    "4月20日前, 9月底, 全年, 1–7 April, by 20 April, end of September, W except V"
)

_DASH = re.compile(r"\s*(?:—+|–|―|~|～|〜|∼|－|至|到|\bto\b)\s*")
_MONTH_NAMES = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sep", "sept"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names}
_EN_MONTH = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
_YEAR = r"(?:(\d{4})年)?"

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_CN_DAY = re.compile(_YEAR + r"(\d{1,2})月(\d{1,2})[日号]?")
_CN_MONTH = re.compile(_YEAR + r"(\d{1,2})月(?:份)?(底|末)?")
_CN_TEN = re.compile(_YEAR + r"(\d{1,2})月(?:份)?([上中下])旬")
_CN_YEAR = re.compile(r"(\d{4})年(?:全年)?|全年")
_CN_YEAR_END = re.compile(r"(?:(\d{4})年)?年?(?:底|末)")
_EN_DAY = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?\s+{_EN_MONTH}\.?(?:\s+(\d{{4}}))?", re.IGNORECASE)
_EN_DAY_US = re.compile(rf"{_EN_MONTH}\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(\d{{4}}))?", re.IGNORECASE)
_EN_MONTH_ONLY = re.compile(rf"{_EN_MONTH}\.?(?:\s+(\d{{4}}))?", re.IGNORECASE)
_EN_END = re.compile(rf"(?:the\s+)?end\s+of\s+{_EN_MONTH}\.?(?:\s+(\d{{4}}))?", re.IGNORECASE)
_EN_YEAR_END = re.compile(r"(?:the\s+)?(?:year'?s'?\s+end|end\s+of\s+(?:the\s+)?year)(?:\s+(\d{4}))?", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9-]*(?:/[a-z][a-z0-9-]*)*(?:@[a-z0-9-]+)*(?:\.(?:entered|left|verified|end))?")
_TIME = re.compile(r"(?:[ T]\s*)(\d{1,2}):(\d{2})(?::(\d{2}))?$")
_OFFSET = re.compile(
    r"\s+([+-])\s*(\d+(?:\.\d+)?(?:min|mo|cd|d|w|y|h))$|(?<=[a-z0-9日底月])([+])(\d+(?:\.\d+)?(?:min|mo|cd|d|w|y|h))$"
)
_UNTIL_CN = re.compile(r"(.+?)(?:之前|以前|前)")
_UNTIL_EN = re.compile(r"(?:by|before|until|till|not later than)\s+(.+)", re.IGNORECASE)
_EXCEPT = re.compile(r"\s+except\s+|\s*除外?(?=\S)")


def _year(text: str | None) -> int | None:
    return None if text is None else int(text)


def _base(text: str) -> Base | None:
    """What a date starts from; None for no form of one."""
    if match := _ISO.fullmatch(text):
        return Day(int(match[1]), int(match[2]), int(match[3]))
    return _chinese(text) or _english(text) or _name(text)


def _chinese(text: str) -> Base | None:
    tight = text.replace(" ", "")
    if match := _CN_DAY.fullmatch(tight):
        return Day(_year(match[1]), int(match[2]), int(match[3]))
    if match := _CN_TEN.fullmatch(tight):
        return TenDays(_year(match[1]), int(match[2]), "上中下".index(match[3]))
    if match := _CN_MONTH.fullmatch(tight):
        return Month(_year(match[1]), int(match[2]), last=match[3] is not None)
    if match := _CN_YEAR.fullmatch(tight):
        return Year(_year(match[1]))
    if match := _CN_YEAR_END.fullmatch(tight):
        return Year(_year(match[1]), last=True)
    return None


def _english(text: str) -> Base | None:
    if match := _EN_DAY.fullmatch(text):
        return Day(_year(match[3]), _MONTHS[match[2].lower()], int(match[1]))
    if match := _EN_DAY_US.fullmatch(text):
        return Day(_year(match[3]), _MONTHS[match[1].lower()], int(match[2]))
    if match := _EN_END.fullmatch(text):
        return Month(_year(match[2]), _MONTHS[match[1].lower()], last=True)
    if match := _EN_YEAR_END.fullmatch(text):
        return Year(_year(match[1]), last=True)
    if match := _EN_MONTH_ONLY.fullmatch(text):
        return Month(_year(match[2]), _MONTHS[match[1].lower()])
    return None


def _name(text: str) -> Base | None:
    return Happening(text) if _NAME.fullmatch(text) and text not in _MONTHS else None


def _offsets(text: str) -> tuple[str, tuple[Duration, ...]]:
    found: list[Duration] = []
    while match := _OFFSET.search(text):
        sign, length = match[1] or match[3], match[2] or match[4]
        found.insert(0, parse_duration(f"-{length}" if sign == "-" else length, signed=True))
        text = text[: match.start()].rstrip()
    return text, tuple(found)


def _clock(text: str) -> tuple[str, time | None]:
    match = _TIME.search(text)
    if match is None:
        return text, None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise BadValue(f"there is no time {match[0].strip()}", "times are 00:00 to 23:59", code="CF301")
    return text[: match.start()].rstrip(), time(hour, minute, second)


def _moment(text: str) -> Moment | None:
    text, offsets = _offsets(text)
    text, at = _clock(text)
    base = _base(text)
    if base is None or (at is not None and isinstance(base, Year)):
        return None
    return Moment(base, at, offsets)


def read_moment(text: str) -> Moment:
    """A date or moment. See `time.parse_moment`."""
    found = _moment(fold(text)) if len(text) <= 300 else None
    if found is None:
        raise BadValue(f"{text[:60]!r} is not a date or moment", MOMENT_FORMS, code="CF301")
    return found


def read_window(text: str) -> Window:
    """A window. See `time.parse_window`."""
    found = _window(fold(text)) if len(text) <= 600 else None
    if found is None:
        raise BadValue(f"{text[:60]!r} is not a window", WINDOW_FORMS, code="CF301")
    return found


def _window(text: str) -> Window | None:
    parts = _EXCEPT.split(text, maxsplit=1)
    if len(parts) == 2:
        whole, but = _window(parts[0]), _window(parts[1])
        return (
            None if whole is None or but is None else Window(whole.first, whole.last, whole.lasting, but, whole.rolls)
        )
    return _until(text) or _slashed(text) or _whole(text) or _dashed(text)


def _until(text: str) -> Window | None:
    match = _UNTIL_EN.fullmatch(text)
    if match is None and text.endswith("前"):
        match = _UNTIL_CN.fullmatch(text)
    if match is not None:
        last = _moment(match[1].strip())
        return None if last is None else Window(None, last)
    found = _moment(text)
    ends = found is not None and isinstance(found.base, Month | Year) and found.base.last and not found.offsets
    return Window(None, found) if ends else None


def _slashed(text: str) -> Window | None:
    for place in (found.start() for found in re.finditer("/", text)):
        first, last = text[:place].strip(), text[place + 1 :].strip()
        made = _ends(first, last)
        if made is not None:
            return made
    return None


def _ends(first: str, last: str) -> Window | None:
    if not first and not last:
        return None
    start = _moment(first) if first else None
    if first and start is None:
        return None
    if last.startswith("+"):
        return None if start is None else _lasting(start, last[1:])
    rolls = last.startswith("次年")
    end = _moment(last.removeprefix("次年")) if last else None
    if last and end is None:
        return None
    return Window(start, end, rolls=rolls)


def _lasting(start: Moment, text: str) -> Window | None:
    try:
        return Window(start, lasting=parse_duration(text.strip()))
    except BadValue:
        return None


def _whole(text: str) -> Window | None:
    found = _moment(text)
    return None if found is None else Window(found, found)


_SHORT_MONTHS = re.compile(_YEAR + r"(\d{1,2})(?:月(?:份)?)?")
_SHORT_DAY = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+{_EN_MONTH})?", re.IGNORECASE)


def _dashed(text: str) -> Window | None:
    for match in [*_DASH.finditer(text), *re.finditer(r"(?<=[\d月日])\s*-\s*(?=\d)", text)]:
        made = _both(text[: match.start()].strip(), text[match.end() :].strip())
        if made is not None:
            return made
    return None


def _both(first: str, last: str) -> Window | None:
    rolls = last.startswith("次年")
    last = last.removeprefix("次年")
    end = _moment(last) or _same_month(first, last)
    start = _moment(first) or _completed(first, end)
    if start is None or end is None:
        return None
    return Window(start, end, rolls=rolls or _turns(start, end))


def _same_month(first: str, last: str) -> Moment | None:
    """`4月1日—7日`: the month stands with the first day only."""
    start, day = _moment(first), re.fullmatch(r"(\d{1,2})[日号]", last.replace(" ", ""))
    if start is None or day is None or not isinstance(start.base, Day):
        return None
    return Moment(Day(start.base.year, start.base.month, int(day[1])))


def _completed(text: str, end: Moment | None) -> Moment | None:
    """The first of `1~4月`, `4—12月`, `1–7 April`: what it lacks stands with the last."""
    if end is None:
        return None
    if isinstance(end.base, Month) and (match := _SHORT_MONTHS.fullmatch(text.replace(" ", ""))):
        return Moment(Month(_year(match[1]) or end.base.year, int(match[2])))
    if isinstance(end.base, Day) and (match := _SHORT_DAY.fullmatch(text)):
        month = _MONTHS[match[2].lower()] if match[2] else end.base.month
        return Moment(Day(end.base.year, month, int(match[1])))
    return None


def _turns(start: Moment, end: Moment) -> bool:
    """Whether a stretch without years runs over the year's end: 15 November to 15 March."""
    one, two = start.base, end.base
    if isinstance(one, Day | Month) and isinstance(two, Day | Month) and one.year is None and two.year is None:
        return (two.month, getattr(two, "day", 31)) < (one.month, getattr(one, "day", 1))
    return False
