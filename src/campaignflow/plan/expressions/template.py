"""Texts with expressions in them: `{event.value} hours on {event.at}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from attrs import frozen

from campaignflow.plan.expressions.compile import compile_expression
from campaignflow.plan.expressions.faults import ExpressionError, Fault
from campaignflow.plan.expressions.schema import Schema
from campaignflow.plan.expressions.terms import Expression
from campaignflow.plan.expressions.values import Ref, Scope, Unknown, Value
from campaignflow.plan.values import Amount, format_number

__all__ = ["Template", "compile_text", "plain"]

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def plain(value: Value) -> str:
    """A value for a reader: the unknown as `–`, numbers without trailing zeros, dates as ISO, lists with commas.

    >>> plain(Decimal("2.50")), plain(Unknown.of("given.limit")), plain(True), plain(("a", Decimal(1)))
    ('2.5', '–', 'yes', 'a, 1')
    """
    match value:
        case Unknown():
            return "–"
        case bool():
            return "yes" if value else "no"
        case Decimal() | int():
            return format_number(Decimal(value))
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case date() | Amount():
            return str(value)
        case Ref():
            return value.id
        case tuple():
            return ", ".join(map(plain, value))
    return value


@frozen(eq=False)
class Template:
    """A text that inserts values.

    Attributes:
        text: as the author wrote it.
        pieces: plain texts and expressions, in turn.
        reads, uses_time: as of an expression, over all of them.
    """

    text: str
    pieces: tuple[str | Expression, ...]
    reads: frozenset[str]
    uses_time: bool

    def render(self, scope: Scope, format: Callable[[Value], str] = plain) -> str:  # noqa: A002 - the caller's word
        """The text with its values.

        Args:
            scope: what answers.
            format: how a value is shown; dates go by the recipient's language, which the caller knows.
        """
        return "".join(piece if isinstance(piece, str) else format(piece.evaluate(scope)) for piece in self.pieces)

    def __str__(self) -> str:
        return self.text


def compile_text(text: str, schema: Schema) -> Template:
    """A text whose `{…}` are expressions of any type; `{{` and `}}` stand for braces.

    Raises:
        ExpressionError: all faults of all its expressions, and braces without a partner, with offsets in the text.
    """
    pieces: list[str | Expression] = []
    faults: list[Fault] = []
    position = 0
    for match in _PIECE.finditer(text):
        pieces.append(text[position : match.start()])
        position = match.end()
        pieces.append(_piece(match, schema, faults))
    pieces.append(text[position:])
    if faults:
        raise ExpressionError(text, faults)
    expressions = [piece for piece in pieces if isinstance(piece, Expression)]
    reads = frozenset[str]().union(*(expression.reads for expression in expressions))
    by_time = any(expression.uses_time for expression in expressions)
    return Template(text, tuple(piece for piece in pieces if piece != ""), reads, by_time)


def _piece(match: re.Match[str], schema: Schema, faults: list[Fault]) -> str | Expression:
    if match.group() in ("{{", "}}"):
        return match.group()[0]
    if match.group(1) is None:
        message = f"{match.group()} without its partner"
        faults.append(
            Fault("CF401", match.start(), 1, message, "a brace that is meant as such is written twice: {{ }}")
        )
        return ""
    try:
        return compile_expression(match.group(1), schema, "any")
    except ExpressionError as error:
        faults.extend(_moved(fault, match.start(1)) for fault in error.faults)
        return ""


def _moved(fault: Fault, by: int) -> Fault:
    return Fault(fault.code, fault.offset + by, fault.length, fault.message, fault.hint, fault.severity)
