"""Conditions of counts: what the item alone decides, what an index can look up, and the rest."""

from __future__ import annotations

from collections.abc import Sequence

from campaignflow.plan.expressions.operations import Run, joined
from campaignflow.plan.expressions.syntax import Logic, Node, unparse
from campaignflow.plan.expressions.terms import Aggregate, Condition, Expression, Key, Term, decided, reads_of
from campaignflow.plan.expressions.types import FLAG, Type

__all__ = ["aggregates_of", "condition_of", "conjuncts", "expression_of", "measure_of"]

_KEYED = frozenset({"item", "text", "flag", "number"})  # equal exactly if they hash alike; days may come as moments


def conjuncts(node: Node) -> tuple[Node, ...]:
    """The parts that `and` joins, however they are bracketed."""
    if isinstance(node, Logic) and node.operator == "and":
        return tuple(part for operand in node.operands for part in conjuncts(operand))
    return (node,)


def expression_of(term: Term, text: str | None = None) -> Expression:
    """A term that stands alone."""
    return Expression(
        unparse(term.node) if text is None else text, term.type, term.reads, term.by_time, term.run, term.aggregates
    )


def condition_of(register: str, parts: Sequence[Term]) -> Condition:
    """The condition that all these terms make together."""
    static = [part for part in parts if part.is_item_alone]
    keys = {id(part): key for part in parts if not part.is_item_alone and (key := _key(part))}
    rest = [part for part in parts if not part.is_item_alone and id(part) not in keys]
    return Condition(
        register,
        _text(parts),
        FLAG,
        reads_of(parts),
        any(part.by_time for part in parts),
        _all(parts),
        _together(static),
        tuple(keys[id(part)] for part in parts if id(part) in keys),
        _together(rest),
    )


def measure_of(register: str, term: Term) -> Condition:
    """What `mean`, `total` and their kin measure of each item."""
    alone = expression_of(term)
    static, rest = (alone, None) if term.is_item_alone else (None, alone)
    return Condition(register, alone.text, term.type, term.reads, term.by_time, term.run, static, (), rest)


def aggregates_of(parts: Sequence[Term]) -> tuple[Aggregate, ...]:
    """The counts within these terms."""
    return tuple(each for part in parts for each in part.aggregates)


def _all(parts: Sequence[Term]) -> Run:
    """Each part decides on its own, so that the item is left out for a blank whatever else is unknown."""
    runs = [decided(part.run) for part in parts]
    return runs[0] if len(runs) == 1 else joined("and", runs)


def _text(parts: Sequence[Term]) -> str:
    return unparse(parts[0].node) if len(parts) == 1 else unparse(Logic("and", tuple(part.node for part in parts)))


def _together(parts: Sequence[Term]) -> Expression | None:
    if not parts:
        return None
    by_time = any(part.by_time for part in parts)
    return Expression(_text(parts), FLAG, reads_of(parts), by_time, _all(parts), aggregates_of(parts))


def _key(part: Term) -> Key | None:
    if len(part.sides) == 1 and part.sides[0].is_item_alone:
        return Key(expression_of(part.sides[0]), None, "period")
    if len(part.sides) != 2:
        return None
    for mine, other in (part.sides, part.sides[::-1]):
        if _is_own(mine) and other.is_outer_alone and not other.constant and _hash_alike(mine.type, other.type):
            return Key(expression_of(mine), expression_of(other))
    return None


def _is_own(term: Term) -> bool:
    return term.is_item_alone and bool(term.reads)


def _hash_alike(one: Type, two: Type) -> bool:
    return one.kind == two.kind and one.kind in _KEYED
