"""What can be read of one item: what every item has, what its register adds, and its fields as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from campaignflow.core.state import Item
from campaignflow.plan.expressions import Ref, Unknown, Value
from campaignflow.plan.values import Unresolved, parse_amount

if TYPE_CHECKING:
    from campaignflow.core.facts import Facts

__all__ = ["field_value", "item_fact"]

REFERENCES: Mapping[str, Mapping[str, str]] = {
    "task": {"unit": "unit", "of": "unit"},
    "finding": {"unit": "unit", "task": "task"},
    "inspection": {"task": "task"},
    "citation": {"unit": "unit"},
    "measurement": {"unit": "unit"},
    "document": {"task": "task"},
}
"""Fields of built-in registers that lead to other items; `subject` and `of` carry their register in themselves."""

NUMBERS = frozenset({"progress", "weight", "share", "k", "n", "value", "rank", "number", "returns", "extensions"})
INSTANTS = frozenset({"at", "until", "start", "end", "reply_due"})


def item_fact(facts: Facts, item: Item, name: str) -> Value:
    """A field or fact of an item, Unknown where it has no value."""
    common = _COMMON.get(name)
    if common is not None:
        return common(facts, item)
    special = _SPECIAL.get(item.register, {}).get(name)
    if special is not None:
        return special(facts, item)
    key = name if name in item.fields else name.replace("_", "-")
    if key not in item.fields:
        return Unknown.of(f"{item.register}/{item.id}.{name}")
    return field_value(facts, item.register, key, item.fields[key])


def field_value(facts: Facts, register: str, name: str, raw: Any) -> Value:
    """A field's data as the value that expressions compute with."""
    if raw is None:
        return Unknown.of(f"{register}.{name}")
    if isinstance(raw, tuple):
        return tuple(field_value(facts, register, name, each) for each in raw)
    model = facts.compiled.plan.registers.get(register)
    spec = model.fields.get(name) if model is not None else None
    if spec is not None:
        return _typed(facts, str(spec.type), raw)
    if name in INSTANTS:
        return facts.compiled.when(int(raw))
    if name in {"subject", "of"} and isinstance(raw, str) and "/" in raw:
        return Ref(*raw.split("/", 1))
    reference = REFERENCES.get(register, {}).get(name)
    if reference is not None:
        return Ref(reference, str(raw).split("/", 1)[0])
    if name in NUMBERS and isinstance(raw, str | int) and not isinstance(raw, bool):
        return Decimal(raw)
    return raw  # type: ignore[no-any-return]  # event data are plain values


def _typed(facts: Facts, kind: str, raw: Any) -> Value:
    if kind == "number":
        return Decimal(str(raw))
    if kind == "amount":
        return parse_amount(str(raw))
    if kind == "date":
        return facts.compiled.when(raw) if isinstance(raw, int) else date.fromisoformat(str(raw)[:10])
    if kind in facts.compiled.lifecycles:
        return Ref(kind, str(raw).rpartition("/")[2] if kind != "unit" else str(raw).split("/")[-1])
    return raw  # type: ignore[no-any-return]  # text, flag, place, member stay as they are


def _due(facts: Facts, item: Item) -> Value:
    return Unknown.of("due") if item.due is None else facts.compiled.when(item.due)


def _overdue(facts: Facts, item: Item) -> Value:
    if item.due is None:
        return False
    if item.register == "task":
        return item.due <= facts.now and item.state in _NOT_HANDED_IN
    ended = item.state in facts.compiled.lifecycles[item.register].ends
    return not ended and (item.overdue or item.due <= facts.now)


_NOT_HANDED_IN = frozenset({"planned", "ready", "in_progress", "returned", "blocked"})

_COMMON: Mapping[str, Callable[[Facts, Item], Value]] = {
    "id": lambda facts, item: item.id,
    "state": lambda facts, item: item.state,
    "since": lambda facts, item: facts.compiled.when(item.since),
    "created": lambda facts, item: facts.compiled.when(item.created),
    "opener": lambda facts, item: item.opener,
    "ended": lambda facts, item: item.state in facts.compiled.lifecycles[item.register].ends,
    "overdue": _overdue,
    "late": lambda facts, item: item.late or _overdue(facts, item),
    "nth": lambda facts, item: item.nth,
}


def _info(facts: Facts, item: Item) -> Any:
    return facts.compiled.tasks.get(str(item.fields["task"]))


def _task_unit(facts: Facts, item: Item) -> Value:
    from campaignflow.core.parties import owners_of

    owners = owners_of(facts.compiled, facts.state, item)
    return Ref("unit", owners[0].split("/", 1)[0]) if owners else Unknown.of(f"task/{item.id}.unit")


def _of_plan(read: Callable[[Any], Value]) -> Callable[[Facts, Item], Value]:
    def run(facts: Facts, item: Item) -> Value:
        info = _info(facts, item)
        return Unknown.of(f"task/{item.id}") if info is None else read(info)

    return run


def _title(facts: Facts, item: Item) -> Value:
    plan = facts.compiled.plan
    if item.register == "task":
        info = _info(facts, item)
        element: Any = info.task if info else None
    elif item.register == "unit":
        element = plan.units.get(item.id)
    else:
        register = plan.registers.get(item.register)
        element = register.items.get(item.id) if register else None
    title = getattr(element, "title", None)
    return item.id if title is None or isinstance(title, Unresolved) else str(title)


def _reading(facts: Facts, item: Item) -> Value:
    """What one measurement says: a value, k of n, or what its answers come to."""
    indicator = facts.compiled.plan.indicators.get(str(item.fields["indicator"]))
    found = facts.measures.entry(indicator, item) if indicator is not None else Unknown.of("value")
    return found if isinstance(found, Unknown) else found.value


def _met(facts: Facts, item: Item) -> Value:
    return facts.measures.met(str(item.fields["indicator"]), str(item.fields.get("of", "")))


def _members(facts: Facts, item: Item) -> int:
    unit = facts.compiled.plan.units.get(item.id)
    return len(unit.members) if unit else 0


def _named(facts: Facts, item: Item) -> int:
    unit = facts.compiled.plan.units.get(item.id)
    return sum(f"{item.id}/{member}" in facts.state.members for member in (unit.members if unit else ()))


def _filled(facts: Facts, item: Item) -> Value:
    total = _members(facts, item)
    return Decimal(_named(facts, item)) / total if total else Decimal(1)


def _parent(facts: Facts, item: Item) -> Value:
    above = facts.compiled.above.get(item.id, ())
    return Ref("unit", above[0]) if above else Unknown.of(f"unit/{item.id}.parent")


_SPECIAL: Mapping[str, Mapping[str, Callable[[Facts, Item], Value]]] = {
    "task": {
        "unit": _task_unit,
        "title": _title,
        "due": _due,
        "group": _of_plan(lambda info: info.groups[0] if info.groups else Unknown.of("group")),
        "phase": _of_plan(lambda info: info.phase),
        "key": _of_plan(lambda info: info.key),
        "required": _of_plan(lambda info: info.required),
        "weight": _of_plan(lambda info: info.task.weight),
        "progress": lambda facts, item: Decimal(item.fields.get("progress", 0)),
        "returns": lambda facts, item: sum(stay.state == "returned" for stay in item.stays),
        "extensions": lambda facts, item: int(item.fields.get("extensions", 0)),
        "expected": lambda facts, item: Unknown.of("expected"),
    },
    "unit": {
        "title": _title,
        "parent": _parent,
        "members": _members,
        "blank": lambda facts, item: _members(facts, item) - _named(facts, item),
        "filled": _filled,
    },
    "finding": {"due": _due},
    "measurement": {"value": lambda facts, item: _reading(facts, item), "met": lambda facts, item: _met(facts, item)},
    "score": {
        "of": lambda facts, item: (
            Ref(*str(item.fields["of"]).split("/", 1)) if item.fields.get("of") else Unknown.of("of")
        )
    },
}
