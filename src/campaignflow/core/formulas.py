"""Expressions of the plan, compiled once for each place and read over a campaign's facts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from campaignflow.core.compiled import Compiled
from campaignflow.core.facts import Facts
from campaignflow.plan.expressions import (
    Expression,
    Template,
    Unknown,
    Value,
    compile_expression,
    compile_test,
    compile_text,
)
from campaignflow.plan.facts import Place, PlanFacts

__all__ = ["expression", "flag", "number", "template", "test", "value", "verdict"]


def expression(compiled: Compiled, text: str, place: Place, expects: str = "any") -> Expression:
    """The compiled form of an expression at one place of the plan.

    Raises:
        PlanError: it does not parse or type there; plans are checked when read, so only texts from elsewhere can.
    """
    key = ("expression", text, place, expects)
    found = compiled.memo.get(key)
    if found is None:
        found = compiled.memo[key] = compile_expression(text, _schema(compiled, place), expects)
    return found


def test(compiled: Compiled, text: str, place: Place, subject: str = "value", *, bare: bool = False) -> Expression:
    """The compiled form of a test such as `>= 80%`."""
    key = ("test", text, place, subject, bare)
    found = compiled.memo.get(key)
    if found is None:
        found = compiled.memo[key] = compile_test(text, _schema(compiled, place), subject, bare_number=bare)
    return found


def template(compiled: Compiled, text: str, place: Place) -> Template:
    """The compiled form of a text with `{…}` in it."""
    key = ("template", text, place)
    found = compiled.memo.get(key)
    if found is None:
        found = compiled.memo[key] = compile_text(text, _schema(compiled, place))
    return found


def _schema(compiled: Compiled, place: Place) -> Any:
    key = ("schema", place)
    found = compiled.memo.get(key)
    if found is None:
        facts = compiled.memo.get("plan facts")
        if facts is None:
            facts = compiled.memo["plan facts"] = PlanFacts(compiled.plan)
        found = compiled.memo[key] = facts.schema(place)
    return found


def value(facts: Facts, text: str, place: Place) -> Value:
    """What an expression gives now."""
    return expression(facts.compiled, text, place).evaluate(facts)


def flag(facts: Facts, text: str, place: Place) -> bool | Unknown:
    """Whether an expression holds now; Unknown names what it waits for."""
    return verdict(expression(facts.compiled, text, place, "flag").evaluate(facts))


def verdict(found: Value) -> bool | Unknown:
    """A value that was typed as yes/no."""
    return found if isinstance(found, bool | Unknown) else found is True


def number(facts: Facts, text: str, place: Place) -> Decimal | Unknown:
    """What a numeric expression gives now."""
    found = expression(facts.compiled, text, place, "number").evaluate(facts)
    return found if isinstance(found, Unknown) else Decimal(found)  # type: ignore[arg-type]  # typed as a number
