"""Registers as expressions see them: built-in facts, the plan's own fields, states, triggers and clocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from campaignflow.plan.expressions.schema import Register
from campaignflow.plan.expressions.types import (
    AMOUNT,
    ANY,
    DATE,
    FLAG,
    NUMBER,
    TEXT,
    WINDOW,
    Type,
    item,
    many,
    one_of,
)
from campaignflow.plan.fact_tables import ITEM_FACTS, REGISTER_FIELDS, REGISTER_STATES, REGISTER_TRIGGERS
from campaignflow.plan.values import Unresolved

if TYPE_CHECKING:
    from campaignflow.plan import model
    from campaignflow.plan.model import FieldSpec, Plan

__all__ = ["registers_of"]

_PLAIN: Mapping[str, Type] = {
    "text": TEXT,
    "number": NUMBER,
    "amount": AMOUNT,
    "date": DATE,
    "window": WINDOW,
    "flag": FLAG,
    "place": TEXT,
    "member": TEXT,
}
_BY_TIME = frozenset({"overdue", "late", "expected"})


def registers_of(plan: Plan, tasks: frozenset[str], phases: frozenset[str]) -> dict[str, Register]:
    """Every register of a plan by the name that expressions write.

    Args:
        plan: the plan. tasks, phases: ids that a task's own facts can be.
    """
    ids = [*REGISTER_FIELDS, *(ident for ident in plan.registers if ident not in REGISTER_FIELDS)]
    made = [_register(ident, plan.registers.get(ident), tasks, phases) for ident in ids]
    return {register.name: register for register in made}


def _register(ident: str, declared: model.Register | None, tasks: frozenset[str], phases: frozenset[str]) -> Register:
    fields = {**ITEM_FACTS, **REGISTER_FIELDS.get(ident, {})}
    if ident == "task":
        fields |= {"task": one_of("task", *tasks), "group": one_of("task", *tasks), "phase": one_of("phase", *phases)}
    states = _states(ident, declared)
    for spec in declared.fields.values() if declared else ():
        name = spec.id.replace("-", "_")
        fields[name] = _extended(fields.get(name), _field(spec))
    if states is not None:
        fields["state"] = one_of(f"state of {ident}", *states)
    clocks = frozenset(declared.clocks) if declared else frozenset[str]()
    return Register(ident, fields, states, _triggers(ident, declared), clocks, _BY_TIME)


def _field(spec: FieldSpec) -> Type:
    if isinstance(spec.type, Unresolved):
        return ANY
    type_ = _PLAIN.get(spec.type) or item(spec.type)
    if spec.one_of:
        type_ = one_of(spec.id, *(option for option in spec.one_of if isinstance(option, str)))
    if spec.type == "amount" and isinstance(spec.measured_in, str):
        type_ = Type("amount", unit=spec.measured_in)
    return many(type_) if spec.many is True else type_


def _extended(built_in: Type | None, given: Type) -> Type:
    """`registers: citation: fields: kind:` adds kinds to those that there are."""
    if built_in is not None and built_in.options and given.options:
        return one_of(built_in.what, *built_in.options, *given.options)
    return given


def _states(ident: str, declared: model.Register | None) -> frozenset[str] | None:
    if declared is None or not declared.lifecycle:
        known = REGISTER_STATES.get(ident)
        is_gap = declared is not None and declared.lifecycle.gap is not None
        return None if is_gap or ident == "child" else known or frozenset({"listed"})
    return frozenset(_named_states(declared))


def _named_states(declared: model.Register) -> Iterator[str]:
    for ident, state in declared.lifecycle.items():
        yield ident
        targets = [move.to for moves in state.triggers.values() for move in moves if not isinstance(move, Unresolved)]
        yield from (target for target in (*targets, state.or_else) if isinstance(target, str))
    yield from (clock.or_else for clock in declared.clocks.values() if isinstance(clock.or_else, str))


def _triggers(ident: str, declared: model.Register | None) -> frozenset[str]:
    if declared is None or not declared.lifecycle:
        return REGISTER_TRIGGERS.get(ident, frozenset())
    return frozenset(name for state in declared.lifecycle.values() for name in state.triggers)
