"""The kinds of time and chance: windows, moments, recurrences, distributions, curves."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from campaignflow.plan.kinds import Kind, Report, ScalarKind, Schemas
from campaignflow.plan.kinds_made import Either, ListOf
from campaignflow.plan.model_kinds import DATA_SECTION, DURATION, NUMBER, text_map
from campaignflow.plan.nodes import Entries, Items, Node, Ready, Scalar
from campaignflow.plan.values import BadValue

__all__ = ["ANY_DISTRIBUTION", "CURVE", "DISTRIBUTION", "HORIZON", "LASTING", "MOMENT", "RECURRENCES", "WINDOW",
           "WITHIN"]  # fmt: skip


def _lazy(module: str, name: str) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        return getattr(import_module(f"campaignflow.plan.{module}"), name)(value)

    return parse


class _Class(type):
    """Stands for a class of another module until that module is needed."""

    def __instancecheck__(cls, instance: object) -> bool:
        return type(instance).__name__ in cls.names  # type: ignore[attr-defined]  # every class made by it has names


class _Windows(metaclass=_Class):
    names = ("Window",)


class _Moments(metaclass=_Class):
    names = ("Moment",)


WINDOW: Final = ScalarKind(
    "a window: 2026-04-01/2026-04-07, start/+100cd, 4月1日—4月7日, until 20 April",
    _lazy("time", "parse_window"),
    (_Windows,),
    str,
    loose=True,
)
MOMENT: Final = ScalarKind(
    "a date or moment: 2026-04-20, 4月20日, d-day - 10w", _lazy("time", "parse_moment"), (_Moments,), str, loose=True
)


def plain(node: Node) -> Any:
    """A node as texts, lists and dicts, for parsers that read structured values themselves."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    if isinstance(node, Entries):
        return {key.text: plain(child) for key, child in node.entries}
    return node.value


class ParsedKind(Kind):
    """A value that one function parses from a text, a list or a mapping."""

    def __init__(self, what: str, parse: Callable[[Any], Any], write: Callable[[Any], Any], *, items: bool = False):
        self.what, self.parse, self._write, self._items = what, parse, write, items
        self.loose = True

    def _parse(self, node: Node, report: Report) -> Any:
        try:
            return self.parse(plain(node))
        except BadValue as error:
            return report.add(error.code, error.message, node, error.hint)

    def scalar(self, node: Scalar, report: Report) -> Any:
        """By the parser."""
        return self._parse(node, report)

    def entries(self, node: Entries, report: Report) -> Any:
        """By the parser."""
        return self._parse(node, report)

    def items(self, node: Items, report: Report) -> Any:
        """By the parser, where lists are a form of the value."""
        return self._parse(node, report) if self._items else self.wrong(node, report)

    def ready(self, node: Ready, report: Report) -> Any:
        """A finished value."""
        return node.value

    def write(self, value: Any) -> Any:
        """As the value writes itself."""
        return self._write(value)

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """A text, a number or an object."""
        return {"type": ["string", "number", "object"]}


def _canonical(value: Any) -> Any:
    return value.canonical() if hasattr(value, "canonical") else str(value)


RECURRENCE: Final = ParsedKind(
    "a recurrence: week on fri, month on 22, or {every: …, holidays: …}",
    _lazy("recurrence", "parse_recurrence"),
    _canonical,
)
RECURRENCES: Final = ListOf(RECURRENCE, "a recurrence, or a list of them", single=True)
DISTRIBUTION: Final = ParsedKind(
    "a distribution: 0.8, {low, likely, high}, {uniform: [a, b]}",
    _lazy("distributions", "parse_number_distribution"),
    _canonical,
)
LASTING: Final = ParsedKind(
    "a distribution of durations: 2d, {low: 1d, likely: 2d, high: 5d}",
    _lazy("distributions", "parse_duration_distribution"),
    _canonical,
)
ANY_DISTRIBUTION: Final = ParsedKind("a distribution", _lazy("distributions", "parse_distribution"), _canonical)


def _linear(text: str) -> str:
    if text != "linear":
        raise BadValue(f"{text[:60]!r} is no curve", "linear, or a mapping from moment to share")
    return text


CURVE: Final = Either(
    "`linear`, or a mapping from moment to share",
    [ScalarKind("`linear`", _linear, (str,), schema={"const": "linear"})],
    text_map(NUMBER, "a mapping from moment to share", ordered=True),
)
HORIZON: Final = Either("a date or a duration", [DURATION, MOMENT])
WITHIN: Final = DATA_SECTION
