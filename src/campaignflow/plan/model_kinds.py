"""The kinds of single values that the plan language has: flags, numbers, durations, windows, parties, expressions."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from attrs import frozen

from campaignflow.plan.kinds import EMPTY, INVALID, Kind, Report, ScalarKind, Schemas, Section
from campaignflow.plan.kinds_made import Either, ListOf, MapOf
from campaignflow.plan.near import suggestion
from campaignflow.plan.nodes import Entries, Items, Node, Ready, Scalar
from campaignflow.plan.values import (
    Amount,
    BadValue,
    Duration,
    Unresolved,
    format_number,
    parse_amount,
    parse_duration,
    parse_number,
)

__all__ = [
    "AMOUNT",
    "CONDITION",
    "COUNT",
    "DATA",
    "DATA_SECTION",
    "DATE_NAME",
    "DURATION",
    "FLAG",
    "NUMBER",
    "NUMERIC",
    "POSITIVE",
    "SHARE",
    "TEST",
    "Expression",
    "Formula",
    "MapOf",
    "ScalarKind",
    "choice",
    "number",
    "reference",
    "references",
]

_LONGEST_TEXT = 20_000


@frozen
class Formula:
    """An expression where most often a literal stands: `=item.unit` in `owners`, in `window`, in a command's fields.

    Attributes:
        text: the expression, without the `=`.
    """

    text: str

    def __str__(self) -> str:
        return f"={self.text}"


# ------------------------------------------------------------------------------------------------------ flags, numbers
def _flag(text: str) -> bool:
    if text in ("true", "false"):
        return text == "true"
    hint = {"yes": "write true", "on": "write true", "no": "write false", "off": "write false"}.get(text.lower())
    raise BadValue(f"expected true or false, found {text[:60]!r}", hint)


_JSON_NUMBER: Final = {"type": ["number", "string"]}
FLAG: Final = ScalarKind("true or false", _flag, (bool,), lambda held: "true" if held else "false", {"type": "boolean"})


def _number(text: str) -> Decimal:
    if text.lower().lstrip("+-.") in ("nan", "inf", "infinity"):
        raise BadValue(f"{text!r} is not a finite number", "a number: 3, 0.8, 80%", code="CF112")
    return parse_number(text)


def number(
    what: str, least: Decimal | int | None = None, most: Decimal | int | None = None, *, whole: bool = False
) -> ScalarKind:
    """A kind for numbers between two bounds, both allowed; outside is CF112."""

    def parse(text: str) -> Decimal:
        value = _number(text)
        if (least is not None and value < least) or (most is not None and value > most):
            bounds = f"at least {least}" if most is None else f"{least} to {most}"
            raise BadValue(f"{text!r} is out of range", f"{what}: {bounds}", code="CF112")
        if whole and value != value.to_integral_value():
            raise BadValue(f"{text!r} is not a whole number", what, code="CF112")
        return value

    return ScalarKind(what, parse, (Decimal,), format_number, _JSON_NUMBER, loose=True)


NUMBER: Final = number("a number: 3, 0.8, 80%, 2.5万")
POSITIVE: Final = number("a number that is not negative", 0)
SHARE: Final = number("a share between 0 and 1, or a percentage", 0, 1)
CONFIDENCE: Final = number("a confidence between 50% and 99.99%", Decimal("0.5"), Decimal("0.9999"))


def whole(what: str, least: int, most: int) -> ScalarKind:
    """A kind for counts: Python ints between two bounds."""
    inner = number(what, least, most, whole=True)
    schema = {"type": ["integer", "string"]}
    return ScalarKind(what, lambda text: int(inner.parse(text)), (int,), str, schema, loose=True)


COUNT: Final = whole("a whole number from 0", 0, 1_000_000)
YEAR: Final = whole("a year, such as 2026", 1900, 2200)
FORMAT: Final = whole("the format version, 1", 0, 1_000_000)
AMOUNT: Final = ScalarKind("an amount: 200000 CNY, 5000 pc", parse_amount, (Amount,), str, loose=True)
DURATION: Final = ScalarKind(
    "a duration: 3d (working days), 3cd (calendar days), 2w, 36h", parse_duration, (Duration,), str, loose=True
)
LAG: Final = ScalarKind("a lag: +3d, -1d", lambda text: parse_duration(text, signed=True), (Duration,), str, loose=True)


# --------------------------------------------------------------------------------------------------------------- texts
def _limited(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise BadValue(f"a text of {len(text):,} characters", f"at most {_LONGEST_TEXT:,}", code="CF112")
    return text


WORDS: Final = ScalarKind("a text", _limited, (str,), str, {"type": ["string", "number", "boolean"]})
FREE: Final = Either("a number, an amount or a text", [NUMBER, AMOUNT, WORDS])
QUANTITY: Final = Either("a number or an amount", [NUMBER, AMOUNT])


def choice(*words: str) -> ScalarKind:
    """A kind that takes one of some words."""

    def parse(text: str) -> str:
        if text not in words:
            raise BadValue(f"{text[:60]!r} is none of {', '.join(words)}", suggestion(text, words, "one of"))
        return text

    return ScalarKind("one of " + ", ".join(words), parse, (), str, {"enum": list(words)})


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        from zoneinfo import available_timezones  # reads a folder: only for advice

        hint = suggestion(text, sorted(available_timezones())) or "Europe/Paris, Asia/Shanghai, UTC"
        raise BadValue(f"{text[:60]!r} is not a time zone", hint) from None
    return text


ZONE: Final = ScalarKind("a time zone: Europe/Paris", _zone)


# ---------------------------------------------------------------------------------------------------------- references
_REFERENCE = re.compile(r"[a-z][a-z0-9-]*(?:/[a-z][a-z0-9-]*)*(?:@[a-z0-9/@-]+)?")


def _reference(text: str) -> str:
    if not _REFERENCE.fullmatch(text) or len(text) > 300:
        raise BadValue(f"{text[:60]!r} is not an id", "ids are made of a-z, 0-9 and -", code="CF109")
    return text


def reference(section: str) -> ScalarKind:
    """A kind that names one element of a section (`unit`, `task`, `phase`, …); the checker looks for it."""
    return ScalarKind(f"the id of a {section}", _reference, refers=section)


def references(section: str) -> ListOf:
    """A list of such names."""
    return ListOf(reference(section), f"a list of ids of {section}s")


DATE_NAME: Final = reference("date")


def _state(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", text):
        raise BadValue(f"{text[:60]!r} is not a state", "a state's id: open, not-home", code="CF109")
    return text


STATE_NAME: Final = ScalarKind("a state", _state, refers="state")


def _method(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9.-]{0,63}", text):
        raise BadValue(f"{text[:60]!r} is not a method", "weighted-mean, sum, lowest, or a plugin's", code="CF109")
    return text


METHOD: Final = ScalarKind("a method: weighted-mean, sum, lowest, or a plugin's", _method, refers="method")


def _hours(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]/([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise BadValue(f"{text[:60]!r} is not a stretch of the day", "22:00/07:00", code="CF301")
    return text


def _rate(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,5} per (day|hour)", text):
        raise BadValue(f"{text[:60]!r} is not a limit", "3 per day, or 1 per hour")
    return text


HOURS: Final = ScalarKind("a stretch of the day: 22:00/07:00", _hours)
RATE: Final = ScalarKind("a limit: 3 per day", _rate)


# --------------------------------------------------------------------------------------------------------- expressions
class Expression(ScalarKind):
    """A text of the expression language; it is typed by the checker of expressions, not here.

    Args:
        what: in words.
        expects: `condition` (yes or no), `number`, or `test` (`>= 80%`).
    """

    def __init__(self, what: str, expects: str) -> None:
        super().__init__(what, _expression, (), str, {"type": ["string", "number", "boolean"]})
        self.expects = expects


def _expression(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise BadValue("an empty expression", "leave the key out", code="CF514")
    return stripped


CONDITION: Final = Expression("an expression that is true or false", "condition")
NUMERIC: Final = Expression("an expression that gives a number", "number")
TEST: Final = Expression("a test: >= 80%", "test")


def formula_or(kind: ScalarKind) -> ScalarKind:
    """A kind that also takes an expression behind `=`."""

    def parse(text: str) -> Any:
        return Formula(_expression(text[1:])) if text.startswith("=") else kind.parse(text)

    def write(value: Any) -> Any:
        return str(value) if isinstance(value, Formula) else kind.write(value)

    types = (Formula, *kind.types)
    return ScalarKind(kind.what, parse, types, write, kind.schema({}), loose=kind.loose, refers=kind.refers)


# ---------------------------------------------------------------------------------------------------------------- data
class DataKind(Kind):
    """Values whose type is known elsewhere (by a command, by a register's field): texts, lists and mappings of them.

    Scalars stay texts, so `640` from YAML and from Python are equal; `=…` stays a text here and is one of the engine's
    expressions there.
    """

    what = "a value"

    def scalar(self, node: Scalar, report: Report) -> Any:
        """The text as written."""
        try:
            return _limited(node.text)
        except BadValue as error:
            return report.add(error.code, error.message, node, error.hint)

    def items(self, node: Items, report: Report) -> Any:
        """A tuple."""
        values = tuple(self.read(item, report) for item in node.items)
        return INVALID if INVALID in values else values

    def entries(self, node: Entries, report: Report) -> Any:
        """A section of such values, sorted; keys as written in YAML, Python's in kebab-case."""
        values: dict[str, Any] = {}
        for key, child in node.entries:
            report.path.append(key.text)
            name = key.text if key.source is not None else key.text.rstrip("_").replace("_", "-")
            values[name] = self.read(child, report)
            report.path.pop()
        return INVALID if INVALID in values.values() else Section(sorted(values.items()))

    def ready(self, node: Ready, report: Report) -> Any:
        """A section, or a value of the plan language (a date, an amount) as it prints itself."""
        if isinstance(node.value, Section):
            return node.value
        if isinstance(node.value, Amount | Duration | Formula):
            return str(node.value)
        return self.wrong(node, report)

    def write(self, value: Any) -> Any:
        """Texts, lists and objects."""
        if isinstance(value, Section):
            return {key: self.canonical(entry) for key, entry in value.items()}
        return [self.canonical(entry) for entry in value] if isinstance(value, tuple) else value

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """Anything."""
        return {}


DATA: Final = DataKind()


class DataSectionKind(DataKind):
    """A mapping of such values, never anything else."""

    what = "a mapping from field to value"

    def read(self, node: Node, report: Report) -> Any:
        """A section, or INVALID."""
        if isinstance(node, Entries):
            return self._fields(node, report)
        if isinstance(node, Ready) and isinstance(node.value, Section):
            return node.value
        if isinstance(node, Scalar) and node.plain and node.text == "~":
            return Section(gap=Unresolved())
        return self.wrong(node, report)

    def _fields(self, node: Entries, report: Report) -> Any:
        values: dict[str, Any] = {}
        for key, child in node.entries:
            report.path.append(key.text)
            name = key.text if key.source is not None else key.text.rstrip("_").replace("_", "-")
            values[name] = DATA.read(child, report)
            report.path.pop()
        return INVALID if INVALID in values.values() else Section(sorted(values.items()))

    def canonical(self, value: Any) -> Any:
        """A JSON object."""
        return {} if value is EMPTY else {key: DATA.canonical(entry) for key, entry in value.items()}

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """An object of anything."""
        return {"type": "object"}


DATA_SECTION: Final = DataSectionKind()


def text_map(kind: Kind, what: str, *, refers: str | None = None, ordered: bool = False) -> MapOf:
    """A mapping with texts as keys."""
    return MapOf(kind, what, str, refers, ordered=ordered)
