"""Who may: the plan's roles turned into objections. Plugins may deny more, and never allow what is denied here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaignflow.core.compiled import Compiled
from campaignflow.core.draft import Draft
from campaignflow.core.parties import owners_of, parties, unit_of, unit_part
from campaignflow.core.state import Item, State
from campaignflow.plan.values import Unresolved

__all__ = ["free", "may_verify", "object_unless", "root_or", "verifiers"]


def free(draft: Draft) -> bool:
    """Whether no role is asked: open authority, the engine itself, or a rule."""
    return draft.compiled.open_authority or draft.actor == "engine" or draft.actor.startswith("rule:")


def known_actor(compiled: Compiled, actor: str) -> str | None:
    """Why nobody of this name can act; None where somebody can."""
    unit, _, member = actor.partition("/")
    if unit not in compiled.plan.units:
        from difflib import get_close_matches

        near = get_close_matches(unit, list(compiled.plan.units), n=1)
        return f"there is no unit {unit!r}" + (f"; did you mean {near[0]!r}?" if near else "")
    if member and member not in compiled.plan.units[unit].members:
        known = ", ".join(compiled.plan.units[unit].members) or "none"
        return f"unit {unit!r} has no member {member!r}; it has {known}"
    return None


def _deputy(compiled: Compiled, actor: str, party: str) -> bool:
    """Whether the plan names the actor the deputy of that member."""
    unit, _, member = actor.partition("/")
    model = compiled.plan.units.get(unit)
    named = model.members.get(member) if model is not None else None
    return named is not None and isinstance(named.deputy_of, str) and party == f"{unit}/{named.deputy_of}"


def _acts_for(compiled: Compiled, state: State, actor: str, party: str, at: int, *, in_person: bool = False) -> bool:
    """Whether an actor counts as a party: itself, a member of the unit, a deputy's delegation."""
    if actor == party or ("/" not in party and unit_part(actor) == party):
        return True
    if in_person:
        return False
    if _deputy(compiled, actor, party):
        return True
    for given in state.delegated.get(party) or ():
        within = int(given.get("start", 0)) <= at and ("end" not in given or at < int(given["end"]))
        if given["to"] == actor and within:
            return True
    return False


def acts_as(draft: Draft, allowed: Iterable[str], *, in_person: bool = False) -> bool:
    """Whether the actor is one of these parties, or stands in for one."""
    return any(
        _acts_for(draft.compiled, draft.state, draft.actor, party, draft.at, in_person=in_person) for party in allowed
    )


def object_unless(draft: Draft, allowed: Iterable[str], what: str, item: Item | None = None) -> None:
    """Object unless the actor is one of these parties, or whom the plan's `may` names for this command."""
    if free(draft):
        return
    names = list(dict.fromkeys(allowed))
    named = draft.compiled.plan.may.get(draft.command.name)
    if named is not None and not isinstance(named, Unresolved):
        names = [p for party in named for p in parties(draft.compiled, draft.state, party, item=item)]
        what = f"the plan's `may: {draft.command.name}` names who"
    if not acts_as(draft, names):
        who = ", ".join(names) if names else "nobody"
        draft.object("authority", f"{draft.actor} may not: {what} ({who})")


def root_or(draft: Draft, *others: Any, item: Item | None = None, each: str = "") -> list[str]:
    """The root units, and these parties."""
    found = list(draft.compiled.roots)
    for party in others:
        if party is not None and not isinstance(party, Unresolved):
            found += parties(draft.compiled, draft.state, party, item=item, each=each)
    return found


def verifiers(draft: Draft, item: Item) -> tuple[list[str], str]:
    """Who may verify a task, and the rule that says so."""
    info = draft.compiled.tasks.get(str(item.fields["task"]))
    verify = info.verify if info else None
    if verify == "none":
        return list(owners_of(draft.compiled, draft.state, item)), "nobody has to verify it"
    if verify is not None and not isinstance(verify, Unresolved):
        return list(parties(draft.compiled, draft.state, verify, item=item)), "the plan's `verify` names who"
    unit = unit_of(draft.compiled, draft.state, item)
    above = list(draft.compiled.above.get(unit, ()))
    if not above:
        return [unit], "a task of a root unit is verified by another of its members"
    return above, "a unit above the owner's verifies"


def may_verify(draft: Draft, item: Item) -> None:
    """Object unless the actor may verify this task: a verifier, and never of the unit that handed it in."""
    if free(draft):
        return
    allowed, rule = verifiers(draft, item)
    object_unless(draft, allowed, rule, item)
    info = draft.compiled.tasks.get(str(item.fields["task"]))
    if info is not None and info.verify == "none":
        return
    by = str(item.fields.get("submitted_by", ""))
    same_unit = unit_part(by) == unit_part(draft.actor)
    if by and same_unit and (unit_part(by) not in draft.compiled.roots or by == draft.actor or "/" not in draft.actor):
        draft.object("separation of duties", f"{by} handed it in, so nobody of the same side verifies it: {rule}")


def ancestors(draft: Draft, unit: str) -> list[str]:
    """The units above a unit; for a root the roots."""
    return list(draft.compiled.above.get(unit_part(unit), ())) or list(draft.compiled.roots)
