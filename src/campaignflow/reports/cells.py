"""Tables as values: what stands in which cell, and in which tone; the template only lays them out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from attrs import frozen

from campaignflow.reports.names import Names

__all__ = ["MOST_ROWS", "Cell", "Table", "cell", "limited"]

MOST_ROWS = 1000
"""So many rows of a table are shown; how many more there are is said below it. A page stays a page."""

T = TypeVar("T")


@frozen
class Cell:
    """One cell.

    Attributes:
        text: what it says. tone: `good`, `bad`, `warn`, `quiet` or empty. form: `num`, `date`, `mono`, `long` or empty.
        note: a second, quiet line. depth: how far it is indented.
    """

    text: str
    tone: str = ""
    form: str = ""
    note: str = ""
    depth: int = 0


@frozen
class Table:
    """One table.

    Attributes:
        caption: what it shows. head: the columns. rows: the first cell of each is the row's heading.
        more: how many rows were left out, in words.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str = ""
    intro: str = ""


def cell(text: str, form: str = "", tone: str = "", note: str = "", depth: int = 0) -> Cell:
    """A cell; an empty one shows a quiet dash."""
    return Cell(text, tone, form, note, depth) if text or note else Cell("–", "quiet", form)


def limited(
    names: Names,
    caption: str,
    head: Iterable[str],
    items: Sequence[T],
    row: Callable[[T], Iterable[Cell]],
    intro: str = "",
) -> Table:
    """The table of a row for each item, the first `MOST_ROWS` of them. Columns are named by the report's words."""
    left = len(items) - MOST_ROWS
    return Table(
        caption,
        tuple(names.words.get(each, each) for each in head),
        tuple(tuple(row(each)) for each in items[:MOST_ROWS]),
        names.words["more"].format(n=left) if left > 0 else "",
        intro,
    )
