"""The small values that a plan is written in: numbers, amounts, durations, texts in several languages, gaps.

Everything here is immutable and hashable, and `str()` of a value is its canonical text: reading it back gives an equal
value. What cannot be read raises `BadValue`, which names what was found and what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from attrs import field, frozen

from campaignflow.errors import CampaignflowError

__all__ = [
    "DURATION_UNITS",
    "Amount",
    "BadValue",
    "Duration",
    "Text",
    "Unresolved",
    "fold",
    "format_number",
    "is_placeholder",
    "parse_amount",
    "parse_duration",
    "parse_number",
]

DURATION_UNITS = ("d", "cd", "w", "mo", "y", "h", "min")
"""Units of a duration: working days, calendar days, weeks, months, years, hours, minutes."""

_FRACTIONAL_UNITS = frozenset({"d", "h", "min"})
_MAX_DIGITS = 34  # what IEEE 754's decimal128 holds: more is a slip of the keyboard
_MAX_MAGNITUDE = 30
_MAX_DURATION = 1_000_000
_MAX_UNIT = 40

NUMBER_FORMS = "3, 0.8, 80%, 2.5万, 20亿 or 20e8"
AMOUNT_FORMS = "a number, a space and a unit: 200000 CNY, 5000 pc, 12 mg/l"
DURATION_FORMS = "3d (working days), 3cd (calendar days), 2w, 3mo, 1y, 36h or 20min"


class BadValue(CampaignflowError, ValueError):  # noqa: N818 - named like the rest of the tree, for what is wrong
    """A text that is not the value that is due here.

    Attributes:
        message: what was found and why it will not do.
        hint: what would be right, or None.
        code: the problem code that `check` reports it under.
    """

    def __init__(self, message: str, hint: str | None = None, *, code: str = "CF107") -> None:
        self.message, self.hint, self.code = message, hint, code
        super().__init__(f"{message} ({hint})" if hint else message)


# ---------------------------------------------------------------------------------------------------------------- text
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20, 0x2009: 0x20}


def fold(text: str) -> str:
    """Full-width letters, digits, signs and blanks as ASCII, outer blanks gone.

    >>> fold("２．５万 ")
    '2.5万'
    """
    return text.translate(_FULL_WIDTH).strip()


_PLACEHOLDER = re.compile(
    r"(?<![a-z])x{2,}(?![a-z])"  # xxx, xx月份, 20xx年
    r"|[×Xx]{2,}(?=[年月日号])|(?<=[0-9])[×Xx]{2,}(?![A-Za-z])"
    r"|^[×X]{2,}$|×{2,}|_{2,}",
)


def is_placeholder(text: str) -> bool:
    """Does a text stand for something that its author did not know: `xxx`, `20xx年9月底`, `xx月份`?

    >>> [is_placeholder(text) for text in ("xxx", "20xx年", "xx月份", "２０ＸＸ年", "4月", "Exxon", "XXL")]
    [True, True, True, True, False, False, False]
    """
    return _PLACEHOLDER.search(fold(text)) is not None


@frozen
class Unresolved:
    """A value that is known to be missing: a gap.

    Attributes:
        text: the placeholder as written (`20xx年9月底`), or None for `~`.
        later: the phase by whose entry it has to be known, or None where starting already needs it.
    """

    text: str | None = None
    later: str | None = None

    def __str__(self) -> str:
        return "~" if self.text is None else self.text


def _entries(value: str | Mapping[str, str] | Text) -> tuple[tuple[str, str], ...]:
    if isinstance(value, Text):
        return value.entries
    mapping = {"": value} if isinstance(value, str) else value
    if not mapping:
        raise BadValue("a text without any language", "write the text, or {en: …, zh: …}")
    return tuple(sorted(mapping.items()))


@frozen
class Text:
    """A text in one or several languages; a plain text has the language `""`.

    >>> title = Text({"en": "Kick-off", "zh": "启动"})
    >>> title.get("zh"), title.get("zh-CN"), title.get("fr"), str(Text("sweep"))
    ('启动', '启动', 'Kick-off', 'sweep')
    """

    entries: tuple[tuple[str, str], ...] = field(converter=_entries)

    def get(self, language: str = "") -> str:
        """The text in a language; else in its base (`zh` for `zh-CN`), the plain one, English, the first there is."""
        known = dict(self.entries)
        for wanted in (language, language.partition("-")[0], "", "en"):
            if wanted in known:
                return known[wanted]
        return self.entries[0][1]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are, sorted; `""` for a plain text."""
        return tuple(language for language, _ in self.entries)

    def canonical(self) -> str | dict[str, str]:
        """As the plan language writes it: the plain text, or a mapping from language to text."""
        return self.entries[0][1] if self.languages == ("",) else dict(self.entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self.languages)

    def __str__(self) -> str:
        return self.get()


# ------------------------------------------------------------------------------------------------------------- numbers
_NUMBER = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE]([+-]?[0-9]{1,3}))? ?(%|万亿|万|亿)?")
_POWER = {"%": -2, "万": 4, "亿": 8, "万亿": 12}


def _read_number(match: re.Match[str], text: str) -> Decimal:
    sign, digits, exponent, scale = match.groups()
    sign_, figures, places = Decimal(sign + digits).as_tuple()
    assert isinstance(places, int)  # a number of digits is always finite
    number = Decimal((sign_, figures, places + int(exponent or 0) + _POWER.get(scale, 0)))
    return check_number(number, text)


def check_number(number: Decimal, text: str | None = None) -> Decimal:
    """The number itself, if it is finite and of a size that a person means.

    Raises:
        BadValue: (CF112) not finite, more than 34 digits, or beyond 10^30.
    """
    if not number.is_finite():
        raise BadValue(f"{text or number} is not a finite number", NUMBER_FORMS, code="CF112")
    _, figures, places = number.as_tuple()
    assert isinstance(places, int)
    if len(figures) > _MAX_DIGITS or places < -_MAX_MAGNITUDE or len(figures) + places > _MAX_MAGNITUDE + 1:
        limits = f"at most {_MAX_DIGITS} digits, between 10^-{_MAX_MAGNITUDE} and 10^{_MAX_MAGNITUDE}"
        raise BadValue(f"{text or number} is out of range", limits, code="CF112")
    return number


def format_number(number: Decimal) -> str:
    """A number as the plan language writes it: no exponent, no trailing zeros, no minus before nothing.

    >>> format_number(Decimal("0.80")), format_number(Decimal("2E+9")), format_number(Decimal("-0.0"))
    ('0.8', '2000000000', '0')
    """
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def parse_number(text: str) -> Decimal:
    """A number, exactly as written; `80%` is 0.80.

    >>> [format_number(parse_number(text)) for text in ("3", "80%", "2.5万", "20亿", "20e8", "－0.5")]
    ['3', '0.8', '25000', '2000000000', '2000000000', '-0.5']

    Raises:
        BadValue: not a number, or (CF112) out of range.
    """
    match = _NUMBER.fullmatch(fold(text).replace("−", "-"))
    if match is None:
        raise BadValue(f"{text!r} is not a number", _number_hint(text))
    return _read_number(match, text)


def _number_hint(text: str) -> str:
    bare = re.sub(r"(?<=[0-9])[,_' ](?=[0-9]{3})", "", fold(text))
    if bare != fold(text) and _NUMBER.fullmatch(bare):
        return f"write it without separators: {bare}"
    return NUMBER_FORMS


def to_decimal(value: Decimal | int | str) -> Decimal:
    """A Python caller's number as an exact one; floats are refused, since `0.1` has none.

    Raises:
        BadValue: a float, a flag, or a text that is no number.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        hint = f"Decimal('{value}') or '{value}'" if isinstance(value, float) else NUMBER_FORMS
        raise BadValue(f"{value!r} is not an exact number", hint)
    if isinstance(value, str):
        return parse_number(value)
    try:
        return check_number(Decimal(value))
    except InvalidOperation:  # pragma: no cover - an int or Decimal converts always
        raise BadValue(f"{value!r} is not a number", NUMBER_FORMS) from None


# ------------------------------------------------------------------------------------------------------------- amounts
def _check_unit(instance: object, attribute: object, unit: str) -> None:
    if not re.fullmatch(r"[^\s0-9.%+-]\S*(?: \S+)*", unit) or len(unit) > _MAX_UNIT or unit[0] in "万亿":
        raise BadValue(f"{unit!r} is not a unit", AMOUNT_FORMS)


@frozen
class Amount:
    """So much of something: `200000 CNY`. Units must agree where amounts meet; none is converted.

    >>> str(Amount("2.50", "mg/l")), Amount(3, "pc") == parse_amount("3.0 pc")
    ('2.5 mg/l', True)
    """

    number: Decimal = field(converter=to_decimal)
    unit: str = field(validator=_check_unit)

    def __str__(self) -> str:
        return f"{format_number(self.number)} {self.unit}"


def parse_amount(text: str) -> Amount:
    """An amount: a number, a blank, a unit; before a unit that is not ASCII the blank may be left out (`200万元`).

    >>> str(parse_amount("200万元")), str(parse_amount("12 mg/l"))
    ('2000000 元', '12 mg/l')

    Raises:
        BadValue: not an amount.
    """
    folded = fold(text)
    match = _NUMBER.match(folded)
    rest = folded[match.end() :] if match else ""
    unit = rest.strip()
    if match is None or not unit or (rest[0] not in " \t" and rest[0].isascii() and match[0][-1] != " "):
        raise BadValue(f"{text!r} is not an amount", AMOUNT_FORMS)
    return Amount(_read_number(match, text), unit)


# ----------------------------------------------------------------------------------------------------------- durations
def _check_duration_unit(instance: object, attribute: object, unit: str) -> None:
    if unit not in DURATION_UNITS:
        raise BadValue(f"{unit!r} is not a unit of time", DURATION_FORMS, code="CF301")


@frozen
class Duration:
    """A length of time in one unit. `d` are working days of the calendar that applies, `h` and `min` elapsed time.

    Attributes:
        count: how many; whole for `cd w mo y`; may be negative (a lead).
        unit: one of `d cd w mo y h min`.

    >>> str(Duration(3, "d")), str(Duration("1.50", "h")), -Duration(2, "w")
    ('3d', '1.5h', Duration(count=Decimal('-2'), unit='w'))
    """

    count: Decimal = field(converter=to_decimal)
    unit: str = field(validator=_check_duration_unit)

    def __attrs_post_init__(self) -> None:
        if self.unit not in _FRACTIONAL_UNITS and self.count != self.count.to_integral_value():
            raise BadValue(f"{self}: {self.unit} are counted whole", "only d, h and min have fractions", code="CF301")
        if abs(self.count) > _MAX_DURATION:
            raise BadValue(f"{self} is out of range", f"at most {_MAX_DURATION}{self.unit}", code="CF112")

    def __neg__(self) -> Duration:
        return Duration(-self.count, self.unit)

    def __str__(self) -> str:
        return f"{format_number(self.count)}{self.unit}"


_DURATION = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]+)?)(min|mo|cd|d|w|y|h)")
_ISO_DURATION = re.compile(r"P(?=.)(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?(T.*)?", re.IGNORECASE)
_DURATION_WORDS = {
    "working day": "d", "workday": "d", "business day": "d", "calendar day": "cd", "day": "d or cd", "week": "w",
    "wk": "w", "month": "mo", "year": "y", "yr": "y", "hour": "h", "hr": "h", "minute": "min", "m": "min or mo",
    "工作日": "d", "个工作日": "d", "日": "cd", "天": "cd", "周": "w", "星期": "w", "个月": "mo", "月": "mo", "年": "y",
    "小时": "h", "个小时": "h", "分钟": "min",
    "cd": "cd", "d": "d", "w": "w", "mo": "mo", "y": "y", "h": "h", "min": "min",
}  # fmt: skip


def parse_duration(text: str, *, signed: bool = False) -> Duration:
    """A duration; with `signed`, one that may be negative (a lag of `-1d`).

    >>> str(parse_duration("36h")), parse_duration("-1d", signed=True).count
    ('36h', Decimal('-1'))

    Raises:
        BadValue: (CF301) not a duration; (CF305) an ISO 8601 duration, which does not say which days it means.
    """
    folded = fold(text).replace("−", "-")
    match = _DURATION.fullmatch(folded)
    if match is None:
        raise _bad_duration(text, folded)
    if match[1] == "-" and not signed:
        raise BadValue(f"{text!r} is negative", f"write {match[2]}{match[3]}", code="CF301")
    return Duration(check_number(Decimal(match[1] + match[2]), text), match[3])


def _bad_duration(text: str, folded: str) -> BadValue:
    if iso := _ISO_DURATION.fullmatch(folded):
        return BadValue(f"{text!r} does not say which days are meant", _say(iso), code="CF305")
    spoken = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?-?(.+?)s?", folded.lower())
    if spoken and spoken[2] in _DURATION_WORDS:
        units = _DURATION_WORDS[spoken[2]].split(" or ")
        return BadValue(f"{text!r} is not a duration", "say " + " or ".join(spoken[1] + u for u in units), code="CF301")
    return BadValue(f"{text!r} is not a duration", DURATION_FORMS, code="CF301")


def _say(iso: re.Match[str]) -> str:
    years, months, weeks, days, time = iso.groups()
    if days and not (years or months or weeks or time):
        return f"say {days}d (working days) or {days}cd (calendar days)"
    single = [f"{count}{unit}" for count, unit in ((years, "y"), (months, "mo"), (weeks, "w")) if count]
    return f"say {single[0]}" if len(single) == 1 and not (days or time) else DURATION_FORMS
