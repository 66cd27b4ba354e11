"""Fields of units and of registers' items: declared, of the right form, and not named like something else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from campaignflow.plan import model_kinds as kinds
from campaignflow.plan import model_times as times
from campaignflow.plan.kinds import ScalarKind
from campaignflow.plan.model_base import table_of
from campaignflow.plan.model_people import Unit
from campaignflow.plan.near import suggestion
from campaignflow.plan.values import BadValue, Unresolved

if TYPE_CHECKING:
    from campaignflow.plan.model import Plan
    from campaignflow.plan.model_registers import FieldSpec, Register

__all__ = ["RESERVED_FIELDS", "RESERVED_STATES", "RESERVED_TRIGGERS", "field_faults"]

RESERVED_FIELDS: Final = frozenset(
    {"now", "today", "start", "each", "item", "event", "given", "campaign"}
    | {"id", "state", "since", "created", "opener", "ended", "overdue", "late", "nth"}
    | {"and", "or", "not", "in", "true", "false", "null"}
)
"""Names that mean something else in expressions: no field may bear one."""
RESERVED_STATES: Final = frozenset(["due", "overdue", "changed", "transferred", "merged", "split", "extended"])
RESERVED_TRIGGERS: Final = frozenset(
    ["add", "set", "transfer", "merge", "split", "ask-extension", "extend", "refuse-extension"]
)

_KINDS: Final[Mapping[str, ScalarKind]] = {
    "number": kinds.NUMBER,
    "amount": kinds.AMOUNT,
    "flag": kinds.FLAG,
    "date": times.MOMENT,
    "window": times.WINDOW,
}

Add = Callable[[str, str, str, str | None], None]
"""Keeps a problem: code, message, path, hint."""


def field_faults(plan: Plan, add: Add) -> None:
    """Everything that is wrong with fields, states and triggers by their names and values."""
    for register in plan.registers.values():
        _names(register, add)
        for item in register.items.values():
            path = f"registers.{register.id}.items.{item.id}"
            if item.gap is None:
                _values(plan, register.fields, (), item.fields, path, add)
    declared = plan.registers["unit"].fields if "unit" in plan.registers else {}
    keys = list(table_of(Unit).keys)
    for unit in plan.units.values():
        _values(plan, declared, keys, unit.fields, f"units.{unit.id}", add)


def _names(register: Register, add: Add) -> None:
    path = f"registers.{register.id}"
    for name in register.fields:
        if name in RESERVED_FIELDS:
            add("CF409", f"a field cannot be called {name!r}: expressions mean something else by it",
                f"{path}.fields.{name}", "choose another name")  # fmt: skip
    for state in register.lifecycle.values():
        if state.id in RESERVED_STATES:
            add("CF109", f"a state cannot be called {state.id!r}: the engine has an event of that name",
                f"{path}.lifecycle.{state.id}", "choose another name")  # fmt: skip
        for trigger in state.triggers:
            if trigger in RESERVED_TRIGGERS:
                add("CF109", f"a trigger cannot be called {trigger!r}: every register has that command",
                    f"{path}.lifecycle.{state.id}.{trigger}", "choose another name")  # fmt: skip


def _values(
    plan: Plan, declared: Mapping[str, FieldSpec], keys: Collection[str], given: Mapping[str, Any], path: str, add: Add
) -> None:
    for name, value in given.items():
        spec = declared.get(name)
        if spec is None:
            hint = suggestion(name, [*keys, *declared], "there is") or "declare it under `fields` of its register"
            add("CF106", f"unknown key or field {name!r}", f"{path}.{name}", hint)
            continue
        for item in value if isinstance(value, tuple) and spec.many is True else (value,):
            for message, advice in _value(plan, spec, item):
                add("CF107", f"{name}: {message}", f"{path}.{name}", advice)
    for name, spec in declared.items():
        if spec.required is True and name not in given and not keys:
            add("CF108", f"the field {name!r} is required", path, None)


def _value(plan: Plan, spec: FieldSpec, value: Any) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, Unresolved):
        return
    if not isinstance(value, str):
        yield f"expected one value, found {'a list' if isinstance(value, tuple) else 'a mapping'}", None
    elif spec.one_of and value not in spec.one_of:
        yield (
            f"{value!r} is none of those allowed",
            suggestion(value, [str(option) for option in spec.one_of], "one of"),
        )
    elif spec.type in _KINDS:
        try:
            _KINDS[str(spec.type)].parse(value)
        except BadValue as error:
            yield error.message, error.hint
    else:
        known = _items(plan, str(spec.type))
        if known is not None and value.partition("/")[0] not in known:
            yield f"there is no {spec.type} {value!r}", suggestion(value, known, "there is")


def _items(plan: Plan, kind: str) -> Collection[str] | None:
    """The ids that a reference may name; None where they are not known from the plan."""
    if kind in ("unit", "member"):
        return plan.units
    register = plan.registers.get(kind)
    return register.items if register is not None and register.items else None
