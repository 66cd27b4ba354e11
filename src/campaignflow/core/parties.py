"""Who a party is: the words of the plan language turned into units and members."""

from __future__ import annotations

from typing import Any

from campaignflow.core.compiled import Compiled
from campaignflow.core.state import Item, State
from campaignflow.plan.model import Selection

__all__ = ["owners_of", "parties", "unit_of", "unit_part"]


def unit_part(party: str) -> str:
    """The unit of `unit/member`."""
    return party.split("/", 1)[0]


def owners_of(compiled: Compiled, state: State, item: Item) -> tuple[str, ...]:
    """The owners of a task, the first leads."""
    given = item.fields.get("owners")
    if given is not None:
        return tuple(given) if isinstance(given, tuple) else (str(given),)
    info = compiled.tasks.get(str(item.fields["task"]))
    if info is None:
        return ()
    if not info.owners:
        return (_unit_of_each(state, item),) if item.fields.get("each") else ()
    return tuple(name for owner in info.owners for name in parties(compiled, state, owner, item=item))


def _unit_of_each(state: State, item: Item) -> str:
    register, _, ident = str(item.fields["each"]).partition("/")
    if register == "unit":
        return ident
    held = state.item(register, ident)
    return str(held.fields.get("unit", "")) if held else ""


def unit_of(compiled: Compiled, state: State, item: Item) -> str:
    """The unit that answers for an item: a task's first owner, its field `unit`, itself if it is a unit."""
    if item.register == "task":
        owners = owners_of(compiled, state, item)
        return unit_part(owners[0]) if owners else ""
    if item.register == "unit":
        return item.id
    return unit_part(str(item.fields.get("unit", "")))


def parties(
    compiled: Compiled,
    state: State,
    party: Any,
    *,
    item: Item | None = None,
    actor: str = "",
    each: str = "",
) -> tuple[str, ...]:
    """The units and members that a party names here, in the plan's order; nothing where it names nobody.

    Args:
        party: as in the plan. item: what it is about. actor: who acts. each: `REGISTER/ID` of the nearest `for-each`.
    """
    if isinstance(party, Selection):
        return selected_units(compiled, party)
    head, _, role = str(party).partition("/")
    found = _word(compiled, state, head, item, actor, each)
    if not role:
        return found
    return tuple(member for name in found for member in _members(compiled, unit_part(name), role))


def _word(compiled: Compiled, state: State, head: str, item: Item | None, actor: str, each: str) -> tuple[str, ...]:
    if head in compiled.plan.units:
        return (head,)
    if head == "root":
        return compiled.roots
    if head == "actor":
        return (actor,) if actor else ()
    if head == "each" and each:
        return _each(state, each)
    return () if item is None else _about(compiled, state, head, item)


def _each(state: State, each: str) -> tuple[str, ...]:
    register, _, ident = each.partition("/")
    if register == "unit":
        return (ident,)
    held = state.item(register, ident)
    return (str(held.fields["unit"]),) if held and "unit" in held.fields else ()


def _about(compiled: Compiled, state: State, head: str, item: Item) -> tuple[str, ...]:
    if head == "opener":
        return (item.opener,)
    if head == "each":
        return _each(state, str(item.fields.get("each", "")))
    if head == "owner" and item.register == "measurement":
        indicator = compiled.plan.indicators.get(str(item.fields["indicator"]))
        return () if indicator is None or indicator.owner is None else parties(compiled, state, indicator.owner)
    if head == "owner":
        if item.register == "task":
            return owners_of(compiled, state, item)[:1]
        unit = str(item.fields.get("unit", "")) or unit_of(compiled, state, item)
        return (unit,) if unit else ()
    if head == "parent":
        above = compiled.above.get(unit_of(compiled, state, item), ())
        return above[:1]
    value = item.fields.get(head)
    return () if value is None else (str(value),)


def _members(compiled: Compiled, unit: str, role: str) -> tuple[str, ...]:
    held = compiled.plan.units.get(unit)
    if held is None:
        return ()
    by_role = [m.id for m in held.members.values() if role in {m.id, m.role}]
    return tuple(f"{unit}/{member}" for member in by_role)


def selected_units(compiled: Compiled, selection: Selection) -> tuple[str, ...]:
    """The units that a selection names, without its condition."""
    if selection.ids:
        return tuple(str(each) for each in selection.ids)
    if isinstance(selection.under, str):
        return compiled.below(selection.under)
    return tuple(compiled.plan.units)
