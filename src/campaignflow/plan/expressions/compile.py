"""The door: from a text and a schema to an expression that can be evaluated."""

from __future__ import annotations

from campaignflow.plan.expressions.checker import Checker
from campaignflow.plan.expressions.conditions import expression_of
from campaignflow.plan.expressions.faults import ExpressionError, Fault
from campaignflow.plan.expressions.parser import parse, parse_test
from campaignflow.plan.expressions.schema import Schema
from campaignflow.plan.expressions.syntax import Node
from campaignflow.plan.expressions.terms import Expression, Term

__all__ = ["compile_expression", "compile_test"]

_DUE = {
    "flag": ("a yes/no", ("flag",)),
    "number": ("a number", ("number", "amount")),
    "text": ("a text", ("text",)),
    "day": ("a date or moment", ("date", "moment")),
}


def compile_expression(text: str, schema: Schema, expects: str = "flag") -> Expression:
    """Check an expression against what may be named where it stands, once; the result evaluates often.

    Args:
        text: the expression, at most 2,000 characters, 400 words and signs, 32 levels.
        schema: facts, registers, functions and ids; `campaignflow.plan.facts` builds it from a plan.
        expects: what it must give: `flag` (a yes/no), `number` (or an amount), `text`, `day` (a date or moment), `any`.

    Returns:
        The expression, with its type, what it reads, and warnings.

    Raises:
        ExpressionError: every fault, each with code, offset, length, message and hint.
    """
    return _compiled(text, parse(text), schema, expects)


def compile_test(text: str, schema: Schema, subject: str = "value", *, bare_number: bool = False) -> Expression:
    """Check a test: `>= 80%`, of which the subject is supplied, or a whole expression that gives a yes/no.

    Args:
        text: the test.
        schema: as for `compile_expression`; it must have the subject as a fact.
        subject: what `>= 80%` is said of.
        bare_number: whether a number alone means `>=` it, as in `grades`.

    Raises:
        ExpressionError: as for `compile_expression`.
    """
    return _compiled(text, parse_test(text, subject, bare_number=bare_number), schema, "flag")


def _compiled(text: str, node: Node, schema: Schema, expects: str) -> Expression:
    checker = Checker(schema, schema.register(schema.own) if schema.own else None)
    term = checker.value(node)
    if not any(fault.severity == "error" for fault in checker.faults):
        _require(checker, term, expects)
    errors = [fault for fault in checker.faults if fault.severity == "error"]
    if errors:
        raise ExpressionError(text, errors)
    warnings = tuple(sorted(checker.faults, key=lambda fault: (fault.offset, fault.code)))
    return _expression(text, term, warnings)


def _expression(text: str, term: Term, warnings: tuple[Fault, ...]) -> Expression:
    alone = expression_of(term, text)
    return Expression(text, alone.type, alone.reads, alone.uses_time, alone.evaluate, alone.aggregates, warnings)


def _require(checker: Checker, term: Term, expects: str) -> None:
    if expects == "any" or term.type.kind == "any":
        return
    due, kinds = _DUE[expects]
    if term.type.kind in kinds:
        return
    hint = "compare it: == 0, >= 80%" if expects == "flag" and term.type.is_numeric else None
    checker.report("CF404", term.node, f"{due} is due here, but this is {term.type}", hint)
