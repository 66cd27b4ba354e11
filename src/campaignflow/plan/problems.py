"""What is wrong with a text, and where: one value for every message that a plan's author sees."""

from __future__ import annotations

import unicodedata
from typing import Any, Literal

from attrs import frozen

__all__ = ["Gap", "Place", "Problem", "Severity", "by_place"]

Severity = Literal["error", "warning", "gap"]


@frozen
class Place:
    """A position in a text; lines and columns count characters from 1.

    >>> str(Place("plan.yaml", 3, 7))
    'plan.yaml:3:7'
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@frozen
class Problem:
    """One thing that is wrong, doubtful or missing.

    Attributes:
        code: `CF106` and its like; each has a page in the documentation.
        severity: `error` (the plan cannot be used), `warning`, or `gap` (it cannot be started yet).
        message: what was found, in words.
        place: where, or None for a plan that was built in Python.
        hint: what would be right, or None.
        excerpt: the line of the text, or None.
        path: the same place in the plan's own terms, `phases.advance.window`.
    """

    code: str
    severity: Severity
    message: str
    place: Place | None = None
    hint: str | None = None
    excerpt: str | None = None
    path: str = ""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{self.code} {self.severity}: {self.message}{hint}"

    def render(self) -> str:
        """Several lines for a person: the problem, the line it is on with a caret, the advice.

        >>> print(Problem("CF106", "error", "unknown key 'tittle'", Place("p.yaml", 2, 3), "did you mean 'title'?",
        ...               "  tittle: x").render())
        p.yaml:2:3: CF106 error: unknown key 'tittle'
          |   tittle: x
          |   ^
          = did you mean 'title'?
        """
        where = f"{self.place}: " if self.place else f"{self.path}: " if self.path else ""
        lines = [f"{where}{self.code} {self.severity}: {self.message}"]
        if self.excerpt is not None and self.place is not None:
            lines += [f"  | {self.excerpt}", f"  | {_indent(self.excerpt, self.place.column)}^"]
        if self.hint:
            lines.append(f"  = {self.hint}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The problem as `check --json` prints it.

        >>> Problem("CF801", "gap", "not known", path="year").as_json()["path"]
        'year'
        """
        return {
            "code": self.code,
            "severity": self.severity,
            "line": self.place.line if self.place else None,
            "column": self.place.column if self.place else None,
            "message": self.message,
            "hint": self.hint,
            "path": self.path,
            "file": self.place.file if self.place else None,
        }


@frozen
class Gap:
    """A value that is known to be missing.

    Attributes:
        path: where it belongs, as a fill file names it.
        place: where the text says so, or None.
        text: the placeholder as written, or `~`.
        needed_by: what needs it, in words (`3 windows`), or None.
        later: the phase by whose entry it must be known, or None: before the start.
    """

    path: str
    place: Place | None
    text: str
    needed_by: str | None = None
    later: str | None = None


def _indent(excerpt: str, column: int) -> str:
    """Blanks as wide as what stands before the column; Chinese characters are two columns wide in a terminal."""
    before = excerpt[: column - 1]
    return "".join(
        "\t" if char == "\t" else " " * (1 + (unicodedata.east_asian_width(char) in "WF")) for char in before
    )


def by_place(problems: list[Problem]) -> list[Problem]:
    """The problems in the order in which a reader of the text meets them; those without a place come last."""

    def key(problem: Problem) -> tuple[bool, str, int, int, str]:
        place = problem.place
        return (place is None, place.file if place else "", place.line if place else 0,
                place.column if place else 0, problem.code)  # fmt: skip

    return sorted(dict.fromkeys(problems), key=key)
