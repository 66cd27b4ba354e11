"""The last question before anything moves: plugins asked, every objection collected, and a refusal that names them all."""

from __future__ import annotations

from collections.abc import Iterable

from campaignflow.core import formulas
from campaignflow.core.authority import acts_as, free, object_unless
from campaignflow.core.draft import Draft
from campaignflow.core.lifecycle import Trigger
from campaignflow.core.messages import Move, Objection
from campaignflow.core.parties import parties, unit_of
from campaignflow.core.state import Item
from campaignflow.errors import (
    ActorRequired,
    BadCommand,
    GateNotMet,
    GuardRefused,
    IllegalMove,
    NotAllowed,
    OutOfOrder,
    Refused,
)
from campaignflow.plan.expressions import Ref, Unknown
from campaignflow.plan.facts import Place

__all__ = ["find_item", "pull", "refuse", "require"]

_KINDS: tuple[tuple[frozenset[str], type[Refused]], ...] = (
    (frozenset({"form"}), BadCommand),
    (frozenset({"actor"}), ActorRequired),
    (frozenset({"authority", "separation of duties"}), NotAllowed),
    (frozenset({"lifecycle"}), IllegalMove),
    (frozenset({"order", "window"}), OutOfOrder),
    (frozenset({"gate"}), GateNotMet),
)
_NOT_LIFTED = frozenset({"form", "actor", "authority", "separation of duties", "lifecycle"})
"""What an override lifts is guards; not the command's form, not who may, not the lifecycle."""


def refuse(draft: Draft) -> None:
    """Raise if anything objects.

    Raises:
        Refused: of the kind of the gravest objection, carrying all of them.
    """
    objections = draft.objections
    if draft.command.override:
        objections = [each for each in objections if each.guard in _NOT_LIFTED]
    if not objections:
        return
    raise _kind(objections)(draft.command.name, draft.command.item, objections)


def _kind(objections: Iterable[Objection]) -> type[Refused]:
    guards = {each.guard for each in objections}
    for names, kind in _KINDS:
        if guards & names:
            return kind
    if any(guard.startswith("authorize:") for guard in guards):
        return NotAllowed
    return GuardRefused


def require(draft: Draft, trigger: str, register: str, item: str, source: str, target: str) -> None:
    """Ask the plugins, too, and refuse if anybody objects."""
    if draft.command.override and not free(draft):
        may = draft.compiled.plan.may.get("override")
        allowed = [p for each in may or () for p in parties(draft.compiled, draft.state, each)]
        if not acts_as(draft, [*draft.compiled.roots, *allowed]):
            draft.object(
                "authority", f"{draft.actor} may not override: only a root unit, or whom `may: override` names"
            )
    if not any(each.guard == "form" for each in draft.objections):
        move = Move(draft.command.name, trigger, register, item, source, target, draft.actor, draft.command.fields)
        draft.objections += draft.context.ports.guard(move, draft.view)
    refuse(draft)


def find_item(draft: Draft, register: str, item_id: str) -> Item | None:
    """The item of this id; objects, with the nearest there is, where there is none."""
    item = draft.state.item(register, item_id)
    if item is None:
        from difflib import get_close_matches

        held = draft.state.items.get(register)
        near = get_close_matches(item_id, list(held or ()), n=1) if len(held or ()) < 2000 else []
        draft.object("form", f"there is no {register} {item_id!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return item


def pull(draft: Draft, item: Item, trigger: str) -> Trigger | None:
    """The move that a trigger makes of an item here: the first whose guard holds. Objects where there is none."""
    life = draft.compiled.lifecycles[item.register]
    wrong = life.illegal(item.state, trigger, by_engine=draft.actor == "engine")
    if wrong is not None:
        draft.object("lifecycle", wrong)
        return None
    shut: list[str] = []
    for move in life.candidates(item.state, trigger):
        if move.when is None:
            return move
        verdict = _guard(draft, item, move)
        if verdict is True:
            return move
        shut.append(f"{move.when} " + (f"is unknown ({verdict})" if isinstance(verdict, Unknown) else "does not hold"))
    draft.object("guard", f"{item.register} {item.id} cannot {trigger}: " + "; ".join(shut))
    return None


def _guard(draft: Draft, item: Item, move: Trigger) -> bool | Unknown:
    """A trigger's `when` sees the fields just given, as if they were there already."""
    from attrs import evolve

    from campaignflow.core.apply import _merged
    from campaignflow.core.codec import data_of

    given = evolve(item, fields=_merged(item.fields, data_of(draft.command.fields)))
    held = draft.state.items[item.register].insert(item.id, given)
    state = draft.state.with_(items=draft.state.items.insert(item.register, held))
    facts = evolve(draft.standing(item=Ref(item.register, item.id)), state=state, tried=given)
    return formulas.flag(facts, str(move.when), Place.guard(item.register, move.name))


def check_trigger(draft: Draft, item: Item, move: Trigger) -> None:
    """Object unless the actor may pull it, and unless the fields it needs are given or there."""
    compiled, state = draft.compiled, draft.state
    if move.by is not None and move.by != "engine":
        allowed = parties(compiled, state, move.by, item=item)
        object_unless(draft, allowed, f"the plan names who may {move.name}", item)
    elif move.by is None:
        unit = unit_of(compiled, state, item)
        object_unless(draft, [unit] if unit else compiled.roots, f"the item's unit may {move.name}", item)
    for name in move.needs:
        if draft.command.fields.get(name) is None and item.fields.get(name) is None:
            draft.object("fields", f"{move.name} needs {name}")
