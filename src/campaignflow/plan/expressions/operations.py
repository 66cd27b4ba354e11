"""What operators do at run time, unknowns included: each function here makes a closure over a scope.

Closures are chosen by the operands' types when the plan is read, so that numbers are compared as numbers without a
look at what they are; only what may be an amount, a day or a text takes the general way.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, DecimalException
from typing import Any, TypeAlias

from campaignflow.plan.expressions.values import CONTEXT, Ref, Scope, Unknown, merged
from campaignflow.plan.values import Amount

__all__ = [
    "MATH",
    "Run",
    "arithmetic",
    "choice",
    "compared",
    "constant",
    "inverted",
    "is_null",
    "joined",
    "membership",
    "negated",
    "same",
]

Run: TypeAlias = Callable[[Scope], Any]
"""A compiled node: asks a scope, gives a value. `Any`, because which value it gives was settled when it was checked."""

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Decimal]] = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": CONTEXT.divide,
}
_SIGNS = {"*": "×", "/": "÷"}


def constant(value: Any) -> Run:
    """Gives this value."""
    return lambda scope: value


# ---------------------------------------------------------------------------------------------------------------- logic
def joined(word: str, operands: Sequence[Run]) -> Run:
    """`and`, `or` in Kleene's logic: one operand that decides is enough, wherever it stands."""
    decides = word == "or"
    if len(operands) == 2:
        return _pair(decides, *operands)
    runs = tuple(operands)

    def run(scope: Scope) -> Any:
        unknown = None
        for operand in runs:
            value = operand(scope)
            if value is decides:
                return decides
            if value.__class__ is Unknown:
                unknown = value if unknown is None else merged((unknown, value))
        return (not decides) if unknown is None else unknown

    return run


def _pair(decides: bool, left: Run, right: Run) -> Run:
    def run(scope: Scope) -> Any:
        one = left(scope)
        if one is decides:
            return decides
        two = right(scope)
        if two is decides or one.__class__ is not Unknown:
            return two
        return merged((one, two))

    return run


def inverted(operand: Run) -> Run:
    """`not x`."""

    def run(scope: Scope) -> Any:
        value = operand(scope)
        return value if value.__class__ is Unknown else not value

    return run


def choice(test: Run, yes: Run, no: Run) -> Run:
    """`test ? yes : no`; unknown where the test is."""

    def run(scope: Scope) -> Any:
        value = test(scope)
        if value.__class__ is Unknown:
            return value
        return yes(scope) if value else no(scope)

    return run


def is_null(operand: Run, sign: str) -> Run:
    """`x == null`, `x != null`: whether there is no value, or is one; never unknown."""
    if sign == "==":
        return lambda scope: operand(scope).__class__ is Unknown
    return lambda scope: operand(scope).__class__ is not Unknown


# ----------------------------------------------------------------------------------------------------------- comparison
def compared(sign: str, left: Run, right: Run, *, direct: bool, fixed: Any = None) -> Run:
    """A comparison; `direct` where both sides are of one kind that Python compares rightly.

    Args:
        sign: `== != < <= > >=`.
        left, right: the sides.
        direct: both numbers, both texts, both flags or both items.
        fixed: the right side's value where it is a constant.
    """
    compare = _ORDERS[sign] if direct else _general(sign)
    if fixed is not None:
        return _against(compare, left, fixed)

    def run(scope: Scope) -> Any:
        one, two = left(scope), right(scope)
        if one.__class__ is Unknown or two.__class__ is Unknown:
            return merged((one, two))
        return compare(one, two)

    return run


def _against(compare: Callable[[Any, Any], Any], left: Run, fixed: Any) -> Run:
    def run(scope: Scope) -> Any:
        value = left(scope)
        return value if value.__class__ is Unknown else compare(value, fixed)

    return run


def _general(sign: str) -> Callable[[Any, Any], Any]:
    if sign == "==":
        return same
    if sign == "!=":
        return lambda one, two: not same(one, two)
    return lambda one, two: _ordered(sign, one, two)


def same(one: Any, two: Any) -> bool:
    """Whether two values of any kinds are equal, as the language has it.

    >>> same(Amount(3, "pc"), Decimal(3)), same(Ref("unit", "north"), "north"), same(Amount(3, "pc"), Amount(3, "kg"))
    (True, True, False)
    """
    if one.__class__ is Ref and isinstance(two, str):
        return two in (one.id, str(one))
    if two.__class__ is Ref and isinstance(one, str):
        return one in (two.id, str(two))
    if (one.__class__ is bool) is not (two.__class__ is bool):
        return False
    one, two = _levelled(one, two)
    return bool(one == two)


def _ordered(sign: str, one: Any, two: Any) -> Any:
    one, two = _levelled(one, two)
    if one.__class__ is Amount:
        if two.__class__ is not Amount or one.unit != two.unit:
            return _strangers(sign, one, two)
        one, two = one.number, two.number
    try:
        return _ORDERS[sign](one, two)
    except TypeError:  # only where a value was not known when the plan was read, and came as something else
        return _strangers(sign, one, two)


def _levelled(one: Any, two: Any) -> tuple[Any, Any]:
    """A moment beside a date as its local day; a number beside an amount in the amount's unit."""
    if isinstance(one, date) and isinstance(two, date):
        if isinstance(one, datetime) is not isinstance(two, datetime):
            return _day(one), _day(two)
    elif one.__class__ is Amount and isinstance(two, Decimal | int):
        return one.number, two
    elif two.__class__ is Amount and isinstance(one, Decimal | int):
        return one, two.number
    return one, two


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _strangers(sign: str, one: Any, two: Any) -> Unknown:
    return Unknown.of(f"{one} {_SIGNS.get(sign, sign)} {two}")


def membership(left: Run, right: Run, *, inside: bool) -> Run:
    """`x in list`, `x not in list`."""

    def run(scope: Scope) -> Any:
        value, values = left(scope), right(scope)
        if value.__class__ is Unknown or values.__class__ is Unknown:
            return merged((value, values))
        if values.__class__ is not tuple:  # a value not known when the plan was read, and no list
            return Unknown.of(f"{value} in {values}")
        return any(same(value, each) for each in values) is inside

    return run


# ----------------------------------------------------------------------------------------------------------- arithmetic
def arithmetic(sign: str, left: Run, right: Run, *, numbers: bool) -> Run:
    """`+ - * /` in the one context; what it cannot hold, and division by zero, is unknown.

    Args:
        sign: the operator. left, right: the sides. numbers: both are plain numbers.
    """
    apply = _ARITHMETIC[sign] if numbers else _amounts(sign)

    def run(scope: Scope) -> Any:
        one, two = left(scope), right(scope)
        if one.__class__ is Unknown or two.__class__ is Unknown:
            return merged((one, two))
        try:
            return apply(one, two)
        except (DecimalException, TypeError):
            return _strangers(sign, one, two)

    return run


def _amounts(sign: str) -> Callable[[Any, Any], Any]:
    apply = _ARITHMETIC[sign]

    def with_amounts(one: Any, two: Any) -> Any:
        first, second = one.__class__ is Amount, two.__class__ is Amount
        if not (first or second):
            return apply(one, two)
        if (first and second and one.unit != two.unit) or (sign == "*" and first and second):
            return _strangers(sign, one, two)
        result = apply(one.number if first else one, two.number if second else two)
        return result if sign == "/" and second else Amount(result, one.unit if first else two.unit)

    return with_amounts


def negated(operand: Run) -> Run:
    """`-x`."""

    def run(scope: Scope) -> Any:
        value = operand(scope)
        return value if value.__class__ is Unknown else _with_number(CONTEXT.minus)(value)

    return run


def _with_number(apply: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        if value.__class__ is Amount:
            return Amount(apply(value.number), value.unit)
        return apply(value)

    return run


def _rounded(value: Any, digits: Any = 0) -> Any:
    places = int(digits)
    if not -CONTEXT.prec < places < CONTEXT.prec:
        return Unknown.of(f"round({value}, {digits})")
    return _with_number(lambda number: Decimal(number).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, CONTEXT))(
        value
    )


def _whole(rounding: str) -> Callable[[Any], Any]:
    return _with_number(lambda number: Decimal(number).to_integral_value(rounding))


def _extreme(sign: str) -> Callable[..., Any]:
    def run(*values: Any) -> Any:
        best = values[0]
        for value in values[1:]:
            better = _ordered(sign, value, best)
            if better.__class__ is Unknown:
                return better
            best = value if better else best
        return best

    return run


MATH: dict[str, Callable[..., Any]] = {
    "abs": _with_number(lambda number: CONTEXT.abs(number)),
    "floor": _whole(ROUND_FLOOR),
    "ceil": _whole(ROUND_CEILING),
    "round": _rounded,
    "min": _extreme("<"),
    "max": _extreme(">"),
}
"""Functions of numbers alone; every other function is the scope's."""
