"""Calls of functions: how many arguments, what the call gives, and the closure that asks the scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from campaignflow.plan.expressions.arguments import RULES, CallState
from campaignflow.plan.expressions.operations import MATH, Run, constant
from campaignflow.plan.expressions.schema import Function, Parameter
from campaignflow.plan.expressions.syntax import Call, Name
from campaignflow.plan.expressions.terms import Aggregate, Term
from campaignflow.plan.expressions.types import ANY, FLAG, MOMENT, NUMBER, TEXT, Type, one_of
from campaignflow.plan.expressions.values import Scope, Unknown, merged
from campaignflow.plan.near import suggestion

if TYPE_CHECKING:
    from campaignflow.plan.expressions.checker import Checker

__all__ = ["check_call"]


def check_call(checker: Checker, node: Call) -> Term:
    """The term of a call."""
    function = checker.schema.functions.get(node.function)
    place = Name(node.function, offset=node.offset, length=len(node.function))
    if function is None:
        hint = suggestion(node.function, sorted(checker.schema.functions))
        return checker.wrong("CF402", place, f"there is no function {node.function!r}", hint)
    misplaced = _misplaced(checker, function)
    if misplaced:
        return checker.wrong("CF402", place, misplaced)
    if not _fits(function, len(node.arguments)):
        message = f"{function.shown} was given {len(node.arguments)} argument{'s' * (len(node.arguments) != 1)}"
        return checker.wrong("CF403", node, message, "square brackets hold what may be left out")
    state = CallState(checker, node, function)
    for argument, parameter in zip(node.arguments, _spread(function, len(node.arguments)), strict=True):
        state.arguments.append(RULES[parameter.kind](state, argument))
    _require_whole(state)
    return _term(state)


def _misplaced(checker: Checker, function: Function) -> str | None:
    if function.own and checker.own is None:
        return f"{function.id}(…) is about an item: it stands only in a condition, as count(REGISTER, {function.shown})"
    if function.id == "in_period" and "period.start" not in checker.schema.facts:
        return "in_period(…) stands only in what has `every`: elsewhere there is no period"
    return None


def _fits(function: Function, given: int) -> bool:
    variadic = function.parameters[-1].kind == "numbers"
    return function.least <= given and (variadic or given <= len(function.parameters))


def _spread(function: Function, given: int) -> tuple[Parameter, ...]:
    missing = given - len(function.parameters)
    return (function.parameters + function.parameters[-1:] * max(missing, 0))[:given]


def _require_whole(state: CallState) -> None:
    measured = state.measured
    if measured is not None and len(state.arguments) == 1 and not measured.whole:
        message = f"{measured.id!r} has a value for each of its `for-each`, and no whole"
        hint = f"say whose: {state.function.id}({measured.id!r}, each); or give it a roll-up"
        state.checker.report("CF410", state.node, message, hint)


# ----------------------------------------------------------------------------------------------------------------- term
def _term(state: CallState) -> Term:
    function, arguments = state.function, state.arguments
    terms = [argument.term for argument in arguments if argument.term is not None]
    fixed = None if terms else tuple(argument.fixed for argument in arguments)
    run = _asked(function.id, fixed) if fixed is not None else _run(state)
    return Term(
        _result(state),
        run,
        state.node,
        _reads(state, terms),
        _is_by_time(state, terms),
        any(term.loose for term in terms),
        constant=function.id in MATH and all(term.constant for term in terms),
        sides=tuple(terms[:1]) if function.id == "in_period" else (),
        aggregates=_aggregates(state, terms, fixed),
    )


def _reads(state: CallState, terms: Sequence[Term]) -> frozenset[str]:
    function = state.function
    reads = state.reads.union(*(term.reads for term in terms), *(argument.reads for argument in state.arguments))
    if function.own:
        return reads | {f".{function.id}"}
    return reads if state.reads or function.id in MATH else reads | {function.id}


def _is_by_time(state: CallState, terms: Sequence[Term]) -> bool:
    says_when = state.function.id == "during" and len(state.arguments) == 2
    return (
        (state.function.by_time and not says_when)
        or any(term.by_time for term in terms)
        or any(argument.by_time for argument in state.arguments)
    )


def _aggregates(state: CallState, terms: Sequence[Term], fixed: tuple[object, ...] | None) -> tuple[Aggregate, ...]:
    inner = tuple(each for term in terms for each in term.aggregates)
    inner += tuple(each for argument in state.arguments for each in argument.aggregates)
    if fixed is None or state.register is None or state.function.parameters[0].kind != "register":
        return inner
    return (*inner, Aggregate(state.function.id, state.register.id, fixed))


def _result(state: CallState) -> Type:
    match state.function.result:
        case "grade" if state.measured and state.measured.grades:
            return one_of(f"grade of {state.measured.id}", *state.measured.grades)
        case "state" if state.register and state.register.states is not None:
            return one_of(f"state of {state.register.id}", *state.register.states)
        case "like" | "stock":
            return state.type or ANY
    return {"flag": FLAG, "moment": MOMENT, "number": NUMBER}.get(state.function.result, TEXT)


# ------------------------------------------------------------------------------------------------------------- closures
def _asked(name: str, arguments: tuple[object, ...]) -> Run:
    def run(scope: Scope) -> Any:
        return scope.call(name, arguments)

    return run


def _run(state: CallState) -> Run:
    runs = [argument.term.run if argument.term else constant(argument.fixed) for argument in state.arguments]
    name = state.function.id
    if name in MATH:
        return _called(runs, lambda scope, values: _computed(name, values))
    return _called(runs, lambda scope, values: scope.call(name, values))


def _called(runs: Sequence[Run], call: Callable[[Scope, tuple[Any, ...]], Any]) -> Run:
    def run(scope: Scope) -> Any:
        values = tuple([argument(scope) for argument in runs])
        for value in values:
            if value.__class__ is Unknown:
                return merged(values)
        return call(scope, values)

    return run


def _computed(name: str, values: tuple[Any, ...]) -> Any:
    try:
        return MATH[name](*values)
    except (ArithmeticError, TypeError):
        return Unknown.of(f"{name}({', '.join(map(str, values))})")
