"""What the plan's reader reads: nodes with places, made from YAML text or from Python values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from campaignflow.plan.problems import Place

__all__ = ["Entries", "Items", "Node", "Ready", "Scalar", "Source", "lift", "written"]


class Source:
    """A text and its name, for places and excerpts."""

    __slots__ = ("_lines", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self._lines: list[str] | None = None

    def line(self, number: int) -> str:
        """The text of a line, counted from 0; empty beyond the end."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines[number].rstrip("\r")[:400] if number < len(self._lines) else ""


class _Placed:
    """What all nodes know: a source (None: built in Python), line and column counted from 0."""

    __slots__ = ("column", "line", "source")

    source: Source | None
    line: int
    column: int

    def place(self) -> Place | None:
        """Where it stands, counted from 1."""
        return Place(self.source.name, self.line + 1, self.column + 1) if self.source else None

    def excerpt(self) -> str | None:
        """The line it stands on."""
        return self.source.line(self.line) if self.source else None


class Scalar(_Placed):
    """A text as written; `plain` says that it stood without quotes."""

    __slots__ = ("plain", "text")

    def __init__(self, text: str, plain: bool, source: Source | None = None, line: int = 0, column: int = 0) -> None:
        self.text, self.plain, self.source, self.line, self.column = text, plain, source, line, column


class Items(_Placed):
    """A list of nodes."""

    __slots__ = ("items",)

    def __init__(self, items: list[Node], source: Source | None = None, line: int = 0, column: int = 0) -> None:
        self.items, self.source, self.line, self.column = items, source, line, column


class Entries(_Placed):
    """A mapping: keys with their places, and the nodes behind them, in order."""

    __slots__ = ("entries",)

    def __init__(
        self, entries: list[tuple[Scalar, Node]], source: Source | None = None, line: int = 0, column: int = 0
    ) -> None:
        self.entries, self.source, self.line, self.column = entries, source, line, column

    def get(self, name: str) -> Node | None:
        """The node behind a key, or None."""
        return next((node for key, node in self.entries if key.text == name), None)


class Ready(_Placed):
    """A value that a Python caller has made already."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value, self.source, self.line, self.column = value, None, 0, 0


Node: TypeAlias = Scalar | Items | Entries | Ready


def written(value: object) -> str | None:
    """A plain Python value as the plan language writes it; None where there is no such form.

    Floats go by their shortest form, so that `0.1` means 0.1.

    >>> written(0.1), written(True), written(date(2026, 4, 1)), written(object())
    ('0.1', 'true', '2026-04-01', None)
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 100 else str(value)
    if isinstance(value, datetime):
        return None if value.tzinfo is not None else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else None


def lift(value: object) -> Node:
    """A Python value as a node: texts, numbers, flags, dates, lists and mappings; None is a gap.

    >>> lift({"needs": ["kick-off"]}).entries[0][0].text
    'needs'
    """
    if value is None:
        return Scalar("~", plain=True)
    text = written(value)
    if text is not None:
        return Scalar(text, plain=not isinstance(value, str))
    if isinstance(value, Mapping) and not hasattr(value, "gap"):
        return Entries([(Scalar(str(key), plain=False), lift(entry)) for key, entry in value.items()])
    if isinstance(value, list | tuple):
        return Items([lift(item) for item in value])
    return Ready(value)
