"""Registers' items from a table: `items: sites.csv` beside the plan file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from campaignflow.plan.nodes import Entries, Items, Node, Scalar, Source
from campaignflow.plan.problems import Problem
from campaignflow.plan.yaml import DEFAULT_LIMITS, decode

__all__ = ["read_tables"]


def read_tables(root: Node, folder: Path) -> list[Problem]:
    """Puts the rows of each `registers: R: items: FILE.csv` in place of the file's name.

    The first column is `id`; the others are fields; an empty cell is an absent field. A file outside the plan's folder
    is refused.
    """
    problems: list[Problem] = []
    registers = root.get("registers") if isinstance(root, Entries) else None
    for _, register in registers.entries if isinstance(registers, Entries) else []:
        if not isinstance(register, Entries):
            continue
        for index, (key, node) in enumerate(register.entries):
            if key.text == "items" and isinstance(node, Scalar) and node.text.lower().endswith(".csv"):
                rows = _read(node, folder, problems)
                register.entries[index] = (key, rows)
    return problems


def _read(node: Scalar, folder: Path, problems: list[Problem]) -> Items:
    empty = Items([], node.source, node.line, node.column)
    path = (folder / node.text).resolve()
    if not path.is_relative_to(folder.resolve()):
        problems.append(_problem("CF111", f"{node.text!r} is outside the plan's folder", node, "move it there"))
        return empty
    try:
        data = path.read_bytes()
    except OSError as error:
        problems.append(_problem("CF111", f"{node.text!r}: {error.strerror or error}", node, None))
        return empty
    text, bad = decode(data, node.text)
    if bad is not None or len(data) > DEFAULT_LIMITS.size:
        problems.append(bad or _problem("CF105", f"{node.text!r} is too large", node, None))
        return empty
    return _rows(text, node, problems)


def _rows(text: str, node: Scalar, problems: list[Problem]) -> Items:
    source = Source(node.text, text)
    reader = csv.reader(io.StringIO(text), strict=True)
    items: list[Node] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if "id" not in header or len(set(header)) != len(header):
            problems.append(_problem("CF116", f"{node.text!r}: the first line names the columns", node, "one is `id`"))
            return Items([], node.source, node.line, node.column)
        for row in reader:
            line = reader.line_num - 1
            if any(row):
                items.append(_row(header, row, Scalar("", False, source, line, 0), problems))
    except csv.Error as error:
        problems.append(_problem("CF116", f"{node.text!r}, line {reader.line_num}: {error}", node, None))
    return Items(items, source, 0, 0)


def _row(header: list[str], row: list[str], at: Scalar, problems: list[Problem]) -> Entries:
    if len(row) != len(header):
        message = f"{len(row)} cells under {len(header)} columns"
        problems.append(_problem("CF116", message, at, "quote a cell that holds a comma"))
    entries: list[tuple[Scalar, Node]] = []
    for name, cell in zip(header, row, strict=False):
        if cell:
            key = Scalar(name, False, at.source, at.line, 0)
            entries.append((key, Scalar(cell, cell == "~", at.source, at.line, 0)))
    return Entries(entries, at.source, at.line, 0)


def _problem(code: str, message: str, node: Node, hint: str | None) -> Problem:
    return Problem(code, "error", message, node.place(), hint, node.excerpt())
