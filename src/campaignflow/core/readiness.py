"""When a task may begin, and when it may be handed in: phase, window, needs, conditions."""

from __future__ import annotations

from collections.abc import Iterator

from campaignflow.core import formulas
from campaignflow.core.compiled import Compiled, TaskInfo
from campaignflow.core.counts import DONE, UNSTARTED
from campaignflow.core.facts import Facts, Moment
from campaignflow.core.state import Item, State
from campaignflow.plan.expressions import Ref
from campaignflow.plan.facts import Place
from campaignflow.plan.model import Need
from campaignflow.plan.values import Duration

__all__ = ["blocked_finish", "dormant", "phase_open", "ready_at", "waits_for"]

_START_LINKS = {"FS": "end", "SS": "start"}
_FINISH_LINKS = {"FF": "end", "SF": "start"}


def phase_open(info: TaskInfo, state: State) -> bool:
    """Whether the task's phase was entered; what lives through the whole campaign is open once a phase was."""
    return info.phase in state.entered if info.phase else bool(state.entered)


def _met_at(compiled: Compiled, state: State, item: Item, need: Need, of: str) -> int | None:
    """When a need was met, its lag included; None while it is not. `of`: at the predecessor's end, or its start."""
    members = compiled.groups.get(need.task) or (need.task,)
    paired = _pair(compiled, state, item, need.task)
    if paired is None and _pair_to_come(compiled, state, item, need.task):
        return None
    met = state.started
    if paired is not None:
        moment = _reached(paired, of)
        if moment is None:
            return None
        met = moment
    else:
        if state.count(f"need|{need.task}|{'open' if of == 'end' else 'unstarted'}"):
            return None
        for member in members:
            info = compiled.tasks.get(member)
            if info is None or (not info.static and not state.by_plan_id.get(member) and not info.recurrences):
                return None
            for one in state.by_plan_id.get(member) or ():
                found = state.item("task", one)
                moment = _reached(found, of) if found else None
                met = max(met, moment or 0)
    return compiled.later(met, need.lag) if isinstance(need.lag, Duration) else met


def _reached(item: Item, of: str) -> int | None:
    if of == "end":
        return (
            min((stay.since for stay in item.stays if stay.state in DONE), default=None) if item.state in DONE else None
        )
    return min((stay.since for stay in item.stays if stay.state not in UNSTARTED), default=None)


def _pair(compiled: Compiled, state: State, item: Item, need: str) -> Item | None:
    """Between tasks over the same items, item by item; between tasks of one recurrence, occurrence by occurrence."""
    suffix = item.id.partition("@")[2]
    return state.item("task", f"{need}@{suffix}") if suffix else None


def _pair_to_come(compiled: Compiled, state: State, item: Item, need: str) -> bool:
    """Whether this occurrence has a counterpart that only has not come into being yet, at the same instant or later."""
    info, other = compiled.tasks.get(str(item.fields["task"])), compiled.tasks.get(need)
    if info is None or other is None or "start" not in item.fields:
        return False
    if (info.recurrences, info.for_each, info.phase) != (other.recurrences, other.for_each, other.phase):
        return False
    start, series = int(item.fields["start"]), compiled.occurrences_of(other, state)
    place = series.starting_after(start - 1)
    return place < len(series) and series.starts[place] == start


def needs_of(info: TaskInfo) -> Iterator[Need]:
    """The needs that are known."""
    return (need for need in info.needs if isinstance(need, Need))


def ready_at(compiled: Compiled, state: State, item: Item) -> int | None:
    """The first instant at which a planned task may begin, as far as its phase, window and needs say; None: not yet."""
    info = compiled.tasks.get(str(item.fields["task"]))
    if info is None:
        return item.created
    if not phase_open(info, state):
        return None
    moment = int(item.fields["start"]) if "start" in item.fields else (compiled.task_edges(info, state)[0] or 0)
    moment = max(moment, state.entered[info.phase] if info.phase else state.started)
    for need in needs_of(info):
        if need.link in _START_LINKS:
            met = _met_at(compiled, state, item, need, _START_LINKS[need.link])
            if met is None:
                return None
            moment = max(moment, met)
    return moment


def dormant(facts: Facts, item: Item) -> str | None:
    """The condition that keeps a task from being ready; None where none does."""
    info = facts.compiled.tasks.get(str(item.fields["task"]))
    for text in info.whens if info else ():
        standing = Facts(facts.compiled, facts.state, facts.now, Moment(item=Ref("task", item.id), each=each_of(item)))
        if formulas.flag(standing, text, Place.task_when(info.id if info else "")) is not True:
            return text
    return None


def each_of(item: Item) -> Ref | None:
    """What an instance of a `for-each` task is for."""
    each = item.fields.get("each")
    return Ref(*str(each).split("/", 1)) if each else None


def waits_for(facts: Facts, item: Item) -> list[str]:
    """What a planned task still waits for, in words."""
    compiled, state = facts.compiled, facts.state
    info = compiled.tasks.get(str(item.fields["task"]))
    if info is None:
        return []
    reasons = [] if phase_open(info, state) else [f"phase {info.phase or compiled.leaves[0]} has not been entered"]
    for need in needs_of(info):
        met = _met_at(compiled, state, item, need, (_START_LINKS | _FINISH_LINKS)[need.link])
        if need.link in _START_LINKS and met is None:
            reasons.append(f"it needs {need}, which is not {'done' if need.link == 'FS' else 'begun'}")
    moment = ready_at(compiled, state, item)
    if moment is not None and moment > facts.now:
        reasons.append(f"not before {compiled.when(moment).isoformat(timespec='minutes')}")
    condition = dormant(facts, item)
    if condition is not None:
        reasons.append(f"its condition does not hold: {condition}")
    return reasons


def blocked_finish(facts: Facts, item: Item) -> list[str]:
    """Why a task may not be handed in yet: needs that bind its finish."""
    info = facts.compiled.tasks.get(str(item.fields["task"]))
    reasons = []
    for need in needs_of(info) if info else ():
        if need.link in _FINISH_LINKS:
            met = _met_at(facts.compiled, facts.state, item, need, _FINISH_LINKS[need.link])
            if met is None or met > facts.now:
                reasons.append(f"it cannot finish before {need} allows it")
    return reasons
