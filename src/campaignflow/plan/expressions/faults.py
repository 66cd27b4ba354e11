"""What is wrong with an expression: a code, a stretch of its text, a sentence, a hint."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from campaignflow.errors import PlanError
from campaignflow.plan.problems import Problem, Severity

__all__ = ["ExpressionError", "Fault", "fault_error"]


@frozen
class Fault:
    """One thing that is wrong, at a place within the expression's own text.

    Attributes:
        code: problem code, `CF401` to `CF410`.
        offset, length: the stretch that a caret line underlines, in characters.
        message: what was found.
        hint: what would be right, or None.
        severity: `error` or `warning`.
    """

    code: str
    offset: int
    length: int
    message: str
    hint: str | None = None
    severity: Severity = "error"

    def caret(self, text: str) -> str:
        """The line of the expression and under it the stretch that is meant.

        >>> print(Fault("CF402", 0, 4, "there is no fact 'findins'").caret("findins.open"))
        findins.open
        ^^^^
        """
        start = text.rfind("\n", 0, self.offset) + 1
        end = text.find("\n", self.offset)
        line = text[start : end if end >= 0 else len(text)]
        before = "".join("\t" if character == "\t" else " " for character in line[: self.offset - start])
        return f"{line}\n{before}{'^' * max(1, min(self.length, len(line) - len(before) or 1))}"


class ExpressionError(PlanError):
    """An expression that cannot be used.

    Attributes:
        text: the expression.
        faults: every fault, each with its offset and length in the text.
        problems: the same as problems of a plan, without a place in a file.
    """

    def __init__(self, text: str, faults: Iterable[Fault]) -> None:
        self.text = text
        self.faults: tuple[Fault, ...] = tuple(sorted(faults, key=lambda fault: (fault.offset, fault.code)))
        super().__init__(_problem(text, fault) for fault in self.faults)


def fault_error(text: str, *faults: Fault) -> ExpressionError:
    """The error to raise for these faults."""
    return ExpressionError(text, faults)


def _problem(text: str, fault: Fault) -> Problem:
    return Problem(
        code=fault.code,
        severity=fault.severity,
        message=f"{fault.message}, at character {fault.offset + 1} of {_shortened(text)}",
        hint=fault.hint,
    )


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else line[:57] + "…")
