"""The kinds of time and chance: windows, moments, recurrences, distributions, curves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from campaignflow.plan.distributions import (
    Distribution,
    parse_distribution,
    parse_duration_distribution,
    parse_number_distribution,
)
from campaignflow.plan.kinds import Kind, Report, ScalarKind, Schemas
from campaignflow.plan.kinds_made import Either, ListOf
from campaignflow.plan.model_kinds import DATA_SECTION, DURATION, NUMBER, text_map
from campaignflow.plan.nodes import Entries, Items, Node, Ready, Scalar
from campaignflow.plan.recurrence import Recurrence, parse_recurrence
from campaignflow.plan.time import Moment, Window, parse_moment, parse_window
from campaignflow.plan.values import BadValue

__all__ = ["ANY_DISTRIBUTION", "CURVE", "DISTRIBUTION", "HORIZON", "LASTING", "MOMENT", "RECURRENCES", "WINDOW",
           "WITHIN"]  # fmt: skip


WINDOW: Final = ScalarKind(
    "a window: 2026-04-01/2026-04-07, start/+100cd, 4月1日—4月7日, until 20 April",
    parse_window,
    (Window,),
    str,
    loose=True,
)
MOMENT: Final = ScalarKind(
    "a date or moment: 2026-04-20, 4月20日, d-day - 10w", parse_moment, (Moment,), str, loose=True
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
    """A value that one function parses from a text or a mapping.

    Args:
        what: in words. parse: from text, lists and dicts to the value; raises BadValue.
        cls: of finished values.
    """

    def __init__(self, what: str, parse: Callable[[Any], Any], cls: type) -> None:
        self.what, self.parse, self.cls = what, parse, cls
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

    def ready(self, node: Ready, report: Report) -> Any:
        """A finished value."""
        return node.value if isinstance(node.value, self.cls) else self.wrong(node, report)

    def write(self, value: Any) -> Any:
        """As the value writes itself."""
        return value.canonical()

    def schema(self, schemas: Schemas) -> dict[str, Any]:
        """A text, a number or an object."""
        return {"type": ["string", "number", "object"]}


RECURRENCE: Final = ParsedKind(
    "a recurrence: week on fri, month on 22, or {every: …, holidays: …}",
    parse_recurrence,
    Recurrence,
)
RECURRENCES: Final = ListOf(RECURRENCE, "a recurrence, or a list of them", single=True)
DISTRIBUTION: Final = ParsedKind(
    "a distribution: 0.8, {low, likely, high}, {uniform: [a, b]}",
    parse_number_distribution,
    Distribution,
)
LASTING: Final = ParsedKind(
    "a distribution of durations: 2d, {low: 1d, likely: 2d, high: 5d}",
    parse_duration_distribution,
    Distribution,
)
ANY_DISTRIBUTION: Final = ParsedKind("a distribution", parse_distribution, Distribution)


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
