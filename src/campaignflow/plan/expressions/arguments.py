"""What stands between a function's brackets: one rule for each kind of parameter.

A rule checks the argument and says what the scope is given for it: a fixed value (an id, a register, a condition), or
what a term gives when the expression runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from campaignflow.plan.expressions.conditions import condition_of, conjuncts, measure_of
from campaignflow.plan.expressions.schema import Function, MeasuredId, Register
from campaignflow.plan.expressions.syntax import Call, Literal, Name, Node
from campaignflow.plan.expressions.terms import Aggregate, Condition, Term
from campaignflow.plan.expressions.types import ANY, Type, item
from campaignflow.plan.expressions.values import Ref, RegisterArg
from campaignflow.plan.near import suggestion

if TYPE_CHECKING:
    from campaignflow.plan.expressions.checker import Checker

__all__ = ["RULES", "Argument", "CallState"]


@frozen(eq=False)
class Argument:
    """What the scope is given for an argument.

    Attributes:
        fixed: a value known already, where there is no term.
        term: what gives the value.
        reads, by_time, aggregates: of the condition behind a fixed value.
    """

    fixed: object = None
    term: Term | None = None
    reads: frozenset[str] = frozenset()
    by_time: bool = False
    aggregates: tuple[Aggregate, ...] = ()


@define
class CallState:
    """What the arguments of one call settle for those after them.

    Attributes:
        checker, node, function: what is checked.
        register: the register named. measured: the indicator or scorecard named.
        reads: functions with their literal ids. type: type of what is measured or named.
    """

    checker: Checker
    node: Call
    function: Function
    register: Register | None = None
    measured: MeasuredId | None = None
    reads: frozenset[str] = frozenset()
    type: Type | None = None
    arguments: list[Argument] = field(factory=list)

    def fails(self, code: str, node: Node, message: str, hint: str | None = None) -> Argument:
        """Note a fault; the argument counts as given."""
        self.checker.report(code, node, message, hint)
        return Argument("")

    def read(self, name: str) -> None:
        """Note that the function reads what this id names."""
        self.reads |= {f"{self.function.id}:{name}"}

    def quoted(self, node: Node, what: str) -> str | None:
        """The quoted id that is due; None after noting that it is not there."""
        if isinstance(node, Literal) and isinstance(node.value, str):
            return node.value
        hint = f"ids are quoted as they stand: {node.id.replace('_', '-')!r}" if isinstance(node, Name) else None
        self.fails("CF403", node, f"{self.function.shown} takes the id of a {what}, in quotes", hint)
        return None

    def known(self, node: Node, what: str, known: Collection[str] | None) -> Argument:
        """An id in quotes that names one of these; None where these are not known."""
        found = self.quoted(node, what)
        if found is None:
            return Argument("")
        self.read(found)
        if known is not None and found not in known:
            self.checker.unknown_id(node, what, found, known)
        return Argument(found)


# ------------------------------------------------------------------------------------------------ indicators and scores
def _measured(state: CallState, node: Node, what: str, *tables: str) -> Argument:
    found = state.quoted(node, what)
    if found is None:
        return Argument("")
    state.read(found)
    schema = state.checker.schema
    kinds = {"indicator": schema.indicators, "scorecard": schema.scorecards}
    state.measured = next((kinds[table][found] for table in tables if found in kinds[table]), None)
    if state.measured is None:
        other = next((table for table in kinds if found in kinds[table]), None)
        if other:
            instead = "score" if other == "scorecard" else "value"
            return state.fails("CF405", node, f"{found!r} is a {other}", f"write {instead}({found!r})")
        state.checker.unknown_id(node, what, found, {name for table in tables for name in kinds[table]})
    return Argument(found)


def _indicator(state: CallState, node: Node) -> Argument:
    return _measured(state, node, "indicator", "indicator")


def _scorecard(state: CallState, node: Node) -> Argument:
    return _measured(state, node, "scorecard", "scorecard")


def _either(state: CallState, node: Node) -> Argument:
    return _measured(state, node, "indicator or scorecard", "indicator", "scorecard")


def _of(state: CallState, node: Node) -> Argument:
    measured = state.measured
    if measured is None:
        return _item(state, node, ANY)
    if measured.each is None:
        return state.fails("CF403", node, f"{measured.id!r} has one value, for the campaign: it is read without `of`")
    return _item(state, node, measured.each)


def _item(state: CallState, node: Node, due: Type) -> Argument:
    """An item: a quoted id, given as a reference where its register is known, or what gives one."""
    term = state.checker.value(node)
    state.checker.require_option(node, due)
    if term.type.kind not in ("item", "text", "any"):
        state.checker.mistyped(node, term.type, str(due))
    elif term.type.kind == due.kind == "item" and due.registers and term.type.registers.isdisjoint(due.registers):
        if term.type.registers:
            state.checker.mistyped(node, term.type, str(due))
    elif isinstance(node, Literal) and isinstance(node.value, str):
        return Argument(_reference(node.value, due))
    return Argument(term=term)


def _reference(id_: str, due: Type) -> object:
    if due.kind == "item" and len(due.registers) == 1:
        register = next(iter(due.registers))
        return Ref(register, id_.removeprefix(f"{register}/"))
    return id_


def _unit(state: CallState, node: Node) -> Argument:
    return _item(state, node, item("unit"))


# ------------------------------------------------------------------------------------------------------------ registers
def _register(state: CallState, node: Node) -> Argument:
    schema = state.checker.schema
    shown = state.function.shown
    if not isinstance(node, Name):
        quoted = isinstance(node, Literal) and isinstance(node.value, str)
        hint = "it stands without quotes" if quoted else None
        return state.fails("CF403", node, f"{shown} takes a register's name first", hint)
    state.register = schema.register(node.id)
    if state.register is None:
        names = sorted(register.name for register in schema.registers.values())
        return state.fails("CF402", node, f"there is no register {node.id!r}", suggestion(node.id, names))
    state.read(state.register.id)
    return Argument(RegisterArg(state.register.id))


def _is_text(node: Node) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, str)


def _register_id(state: CallState, node: Node) -> Argument:
    registers = state.checker.schema.registers.values()
    argument = state.known(node, "register", {register.id for register in registers})
    state.register = next((register for register in registers if register.id == argument.fixed), None)
    return Argument(RegisterArg(state.register.id)) if state.register else argument


def _item_of_register(state: CallState, node: Node) -> Argument:
    return _item(state, node, item(state.register.id) if state.register else ANY)


def _condition(state: CallState, node: Node) -> Argument:
    if state.register is None:
        return Argument("")
    checker = state.checker.at(state.register)
    parts = [checker.value(part) for part in conjuncts(node)]
    for part in parts:
        checker.require_flag(part, f"as a condition about each {state.register.id}")
    condition = condition_of(state.register.id, parts)
    if condition.rest is not None and condition.static is None and not condition.keys:
        message = f"this condition must look at every {state.register.id} each time"
        hint = "join it by `and` with what the item alone decides (state == …) or with an equation (unit == each)"
        checker.report("CF408", node, message, hint, severity="warning")
    return _argument(condition, [each for part in parts for each in part.aggregates])


def _expression(state: CallState, node: Node) -> Argument:
    if state.register is None:
        return Argument("")
    term = state.checker.at(state.register).value(node)
    state.checker.require_number(term, f"to be measured of each {state.register.id}", "CF404")
    state.type = term.type if term.type.is_numeric else ANY
    return _argument(measure_of(state.register.id, term), term.aggregates)


def _field(state: CallState, node: Node) -> Argument:
    register = state.register
    if register is None:
        return Argument("")
    if not isinstance(node, Name):
        return state.fails("CF403", node, f"{state.function.shown} takes the name of a field of {register.id}")
    if node.id not in register.fields:
        numeric = sorted(name for name, type_ in register.fields.items() if type_.is_numeric)
        return state.fails("CF402", node, f"{register.id} has no field {node.id!r}", suggestion(node.id, numeric))
    return _expression(state, node)


def _argument(condition: Condition, aggregates: Collection[Aggregate]) -> Argument:
    outer = frozenset(name for name in condition.reads if not name.startswith("."))
    return Argument(condition, None, outer, condition.uses_time, tuple(aggregates))


# -------------------------------------------------------------------------------------------------- of the item tried
def _own(state: CallState, node: Node, what: str, known: Collection[str] | None) -> Argument:
    found = state.quoted(node, what)
    if found is None:
        return Argument("")
    own = state.checker.own
    if own is not None and known is not None and found not in known:
        state.checker.unknown_id(node, f"{what} of {own.id}", found, known)
    return Argument(found)


def _state(state: CallState, node: Node) -> Argument:
    own = state.checker.own
    return _own(state, node, "state", own.states if own else None)


def _trigger(state: CallState, node: Node) -> Argument:
    own = state.checker.own
    return _own(state, node, "trigger", own.triggers if own and own.states is not None else None)


def _clock(state: CallState, node: Node) -> Argument:
    own = state.checker.own
    return _own(state, node, "state or clock", own.states | own.clocks if own and own.states is not None else None)


# ------------------------------------------------------------------------------------------------------- plain values
def _named(kind: str, what: str) -> Callable[[CallState, Node], Argument]:
    return lambda state, node: state.known(node, what, state.checker.schema.ids.get(kind))


def _resource(state: CallState, node: Node) -> Argument:
    argument = state.known(node, "resource", state.checker.schema.resources)
    state.type = state.checker.schema.resources.get(str(argument.fixed))
    return argument


def _moment(state: CallState, node: Node) -> Argument:
    term = state.checker.value(node)
    if not term.type.is_day and term.type.kind != "any":
        hint = "name the day under `dates` and write dates.NAME" if _is_text(node) else None
        state.checker.mistyped(node, term.type, "a date or moment", hint)
    return Argument(term=term)


def _number(state: CallState, node: Node) -> Argument:
    term = state.checker.value(node)
    state.checker.require_number(term, f"in {state.function.shown}")
    first, mine = state.type, term.type if term.type.is_numeric else ANY
    state.type = mine if first is None or first.kind == "number" else first
    return Argument(term=term)


def _digits(state: CallState, node: Node) -> Argument:
    term = state.checker.value(node)
    if term.type.kind not in ("number", "any"):
        state.checker.mistyped(node, term.type, "a number of digits")
    return Argument(term=term)


RULES: dict[str, Callable[[CallState, Node], Argument]] = {
    "indicator": _indicator,
    "scorecard": _scorecard,
    "measured": _either,
    "of": _of,
    "unit": _unit,
    "register": _register,
    "register-id": _register_id,
    "item": _item_of_register,
    "condition": _condition,
    "expression": _expression,
    "field": _field,
    "state": _state,
    "trigger": _trigger,
    "clock": _clock,
    "date-name": _named("date", "day or window of `dates`"),
    "phase": _named("phase", "phase"),
    "resource": _resource,
    "moment": _moment,
    "number": _number,
    "numbers": _number,
    "digits": _digits,
}
